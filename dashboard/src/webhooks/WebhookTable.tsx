import { Link } from '@tanstack/react-router'
import { webhookMetrics } from '../../../supabase/functions/_shared/catalog/webhook-metrics.ts'
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

/** The numbers of which the catalog says that they are listed. */
const numbers = webhookMetrics.flatMap((metric): Column<WebhookMetrics>[] => {
  if (!('inTable' in metric)) return []
  const { column, unit, inTable } = metric
  return [
    {
      ...inTable,
      numeric: true,
      value: (row) => row[column],
      cell: (row) => formatValue(row[column], unit),
    },
  ]
})

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
  ...numbers,
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
