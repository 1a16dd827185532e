import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  apiRequest,
  createOrg,
  createRule,
  createWebhook,
  delivery,
  execution,
  track,
} from '../support/fixtures.ts'
import { readMetrics } from '../support/metrics.ts'
import { refresh } from '../support/views.ts'

/** What was measured of what was tracked; half is not known, of sent and of failed ones. */
const durations = [100, null, 300, null]
const mean = 200
const p95 = 290

let db: TestDatabase
let orgId: string
let webhookId: string
let ruleId: string
let hour: Date

beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
  webhookId = await createWebhook(db, orgId)
  ruleId = await createRule(db, orgId)
  hour = new Date(Math.floor(Date.now() / 3_600_000 - 2) * 3_600_000)
  const at = new Date(hour.getTime() + 600_000).toISOString()
  await track(
    db,
    ...durations.flatMap((duration_ms, n) => [
      delivery(webhookId, { status: n > 1 ? 'failed' : 'sent', duration_ms, sent_at: at }),
      execution(ruleId, { status: n > 1 ? 'failed' : 'success', duration_ms, executed_at: at }),
      apiRequest(orgId, { status_code: n > 1 ? 500 : 200, duration_ms, created_at: at }),
    ]),
  )
})

async function timeseries(...metrics: string[]): Promise<Record<string, number | null>> {
  return db.asService(async (sql) => {
    const [row] = await sql<[{ series: { metric: string; value: number | null }[] }]>`
      select everwatch.monitoring_timeseries(
        ${metrics}, ${hour}, ${new Date(hour.getTime() + 3_600_000)}, 3600, ${orgId}
      ) -> 'series' as series`
    return Object.fromEntries(row.series.map(({ metric, value }) => [metric, value]))
  })
}

const within1Percent = expect.toSatisfy((value: unknown) => Math.abs(Number(value) - p95) <= 3)

/** What is said of requests at any moment, and of the rest over time. */
async function expectLive(): Promise<void> {
  const [usage] = await db.sql`
    select total_requests::int, avg_response_time_ms::float8, p95_response_time_ms::float8,
      max_response_time_ms
    from everwatch.v_api_usage_metrics where org_id = ${orgId}`
  expect(usage).toEqual({
    total_requests: 4,
    avg_response_time_ms: mean,
    p95_response_time_ms: within1Percent,
    max_response_time_ms: 300,
  })
  const { api } = await db.asService(readMetrics({ org_id: orgId, type: 'api' }))
  expect(api?.summary).toMatchObject({
    avg_response_time_ms: mean,
    p95_response_time_ms: within1Percent,
  })
  expect(
    await timeseries('deliveries', 'failed_deliveries', 'delivery_avg_ms', 'delivery_p95_ms'),
  ).toEqual({
    deliveries: 4,
    failed_deliveries: 2,
    delivery_avg_ms: mean,
    delivery_p95_ms: within1Percent,
  })
  expect(await timeseries('execution_avg_ms', 'api_avg_ms', 'api_p95_ms')).toEqual({
    execution_avg_ms: mean,
    api_avg_ms: mean,
    api_p95_ms: within1Percent,
  })
}

async function webhookPerformance(id: string): Promise<unknown> {
  const [row] = await db.sql`
    select total_deliveries::int, success_rate_pct::float8, avg_duration_ms::float8,
      p95_duration_ms::float8, max_duration_ms
    from everwatch.mv_webhook_performance where webhook_id = ${id}`
  return row
}

