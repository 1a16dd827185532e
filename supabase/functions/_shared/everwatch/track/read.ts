import { isNotExposed, notExposed } from '../http/exposed-schema.ts'
import type { WebhookNumbers } from './webhook-numbers.ts'

/** One webhook's numbers, as of the last refresh. Durations are in milliseconds, times ISO 8601. */
export interface WebhookMetrics extends Omit<WebhookNumbers, 'success_rate_pct'> {
  webhook_id: string
  org_id: string
  url: string
  enabled: boolean
  last_success_at: string | null
  last_failure_at: string | null
  created_at: string
  /** Percent of finished deliveries that were sent; null when none is finished. */
  success_rate: number | null
}

type RateLimitStatus = 'normal' | 'warning' | 'throttled'

/** The open windows of an org's rate limits. */
export interface RateLimits {
  /** The fullest window; nulls and `normal` when none is open. */
  summary: {
    current_utilization_pct: number | null
    status: RateLimitStatus
    limit_max: number | null
    request_count: number | null
    seconds_until_reset: number | null
  }
  windows: {
    key_type: 'api_key' | 'org' | 'ip'
    identifier: string
    window_start: string
    request_count: number
    limit_max: number
    utilization_pct: number
    seconds_until_reset: number
    status: RateLimitStatus
  }[]
}

/** The alert conditions of an org that are true, critical ones first. */
export interface Alerts {
  total: number
  critical: number
  warning: number
  alerts: {
    type: string
    severity: 'warning' | 'critical'
    resource_type: string
    resource_id: string
    resource_name: string
    message: string
    value: number
    threshold: number
  }[]
}

/** Reads JSON below a project's address. */
type Read = (path: string) => Promise<unknown>

/**
 * A webhook's numbers, or null when there is no such webhook (yet).
 *
 * @throws where the Data API does not serve our schema, saying what to switch on
 */
export async function readWebhookMetrics(
  read: Read,
  webhookId: string,
): Promise<WebhookMetrics | null> {
  const filter = new URLSearchParams({ webhook_id: `eq.${webhookId}` })
  const rows = await read(`/rest/v1/mv_webhook_performance?${filter}`).catch((error: Error) => {
    throw isNotExposed(error.message) ? new Error(notExposed) : error
  })
  const [row] = rows as (WebhookMetrics & WebhookNumbers)[]
  if (!row) return null
  const { success_rate_pct, ...webhook } = row
  return {
    ...webhook,
    success_rate: toNumber(success_rate_pct),
    avg_duration_ms: toNumber(webhook.avg_duration_ms),
    p95_duration_ms: toNumber(webhook.p95_duration_ms),
  }
}

/** The Data API may send a numeric as text, so that no digit is lost. */
function toNumber(value: number | string | null): number | null {
  return value === null ? null : Number(value)
}

export async function readRateLimits(read: Read, orgId: string): Promise<RateLimits> {
  const answer = await readMetrics(read, 'rate_limit', orgId)
  return (answer as { rate_limits: RateLimits }).rate_limits
}

export async function readAlerts(read: Read, orgId: string): Promise<Alerts> {
  const answer = await readMetrics(read, 'alerts', orgId)
  return (answer as { alerts: Alerts }).alerts
}

function readMetrics(read: Read, type: string, orgId: string): Promise<unknown> {
  const query = new URLSearchParams({ type, org_id: orgId, limit: '500' })
  return read(`/functions/v1/monitoring/metrics?${query}`)
}
