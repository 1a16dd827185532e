import * as fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clock, evaluate, setPolicy } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addExecutions, addRequests } from '../support/add-rows.ts'

let db: TestDatabase
let orgId: string
let memberId: string
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  memberId = await addMember(db, orgId, 'viewer')
})

/** A clock in the past, from a whole minute on: what is tried is what was. */
const past = (hours: number): ((minutes: number) => Date) =>
  clock(new Date(Math.floor(Date.now() / 60_000) * 60_000 - hours * 3_600_000))

interface Alert {
  severity: string
  fired_at: Date
  resolved_at: Date | null
}

async function backtest(
  type: string,
  since: Date,
  until: Date,
  changes: object = {},
): Promise<Alert[]> {
  const rows = await db.asUser(
    memberId,
    (sql) => sql<Alert[]>`
      select severity, fired_at, resolved_at
      from everwatch.backtest_policy(${type}, ${JSON.stringify(changes)}::text::jsonb, ${since}, ${until})`,
  )
  return [...rows]
}

/** The alerts that there really were, as `backtest` would tell of them. */
async function alertsThatWere(): Promise<Alert[]> {
  const rows = await db.sql<Alert[]>`
    select case when exists (
        select from everwatch_private.alert_events as e
        -- What was critical while it was pending, and was not when it fired, never was an alert.
        where e.alert_id = a.id and e.severity = 'critical' and e.kind <> 'pending'
      ) then 'critical' else 'warning' end as severity, fired_at, resolved_at
    from everwatch_private.alerts as a
    where org_id = ${orgId} and fired_at is not null order by fired_at, resource_id`
  return [...rows]
}

/** Judges every minute of a while; returns the alerts that this made, and those that a backtest tells of. */
async function judgeAndBacktest(
  type: string,
  from: Date,
  to: Date,
): Promise<{ were: Alert[]; told: Alert[] }> {
  await db.sql`
    select everwatch_private.evaluate_alerts(minute, ${orgId})
    from generate_series(${from}::timestamptz, ${to}, '1 minute') as minute`
  const told = await backtest(type, from, new Date(to.getTime() + 60_000))
  return { were: await alertsThatWere(), told }
}

describe('a policy that is tried on the past', () => {
  it('says when a webhook’s failures would have been an alert, and how bad', async () => {
    const at = past(24)
    const webhookId = await createWebhook(db, orgId, { created_at: at(-1) })
    const outcomes = 'fffff s ffffffffff s ffff s fffffff'.split('')
    for (const [minute, outcome] of outcomes.entries()) {
      if (outcome === ' ') continue
      const status = outcome === 'f' ? 'failed' : 'sent'
      await addDeliveries(db, webhookId, { status, at: at(10 * minute) })
    }
    const minutes = (alerts: Alert[]): unknown[] =>
      alerts.map(({ severity, fired_at, resolved_at }) => [
        severity,
        ...[fired_at, resolved_at].map(
          (time) => time && (time.getTime() - at(0).getTime()) / 60_000,
        ),
      ])
    const all = [at(-1), at(1000)] as const
    expect(minutes(await backtest('webhook_failure', ...all))).toEqual([
      ['warning', 40, 65],
      ['critical', 120, 195],
      ['warning', 320, null],
    ])
    expect(minutes(await backtest('webhook_failure', ...all, { warning: 8 }))).toEqual([
      ['critical', 150, 195],
    ])
    expect(
      minutes(await backtest('webhook_failure', ...all, { pending_for: '25 minutes' })),
    ).toEqual([
      ['critical', 145, 195],
      ['warning', 345, null],
    ])
    // What failed before the time that is asked for counts, and what fired before is shown.
    expect(minutes(await backtest('webhook_failure', at(125), at(150)))).toEqual([
      ['warning', 125, null],
    ])
    expect(await backtest('webhook_failure', ...all, { enabled: false })).toEqual([])
  })

  it('leaves the policy in force and the alerts as they are', async () => {
    const at = past(24)
    await addDeliveries(db, await createWebhook(db, orgId), { status: 'failed', count: 4 })
    expect(await backtest('webhook_failure', at(0), new Date(), { warning: 2 })).toHaveLength(1)
    expect(await alertsThatWere()).toEqual([])
    expect(await backtest('webhook_failure', at(0), new Date())).toEqual([])
  })

  it.each([
    ['slow_query', {}, 1, 'invalid_type'],
    ['cats', {}, 1, 'invalid_type'],
    ['rate_limit', { warning: -1 }, 1, 'invalid_policy'],
    ['rate_limit', {}, 0, 'invalid_period'],
    ['rate_limit', {}, 24 * 93, 'invalid_period'],
  ])('is refused for %s with %j over %d hours: %s', async (type, changes, hours, detail) => {
    const until = new Date()
    const since = new Date(until.getTime() - hours * 3_600_000)
    await expect(backtest(type, since, until, changes)).rejects.toMatchObject({
      code: 'PT400',
      detail,
    })
  })
})

