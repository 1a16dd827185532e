import { chart, table, type PanelRow } from '../panels.ts'
import { org, interval, over, rows, rate, quantiles, named } from './queries.ts'

/** What became of deliveries. */
export const webhooks: PanelRow = {
  title: 'Webhooks',
  panels: [
    chart({
      title: 'Deliveries a second',
      unit: 'reqps',
      interval,
      queries: [
        over(`sum by (status) (${rate('everwatch_webhook_deliveries_total')})`, '{{status}}'),
      ],
    }),
    chart({
      title: 'How long deliveries take',
      unit: 's',
      interval,
      queries: quantiles('everwatch_webhook_delivery_duration_seconds'),
    }),
    table({
      title: 'Failing webhooks',
      description: 'By consecutive failures.',
      queries: [
        rows(
          `sort_desc(topk(10, ${named(
            `(everwatch_webhook_consecutive_failures{${org}} > 0)`,
            'webhook_id',
            'host',
            'everwatch_webhook_info',
          )}))`,
        ),
      ],
    }),
    chart({
      title: 'Webhooks by health',
      unit: 'short',
      queries: [over(`sum by (health) (everwatch_webhooks{${org}})`, '{{health}}')],
    }),
  ],
}
