import { z } from 'zod'

const count = z.int().min(0)
const percent = z.number().min(0).nullable()
const milliseconds = z.number().min(0).nullable()
const time = z.iso.datetime({ offset: true })
const next = z
  .string()
  .nullable()
  .meta({ description: 'Pass it as `after` to read on; null on the last page' })

const webhook = z.strictObject({
  webhook_id: z.guid(),
  url: z.string(),
  enabled: z.boolean(),
  consecutive_failures: count,
  last_success_at: time.nullable(),
  last_failure_at: time.nullable(),
  created_at: time,
  total_deliveries: count,
  successful_deliveries: count,
  failed_deliveries: count,
  pending_deliveries: count,
  success_rate_pct: percent,
  avg_duration_ms: milliseconds,
  p95_duration_ms: milliseconds,
  max_duration_ms: milliseconds,
  deliveries_24h: count,
  failures_24h: count,
  deliveries_7d: count,
  failures_7d: count,
  health_status: z.enum(['healthy', 'warning', 'critical', 'disabled', 'inactive']).nullable(),
})

const webhooks = z.strictObject({
  summary: z.strictObject({
    total_webhooks: count,
    enabled_webhooks: count,
    total_deliveries: count,
    successful_deliveries: count,
    failed_deliveries: count,
    avg_success_rate: percent.meta({ description: 'Over finished deliveries; null without any' }),
    webhooks_with_failures: count,
    critical_webhooks: count,
  }),
  webhooks: z.array(webhook),
  next,
})

const rules = z.strictObject({
  summary: z.strictObject({
    total_rules: count,
    enabled_rules: count,
    total_triggers: count,
    triggers_24h: count,
    triggers_7d: count,
    rules_by_type: z.record(z.string(), count),
  }),
  rules: z.array(
    z.strictObject({
      rule_id: z.guid(),
      rule_name: z.string(),
      rule_type: z.string(),
      enabled: z.boolean(),
      trigger_count: count,
      last_triggered_at: time.nullable(),
      created_at: time,
      segment_id: z.guid().nullable(),
      segment_name: z.string().nullable(),
      segment_member_count: count.nullable(),
      total_executions: count,
      successful_executions: count,
      failed_executions: count,
      success_rate_pct: percent,
      avg_duration_ms: milliseconds,
      total_affected_contacts: count,
      executions_24h: count,
      executions_7d: count,
    }),
  ),
  next,
})

const rateLimitStatus = z.enum(['normal', 'warning', 'throttled'])

const rateLimits = z.strictObject({
  summary: z
    .strictObject({
      current_utilization_pct: percent,
      status: rateLimitStatus,
      limit_max: count.nullable(),
      request_count: count.nullable(),
      seconds_until_reset: count.nullable(),
    })
    .meta({ description: 'The fullest open window' }),
  windows: z.array(
    z.strictObject({
      key_type: z.enum(['api_key', 'org', 'ip']),
      identifier: z.string(),
      window_start: time,
      request_count: count,
      limit_max: count,
      utilization_pct: z.number().min(0),
      seconds_until_reset: count,
      status: rateLimitStatus,
    }),
  ),
  next,
})

const api = z.strictObject({
  summary: z
    .strictObject({
      total_requests: count,
      successful_requests: count,
      failed_requests: count,
      success_rate: percent,
      avg_response_time_ms: milliseconds,
      p95_response_time_ms: milliseconds,
    })
    .meta({ description: 'Over the last 24 hours' }),
  hours: z.array(
    z.strictObject({
      hour: time,
      total_requests: count,
      successful_requests: count,
      failed_requests: count,
      success_rate_pct: percent,
      avg_response_time_ms: milliseconds,
      p95_response_time_ms: milliseconds,
      max_response_time_ms: milliseconds,
      requests_by_resource: z.record(z.string(), count),
      errors_by_status_code: z.record(z.string(), count),
    }),
  ),
  next,
})

const alerts = z.strictObject({
  total: count,
  critical: count,
  warning: count,
  alerts: z.array(
    z.strictObject({
      type: z.string(),
      severity: z.enum(['warning', 'critical']),
      resource_type: z.string(),
      resource_id: z.string(),
      resource_name: z.string(),
      message: z.string(),
      value: z.number(),
      threshold: z.number(),
    }),
  ),
  next,
})

const ofEveryOrg = count
  .nullable()
  .meta({ description: 'Counts rows of every org; null for who may not read all of them' })

const system = z
  .strictObject({
    refresh: z.strictObject({
      every_seconds: count,
      late: z.boolean().meta({ description: 'Twice that time has passed since the last one' }),
      failing: z.boolean(),
      lag_ms: milliseconds.meta({ description: 'How far the numbers are behind now' }),
      backlog: ofEveryOrg,
      last_run: z.strictObject({
        started_at: time,
        duration_ms: count,
        lag_ms: milliseconds.meta({ description: 'How far the numbers were behind then' }),
        folded_rows: ofEveryOrg,
        backlog: ofEveryOrg,
        error: z.string().nullable(),
      }),
    }),
    history: z.strictObject({
      complete: z.boolean().meta({ description: 'Whether all history is in the numbers' }),
      complete_since: time
        .nullable()
        .meta({ description: 'If it is not: since when it is; null when there is nothing yet' }),
    }),
  })
  .meta({ description: 'The monitoring itself' })

const envelope = {
  org_id: z.guid(),
  timestamp: time.meta({ description: 'When this was asked' }),
  refreshed_at: time
    .nullable()
    .meta({ description: 'When the webhooks’ and rules’ numbers were last refreshed' }),
}

/** The parts of the answer, by the `type` that asks for each. */
export const parts = {
  webhook: { webhooks },
  rule: { rules },
  rate_limit: { rate_limits: rateLimits },
  api: { api },
  alerts: { alerts },
  system: { system },
} as const

/** What `GET monitoring/metrics` answers, by `type`. */
export const answers = {
  webhook: z.strictObject({ ...envelope, ...parts.webhook }),
  rule: z.strictObject({ ...envelope, ...parts.rule }),
  rate_limit: z.strictObject({ ...envelope, ...parts.rate_limit }),
  api: z.strictObject({ ...envelope, ...parts.api }),
  alerts: z.strictObject({ ...envelope, ...parts.alerts }),
  system: z.strictObject({ ...envelope, ...parts.system }),
  all: z.strictObject({
    ...envelope,
    ...parts.webhook,
    ...parts.rule,
    ...parts.rate_limit,
    ...parts.api,
    ...parts.alerts,
    ...parts.system,
  }),
} as const

/** What `POST check-alerts` answers: the first 500 alerts; `next` continues at `monitoring/metrics`. */
export const checkAlertsAnswer = alerts.extend({
  org_id: z.guid(),
  evaluated_at: time.meta({ description: 'As of when the alerts were judged' }),
})

export type MetricsType = keyof typeof answers
