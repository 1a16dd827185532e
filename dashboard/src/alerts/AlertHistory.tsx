import { useInfiniteQuery } from '@tanstack/react-query'
import { useProject } from '../app-context.ts'
import { alertHistoryQuery, type AlertEvent } from '../data/alerts.ts'
import { StatusBadge } from '../ui/Badge.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'
import { Moment } from '../ui/Time.tsx'
import { AlertResource } from './AlertResource.tsx'

const columnsOf = (orgId: string): Column<AlertEvent>[] => [
  { key: 'at', head: 'Time', cell: (row) => <Moment at={row.at} /> },
  { key: 'kind', head: 'What', cell: (row) => row.kind },
  {
    key: 'severity',
    head: 'Severity',
    from: 'tablet',
    cell: (row) => <StatusBadge status={row.severity} />,
  },
  {
    key: 'resource',
    head: 'About',
    cell: (row) => (
      <span className="cell-text" title={row.resource_name}>
        <AlertResource orgId={orgId} about={row} />
      </span>
    ),
  },
  {
    key: 'message',
    head: 'Message',
    from: 'desk',
    cell: (row) => (
      <span className="cell-text cell-text-wide" title={row.message}>
        {row.message}
      </span>
    ),
  },
  {
    key: 'told',
    head: 'Held back by',
    from: 'desk',
    cell: (row) => <span className="soft">{row.suppressed_by ?? ''}</span>,
  },
]

/** What happened to the org's alerts, newest first. */
export function AlertHistory({ orgId }: { orgId: string }) {
  const query = useInfiniteQuery(alertHistoryQuery(useProject(), orgId))
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  return (
    <Panel title="History" flush>
      <Loaded query={query} height="16rem">
        {({ pages }) => {
          const rows = pages.flat()
          return rows.length === 0 ? (
            <Empty title="Nothing has happened yet">
              <p>
                Each alert leaves its story here: when it fired, who acknowledged it, when it ended.
              </p>
            </Empty>
          ) : (
            <DataTable
              label="History of alerts"
              columns={columnsOf(orgId)}
              rows={rows}
              keyOf={(row) => String(row.id)}
              onEnd={() => {
                if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
              }}
            />
          )
        }}
      </Loaded>
    </Panel>
  )
}