describe('the alerts that a backtest tells of are those that the evaluation made', () => {
  it('for the API’s errors, whatever the traffic', async () => {
    const minute = fc.record({
      minute: fc.integer({ min: 1, max: 40 }),
      failed: fc.integer({ min: 0, max: 15 }),
      succeeded: fc.integer({ min: 0, max: 15 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(minute, { minLength: 3, maxLength: 8 }), async (traffic) => {
        orgId = await createOrg(db)
        memberId = await addMember(db, orgId, 'viewer')
        await setPolicy(db, orgId, 'api_error_rate', { warning: 45, pending_for: '2 minutes' })
        const at = past(48)
        for (const each of traffic) {
          const when = { at: at(each.minute - 0.5) }
          await addRequests(db, orgId, { ...when, status_code: 500, count: each.failed })
          await addRequests(db, orgId, { ...when, count: each.succeeded })
        }
        const { were, told } = await judgeAndBacktest('api_error_rate', at(0), at(110))
        expect(told).toEqual(were)
      }),
      { numRuns: 2, endOnFailure: true },
    )
  })

  it('for rate limits, whose windows are full and empty by turns', async () => {
    const at = past(24)
    await setPolicy(db, orgId, 'rate_limit', { critical: 100, keep_firing_for: '3 minutes' })
    const used = [
      10, 95, 85, 20, 20, 20, 20, 20, 20, 91, 101, 20, 92, 30, 30, 30, 30, 30, 85, 95, 81, 79, 60,
    ]
    for (const [minute, request_count] of used.entries()) {
      await db.sql`
        insert into everwatch.api_rate_limits
          (org_id, key_type, identifier, window_start, request_count, limit_max, updated_at)
        values (${orgId}, 'api_key', 'k', ${at(minute)}, ${request_count}, 100, ${at(minute)})`
    }
    const { were, told } = await judgeAndBacktest('rate_limit', at(0), at(30))
    expect(told).toHaveLength(3)
    expect(told).toEqual(were)
  })

  it('for webhooks and rules that fall silent', async () => {
    const at = past(90 * 24)
    const day = 1440
    const webhookId = await createWebhook(db, orgId, { created_at: at(0) })
    for (const days of [1, 7.99, 15.5, 16, 40]) {
      await addDeliveries(db, webhookId, { at: at(days * day) })
    }
    const ruleId = await createRule(db, orgId)
    for (const days of [0, 1, 2, 3, 4, 5, 7.5, 9, 13, 20, 30, 60]) {
      await addExecutions(db, ruleId, { at: at(days * day) })
    }
    // Only the minutes around which something changes.
    const changes = [7, 7.5, 14.99, 15.5, 23, 40, 47, 50, 60].map((days) => Math.round(days * day))
    for (const change of changes) {
      for (const minute of [change - 1, change, change + 1]) await evaluate(db, at(minute), orgId)
    }
    const told = await Promise.all(
      ['rule_not_triggering', 'webhook_inactive'].map((type) =>
        backtest(type, at(0), at(80 * day + 1)),
      ),
    )
    const were = await db.sql<(Alert & { type: string })[]>`
      select type, severity, fired_at, resolved_at from everwatch_private.alerts
      where org_id = ${orgId} order by type, fired_at`
    expect(told.map((alerts) => alerts.length)).toEqual([2, 3])
    for (const [index, alert] of told.flat().entries()) {
      const { fired_at, resolved_at } = were[index]!
      expect(Math.abs(fired_at.getTime() - alert.fired_at.getTime())).toBeLessThanOrEqual(60_000)
      const late = (resolved_at?.getTime() ?? 0) - (alert.resolved_at?.getTime() ?? 0)
      expect(Math.abs(late)).toBeLessThanOrEqual(60_000)
    }
  })
})
