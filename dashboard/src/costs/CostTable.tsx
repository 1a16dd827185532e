import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { costOf, type ResourceCosts } from '../data/costs.ts'
import { formatBytes, formatValue } from '../time/format.ts'
import type { Column } from '../ui/DataTable.tsx'
import { PagedTable } from '../ui/PagedTable.tsx'
import { nameOfUrl } from '../webhooks/url.ts'

const kinds = { webhook: 'Webhook', rule: 'Rule', route: 'Route', org: 'All else of' } as const

const columnsOf = (
  orgId: string,
  money: (amount: number | null) => string,
): Column<ResourceCosts>[] => [
  {
    key: 'name',
    head: 'Resource',
    cell: (row) => (
      <span className="cell-text" title={row.resource_name}>
        <span className="soft">{kinds[row.resource_type]}</span> {nameOf(orgId, row)}
      </span>
    ),
  },
  {
    key: 'bytes',
    head: 'At rest',
    numeric: true,
    cell: (row) => formatBytes(row.bytes_at_rest),
  },
  {
    key: 'rows',
    head: 'Rows',
    numeric: true,
    from: 'desk',
    cell: (row) => formatValue(row.raw_rows, 'count'),
  },
  {
    key: 'events',
    head: 'Events',
    numeric: true,
    from: 'tablet',
    cell: (row) => formatValue(row.events, 'count'),
  },
  {
    key: 'calls',
    head: 'Function calls',
    numeric: true,
    from: 'desk',
    cell: (row) => formatValue(row.function_calls, 'count'),
  },
  {
    key: 'time',
    head: 'Time',
    numeric: true,
    from: 'desk',
    cell: (row) => formatValue(row.function_ms, 'milliseconds'),
  },
  {
    key: 'out',
    head: 'Bytes out',
    numeric: true,
    from: 'desk',
    cell: (row) => formatBytes(row.bytes_out),
  },
  { key: 'cost', head: 'Cost', numeric: true, cell: (row) => money(costOf(row)) },
]

/** The name, as a way to the page where there is one: what was deleted has its id for a name. */
function nameOf(
  orgId: string,
  { resource_type: type, resource_id: id, resource_name: name }: ResourceCosts,
): ReactNode {
  if (name === id) return name
  if (type === 'webhook') {
    return (
      <Link
        to="/orgs/$orgId/webhooks/$webhookId"
        params={{ orgId, webhookId: id }}
        className="row-link"
      >
        {nameOfUrl(name)}
      </Link>
    )
  }
  if (type === 'rule') {
    return (
      <Link to="/orgs/$orgId/rules/$ruleId" params={{ orgId, ruleId: id }} className="row-link">
        {name}
      </Link>
    )
  }
  return name
}

/** What each webhook, rule and route holds, did and costs, those that hold most first. */
export function CostTable({
  orgId,
  rows,
  money,
  query,
}: {
  orgId: string
  rows: ResourceCosts[]
  money: (amount: number | null) => string
  query: Parameters<typeof PagedTable>[0]['query']
}) {
  return (
    <PagedTable
      label="Costs by resource"
      columns={columnsOf(orgId, money)}
      rows={rows}
      keyOf={(row) => `${row.resource_type} ${row.resource_id}`}
      query={query}
      others="smaller"
    />
  )
}
