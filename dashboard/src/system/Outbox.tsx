import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useProject } from '../app-context.ts'
import {
  outboxParts,
  outboxQuery,
  type Notification,
  type OutboxPart,
} from '../data/notifications.ts'
import { useIsAdmin } from '../data/role.ts'
import { StatusBadge } from '../ui/Badge.tsx'
import type { Column } from '../ui/DataTable.tsx'
import { History } from '../ui/History.tsx'
import { Empty } from '../ui/Panel.tsx'
import { Moment, Until } from '../ui/Time.tsx'
import { Resend } from './Resend.tsx'

const columns: Column<Notification>[] = [
  { key: 'channel', head: 'Channel', cell: (row) => row.channel_name },
  { key: 'event', head: 'Event', from: 'tablet', cell: (row) => row.event },
  { key: 'status', head: 'Status', cell: (row) => <StatusBadge status={row.status} /> },
  { key: 'attempts', head: 'Attempts', numeric: true, from: 'tablet', cell: (row) => row.attempts },
  {
    key: 'next',
    head: 'Next attempt',
    from: 'desk',
    cell: (row) => (row.status === 'queued' ? <Until at={row.due_at} /> : ''),
  },
  {
    key: 'error',
    head: 'Last error',
    from: 'tablet',
    cell: ({ error }) => (
      <span className="cell-text" title={error ?? undefined}>
        {error ?? ''}
      </span>
    ),
  },
  { key: 'queued', head: 'Since', from: 'desk', cell: (row) => <Moment at={row.queued_at} /> },
]

const parts = [
  { value: undefined, word: 'Waiting or dead' },
  { value: 'waiting', word: 'Waiting' },
  { value: 'dead', word: 'Dead' },
  { value: 'delivered', word: 'Delivered' },
]

const emptyTitles: Record<OutboxPart | 'open', string> = {
  open: 'Nothing waits, and none is dead',
  waiting: 'Nothing waits',
  dead: 'None is dead',
  delivered: 'None yet',
}

/** What the org's channels are owed and have not got. */
export function Outbox({ orgId }: { orgId: string }) {
  const { outbox } = useSearch({ from: '/signed-in/orgs/$orgId/system' })
  const navigate = useNavigate({ from: '/orgs/$orgId/system' })
  const part = outbox !== undefined && outbox in outboxParts ? (outbox as OutboxPart) : undefined
  const query = useInfiniteQuery(outboxQuery(useProject(), orgId, part))
  const isAdmin = useIsAdmin(orgId)
  const shown = useMemo(
    () => (isAdmin ? [...columns, resendColumn(orgId)] : columns),
    [isAdmin, orgId],
  )
  return (
    <History
      title="Notification outbox"
      columns={shown}
      query={query}
      status={part}
      statuses={parts}
      onStatus={(next) =>
        void navigate({ search: (previous) => ({ ...previous, outbox: next }), resetScroll: false })
      }
      empty={
        <Empty title={emptyTitles[part ?? 'open']}>
          <p>What alerts owe to channels stands here until it has arrived, or is given up.</p>
        </Empty>
      }
    />
  )
}

function resendColumn(orgId: string): Column<Notification> {
  return {
    key: 'resend',
    head: 'Action',
    // A test is tried again at the channel itself.
    cell: (row) =>
      row.status === 'dead' && row.event !== 'test' && <Resend orgId={orgId} notification={row} />,
  }
}
