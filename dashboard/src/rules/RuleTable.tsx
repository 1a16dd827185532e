import { Link } from '@tanstack/react-router'
import type { RuleMetrics } from '../data/metrics.ts'
import { formatValue } from '../time/format.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import type { Sort } from '../ui/sort.ts'
import { Ago } from '../ui/Time.tsx'

const columnsOf = (orgId: string): Column<RuleMetrics>[] => [
  {
    key: 'name',
    head: 'Rule',
    value: (row) => row.rule_name,
    cell: (row) => (
      <>
        <Link
          to="/orgs/$orgId/rules/$ruleId"
          params={{ orgId, ruleId: row.rule_id }}
          className="row-link cell-text"
          title={row.rule_name}
        >
          {row.rule_name}
        </Link>
        {!row.enabled && <span className="soft small"> disabled</span>}
      </>
    ),
  },
  {
    key: 'type',
    head: 'Type',
    from: 'desk',
    value: (row) => row.rule_type,
    cell: (row) => <code>{row.rule_type}</code>,
  },
  {
    key: 'triggers',
    head: 'Triggers',
    numeric: true,
    value: (row) => row.trigger_count,
    cell: (row) => formatValue(row.trigger_count, 'count'),
  },
  {
    key: 'executions_7d',
    head: '7 days',
    numeric: true,
    from: 'tablet',
    value: (row) => row.executions_7d,
    cell: (row) => formatValue(row.executions_7d, 'count'),
  },
  {
    key: 'success',
    head: 'Success',
    numeric: true,
    value: (row) => row.success_rate_pct,
    cell: (row) => formatValue(row.success_rate_pct, 'percent'),
  },
  {
    key: 'segment',
    head: 'Segment',
    from: 'desk',
    value: (row) => row.segment_name,
    cell: (row) => row.segment_name ?? <span className="soft">all contacts</span>,
  },
  {
    key: 'members',
    head: 'Members',
    numeric: true,
    from: 'desk',
    value: (row) => row.segment_member_count,
    cell: (row) => formatValue(row.segment_member_count, 'count'),
  },
  {
    key: 'last',
    head: 'Last triggered',
    from: 'tablet',
    value: (row) => (row.last_triggered_at === null ? null : Date.parse(row.last_triggered_at)),
    cell: (row) => <Ago at={row.last_triggered_at} />,
  },
]

export function RuleTable({
  orgId,
  rows,
  sort,
  onSort,
}: {
  orgId: string
  rows: RuleMetrics[]
  sort: Sort
  onSort: (sort: Sort) => void
}) {
  return (
    <DataTable
      label="Automation rules"
      columns={columnsOf(orgId)}
      rows={rows}
      keyOf={(row) => row.rule_id}
      sort={sort}
      onSort={onSort}
    />
  )
}
