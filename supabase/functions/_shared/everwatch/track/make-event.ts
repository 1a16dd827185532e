import { isoTime } from '../runtime/clock.ts'
import {
  timeFields,
  type ApiRequest,
  type Deploy,
  type RateLimitUse,
  type RuleExecution,
  type TrackedEvent,
  type WebhookDelivery,
} from './event.ts'

/** One attempt to deliver a webhook; `error` is what the receiver said, or why it did not. */
export function webhookDelivery(
  webhookId: string,
  status: 'sent' | 'failed',
  durationMs: number,
  error?: string,
  bytesOut?: number,
): WebhookDelivery {
  return {
    type: 'webhook_delivery',
    webhook_id: webhookId,
    status,
    duration_ms: wholeMs(durationMs),
    error: storableText(error, 10_000),
    bytes_out: storableBytes(bytesOut),
  }
}

/** One run of an automation rule. */
export function ruleExecution(
  ruleId: string,
  status: 'success' | 'failed',
  durationMs: number,
  affectedContacts: number,
  error?: string,
): RuleExecution {
  return {
    type: 'rule_execution',
    rule_id: ruleId,
    status,
    duration_ms: wholeMs(durationMs),
    affected_contacts: affectedContacts,
    error: storableText(error, 10_000),
  }
}

/** A version of a service began to serve an org. */
export function deploy(orgId: string, service: string, version: string, at?: Date): Deploy {
  return {
    type: 'deploy',
    org_id: orgId,
    service: storableText(service, 100) ?? '',
    version: storableText(version, 200) ?? '',
    at: at?.toISOString(),
  }
}

/** One request that an API served. */
export interface APIRequest {
  orgId: string
  method: string
  /** Without ids: `/contacts/:id`. */
  path: string
  statusCode: number
  durationMs: number
  requestId?: string | undefined
  /** What was asked for, for example `contacts`. */
  resourceType?: string | undefined
  apiKeyId?: string | undefined
  ip?: string | undefined
  userAgent?: string | undefined
  /** Bytes of the answer's body. */
  bytesOut?: number | undefined
}

export function apiRequest(request: APIRequest): ApiRequest {
  return {
    type: 'api_request',
    org_id: request.orgId,
    method: request.method,
    path: storableText(request.path, 2048) ?? '',
    status_code: request.statusCode,
    duration_ms: wholeMs(request.durationMs),
    request_id: request.requestId,
    resource_type: request.resourceType,
    api_key_id: request.apiKeyId,
    ip: request.ip,
    user_agent: storableText(request.userAgent, 1024),
    bytes_out: storableBytes(request.bytesOut),
  }
}

/** Milliseconds as they are stored; never negative, even if the clock was set back. */
export function wholeMs(durationMs: number): number {
  return Math.max(0, Math.round(durationMs))
}

/** Text as the database takes it: whole characters, no NUL, not too long. */
export function storableText(text: string | undefined, length: number): string | undefined {
  return text === undefined
    ? undefined
    : String(text).slice(0, length).replaceAll('\0', '').toWellFormed()
}

/** Bytes as they are stored; impossible numbers, such as more than a terabyte, count as unknown. */
export function storableBytes(bytes = -1): number | undefined {
  return Number.isInteger(bytes) && bytes >= 0 && bytes <= 1e12 ? bytes : undefined
}

/**
 * Adds an id, so that an event which is sent twice is stored once, and the time it happened, because it
 * is sent later.
 */
export function complete(event: TrackedEvent, now: number): object {
  // Who writes JavaScript may have sent a type that there is not: the server says so.
  if (!Object.hasOwn(timeFields, event.type)) return event
  const field = timeFields[event.type]
  const { [field]: given } = event as Record<string, unknown>
  const time = given ?? (event.type === 'rate_limit' ? windowStart(event, now) : isoTime(now))
  return { ...event, id: event.id ?? crypto.randomUUID(), [field]: time }
}

/** A window without a start is the clock's current one: this minute, this hour. */
function windowStart({ window_seconds: seconds }: RateLimitUse, now: number): string {
  const lengthMs = (seconds ?? 60) * 1000
  return new Date(Math.floor(now / lengthMs) * lengthMs).toISOString()
}
