import { apiRequestEvent, type APIRequest } from './api-request.ts'
import { defaultClient } from './default-client.ts'
import type { MetricOptions } from './metric-aggregator.ts'
import type { Alerts, RateLimits, WebhookMetrics } from './metrics-types.ts'
import { createClient, type MonitoringClient } from './monitoring-client.ts'
import type { MonitoringOptions, MonitoringStats } from './monitoring-client.ts'
import { storableBytes, storableText, wholeMs } from './storable.ts'
import type { TrackedEvent } from './tracked-event.ts'

export type { APIRequest } from './api-request.ts'
export type { MetricOptions } from './metric-aggregator.ts'
export type { Alerts, RateLimits, WebhookMetrics } from './metrics-types.ts'
export type { MonitoringOptions, MonitoringStats } from './monitoring-client.ts'
export type * from './tracked-event.ts'

/**
 * Tracks what happens in one project, and reads its metrics.
 *
 * What tracks never throws, nor rejects: a failure is logged and counted in `stats()`. An event goes
 * with others, a second later at most; to await one sends it at once, and waits until it was tried, but
 * no longer than a second. What reads throws when it cannot.
 */
export interface Monitoring {
  /** Tracks events of any type. */
  track(events: TrackedEvent[]): Promise<void>
  /**
   * Tracks one attempt to deliver a webhook; `error` is what the receiver said, or why it did not, and
   * `bytesOut` how many bytes the body had that was sent.
   */
  trackWebhookDelivery(
    webhookId: string,
    status: 'sent' | 'failed',
    durationMs: number,
    error?: string,
    bytesOut?: number,
  ): Promise<void>
  /** Tracks one run of an automation rule. */
  trackRuleExecution(
    ruleId: string,
    status: 'success' | 'failed',
    durationMs: number,
    affectedContacts: number,
    error?: string,
  ): Promise<void>
  /** Tracks one request; `withMonitoring` calls it. */
  trackAPIRequest(request: APIRequest): Promise<void>
  /** Tracks that a version of a service began to serve an org, now or at another time. */
  trackDeploy(orgId: string, service: string, version: string, at?: Date): Promise<void>
  /** A webhook's numbers as of the last refresh, or null when there is no such webhook (yet). */
  getWebhookMetrics(webhookId: string): Promise<WebhookMetrics | null>
  /** The open windows of an org's rate limits, and the fullest of them. */
  getRateLimitMetrics(orgId: string): Promise<RateLimits>
  /** The alert conditions of an org that are true now, critical ones first. */
  checkAlerts(orgId: string): Promise<Alerts>
  /** Adds to a counter of an org's: `counter('emails.sent', 1, { orgId, labels: { kind: 'welcome' } })`. */
  counter(name: string, value: number, options: MetricOptions): void
  /** Says what something of an org's amounts to now. */
  gauge(name: string, value: number, options: MetricOptions): void
  /** Takes one of many values, whose distribution is of interest; it is kept within 1%. */
  histogram(name: string, value: number, options: MetricOptions): void
  /** Sends what still waits, and settles when that was tried: for before a process is ended. */
  flush(): Promise<void>
  stats(): MonitoringStats
}

/** Makes a client of a project: of the one that the environment names, or another. */
export function createMonitoring(options: MonitoringOptions = {}): Monitoring {
  return monitoringOf(createClient(options))
}

