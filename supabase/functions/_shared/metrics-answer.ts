import * as z from 'zod/mini'
import { webhookMetrics } from './catalog/webhook-metrics.ts'
import { described } from './described.ts'

const count = z.int().check(z.minimum(0))
const percent = z.nullable(z.number().check(z.minimum(0)))
const milliseconds = z.nullable(z.number().check(z.minimum(0)))
const time = z.iso.datetime({ offset: true })
const next = described(
  z.nullable(z.string()),
  'Pass it as `after` to read on; null on the last page',
)

/** How a webhook is at this moment. */
export const healthStatus = z.enum(['healthy', 'warning', 'critical', 'disabled', 'inactive'])

/** Why it is not healthy. */
export const healthReason = z.enum(['consecutive_failures', 'no_success', 'no_data', 'disabled'])

const ofUnit = { count, percent, milliseconds } as const

type WebhookNumbers = {
  [Metric in (typeof webhookMetrics)[number] as Metric['column']]: (typeof ofUnit)[Metric['unit']]
}

const webhook = z.object({
  webhook_id: z.guid(),
  url: z.string(),
  enabled: z.boolean(),
  last_success_at: z.nullable(time),
  last_failure_at: z.nullable(time),
  created_at: time,
  // What is made of a list has the keys of the list, which fromEntries cannot tell.
  ...(Object.fromEntries(
    webhookMetrics.map(({ column, unit }) => [column, ofUnit[unit]]),
  ) as WebhookNumbers),
  health_status: z.nullable(healthStatus),
  health_reason: z.nullable(healthReason),
})

const webhooks = z.object({
  summary: z.object({
    total_webhooks: count,
    enabled_webhooks: count,
    total_deliveries: count,
    successful_deliveries: count,
    failed_deliveries: count,
    avg_success_rate: described(percent, 'Over finished deliveries; null without any'),
    webhooks_with_failures: count,
    critical_webhooks: count,
  }),
  webhooks: z.array(webhook),
  next,
})

const rules = z.object({
  summary: z.object({
    total_rules: count,
    enabled_rules: count,
    total_triggers: count,
    triggers_24h: count,
    triggers_7d: count,
    rules_by_type: z.record(z.string(), count),
  }),
  rules: z.array(
    z.object({
      rule_id: z.guid(),
      rule_name: z.string(),
      rule_type: z.string(),
      enabled: z.boolean(),
      trigger_count: count,
      last_triggered_at: z.nullable(time),
      created_at: time,
      segment_id: z.nullable(z.guid()),
      segment_name: z.nullable(z.string()),
      segment_member_count: z.nullable(count),
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

const rateLimits = z.object({
  summary: described(
    z.object({
      current_utilization_pct: percent,
      status: rateLimitStatus,
      limit_max: z.nullable(count),
      request_count: z.nullable(count),
      seconds_until_reset: z.nullable(count),
    }),
    'The fullest open window',
  ),
  windows: z.array(
    z.object({
      key_type: z.enum(['api_key', 'org', 'ip']),
      identifier: z.string(),
      window_start: time,
      request_count: count,
      limit_max: count,
      utilization_pct: z.number().check(z.minimum(0)),
      seconds_until_reset: count,
      status: rateLimitStatus,
    }),
  ),
  next,
})

const api = z.object({
  summary: described(
    z.object({
      total_requests: count,
      successful_requests: count,
      failed_requests: count,
      success_rate: percent,
      avg_response_time_ms: milliseconds,
      p95_response_time_ms: milliseconds,
    }),
    'Over the last 24 hours',
  ),
  hours: z.array(
    z.object({
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

const alerts = z.object({
  total: count,
  critical: count,
  warning: count,
  alerts: z.array(
    z.object({
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

const ofEveryOrg = described(
  z.nullable(count),
  'Counts rows of every org; null for who may not read all of them',
)

const system = described(
  z.object({
    refresh: z.object({
      every_seconds: count,
      late: described(
        z.boolean(),
        'More time has passed since the last one than the policy refresh_late allows',
      ),
      failing: z.boolean(),
      lag_ms: described(milliseconds, 'How far the numbers are behind now'),
      backlog: ofEveryOrg,
      last_run: z.object({
        started_at: time,
        duration_ms: count,
        lag_ms: described(milliseconds, 'How far the numbers were behind then'),
        folded_rows: ofEveryOrg,
        backlog: ofEveryOrg,
        error: z.nullable(z.string()),
      }),
    }),
    history: z.object({
      complete: described(z.boolean(), 'Whether all history is in the numbers'),
      complete_since: described(
        z.nullable(time),
        'If it is not: since when it is; null when there is nothing yet',
      ),
    }),
  }),
  'The monitoring itself',
)

const envelope = {
  org_id: z.guid(),
  timestamp: described(time, 'When this was asked'),
  refreshed_at: described(
    z.nullable(time),
    'When the webhooks’ and rules’ numbers were last refreshed',
  ),
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
  webhook: z.object({ ...envelope, ...parts.webhook }),
  rule: z.object({ ...envelope, ...parts.rule }),
  rate_limit: z.object({ ...envelope, ...parts.rate_limit }),
  api: z.object({ ...envelope, ...parts.api }),
  alerts: z.object({ ...envelope, ...parts.alerts }),
  system: z.object({ ...envelope, ...parts.system }),
  all: z.object({
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
export const checkAlertsAnswer = z.extend(alerts, {
  org_id: z.guid(),
  evaluated_at: described(time, 'As of when the alerts were judged'),
})

export type MetricsType = keyof typeof answers
