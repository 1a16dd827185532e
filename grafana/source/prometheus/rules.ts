import { chart, table, type PanelRow } from '../panels.ts'
import { org, interval, over, rows, rate, named } from './queries.ts'

/** What automation rules did. */
export const rules: PanelRow = {
  title: 'Rules',
  panels: [
    chart({
      title: 'Executions a second',
      unit: 'ops',
      interval,
      queries: [over(`sum by (status) (${rate('everwatch_rule_executions_total')})`, '{{status}}')],
    }),
    table({
      title: 'Rules that ran most, 24 h',
      queries: [
        rows(
          `sort_desc(topk(10, ${named(
            `sum by (rule_id) (increase(everwatch_rule_executions_total{${org}}[24h]))`,
            'rule_id',
            'rule_name',
            'everwatch_rule_info',
          )}))`,
        ),
      ],
    }),
  ],
}
