import { Link } from '@tanstack/react-router'
import type { WebhookMetrics } from '../data/metrics.ts'
import { formatValue } from '../time/format.ts'
import { StatusBadge } from '../ui/Badge.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import type { Sort } from '../ui/sort.ts'
import { Ago } from '../ui/Time.tsx'
import { nameOfUrl } from './url.ts'

/** How bad each health is: the order in which the column sorts. */
const gravity: Record<string, number> = {
  critical: 4,
  warning: 3,
  inactive: 2,
  healthy: 1,
  disabled: 0,
}

const columnsOf = (orgId: string): Column<WebhookMetrics>[] => [
  {
    key: 'url',
    head: 'Webhook',
    value: (row) => nameOfUrl(row.url),
    cell: (row) => (
      <Link
        to="/orgs/$orgId/webhooks/$webhookId"
        params={{ orgId, webhookId: row.webhook_id }}
        className="row-link cell-text"
        title={row.url}
      >
        {nameOfUrl(row.url)}
      </Link>
    ),
  },
  {
    key: 'health',
    head: 'Health',
    value: (row) => gravity[row.health_status ?? ''] ?? -1,
    cell: (row) => <StatusBadge status={row.health_status} />,
  },
  {
    key: 'success',
    head: 'Success',
    numeric: true,
    value: (row) => row.success_rate_pct,
    cell: (row) => formatValue(row.success_rate_pct, 'percent'),
  },
  {
    key: 'p95',
    head: 'p95',
    numeric: true,
    from: 'tablet',
    value: (row) => row.p95_duration_ms,
    cell: (row) => formatValue(row.p95_duration_ms, 'milliseconds'),
  },
  {
    key: 'failures_24h',
    head: 'Failures 24 h',
    numeric: true,
    from: 'tablet',
    value: (row) => row.failures_24h,
    cell: (row) => formatValue(row.failures_24h, 'count'),
  },
  {
    key: 'run',
    head: 'In a row',
    numeric: true,
    from: 'desk',
    value: (row) => row.consecutive_failures,
    cell: (row) => formatValue(row.consecutive_failures, 'count'),
  },
  {
    key: 'deliveries_24h',
    head: 'Deliveries 24 h',
    numeric: true,
    from: 'desk',
    value: (row) => row.deliveries_24h,
    cell: (row) => formatValue(row.deliveries_24h, 'count'),
  },
  {
    key: 'last_success',
    head: 'Last success',
    from: 'tablet',
    value: (row) => (row.last_success_at === null ? null : Date.parse(row.last_success_at)),
    cell: (row) => <Ago at={row.last_success_at} />,
  },
]

export function WebhookTable({
  orgId,
  rows,
  sort,
  onSort,
}: {
  orgId: string
  rows: WebhookMetrics[]
  sort: Sort
  onSort: (sort: Sort) => void
}) {
  return (
    <DataTable
      label="Webhooks"
      columns={columnsOf(orgId)}
      rows={rows}
      keyOf={(row) => row.webhook_id}
      sort={sort}
      onSort={onSort}
    />
  )
}
