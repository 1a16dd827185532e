import type { ApiHour } from '../data/api-hours.ts'
import { formatValue } from '../time/format.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Moment } from '../ui/Time.tsx'

const columns: Column<ApiHour>[] = [
  { key: 'hour', head: 'Hour from', cell: (row) => <Moment at={row.hour} /> },
  {
    key: 'requests',
    head: 'Requests',
    numeric: true,
    cell: (row) => formatValue(row.total_requests, 'count'),
  },
  {
    key: 'failed',
    head: 'Failed',
    numeric: true,
    cell: (row) => formatValue(row.failed_requests, 'count'),
  },
  {
    key: 'error_rate',
    head: 'Error rate',
    numeric: true,
    cell: (row) => formatValue((100 * row.failed_requests) / row.total_requests, 'percent'),
  },
  {
    key: 'p95',
    head: 'p95',
    numeric: true,
    from: 'tablet',
    cell: (row) => formatValue(row.p95_response_time_ms, 'milliseconds'),
  },
  {
    key: 'errors',
    head: 'Errors',
    from: 'desk',
    cell: (row) => (
      <span className="soft number">
        {Object.entries(row.errors_by_status_code)
          .map(([code, count]) => `${code}: ${count}`)
          .join(' · ')}
      </span>
    ),
  },
]

/** API requests by the hour, newest first. */
export function HoursTable({ rows }: { rows: ApiHour[] }) {
  return (
    <DataTable label="Requests by hour" columns={columns} rows={rows} keyOf={(row) => row.hour} />
  )
}
