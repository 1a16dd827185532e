import { queryOptions } from '@tanstack/react-query'
import type { Project } from '../session/project.ts'
import { unwrap } from './api.ts'
import type { Health } from './metrics.ts'

/** How a webhook is at this moment: `v_webhook_health`. */
export interface WebhookHealth {
  webhook_id: string
  url: string
  enabled: boolean
  health_status: Health
  consecutive_failures: number
  failure_rate_24h: number | null
  last_success_at: string | null
  last_failure_at: string | null
}

const columns =
  'webhook_id, url, enabled, health_status, consecutive_failures, failure_rate_24h, last_success_at, last_failure_at'

/** The webhooks whose newest deliveries failed, longest run of failures first. */
export function topFailingQuery({ supabase }: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'top-failing'],
    queryFn: async ({ signal }) =>
      unwrap(
        await supabase
          .from('v_webhook_health')
          .select(columns)
          .eq('org_id', orgId)
          .gt('consecutive_failures', 0)
          .order('consecutive_failures', { ascending: false })
          .limit(10)
          .abortSignal(signal),
      ) as unknown as WebhookHealth[],
  })
}

/** One webhook, or null when the org has none with this id. */
export function webhookHealthQuery({ supabase }: Project, orgId: string, webhookId: string) {
  return queryOptions({
    queryKey: [orgId, 'webhook-health', webhookId],
    queryFn: async ({ signal }) => {
      const rows = unwrap(
        await supabase
          .from('v_webhook_health')
          .select(columns)
          .eq('org_id', orgId)
          .eq('webhook_id', webhookId)
          .abortSignal(signal),
      ) as unknown as WebhookHealth[]
      return rows[0] ?? null
    },
  })
}