function monitoringOf(client: MonitoringClient): Monitoring {
  return {
    track: (events) => client.track(() => events),
    trackWebhookDelivery: (webhookId, status, durationMs, error, bytesOut) =>
      client.track(() => [
        {
          type: 'webhook_delivery',
          webhook_id: webhookId,
          status,
          duration_ms: wholeMs(durationMs),
          error: storableText(error, 10_000),
          bytes_out: storableBytes(bytesOut),
        },
      ]),
    trackRuleExecution: (ruleId, status, durationMs, affectedContacts, error) =>
      client.track(() => [
        {
          type: 'rule_execution',
          rule_id: ruleId,
          status,
          duration_ms: wholeMs(durationMs),
          affected_contacts: affectedContacts,
          error: storableText(error, 10_000),
        },
      ]),
    trackAPIRequest: (request) => client.track(() => [apiRequestEvent(request)]),
    trackDeploy: (orgId, service, version, at) =>
      client.track(() => [
        {
          type: 'deploy',
          org_id: orgId,
          service: storableText(service, 100) ?? '',
          version: storableText(version, 200) ?? '',
          at: at?.toISOString(),
        },
      ]),
    counter: (name, value, options) => client.measure('counter', name, value, options),
    gauge: (name, value, options) => client.measure('gauge', name, value, options),
    histogram: (name, value, options) => client.measure('histogram', name, value, options),
    getWebhookMetrics: async (webhookId) => {
      const filter = new URLSearchParams({ webhook_id: `eq.${webhookId}` })
      const rows = await client.read(`/rest/v1/mv_webhook_performance?${filter}`)
      const [row] = rows as (WebhookMetrics & { success_rate_pct: number | null })[]
      if (!row) return null
      const { success_rate_pct, ...webhook } = row
      return {
        ...webhook,
        success_rate: toNumber(success_rate_pct),
        avg_duration_ms: toNumber(webhook.avg_duration_ms),
        p95_duration_ms: toNumber(webhook.p95_duration_ms),
      }
    },
    getRateLimitMetrics: async (orgId) => {
      const answer = await readMetrics(client, 'rate_limit', orgId)
      return (answer as { rate_limits: RateLimits }).rate_limits
    },
    checkAlerts: async (orgId) => {
      const answer = await readMetrics(client, 'alerts', orgId)
      return (answer as { alerts: Alerts }).alerts
    },
    flush: client.flush,
    stats: client.stats,
  }
}

/** A Data API may send a numeric as text, so that it loses no digit. */
function toNumber(value: number | string | null): number | null {
  return value === null ? null : Number(value)
}

function readMetrics(client: MonitoringClient, type: string, orgId: string): Promise<unknown> {
  const query = new URLSearchParams({ type, org_id: orgId, limit: '500' })
  return client.read(`/functions/v1/monitoring/metrics?${query}`)
}

let shared: Monitoring | undefined

/** What the functions below use: the project that the environment names. */
export function defaultMonitoring(): Monitoring {
  shared ??= monitoringOf(defaultClient())
  return shared
}

/** @example await trackWebhookDelivery(webhook.id, 'sent', 145) */
export const trackWebhookDelivery: Monitoring['trackWebhookDelivery'] = (...args) =>
  defaultMonitoring().trackWebhookDelivery(...args)

/** @example await trackRuleExecution(rule.id, 'success', 80, contacts.length) */
export const trackRuleExecution: Monitoring['trackRuleExecution'] = (...args) =>
  defaultMonitoring().trackRuleExecution(...args)

/** @see Monitoring.trackAPIRequest */
export const trackAPIRequest: Monitoring['trackAPIRequest'] = (...args) =>
  defaultMonitoring().trackAPIRequest(...args)

/** @example await trackDeploy(orgId, 'api', process.env.GIT_COMMIT) */
export const trackDeploy: Monitoring['trackDeploy'] = (...args) =>
  defaultMonitoring().trackDeploy(...args)

/** @example const { success_rate } = (await getWebhookMetrics(webhook.id)) ?? {} */
export const getWebhookMetrics: Monitoring['getWebhookMetrics'] = (...args) =>
  defaultMonitoring().getWebhookMetrics(...args)

/** @see Monitoring.getRateLimitMetrics */
export const getRateLimitMetrics: Monitoring['getRateLimitMetrics'] = (...args) =>
  defaultMonitoring().getRateLimitMetrics(...args)

/** @example for (const alert of (await checkAlerts(orgId)).alerts) console.log(alert.message) */
export const checkAlerts: Monitoring['checkAlerts'] = (...args) =>
  defaultMonitoring().checkAlerts(...args)

/** @see Monitoring.counter */
export const counter: Monitoring['counter'] = (...args) => defaultMonitoring().counter(...args)

/** @see Monitoring.gauge */
export const gauge: Monitoring['gauge'] = (...args) => defaultMonitoring().gauge(...args)

/** @see Monitoring.histogram */
export const histogram: Monitoring['histogram'] = (...args) =>
  defaultMonitoring().histogram(...args)

/** Sends what still waits. @example process.on('SIGTERM', () => flush().then(() => process.exit())) */
export const flush: Monitoring['flush'] = () => defaultMonitoring().flush()
