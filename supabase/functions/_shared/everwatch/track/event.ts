// Made of supabase/functions/_shared/events.ts by `npm run check -- --fix generated`.

/** One attempt to deliver a webhook. */
export type WebhookDelivery = {
  type: 'webhook_delivery'
  /** Made when left out; known already: changes nothing. */
  id?: string | null | undefined
  webhook_id: string
  status: 'pending' | 'sent' | 'failed'
  /** Milliseconds; null when not known, as while a delivery is pending. */
  duration_ms?: number | null | undefined
  event_type?: string | null | undefined
  /** HTTP status of the answer. */
  status_code?: number | null | undefined
  attempt?: number | null | undefined
  error?: string | null | undefined
  /** ISO 8601 with an offset; from 2000 on, at most five minutes ahead. */
  sent_at?: string | null | undefined
  /** Bytes of the body that was sent; null when not known. */
  bytes_out?: number | null | undefined
}

/** One run of an automation rule. */
export type RuleExecution = {
  type: 'rule_execution'
  /** Made when left out; known already: changes nothing. */
  id?: string | null | undefined
  rule_id: string
  status: 'success' | 'failed'
  /** Milliseconds; null when not known, as while a delivery is pending. */
  duration_ms?: number | null | undefined
  affected_contacts: number
  error?: string | null | undefined
  /** ISO 8601 with an offset; from 2000 on, at most five minutes ahead. */
  executed_at?: string | null | undefined
}

/** One request that an API served. */
export type ApiRequest = {
  type: 'api_request'
  /** Made when left out; known already: changes nothing. */
  id?: string | null | undefined
  org_id: string
  method: string
  path: string
  status_code: number
  /** Milliseconds; null when not known, as while a delivery is pending. */
  duration_ms?: number | null | undefined
  request_id?: string | null | undefined
  resource_type?: string | null | undefined
  api_key_id?: string | null | undefined
  ip?: string | null | undefined
  user_agent?: string | null | undefined
  /** ISO 8601 with an offset; from 2000 on, at most five minutes ahead. */
  created_at?: string | null | undefined
  /** Bytes of the answer’s body; null when not known. */
  bytes_out?: number | null | undefined
}

/** How much of a rate limit’s window is used. */
export type RateLimitUse = {
  type: 'rate_limit'
  /** Made when left out; known already: changes nothing. */
  id?: string | null | undefined
  org_id: string
  key_type: 'api_key' | 'org' | 'ip'
  identifier: string
  request_count: number
  limit_max: number
  /** ISO 8601 with an offset; from 2000 on, at most five minutes ahead. */
  window_start?: string | null | undefined
  /** Length of the window; default 60. */
  window_seconds?: number | null | undefined
}

/** A value of a metric of one’s own. */
export type Metric = {
  type: 'metric'
  /** Made when left out; known already: changes nothing. */
  id?: string | null | undefined
  org_id: string
  name: string
  kind: 'counter' | 'gauge' | 'histogram'
  /** What a counter grew by, what a gauge amounts to, or one of a histogram’s values. */
  value: number
  /** How many of a histogram’s values this stands for; default 1. */
  count?: number | null | undefined
  labels?: Record<string, string> | null | undefined
  /** ISO 8601 with an offset; from 2000 on, at most five minutes ahead. */
  at?: string | null | undefined
}

/** A version of something began to serve. */
export type Deploy = {
  type: 'deploy'
  /** Made when left out; known already: changes nothing. */
  id?: string | null | undefined
  org_id: string
  /** What was deployed, for example api. */
  service: string
  /** A release, or a commit. */
  version: string
  /** The same service and version at the same time is the same deploy. */
  at?: string | null | undefined
}

/** One event, as `track` takes it. */
export type TrackedEvent =
  WebhookDelivery | RuleExecution | ApiRequest | RateLimitUse | Metric | Deploy

/** The field of each type that says when it happened. */
export const timeFields = {
  webhook_delivery: 'sent_at',
  rule_execution: 'executed_at',
  api_request: 'created_at',
  rate_limit: 'window_start',
  metric: 'at',
  deploy: 'at',
} as const satisfies Record<TrackedEvent['type'], string>

/** Why one event of a batch was not stored. */
export type Rejection = {
  /** Place of the event in the batch, from 0. */
  index: number
  code: 'required' | 'invalid' | 'unknown_type' | 'unknown_field' | 'not_found' | 'limit_exceeded'
  field: string
  /** What was expected. */
  message: string
}

/** What `track` answers. */
export type TrackAnswer = {
  accepted: number
  rejected: Rejection[]
}
