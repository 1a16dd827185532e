import { webhookMetrics } from '../../supabase/functions/_shared/catalog/webhook-metrics.ts'
import type { WebhookMetric } from '../../supabase/functions/_shared/catalog/webhook-metrics.ts'
import { markdownTable } from './markdown-table.ts'

const metrics: readonly WebhookMetric[] = webhookMetrics
const toldToPrometheus = metrics.filter(({ prometheus }) => prometheus)

/** What the library says of a webhook: a file of types, as the library has no schemas in it. */
export function webhookNumberTypes(): string {
  const fields = metrics.map(
    ({ column, unit, meaning }) =>
      `/** ${meaning}. */\n${column}: number${unit === 'count' ? '' : ' | null'}`,
  )
  return `// Made of supabase/functions/_shared/catalog by \`npm run check -- --fix generated\`.

/** The numbers of a webhook; durations are in milliseconds, null where none is known. */
export interface WebhookNumbers {\n${fields.join('\n')}\n}\n`
}

/** `everwatch_private.webhook_samples()`: those of its numbers that Prometheus is told, and no others. */
export function webhookSamples(): string {
  const pairs = toldToPrometheus.map(({ column }) => `'${column}', performance.${column}`)
  return `-- Made of supabase/functions/_shared/catalog by \`npm run check -- --fix generated\`.
create function everwatch_private.webhook_samples(performance everwatch.mv_webhook_performance)
  returns jsonb
  language sql immutable set search_path = ''
  as $$
  select jsonb_build_object(
    ${pairs.join(',\n    ')}
  )
$$;

comment on function everwatch_private.webhook_samples(everwatch.mv_webhook_performance)
  is 'The numbers of a webhook that Prometheus is told, by the column.';

revoke execute
  on function everwatch_private.webhook_samples(everwatch.mv_webhook_performance)
  from public;
`
}

/** The families that tell of a webhook's numbers, in docs/prometheus.md. */
export function webhookFamilyTable(): string {
  return markdownTable(
    ['family', 'type', 'labels', ''],
    toldToPrometheus.flatMap(({ prometheus }) => {
      if (!prometheus) return []
      const { family, type, labels = {}, help } = prometheus
      const more = Object.entries(labels).map(([name, value]) => `\`${name}="${value}"\``)
      const name = `\`${family}${type === 'counter' ? '_total' : ''}\``
      return [[name, type, ['`org_id`', '`webhook_id`', ...more].join(', '), help]]
    }),
  )
}
