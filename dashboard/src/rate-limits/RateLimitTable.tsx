import type { RateLimitWindow } from '../data/metrics.ts'
import { formatAge } from '../time/format.ts'
import { StatusBadge } from '../ui/Badge.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import type { Sort } from '../ui/sort.ts'
import './meter.css'

const kinds = { api_key: 'API key', org: 'Organisation', ip: 'Address' } as const

const columns: Column<RateLimitWindow>[] = [
  {
    key: 'who',
    head: 'Who',
    value: (row) => row.identifier,
    cell: (row) => (
      <span className="cell-text" title={row.identifier}>
        <span className="soft">{kinds[row.key_type]}</span> {row.identifier}
      </span>
    ),
  },
  {
    key: 'utilization',
    head: 'Used',
    numeric: true,
    value: (row) => row.utilization_pct,
    cell: (row) => (
      <span className="meter">
        {/* More than all of it is shown as all of it: the number says how much more. From where on it
            is a warning, the status knows: the bar has the colour of what is above `low`, or not. */}
        <meter
          min={0}
          max={100}
          low={row.status === 'normal' ? 100 : 0}
          high={100}
          optimum={0}
          value={Math.min(100, row.utilization_pct)}
          aria-label={`${row.identifier}: ${row.utilization_pct}% used`}
        />
        {Math.round(row.utilization_pct)}%
      </span>
    ),
  },
  {
    key: 'status',
    head: 'Status',
    value: (row) => row.utilization_pct,
    cell: (row) => <StatusBadge status={row.status} />,
    from: 'tablet',
  },
  {
    key: 'requests',
    head: 'Requests',
    numeric: true,
    from: 'desk',
    value: (row) => row.request_count,
    cell: (row) => `${row.request_count.toLocaleString()} of ${row.limit_max.toLocaleString()}`,
  },
  {
    key: 'reset',
    head: 'Resets in',
    numeric: true,
    value: (row) => row.seconds_until_reset,
    cell: (row) => formatAge(row.seconds_until_reset * 1000),
  },
]

/** Open windows of rate limits. `compact` leaves out what does not fit beside something else. */
export function RateLimitTable({
  rows,
  sort,
  onSort,
  compact = false,
}: {
  rows: RateLimitWindow[]
  sort: Sort
  onSort?: (sort: Sort) => void
  compact?: boolean
}) {
  return (
    <DataTable
      label="Rate limits"
      columns={compact ? columns.filter((column) => column.from !== 'desk') : columns}
      rows={rows}
      keyOf={(row) => `${row.key_type} ${row.identifier} ${row.window_start}`}
      sort={sort}
      {...(onSort && { onSort })}
    />
  )
}
