import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addExecutions, addRequests, addWindow } from '../support/add-rows.ts'
import { readMetrics, type Metrics } from '../support/metrics.ts'
import { columnsOf, refresh } from '../support/views.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const metricsOf = (orgId: string, type = 'all'): Promise<Metrics> =>
  db.asService(readMetrics({ org_id: orgId, type }))

/** The columns of a view that an item of its list shows. */
const itemsKeys = async (view: string): Promise<string[]> =>
  (await columnsOf(db, view)).filter((name) => name !== 'org_id').toSorted()

describe('the webhooks’ part', () => {
  it('takes the success rate over deliveries: 1198 of 1247 is 96.1', async () => {
    const orgId = await createOrg(db)
    const [busy, quiet, disabled] = [
      await createWebhook(db, orgId),
      await createWebhook(db, orgId),
      await createWebhook(db, orgId, { enabled: false }),
    ]
    await addDeliveries(db, busy, { count: 1197 })
    await addDeliveries(db, busy, { status: 'failed', count: 2 })
    await addDeliveries(db, quiet, {})
    await addDeliveries(db, quiet, { status: 'failed', count: 12 })
    await addDeliveries(db, disabled, { status: 'failed', count: 35 })
    await refresh(db)
    expect((await metricsOf(orgId, 'webhook')).webhooks?.summary).toEqual({
      total_webhooks: 3,
      enabled_webhooks: 2,
      total_deliveries: 1247,
      successful_deliveries: 1198,
      failed_deliveries: 49,
      avg_success_rate: 96.1,
      webhooks_with_failures: 3,
      // The disabled one is nobody's emergency.
      critical_webhooks: 1,
    })
  })

  it('counts pending deliveries in the total, but not in the rate', async () => {
    const orgId = await createOrg(db)
    const webhookId = await createWebhook(db, orgId)
    await addDeliveries(db, webhookId, { status: 'pending', count: 9 })
    await addDeliveries(db, webhookId, { count: 1 })
    await refresh(db)
    expect((await metricsOf(orgId, 'webhook')).webhooks?.summary).toMatchObject({
      total_deliveries: 10,
      failed_deliveries: 0,
      avg_success_rate: 100,
    })
  })

  it('lists what the view shows, with the health of now', async () => {
    const orgId = await createOrg(db)
    const webhookId = await createWebhook(db, orgId)
    await refresh(db)
    await addDeliveries(db, webhookId, { status: 'failed', count: 5 })
    const [item = {}] = (await metricsOf(orgId, 'webhook')).webhooks?.webhooks ?? []
    expect(Object.keys(item).toSorted()).toEqual(
      [...(await itemsKeys('mv_webhook_performance')), 'health_reason', 'health_status'].toSorted(),
    )
    expect(item).toMatchObject({
      webhook_id: webhookId,
      health_status: 'warning',
      health_reason: 'consecutive_failures',
    })
  })

  it('forgets a deleted webhook at once', async () => {
    const orgId = await createOrg(db)
    const webhookId = await createWebhook(db, orgId)
    await refresh(db)
    await db.sql`delete from everwatch.webhooks where id = ${webhookId}`
    expect((await metricsOf(orgId, 'webhook')).webhooks).toMatchObject({
      summary: { total_webhooks: 0 },
      webhooks: [],
    })
  })
})

describe('the rules’ part', () => {
  it('sums up all rules, by type too', async () => {
    const orgId = await createOrg(db)
    const cold = await createRule(db, orgId, { type: 'no_touch_days' })
    await createRule(db, orgId, { type: 'no_touch_days', enabled: false })
    const stage = await createRule(db, orgId, { type: 'stage_change' })
    await addExecutions(db, cold, { count: 3 })
    await addExecutions(db, cold, { count: 4, ago: '2 days' })
    await addExecutions(db, stage, { count: 5, ago: '8 days', status: 'failed' })
    await refresh(db)
    const { rules } = await metricsOf(orgId, 'rule')
    expect(rules?.summary).toEqual({
      total_rules: 3,
      enabled_rules: 2,
      total_triggers: 12,
      triggers_24h: 3,
      triggers_7d: 7,
      rules_by_type: { no_touch_days: 2, stage_change: 1 },
    })
    expect(Object.keys(rules?.rules[0] ?? {}).toSorted()).toEqual(
      await itemsKeys('mv_rule_performance'),
    )
  })
})

describe('the rate limits’ part', () => {
  it('sums up the fullest open window', async () => {
    const orgId = await createOrg(db)
    await addWindow(db, orgId, { request_count: 10, limit_max: 1000, window_seconds: 3600 })
    const key = { key_type: 'api_key', identifier: 'k' }
    await addWindow(db, orgId, { ...key, request_count: 95, window_seconds: 3600 })
    await addWindow(db, orgId, { ...key, request_count: 100, ago: '2 hours' })
    const { rate_limits } = await metricsOf(orgId, 'rate_limit')
    expect(rate_limits?.summary).toEqual({
      current_utilization_pct: 95,
      status: 'warning',
      limit_max: 100,
      request_count: 95,
      seconds_until_reset: expect.closeTo(3570, -1) as number,
    })
    expect(rate_limits?.windows).toHaveLength(2)
    expect(Object.keys(rate_limits?.windows[0] ?? {}).toSorted()).toEqual(
      await itemsKeys('v_rate_limit_utilization'),
    )
  })
})

describe('the API’s part', () => {
  it('sums up the last 24 hours, and lists their hours, newest first', async () => {
    const orgId = await createOrg(db)
    await addRequests(db, orgId, { durations: [10, 20, 30] })
    await addRequests(db, orgId, { status_code: 429, durations: [100], ago: '5 hours' })
    await addRequests(db, orgId, { status_code: 500, count: 50, ago: '24 hours 1 minute' })
    const { api } = await metricsOf(orgId, 'api')
    expect(api?.summary).toEqual({
      total_requests: 4,
      successful_requests: 3,
      failed_requests: 1,
      success_rate: 75,
      avg_response_time_ms: 40,
      p95_response_time_ms: expect.closeTo(89.5, 0) as number,
    })
    expect(api?.hours.map(({ total_requests }) => total_requests)).toEqual([3, 1])
    expect(Object.keys(api?.hours[0] ?? {}).toSorted()).toEqual(
      await itemsKeys('v_api_usage_metrics'),
    )
  })
})

describe('the alerts’ part', () => {
  it('counts all conditions and lists the critical ones first', async () => {
    const orgId = await createOrg(db)
    for (const failures of [5, 10, 7]) {
      const id = await createWebhook(db, orgId)
      await addDeliveries(db, id, { status: 'failed', count: failures })
    }
    const { alerts } = await metricsOf(orgId, 'alerts')
    expect(alerts).toMatchObject({ total: 3, critical: 1, warning: 2 })
    expect(alerts?.alerts.map(({ severity }) => severity)).toEqual([
      'critical',
      'warning',
      'warning',
    ])
    expect(Object.keys(alerts?.alerts[0] ?? {}).toSorted()).toEqual(
      await itemsKeys('v_alert_conditions'),
    )
  })
})