describe('rows whose duration is not known', () => {
  it('count, and are in no mean and no percentile, before they are rolled up', expectLive)

  it('count, and are in no mean and no percentile, once they are rolled up', async () => {
    await refresh(db)
    await expectLive()
    expect(await webhookPerformance(webhookId)).toEqual({
      total_deliveries: 4,
      success_rate_pct: 50,
      avg_duration_ms: mean,
      p95_duration_ms: within1Percent,
      max_duration_ms: 300,
    })
    const rules = await db.sql`
      select total_executions::int, avg_duration_ms::float8
      from everwatch.mv_rule_performance where rule_id = ${ruleId}`
    expect(rules).toEqual([{ total_executions: 4, avg_duration_ms: mean }])
  })

  it('are in no bucket and no sum of Prometheus', async () => {
    await refresh(db)
    const [row] = await db.asService(
      (sql) => sql`select everwatch.monitoring_prometheus(${orgId}) -> 'durations' as durations`,
    )
    for (const { sum_ms, buckets } of row!['durations'] as { sum_ms: number; buckets: number[] }[])
      expect([sum_ms, buckets.at(-1)]).toEqual([400, 2])
  })

  it('cost nothing but themselves', async () => {
    await refresh(db)
    await db.sql`select everwatch_private.count_routes(${hour}::date, ${hour}::date + 1)`
    const rows = await db.sql`
      select resource_type, sum(events)::int as events, sum(function_ms)::int as ms
      from everwatch_private.org_usage(${orgId}, ${hour}, ${new Date(hour.getTime() + 3_600_000)})
      group by 1 order by 1`
    expect(rows).toEqual([
      { resource_type: 'org', events: 4, ms: 400 },
      { resource_type: 'rule', events: 4, ms: 400 },
      { resource_type: 'webhook', events: 4, ms: 400 },
    ])
  })

  it('leave a webhook without any duration when they are all that it has', async () => {
    const other = await createWebhook(db, orgId)
    const pending = delivery(other, { id: crypto.randomUUID(), status: 'pending' })
    await track(db, delivery(other, { duration_ms: null }), pending)
    await track(db, { ...pending, status: 'sent' })
    await refresh(db)
    expect(await webhookPerformance(other)).toEqual({
      total_deliveries: 2,
      success_rate_pct: 100,
      avg_duration_ms: null,
      p95_duration_ms: null,
      max_duration_ms: null,
    })
  })

  it('are no sample of a percentile that is watched, and one of a failure rate', async () => {
    const busy = await createWebhook(db, orgId)
    const at = hour.toISOString()
    const many = Array.from({ length: 30 }, (_, n) =>
      delivery(busy, { sent_at: at, duration_ms: n < 10 ? 50 : null, status: 'failed' }),
    )
    await track(db, ...many)
    await refresh(db)
    const values = async (): Promise<unknown> =>
      db.sql`
        select w.metric, v.value from everwatch_private.watched_series as w
        cross join lateral everwatch_private.series_values(
          array[w.id], ${new Date(hour.getTime() + 3_600_000)}, ${hour}
        ) as v
        where w.resource_id = ${busy} order by w.metric`
    await db.sql`
      insert into everwatch_private.watched_series (org_id, source, resource_id, metric, started_at, scored_until)
      select ${orgId}, 'delivery', ${busy}, metric, ${hour}, ${hour}
      from unnest(array['delivery_p95_ms', 'delivery_failure_rate_pct']) as metric`
    expect(await values()).toEqual([{ metric: 'delivery_failure_rate_pct', value: 100 }])
    await track(
      db,
      ...Array.from({ length: 10 }, () => delivery(busy, { sent_at: at, duration_ms: 50 })),
    )
    await refresh(db)
    expect(await values()).toMatchObject([
      { metric: 'delivery_failure_rate_pct', value: 75 },
      { metric: 'delivery_p95_ms', value: expect.closeTo(50, 0) },
    ])
  })

  it('say of a deploy what fails since, and nothing of how long it takes', async () => {
    const other = await createWebhook(db, orgId)
    const at = (minutes: number): string =>
      new Date(hour.getTime() + minutes * 60_000).toISOString()
    const events = [-90, -30, 10, 20].map((minutes) =>
      delivery(other, {
        sent_at: at(minutes),
        duration_ms: null,
        status: minutes > 0 ? 'failed' : 'sent',
      }),
    )
    await track(db, ...events)
    const rows = await db.sql`
      select rows_before::int, rows_after::int, failed_before::int, failed_after::int,
        p50_before, p95_after, longer, longer_tail
      from everwatch_private.contrast_windows(${orgId}, ${hour}, interval '30 minutes')
      where resource_id = ${other} and day = 0 and back = 0`
    expect(rows).toEqual([
      {
        rows_before: 2,
        rows_after: 2,
        failed_before: 0,
        failed_after: 2,
        p50_before: null,
        p95_after: null,
        longer: null,
        longer_tail: null,
      },
    ])
  })
})
