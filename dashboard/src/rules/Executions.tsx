import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { executionsQuery, type Execution } from '../data/deliveries-and-executions.ts'
import { formatValue } from '../time/format.ts'
import { StatusBadge } from '../ui/Badge.tsx'
import type { Column } from '../ui/DataTable.tsx'
import { History } from '../ui/History.tsx'
import { NoneTracked } from '../ui/NoneTracked.tsx'
import { Moment } from '../ui/Time.tsx'

const columns: Column<Execution>[] = [
  { key: 'at', head: 'Time', cell: (row) => <Moment at={row.executed_at} /> },
  { key: 'status', head: 'Status', cell: (row) => <StatusBadge status={row.status} /> },
  {
    key: 'contacts',
    head: 'Contacts',
    numeric: true,
    cell: (row) => formatValue(row.affected_contacts, 'count'),
  },
  {
    key: 'duration',
    head: 'Duration',
    numeric: true,
    from: 'tablet',
    cell: (row) => formatValue(row.duration_ms, 'milliseconds'),
  },
  {
    key: 'error',
    head: 'Error',
    from: 'tablet',
    cell: (row) => (
      <span className="cell-text cell-text-wide" title={row.error ?? undefined}>
        {row.error ?? ''}
      </span>
    ),
  },
]

const statuses = [
  { value: undefined, word: 'All' },
  { value: 'failed', word: 'Failed' },
  { value: 'success', word: 'Success' },
]

/** Each time that a rule ran, newest first. */
export function Executions({ orgId, ruleId }: { orgId: string; ruleId: string }) {
  const { status } = useSearch({ from: '/signed-in/orgs/$orgId/rules/$ruleId' })
  const navigate = useNavigate({ from: '/orgs/$orgId/rules/$ruleId' })
  const query = useInfiniteQuery(executionsQuery(useProject(), orgId, ruleId, status))
  return (
    <History
      title="Recent executions"
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
