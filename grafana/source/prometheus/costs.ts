import { chart, type PanelRow } from '../panels.ts'
import { org, over, named } from './queries.ts'

/** Who holds most, and whom the disk costs most. */
export const costs: PanelRow = {
  title: 'Costs',
  panels: [
    chart({
      title: 'Bytes at rest: the organisations that hold most',
      description: 'As measured once a day.',
      unit: 'decbytes',
      queries: [
        over(
          named(
            `topk(10, sum by (org_id) (everwatch_org_stored_bytes{${org}}))`,
            'org_id',
            'org_name',
            'everwatch_org_info',
          ),
          '{{org_name}}',
        ),
      ],
    }),
    chart({
      title: 'The disk, a month: the organisations that it costs most',
      description: 'Their shares of the bill, at the prices that the operator keeps.',
      unit: 'short',
      queries: [
        over(
          named(
            `topk(10, everwatch_org_disk_monthly_cost{${org}})`,
            'org_id',
            'org_name',
            'everwatch_org_info',
          ),
          '{{org_name}} ({{currency}})',
        ),
      ],
    }),
  ],
}
