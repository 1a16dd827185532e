import { z } from 'zod'

const count = z.int().min(0)
/** A time as Prometheus counts it: in seconds since 1970. */
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text) / 1000)

/** What the database answers to a scrape (`everwatch.monitoring_prometheus`). */
export const scrapeSchema = z.object({
  bounds_ms: z.array(z.int()),
  orgs: z.array(
    z.object({
      org_id: z.guid(),
      name: z.string(),
      succeeded_requests: count,
      failed_requests: count,
    }),
  ),
  durations: z.array(
    z.object({
      org_id: z.guid(),
      source: z.enum(['delivery', 'execution', 'request']),
      sum_ms: count,
      buckets: z.array(count),
    }),
  ),
  webhooks: z.array(
    z.object({
      org_id: z.guid(),
      webhook_id: z.guid(),
      host: z.string(),
      enabled: z.boolean(),
      created_at: time,
      consecutive_failures: count,
      /** By the column of `mv_webhook_performance`; null before the webhook’s first refresh. */
      numbers: z.record(z.string(), z.number().nullable()).nullable(),
      last_success_at: time.nullable(),
      health: z.enum(['healthy', 'warning', 'critical', 'disabled', 'inactive']),
    }),
  ),
  rules: z.array(
    z.object({
      org_id: z.guid(),
      rule_id: z.guid(),
      name: z.string(),
      type: z.string(),
      enabled: z.boolean(),
      succeeded: count,
      failed: count,
      affected_contacts: count,
      last_success_at: time.nullable(),
    }),
  ),
  rate_limits: z.array(
    z.object({ org_id: z.guid(), key_type: z.string(), utilization_ratio: z.number() }),
  ),
  alerts: z.array(
    z.object({
      org_id: z.guid().nullable(),
      type: z.string(),
      severity: z.string(),
      state: z.string(),
      alerts: count,
    }),
  ),
  insights: z.array(
    z.object({ org_id: z.guid().nullable(), kind: z.string(), state: z.string(), insights: count }),
  ),
  notifications: z.array(
    z.object({
      org_id: z.guid().nullable(),
      channel_kind: z.string(),
      delivered: count,
      dead: count,
      dropped: count,
      waiting: count,
      oldest_waiting_at: time.nullable(),
      oldest_due_at: time.nullable(),
    }),
  ),
  costs: z.object({
    measured_at: time.nullable(),
    database_bytes: count.nullable(),
    currency: z.string().nullable(),
    disk: z.array(
      z.object({
        org_id: z.guid(),
        bytes: z.record(z.string(), count),
        monthly_cost: z.number().min(0).nullable(),
      }),
    ),
  }),
  refresh: z.object({
    every_seconds: count,
    refreshed_at: time,
    failures: count,
    duration_ms: count,
    backlog: count.nullable(),
  }),
  history_complete: z.boolean(),
  jobs: z.array(
    z.object({
      name: z.string(),
      active: z.boolean(),
      last_status: z.string().nullable(),
      last_succeeded_at: time.nullable(),
    }),
  ),
  http_requests_waiting: count,
  pg_net_is_up: z.boolean(),
})

export type Scrape = z.infer<typeof scrapeSchema>
