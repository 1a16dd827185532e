import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { healthReason, healthStatus } from '../../../supabase/functions/_shared/metrics-answer.ts'
import type { Project } from '../session/project.ts'
import { columnsIn, numeric, rowsOf, type ColumnsOf } from './rows.ts'

/** How a webhook is at this moment. */
const healthRow = z.object({
  webhook_id: z.string(),
  url: z.string(),
  enabled: z.boolean(),
  health_status: healthStatus,
  health_reason: z.nullable(healthReason),
  consecutive_failures: z.number(),
  failure_rate_24h: z.nullable(numeric),
  last_success_at: z.nullable(z.string()),
  last_failure_at: z.nullable(z.string()),
} satisfies ColumnsOf<'v_webhook_health'>)

export type WebhookHealth = z.infer<typeof healthRow>

/** The webhooks whose newest deliveries failed, longest run of failures first. */
export function topFailingQuery({ supabase }: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'top-failing'],
    queryFn: async ({ signal }) =>
      rowsOf(
        healthRow,
        await supabase
          .from('v_webhook_health')
          .select(columnsIn(healthRow))
          .eq('org_id', orgId)
          .gt('consecutive_failures', 0)
          .order('consecutive_failures', { ascending: false })
          .limit(10)
          .abortSignal(signal),
      ),
  })
}

/** One webhook, or null when the org has none with this id. */
export function webhookHealthQuery({ supabase }: Project, orgId: string, webhookId: string) {
  return queryOptions({
    queryKey: [orgId, 'webhook-health', webhookId],
    queryFn: async ({ signal }) => {
      const rows = rowsOf(
        healthRow,
        await supabase
          .from('v_webhook_health')
          .select(columnsIn(healthRow))
          .eq('org_id', orgId)
          .eq('webhook_id', webhookId)
          .abortSignal(signal),
      )
      return rows[0] ?? null
    },
  })
}
