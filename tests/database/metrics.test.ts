import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg } from '../support/fixtures.ts'
import { readMetrics, type Metrics } from '../support/metrics.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const metricsOf = (orgId: string, type = 'all'): Promise<Metrics> =>
  db.asService(readMetrics({ org_id: orgId, type }))

describe('monitoring_metrics', () => {
  it('answers with everything by default, in one envelope', async () => {
    const orgId = await createOrg(db)
    const metrics = await db.asService(readMetrics({ org_id: orgId }))
    expect(Object.keys(metrics).toSorted()).toEqual([
      'alerts',
      'api',
      'org_id',
      'rate_limits',
      'refreshed_at',
      'rules',
      'system',
      'timestamp',
      'webhooks',
    ])
    expect(metrics.org_id).toBe(orgId)
    expect(Math.abs(Date.now() - Date.parse(metrics.timestamp))).toBeLessThan(10_000)
    const [run] = await db.sql<[{ at: Date }]>`select everwatch_private.refreshed_at() as at`
    expect(Date.parse(metrics.refreshed_at)).toBe(run.at.getTime())
  })

  it.each([
    ['webhook', 'webhooks'],
    ['rule', 'rules'],
    ['rate_limit', 'rate_limits'],
    ['api', 'api'],
    ['alerts', 'alerts'],
    ['system', 'system'],
  ])('answers type %s with %s alone', async (type, part) => {
    const metrics = await metricsOf(await createOrg(db), type)
    expect(Object.keys(metrics).toSorted()).toEqual(
      ['org_id', part, 'refreshed_at', 'timestamp'].toSorted(),
    )
  })

  it('has zeros and empty lists for an org without anything, and null where nothing is measured', async () => {
    const { webhooks, rules, rate_limits, api, alerts } = await metricsOf(await createOrg(db))
    expect({ webhooks, rules, rate_limits, api, alerts }).toEqual({
      webhooks: {
        summary: {
          total_webhooks: 0,
          enabled_webhooks: 0,
          total_deliveries: 0,
          successful_deliveries: 0,
          failed_deliveries: 0,
          avg_success_rate: null,
          webhooks_with_failures: 0,
          critical_webhooks: 0,
        },
        webhooks: [],
        next: null,
      },
      rules: {
        summary: {
          total_rules: 0,
          enabled_rules: 0,
          total_triggers: 0,
          triggers_24h: 0,
          triggers_7d: 0,
          rules_by_type: {},
        },
        rules: [],
        next: null,
      },
      rate_limits: {
        summary: {
          current_utilization_pct: null,
          status: 'normal',
          limit_max: null,
          request_count: null,
          seconds_until_reset: null,
        },
        windows: [],
        next: null,
      },
      api: {
        summary: {
          total_requests: 0,
          successful_requests: 0,
          failed_requests: 0,
          success_rate: null,
          avg_response_time_ms: null,
          p95_response_time_ms: null,
        },
        hours: [],
        next: null,
      },
      alerts: { total: 0, critical: 0, warning: 0, alerts: [], next: null },
    })
  })
})
