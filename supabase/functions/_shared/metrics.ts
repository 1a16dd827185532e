import type { TrackedEvent } from './events.ts'
import type { Alerts, RateLimits, WebhookMetrics } from './metrics-answer.ts'
import { createMonitoring, type MonitoringClient } from './monitoring-client.ts'

export { createMonitoring } from './monitoring-client.ts'
export type { MonitoringClient, MonitoringOptions, MonitoringStats } from './monitoring-client.ts'

let client: MonitoringClient | undefined

/** The client that the functions below use: made of the environment, at first use. */
export function defaultMonitoring(): MonitoringClient {
  client ??= createMonitoring()
  return client
}

/**
 * Tracks one attempt to deliver a webhook. Never throws.
 *
 * @param durationMs milliseconds from request to answer
 * @param error what the receiver said, or why there was no answer
 *
 * @example await trackWebhookDelivery(webhook.id, 'sent', 145)
 */
export function trackWebhookDelivery(
  webhookId: string,
  status: 'sent' | 'failed',
  durationMs: number,
  error?: string,
): Promise<void> {
  return trackOne({
    type: 'webhook_delivery',
    webhook_id: webhookId,
    status,
    duration_ms: Math.round(durationMs),
    ...(error !== undefined && { error: storable(error, 10_000) }),
  })
}

/**
 * Tracks one run of an automation rule. Never throws.
 *
 * @param durationMs milliseconds that the run took
 */
export function trackRuleExecution(
  ruleId: string,
  status: 'success' | 'failed',
  durationMs: number,
  affectedContacts: number,
  error?: string,
): Promise<void> {
  return trackOne({
    type: 'rule_execution',
    rule_id: ruleId,
    status,
    duration_ms: Math.round(durationMs),
    affected_contacts: affectedContacts,
    ...(error !== undefined && { error: storable(error, 10_000) }),
  })
}

export interface APIRequest {
  orgId: string
  method: string
  /** Without ids: `/contacts/:id`. */
  path: string
  statusCode: number
  /** Milliseconds. */
  durationMs: number
  requestId?: string
  resourceType?: string
  apiKeyId?: string
  ip?: string
  userAgent?: string
}

/** Tracks one request that an API served. Never throws. `withMonitoring` calls it. */
export function trackAPIRequest(request: APIRequest): Promise<void> {
  const { requestId, resourceType, apiKeyId, ip, userAgent } = request
  return trackOne({
    type: 'api_request',
    org_id: request.orgId,
    method: request.method,
    path: storable(request.path, 2048),
    status_code: request.statusCode,
    duration_ms: Math.round(request.durationMs),
    ...(requestId && { request_id: requestId }),
    ...(resourceType && { resource_type: resourceType }),
    ...(apiKeyId && { api_key_id: apiKeyId }),
    ...(ip && { ip }),
    ...(userAgent && { user_agent: storable(userAgent, 1024) }),
  })
}

/**
 * A webhook's numbers as of the last refresh, or null when there is no such webhook (yet).
 *
 * @throws when they cannot be read
 */
export async function getWebhookMetrics(webhookId: string): Promise<WebhookMetrics | null> {
  const filter = `webhook_id=eq.${encodeURIComponent(webhookId)}`
  const rows = await defaultMonitoring().read(`/rest/v1/mv_webhook_performance?${filter}`)
  const [row] = rows as (Omit<WebhookMetrics, 'success_rate'> & { success_rate_pct: number })[]
  return row ? { ...row, success_rate: row.success_rate_pct } : null
}

/**
 * The open windows of an org's rate limits, and the fullest of them.
 *
 * @throws when they cannot be read
 */
export async function getRateLimitMetrics(orgId: string): Promise<RateLimits> {
  const answer = await readMetrics('rate_limit', orgId)
  return (answer as { rate_limits: RateLimits }).rate_limits
}

/**
 * The alert conditions of an org that are true now, critical ones first.
 *
 * @throws when they cannot be read
 */
export async function checkAlerts(orgId: string): Promise<Alerts> {
  const answer = await readMetrics('alerts', orgId)
  return (answer as { alerts: Alerts }).alerts
}

function readMetrics(type: string, orgId: string): Promise<unknown> {
  const query = new URLSearchParams({ type, org_id: orgId })
  return defaultMonitoring().read(`/functions/v1/monitoring/metrics?${query}`)
}

function trackOne(event: TrackedEvent): Promise<void> {
  // With an id of its own, an event that is sent again is stored once.
  return defaultMonitoring().track([{ id: crypto.randomUUID(), ...event }])
}

/** Text as the database takes it: whole characters, no NUL, no longer than there is room for. */
function storable(text: string, length: number): string {
  return String(text).replaceAll('\0', '').slice(0, length).toWellFormed()
}
