import { webhookMetrics, type WebhookMetric } from '../../_shared/catalog/webhook-metrics.ts'
import type { Family } from './exposition.ts'
import { durations, family, sample, tally } from './family.ts'
import type { Scrape } from './scrape.ts'

const healthStatuses = ['healthy', 'warning', 'critical', 'inactive', 'disabled'] as const

const ids = ({ org_id, webhook_id }: Scrape['webhooks'][number]): Record<string, string> => ({
  org_id,
  webhook_id,
})

/** Those of a webhook's numbers of which the catalog says how Prometheus is told. */
function numberFamilies(webhooks: Scrape['webhooks']): Family[] {
  const families = new Map<string, Family>()
  for (const { column, unit, prometheus } of webhookMetrics as readonly WebhookMetric[]) {
    if (!prometheus) continue
    const { family: name, type, help, labels } = prometheus
    const found = families.get(name) ?? family(type, name, help, [])
    families.set(name, found)
    for (const webhook of webhooks) {
      const value = webhook.numbers?.[column] ?? (unit === 'count' ? 0 : null)
      if (value !== null) found.samples.push(sample({ ...ids(webhook), ...labels }, value))
    }
  }
  return [...families.values()]
}

export function webhookFamilies(scrape: Scrape): Family[] {
  const { orgs, webhooks } = scrape
  return [
    family(
      'info',
      'webhook',
      'Webhooks, with the hosts to which they deliver.',
      webhooks.map((webhook) => sample({ ...ids(webhook), host: webhook.host }, 1)),
    ),
    family(
      'gauge',
      'webhook_enabled',
      '1 for a webhook that is enabled, 0 for one that is not.',
      webhooks.map((webhook) => sample(ids(webhook), Number(webhook.enabled))),
    ),
    family(
      'gauge',
      'webhook_created_timestamp_seconds',
      'When the webhook was made.',
      webhooks.map((webhook) => sample(ids(webhook), webhook.created_at)),
    ),
    ...numberFamilies(webhooks),
    family(
      'gauge',
      'webhook_consecutive_failures',
      'Failed deliveries since the last one that was sent.',
      webhooks.map((webhook) => sample(ids(webhook), webhook.consecutive_failures)),
    ),
    family(
      'gauge',
      'webhook_last_success_timestamp_seconds',
      'When a delivery was last sent; absent when none ever was.',
      webhooks.flatMap((webhook) =>
        webhook.last_success_at === null ? [] : [sample(ids(webhook), webhook.last_success_at)],
      ),
    ),
    family(
      'gauge',
      'webhooks',
      'Webhooks of an org by their health.',
      tally(
        orgs,
        'health',
        healthStatuses,
        webhooks.map(({ org_id, health }) => [org_id, health]),
      ),
    ),
    durations(scrape, 'delivery', 'webhook_delivery', 'How long finished deliveries took.'),
  ]
}
