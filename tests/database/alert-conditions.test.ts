import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addExecutions, addRequests, addWindow } from '../support/add-rows.ts'
import { columnsOf, readView } from '../support/views.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const view = 'v_alert_conditions'
const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000)

/** Runs of a rule at these times before now. */
async function runAt(ruleId: string, ago: string[]): Promise<void> {
  for (const each of ago) await addExecutions(db, ruleId, { ago: each })
}

describe('v_alert_conditions', () => {
  it('has the columns that readers know, in their order', async () => {
    expect(await columnsOf(db, view)).toEqual([
      'org_id',
      'type',
      'severity',
      'resource_type',
      'resource_id',
      'resource_name',
      'message',
      'value',
      'threshold',
    ])
  })

  describe('webhook_failure', () => {
    it.each([
      { failures: 4, alerts: [] },
      { failures: 5, alerts: [{ severity: 'warning', value: 5, threshold: 5 }] },
      { failures: 9, alerts: [{ severity: 'warning', value: 9, threshold: 5 }] },
      { failures: 10, alerts: [{ severity: 'critical', value: 10, threshold: 10 }] },
    ])('after $failures consecutive failures', async ({ failures, alerts }) => {
      const orgId = await createOrg(db)
      const id = await createWebhook(db, orgId)
      await addDeliveries(db, id, { status: 'failed', count: failures })
      expect(await readView(db, view, orgId)).toMatchObject(alerts)
    })

    it('names the webhook and says what is wrong', async () => {
      const orgId = await createOrg(db)
      const url = 'https://my-app.com/webhook'
      const id = await createWebhook(db, orgId, { url })
      await addDeliveries(db, id, { status: 'failed', count: 7 })
      expect(await readView(db, view, orgId)).toEqual([
        {
          org_id: orgId,
          type: 'webhook_failure',
          severity: 'warning',
          resource_type: 'webhook',
          resource_id: id,
          resource_name: url,
          message: 'Webhook has 7 consecutive failures',
          value: 7,
          threshold: 5,
        },
      ])
    })

    it('is silent about a disabled webhook', async () => {
      const orgId = await createOrg(db)
      const id = await createWebhook(db, orgId, { enabled: false, created_at: daysAgo(30) })
      await addDeliveries(db, id, { status: 'failed', count: 10 })
      expect(await readView(db, view, orgId)).toEqual([])
    })
  })

  describe('webhook_inactive', () => {
    it('after 7 days without a success', async () => {
      const orgId = await createOrg(db)
      const id = await createWebhook(db, orgId, { created_at: daysAgo(30) })
      await addDeliveries(db, id, { ago: '9 days 1 hour' })
      expect(await readView(db, view, orgId)).toMatchObject([
        {
          type: 'webhook_inactive',
          severity: 'warning',
          resource_id: id,
          message: 'Webhook has had no successful delivery for 9 days',
          value: 9,
          threshold: 7,
        },
      ])
    })

    it.each([
      { reason: 'is new', created: 6.9 },
      { reason: 'succeeded within 7 days', created: 30, success: '6 days 23 hours' },
    ])('not while the webhook $reason', async ({ created, success }) => {
      const orgId = await createOrg(db)
      const id = await createWebhook(db, orgId, { created_at: daysAgo(created) })
      if (success) await addDeliveries(db, id, { ago: success })
      expect(await readView(db, view, orgId)).toEqual([])
    })
  })

  describe('api_error_rate', () => {
    it.each([
      { failed: 10, succeeded: 9, alerts: [], reason: 'fewer than 20 requests say little' },
      { failed: 10, succeeded: 10, alerts: [], reason: 'half is not above half' },
      { failed: 11, succeeded: 9, alerts: [{ value: 55 }], reason: '55% failed' },
      { failed: 0, succeeded: 100, alerts: [], reason: 'nothing failed' },
    ])(
      'when $failed fail and $succeeded do not: $reason',
      async ({ failed, succeeded, alerts }) => {
        const orgId = await createOrg(db)
        await addRequests(db, orgId, { status_code: 500, count: failed })
        await addRequests(db, orgId, { count: succeeded })
        expect(await readView(db, view, orgId)).toMatchObject(alerts)
      },
    )

    it('names the org, and forgets what is older than an hour', async () => {
      const orgId = await createOrg(db, 'Globex')
      await addRequests(db, orgId, { status_code: 503, count: 25 })
      await addRequests(db, orgId, { count: 1000, ago: '61 minutes' })
      expect(await readView(db, view, orgId)).toMatchObject([
        {
          type: 'api_error_rate',
          severity: 'critical',
          resource_type: 'org',
          resource_id: orgId,
          resource_name: 'Globex',
          message: '100.0% of 25 API requests failed in the last hour',
          threshold: 50,
        },
      ])
    })
  })

  describe('rate_limit', () => {
    it.each([
      { request_count: 90, alerts: [] },
      { request_count: 91, alerts: [{ severity: 'warning', value: 91, threshold: 90 }] },
      { request_count: 120, alerts: [{ severity: 'warning', value: 120, threshold: 90 }] },
    ])('at $request_count of 100', async ({ request_count, alerts }) => {
      const orgId = await createOrg(db)
      await addWindow(db, orgId, { request_count })
      expect(await readView(db, view, orgId)).toMatchObject(alerts)
    })

    it('is one condition for a key with several windows, with the fullest', async () => {
      const orgId = await createOrg(db)
      const key = { key_type: 'api_key', identifier: 'k1' }
      await addWindow(db, orgId, { ...key, request_count: 95 })
      await addWindow(db, orgId, {
        ...key,
        request_count: 99,
        window_seconds: 3600,
        ago: '2 minutes',
      })
      expect(await readView(db, view, orgId)).toMatchObject([
        { resource_type: 'rate_limit', resource_id: 'api_key:k1', resource_name: 'k1', value: 99 },
      ])
    })
  })

  describe('rule_not_triggering', () => {
    const hourly = ['30 hours', '31 hours', '32 hours', '33 hours', '34 hours']
    const weekly = ['10 days', '17 days', '24 days', '31 days', '38 days']
    const bursts = ['6 days', '13 days'].flatMap((ago) => Array<string>(20).fill(ago))

    it('when an hourly rule is silent for more than a day', async () => {
      const orgId = await createOrg(db)
      const id = await createRule(db, orgId, { name: 'Nudge' })
      await runAt(id, hourly)
      expect(await readView(db, view, orgId)).toMatchObject([
        {
          type: 'rule_not_triggering',
          severity: 'warning',
          resource_type: 'rule',
          resource_id: id,
          resource_name: 'Nudge',
          message: 'Rule has not triggered for 30.0 hours; its longest recent gap was 1.0',
          value: 30,
          threshold: 24,
        },
      ])
    })

    it.each([
      { reason: 'a weekly rule may be silent for ten days', ago: weekly },
      { reason: 'four executions are no cadence', ago: hourly.slice(0, 4) },
      { reason: 'a rule that runs in bursts may rest between them', ago: bursts },
    ])('not when $reason', async ({ ago }) => {
      const orgId = await createOrg(db)
      await runAt(await createRule(db, orgId), ago)
      expect(await readView(db, view, orgId)).toEqual([])
    })

    it('not for a disabled rule, nor for one that never ran', async () => {
      const orgId = await createOrg(db)
      await runAt(await createRule(db, orgId, { enabled: false }), hourly)
      await createRule(db, orgId, { created_at: daysAgo(90) })
      expect(await readView(db, view, orgId)).toEqual([])
    })
  })

  describe('as a member', () => {
    it('shows the conditions of their own orgs alone', async () => {
      const mine = await createOrg(db)
      const theirs = await createOrg(db)
      const userId = await addMember(db, mine, 'viewer')
      for (const orgId of [mine, theirs]) {
        const id = await createWebhook(db, orgId)
        await addDeliveries(db, id, { status: 'failed', count: 5 })
      }
      const rows = await db.asUser(
        userId,
        (sql) => sql`select org_id from everwatch.v_alert_conditions`,
      )
      expect(rows).toEqual([{ org_id: mine }])
    })
  })
})
