import type { MetricOptions } from './track/aggregator.ts'
import { createClient, defaultClient, type MonitoringClient } from './track/client.ts'
import type { TrackedEvent } from './track/event.ts'
import {
  apiRequest,
  deploy,
  ruleExecution,
  webhookDelivery,
  type APIRequest,
} from './track/make-event.ts'
import type { MonitoringOptions, MonitoringStats } from './track/options.ts'
import {
  readAlerts,
  readRateLimits,
  readWebhookMetrics,
  type Alerts,
  type RateLimits,
  type WebhookMetrics,
} from './track/read.ts'

export type { MetricOptions } from './track/aggregator.ts'
export type * from './track/event.ts'
export type { APIRequest } from './track/make-event.ts'
export type { MonitoringOptions, MonitoringStats } from './track/options.ts'
export type { Alerts, RateLimits, WebhookMetrics } from './track/read.ts'

/**
 * Tracks what happens in one project, and reads its metrics.
 *
 * Tracking never throws or rejects: a failure is logged and counted in `stats()`. Events go together,
 * a second later at most; awaiting one sends it at once, and waits until that was tried, but no longer
 * than a second. Reading throws when it fails.
 */
export interface Monitoring {
  /** Tracks events of any type. */
  track(events: TrackedEvent[]): Promise<void>
  /**
   * Tracks one attempt to deliver a webhook; `error` is what the receiver answered, or why it did not,
   * and `bytesOut` is the size of the body that was sent.
   */
  trackWebhookDelivery(...delivery: Parameters<typeof webhookDelivery>): Promise<void>
  /** Tracks one run of an automation rule. */
  trackRuleExecution(...execution: Parameters<typeof ruleExecution>): Promise<void>
  /** Tracks one request; `withMonitoring` calls it. */
  trackAPIRequest(request: APIRequest): Promise<void>
  /** Tracks that a version of a service began to serve an org, now or at another time. */
  trackDeploy(...version: Parameters<typeof deploy>): Promise<void>
  /** A webhook's numbers as of the last refresh, or null when there is no such webhook (yet). */
  getWebhookMetrics(webhookId: string): Promise<WebhookMetrics | null>
  /** The open windows of an org's rate limits, and the fullest of them. */
  getRateLimitMetrics(orgId: string): Promise<RateLimits>
  /** The alert conditions of an org that are true now, critical ones first. */
  checkAlerts(orgId: string): Promise<Alerts>
  /** Adds to an org's counter: `counter('emails.sent', 1, { orgId, labels: { kind: 'welcome' } })`. */
  counter(name: string, value: number, options: MetricOptions): void
  /** Sets the current value of an org's gauge. */
  gauge(name: string, value: number, options: MetricOptions): void
  /** Adds a value to an org's distribution, which is kept within 1%. */
  histogram(name: string, value: number, options: MetricOptions): void
  /** Sends what still waits, and settles once that was tried: call it before a process ends. */
  flush(): Promise<void>
  stats(): MonitoringStats
}

/** Makes a client for a project: the one that the environment names, or another. */
export function createMonitoring(options: MonitoringOptions = {}): Monitoring {
  return monitoringOf(createClient(options))
}

function monitoringOf(client: MonitoringClient): Monitoring {
  return {
    track: (events) => client.track(() => events),
    trackWebhookDelivery: (...told) => client.track(() => [webhookDelivery(...told)]),
    trackRuleExecution: (...told) => client.track(() => [ruleExecution(...told)]),
    trackAPIRequest: (request) => client.track(() => [apiRequest(request)]),
    trackDeploy: (...told) => client.track(() => [deploy(...told)]),
    counter: (name, value, options) => client.measure('counter', name, value, options),
    gauge: (name, value, options) => client.measure('gauge', name, value, options),
    histogram: (name, value, options) => client.measure('histogram', name, value, options),
    getWebhookMetrics: (webhookId) => readWebhookMetrics(client.read, webhookId),
    getRateLimitMetrics: (orgId) => readRateLimits(client.read, orgId),
    checkAlerts: (orgId) => readAlerts(client.read, orgId),
    flush: client.flush,
    stats: client.stats,
  }
}

let shared: Monitoring | undefined

/** The client that the functions below use, for the project that the environment names. */
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
