import type { RefreshRun } from '../data/system.ts'
import { formatDuration } from '../time/format.ts'
import { Badge } from '../ui/Badge.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Moment } from '../ui/Time.tsx'

const columns: Column<RefreshRun>[] = [
  { key: 'at', head: 'Started', cell: (row) => <Moment at={row.started_at} /> },
  {
    key: 'outcome',
    head: 'Outcome',
    cell: (row) =>
      row.error_code === null ? (
        <Badge tone="good">Refreshed</Badge>
      ) : (
        <Badge tone="bad">Failed: {row.error_code}</Badge>
      ),
  },
  { key: 'took', head: 'Took', numeric: true, cell: (row) => formatDuration(row.duration_ms) },
]

/** Each refresh of the numbers, newest first. */
export function RefreshTable({ runs }: { runs: RefreshRun[] }) {
  return (
    <DataTable label="Refreshes" columns={columns} rows={runs} keyOf={(row) => row.started_at} />
  )
}
