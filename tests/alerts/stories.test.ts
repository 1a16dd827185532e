import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clock, evaluate, historyOf, openAlerts } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addExecutions, addRequests, addWindow } from '../support/add-rows.ts'

let db: TestDatabase
let orgId: string
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
})

/** Judges everything every minute from one minute to another. */
async function everyMinute(at: (minutes: number) => Date, from: number, to: number): Promise<void> {
  for (let minute = from; minute <= to; minute += 1) await evaluate(db, at(minute))
}

describe('the story of', () => {
  it('a webhook that fails, first as a warning, then critically, and is mended', async () => {
    const webhookId = await createWebhook(db, orgId)
    await addDeliveries(db, webhookId, { status: 'failed', count: 4 })
    expect(await openAlerts(db, orgId)).toEqual([])

    // Each at once, in the transaction that tracks the delivery.
    await addDeliveries(db, webhookId, { status: 'failed' })
    expect(await openAlerts(db, orgId)).toMatchObject([
      { type: 'webhook_failure', severity: 'warning', state: 'firing', value: 5, threshold: 5 },
    ])
    await addDeliveries(db, webhookId, { status: 'failed', count: 5 })
    expect(await openAlerts(db, orgId)).toMatchObject([
      { severity: 'critical', state: 'firing', value: 10, threshold: 10 },
    ])
    await addDeliveries(db, webhookId)
    expect(await openAlerts(db, orgId)).toMatchObject([{ state: 'recovering' }])

    const at = clock()
    await evaluate(db, at(4))
    expect(await openAlerts(db, orgId)).toMatchObject([{ state: 'recovering' }])
    await evaluate(db, at(6))
    expect(await openAlerts(db, orgId)).toEqual([])
    expect(await historyOf(db, orgId)).toEqual([
      'fired warning',
      'escalated critical',
      'recovering critical',
      'resolved critical',
    ])
  })

  it('an API of which more than half fails, for an hour, and then less', async () => {
    const at = clock()
    await addRequests(db, orgId, { count: 30, at: at(0) })
    await addRequests(db, orgId, { status_code: 500, count: 31, at: at(30) })
    await evaluate(db, at(29))
    expect(await openAlerts(db, orgId)).toEqual([])
    await evaluate(db, at(31))
    expect(await openAlerts(db, orgId)).toMatchObject([
      { type: 'api_error_rate', severity: 'critical', value: 50.8, threshold: 50 },
    ])
    // 45% is not above the threshold, but has not recovered either.
    await addRequests(db, orgId, { count: 8, at: at(40) })
    await evaluate(db, at(41))
    expect(await openAlerts(db, orgId)).toMatchObject([{ state: 'firing', value: 44.9 }])
    await addRequests(db, orgId, { count: 20, at: at(42) })
    await everyMinute(at, 43, 48)
    expect(await historyOf(db, orgId)).toEqual([
      'fired critical',
      'recovering critical',
      'resolved critical',
    ])
  })

  it('a rate limit that is nearly used up, minute after minute', async () => {
    const at = clock()
    const key = { key_type: 'api_key', identifier: 'k1' }
    for (const [minute, request_count] of [40, 95, 20, 99, 85, 30].entries()) {
      await addWindow(db, orgId, { ...key, request_count, window_start: at(minute) })
    }
    await evaluate(db, at(0.9))
    expect(await openAlerts(db, orgId)).toEqual([])
    await evaluate(db, at(1.9))
    expect(await openAlerts(db, orgId)).toMatchObject([
      { type: 'rate_limit', severity: 'warning', value: 95, threshold: 90 },
    ])
    await everyMinute(at, 3, 5)
    expect(await openAlerts(db, orgId)).toMatchObject([{ state: 'firing', value: 85 }])
    await everyMinute(at, 6, 11)
    expect(await historyOf(db, orgId)).toEqual([
      'fired warning',
      'recovering warning',
      'resolved warning',
    ])
  })

  it('a webhook without a success for 7 days, until the next one', async () => {
    const at = clock()
    const day = 24 * 60
    const webhookId = await createWebhook(db, orgId, { created_at: at(-30 * day) })
    await addDeliveries(db, webhookId, { at: at(0) })
    await evaluate(db, at(7 * day - 1))
    expect(await openAlerts(db, orgId)).toEqual([])
    await evaluate(db, at(7 * day))
    await evaluate(db, at(8 * day))
    expect(await openAlerts(db, orgId)).toMatchObject([
      { type: 'webhook_inactive', severity: 'warning', state: 'firing', value: 8, threshold: 7 },
    ])
    await addDeliveries(db, webhookId, { at: at(8 * day + 5) })
    await evaluate(db, at(8 * day + 6))
    expect(await historyOf(db, orgId)).toEqual([
      'fired warning',
      'repeated warning',
      'resolved warning',
    ])
  })

  it('a rule that is silent for longer than its cadence explains, until it runs', async () => {
    const at = clock()
    const hour = 60
    const ruleId = await createRule(db, orgId)
    for (const days of [0, 2, 4, 6, 8])
      await addExecutions(db, ruleId, { at: at(days * 24 * hour) })
    const last = 8 * 24 * hour
    await evaluate(db, at(last + 96 * hour))
    expect(await openAlerts(db, orgId)).toEqual([])
    await evaluate(db, at(last + 97 * hour))
    expect(await openAlerts(db, orgId)).toMatchObject([
      { type: 'rule_not_triggering', severity: 'warning', value: 97, threshold: 96 },
    ])
    await addExecutions(db, ruleId, { at: at(last + 98 * hour) })
    await evaluate(db, at(last + 99 * hour))
    expect(await historyOf(db, orgId)).toEqual(['fired warning', 'resolved warning'])
  })
})
