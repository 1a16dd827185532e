import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  addMember,
  createOrg,
  createRule,
  createSegment,
  createWebhook,
} from '../support/fixtures.ts'
import { addDeliveries, addExecutions, addRequests, addWindow } from '../support/add-rows.ts'
import { seedQueries } from '../support/seed-queries.ts'
import { refresh } from '../support/views.ts'

let db: TestDatabase
let userId: string
let failing: string
let dead: string
let busy: string

beforeAll(async () => {
  db = await createDatabase()
  const orgId = await createOrg(db)
  userId = await addMember(db, orgId, 'viewer')
  failing = await createWebhook(db, orgId, { url: 'https://a.example/failing' })
  await addDeliveries(db, failing, { count: 3 })
  await addDeliveries(db, failing, { status: 'failed', count: 7 })
  dead = await createWebhook(db, orgId, { url: 'https://b.example/dead' })
  await addDeliveries(db, dead, { status: 'failed', count: 10 })
  const healthy = await createWebhook(db, orgId, { url: 'https://c.example/healthy' })
  await addDeliveries(db, healthy, { ago: '25 hours' })
  const segment_id = await createSegment(db, orgId, { member_count: 42 })
  busy = await createRule(db, orgId, { name: 'Busy', segment_id })
  await addExecutions(db, busy, { count: 3 })
  const calm = await createRule(db, orgId, { name: 'Calm' })
  await addExecutions(db, calm)
  await createRule(db, orgId, { name: 'Off', enabled: false })
  await addRequests(db, orgId, { count: 3, ago: '0 seconds' })
  await addRequests(db, orgId, { status_code: 500, ago: '0 seconds' })
  await addWindow(db, orgId, { key_type: 'api_key', identifier: 'full', request_count: 100 })
  await addWindow(db, orgId, { key_type: 'ip', identifier: '192.0.2.1', request_count: 95 })
  await addWindow(db, orgId, { request_count: 10 })
  await refresh(db)
})

const sum = (rows: postgres.Row[], column: string): number =>
  rows.reduce((total, row) => total + Number(row[column]), 0)

const expectations: Record<string, (rows: postgres.Row[]) => void> = {
  'Webhook Success Rate Over Time': (rows) => {
    expect([sum(rows, 'total'), sum(rows, 'successful')]).toEqual([20, 3])
    expect(rows[0]).toMatchObject({ hour: expect.any(Date) as Date, success_rate_pct: 15 })
  },
  'Top Failing Webhooks': (rows) => {
    expect(rows).toMatchObject([
      { webhook_id: dead, consecutive_failures: 10, success_rate_pct: '0.00', failures_24h: '10' },
      { webhook_id: failing, consecutive_failures: 7, success_rate_pct: '30.00' },
    ])
  },
  'Automation Rule Effectiveness': (rows) => {
    expect(rows).toMatchObject([
      { rule_id: busy, trigger_count: '3', executions_7d: '3', segment_member_count: 42 },
      { rule_name: 'Calm', trigger_count: '1', segment_member_count: null },
    ])
  },
  'API Error Rate': (rows) => {
    expect(rows).toMatchObject([
      {
        total_requests: '4',
        failed_requests: '1',
        error_rate_pct: 25,
        errors_by_status_code: { 500: 1 },
      },
    ])
  },
  'Rate Limit Pressure': (rows) => {
    expect(rows).toMatchObject([
      { key_type: 'api_key', identifier: 'full', utilization_pct: '100.00', status: 'throttled' },
      { key_type: 'ip', identifier: '192.0.2.1', utilization_pct: '95.00', status: 'warning' },
    ])
  },
  'Alert Query': (rows) => {
    expect(rows).toMatchObject([
      { type: 'webhook_failure', resource_name: 'https://b.example/dead', value: '10' },
    ])
  },
  'Verify: Check if views exist': (rows) => {
    expect(rows.map(({ viewname }) => viewname as string)).toEqual(
      expect.arrayContaining([
        'mv_rule_performance',
        'mv_webhook_performance',
        'v_alert_conditions',
        'v_api_usage_metrics',
        'v_rate_limit_utilization',
        'v_webhook_health',
      ]),
    )
  },
  'Verify: Test webhook performance view': (rows) => {
    expect(rows).toHaveLength(3)
    expect(sum(rows, 'total_deliveries')).toBe(21)
  },
  'Verify: Test alerts': (rows) => {
    expect(rows.map(({ type }) => type as string).toSorted()).toEqual([
      'rate_limit',
      'rate_limit',
      'webhook_failure',
      'webhook_failure',
    ])
  },
}

describe('the file of queries', () => {
  it('has exactly those that are expected here', () => {
    expect(seedQueries.map(([name]) => name)).toEqual(Object.keys(expectations))
  })
})

describe('the owner of the database', () => {
  it.each(seedQueries)('is answered: %s', async (name, query) => {
    const rows = await db.sql.unsafe(query)
    expect(rows).not.toEqual([])
    expectations[name]!(rows)
  })
})

describe('the holder of the secret key', () => {
  it.each(seedQueries)('is answered alike: %s', async (name, query) => {
    const rows = await db.asService((sql) => sql.unsafe(query))
    expect(rows).not.toEqual([])
    expectations[name]!(rows)
  })
})

describe('a member', () => {
  it.each(seedQueries)('is answered about their org: %s', async (name, query) => {
    const rows = await db.asUser(userId, (sql) => sql.unsafe(query))
    expect(rows).not.toEqual([])
    expectations[name]!(rows)
  })
})
