import type { TrackedEvent } from '../../supabase/functions/_shared/events.ts'
import { react } from './behaviour.ts'
import { pick, type Random } from '../random.ts'
import { duration, listOf } from './made-up.ts'
import {
  eventTypes,
  limitWindowSeconds,
  resources,
  type DemoOrg,
  type DemoRule,
  type DemoWebhook,
} from './scenario.ts'

/** How long the sender waits for a receiver, in milliseconds. */
export const deliveryTimeoutMs = 3000

/** What a webhook is told: something that happened, and to whom. */
export function deliveryMessage(random: Random): { eventType: string; body: string } {
  const eventType = pick(eventTypes, random)
  return { eventType, body: listOf(eventType, 5, random) }
}

/** What the sender tracks of a delivery whose answer came, or did not (`status` undefined). */
export function deliveryEvent(
  webhook: DemoWebhook,
  { eventType, body }: { eventType: string; body: string },
  outcome: { status: number | undefined; durationMs: number; error: string | undefined },
): Extract<TrackedEvent, { type: 'webhook_delivery' }> {
  const { status, durationMs, error } = outcome
  return {
    type: 'webhook_delivery',
    webhook_id: webhook.id,
    status: status !== undefined && status < 400 ? 'sent' : 'failed',
    duration_ms: durationMs,
    event_type: eventType,
    status_code: status,
    error,
    // Nobody knows how much of it came to a receiver that did not answer.
    bytes_out: status === undefined ? undefined : Buffer.byteLength(body),
  }
}

/** A delivery of the past. */
export function pastDelivery(
  webhook: DemoWebhook,
  at: Date,
  deployedAt: Date,
  random: Random,
): TrackedEvent {
  const reaction = react(webhook.behaviour, at, deployedAt, random)
  const outcome =
    reaction === 'stall'
      ? { status: undefined, durationMs: deliveryTimeoutMs, error: 'The receiver did not answer' }
      : {
          status: reaction.status,
          durationMs: reaction.afterMs,
          error: reaction.status < 400 ? undefined : 'not today',
        }
  const event = deliveryEvent(webhook, deliveryMessage(random), outcome)
  return { ...event, sent_at: at.toISOString() }
}

/** What a run of a rule comes to. */
export function runOutcome(
  rule: DemoRule,
  random: Random,
): { status: 'success' | 'failed'; contacts: number; durationMs: number; error?: string } {
  const durationMs = duration(140, random)
  if (random() < rule.failureRate) {
    return { status: 'failed', contacts: 0, durationMs, error: 'The segment could not be read' }
  }
  return { status: 'success', contacts: Math.floor(random() * 12), durationMs }
}

export function pastRun(rule: DemoRule, at: Date, random: Random): TrackedEvent {
  const { status, contacts, durationMs, error } = runOutcome(rule, random)
  return {
    type: 'rule_execution',
    rule_id: rule.id,
    status,
    duration_ms: durationMs,
    affected_contacts: contacts,
    error,
    executed_at: at.toISOString(),
  }
}

/** What the portal's API answers to a request: mostly what was asked for. */
export function answerStatus(random: Random): number {
  const luck = random()
  if (luck < 0.01) return 500
  if (luck < 0.03) return 404
  return luck < 0.05 ? 422 : 200
}

/** A page of what was asked for at the portal's API. */
export function answerBody(resource: string, random: Random): string {
  return listOf(resource, 50, random)
}

export function pastRequest(org: DemoOrg, orgId: string, at: Date, random: Random): TrackedEvent {
  const resource = pick(resources, random)
  const status = answerStatus(random)
  return {
    type: 'api_request',
    org_id: orgId,
    method: random() < 0.8 ? 'GET' : 'POST',
    path: `/v1/${resource}/:id`,
    status_code: status,
    duration_ms: duration(45, random),
    resource_type: resource,
    api_key_id: org.apiKeyId,
    created_at: at.toISOString(),
    bytes_out: status === 200 ? Buffer.byteLength(answerBody(resource, random)) : undefined,
  }
}

/** How much of an org's rate limit is used in the window that is open at `at`. */
export function limitReport(
  org: DemoOrg,
  orgId: string,
  at: Date,
  requestCount: number,
): TrackedEvent {
  return {
    type: 'rate_limit',
    org_id: orgId,
    key_type: 'api_key',
    identifier: org.apiKeyId,
    request_count: requestCount,
    limit_max: org.requestLimit,
    window_start: limitWindowOf(at).toISOString(),
    window_seconds: limitWindowSeconds,
  }
}

/** When the window of the API's rate limits began that is open at `at`. */
export function limitWindowOf(at: Date): Date {
  const windowMs = limitWindowSeconds * 1000
  return new Date(at.getTime() - (at.getTime() % windowMs))
}
