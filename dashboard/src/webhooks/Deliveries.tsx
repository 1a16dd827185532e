import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { deliveriesQuery, type Delivery } from '../data/deliveries-and-executions.ts'
import { formatValue } from '../time/format.ts'
import { StatusBadge } from '../ui/Badge.tsx'
import type { Column } from '../ui/DataTable.tsx'
import { History } from '../ui/History.tsx'
import { NoneTracked } from '../ui/NoneTracked.tsx'
import { Moment } from '../ui/Time.tsx'

const columns: Column<Delivery>[] = [
  { key: 'at', head: 'Time', cell: (row) => <Moment at={row.sent_at} /> },
  { key: 'status', head: 'Status', cell: (row) => <StatusBadge status={row.status} /> },
  { key: 'code', head: 'Code', numeric: true, cell: (row) => row.status_code ?? '–' },
  {
    key: 'duration',
    head: 'Duration',
    numeric: true,
    from: 'tablet',
    cell: (row) => formatValue(row.duration_ms, 'milliseconds'),
  },
  {
    key: 'event',
    head: 'Event',
    from: 'tablet',
    cell: (row) => row.event_type ?? <span className="soft">not said</span>,
  },
  { key: 'attempt', head: 'Attempt', numeric: true, from: 'desk', cell: (row) => row.attempt },
  {
    key: 'error',
    head: 'Error',
    from: 'tablet',
    cell: (row) => (
      <span className="cell-text" title={row.error ?? undefined}>
        {row.error ?? ''}
      </span>
    ),
  },
]

const statuses = [
  { value: undefined, word: 'All' },
  { value: 'failed', word: 'Failed' },
  { value: 'sent', word: 'Sent' },
  { value: 'pending', word: 'Pending' },
]

/** What was delivered to a webhook, newest first. */
export function Deliveries({ orgId, webhookId }: { orgId: string; webhookId: string }) {
  const { status } = useSearch({ from: '/signed-in/orgs/$orgId/webhooks/$webhookId' })
  const navigate = useNavigate({ from: '/orgs/$orgId/webhooks/$webhookId' })
  const query = useInfiniteQuery(deliveriesQuery(useProject(), orgId, webhookId, status))
  return (
    <History
      title="Recent deliveries"
      columns={columns}
      query={query}
      status={status}
      statuses={statuses}
      onStatus={(next) =>
        void navigate({ search: (previous) => ({ ...previous, status: next }), resetScroll: false })
      }
      empty={<NoneTracked status={status} />}
    />
  )
}
