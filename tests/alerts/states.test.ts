import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clock, evaluate, historyOf, openAlerts, setPolicy } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addRequests, addWindow } from '../support/add-rows.ts'

let db: TestDatabase
let orgId: string
let at: (minutes: number) => Date
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  at = clock()
})

/** Makes a rate limit this full from now on, in percent, and judges. */
async function use(percent: number, minute: number): Promise<void> {
  await db.sql`delete from everwatch.api_rate_limits where org_id = ${orgId}`
  await addWindow(db, orgId, { request_count: percent, window_start: at(minute) })
  await evaluate(db, at(minute))
}

const states = async (): Promise<string[]> =>
  (await openAlerts(db, orgId)).map(({ state }) => state)

describe('the state that follows', () => {
  const truth = { true: [true, false], band: [false, false], false: [false, true] } as const
  it.each([
    {
      state: null,
      minutes: 0,
      is: 'true',
      next: 'pending',
      reason: 'it must be true for 5 minutes',
    },
    { state: 'pending', minutes: 4, is: 'true', next: 'pending', reason: 'it has been for 4' },
    { state: 'pending', minutes: 5, is: 'true', next: 'firing', reason: 'it has been for 5' },
    { state: 'pending', minutes: 4, is: 'band', next: 'resolved', reason: 'it is not any more' },
    {
      state: 'pending',
      minutes: 9,
      is: 'false',
      next: 'resolved',
      reason: 'it was not to the end',
    },
    { state: 'firing', minutes: 0, is: 'true', next: 'firing', reason: 'it is true' },
    { state: 'firing', minutes: 0, is: 'band', next: 'firing', reason: 'it has not recovered' },
    { state: 'firing', minutes: 0, is: 'false', next: 'recovering', reason: 'it may come back' },
    {
      state: 'recovering',
      minutes: 9,
      is: 'false',
      next: 'recovering',
      reason: '10 are asked for',
    },
    { state: 'recovering', minutes: 10, is: 'false', next: 'resolved', reason: '10 are over' },
    { state: 'recovering', minutes: 9, is: 'band', next: 'firing', reason: 'it had not recovered' },
    { state: 'recovering', minutes: 9, is: 'true', next: 'firing', reason: 'it came back' },
  ] as const)('$state, when for $minutes minutes and $is, is $next: $reason', async (each) => {
    const [isTrue, hasRecovered] = truth[each.is]
    const [row] = await db.sql`
      select everwatch_private.next_state(
        ${each.state}, ${at(0)}, ${isTrue}, ${hasRecovered}, '5 minutes', '10 minutes',
        ${at(each.minutes)}
      ) as next`
    expect(row?.['next']).toBe(each.next)
  })
})

describe('a policy that asks for time', () => {
  it('keeps an alert pending until its condition was true for so long', async () => {
    await setPolicy(db, orgId, 'rate_limit', { pending_for: '3 minutes' })
    await use(95, 0)
    await use(95, 2)
    expect(await states()).toEqual(['pending'])
    await use(95, 3)
    expect(await historyOf(db, orgId)).toEqual(['pending warning', 'fired warning'])
  })

  it('forgets what was true for less, and nobody was to be told of it', async () => {
    await setPolicy(db, orgId, 'rate_limit', { pending_for: '3 minutes' })
    await use(95, 0)
    await use(20, 2)
    await use(95, 3)
    await use(95, 5)
    expect(await historyOf(db, orgId)).toEqual([
      'pending warning',
      'cleared warning',
      'pending warning',
    ])
  })

  it('holds for webhooks too, whose fifth failure then waits for the evaluation', async () => {
    await setPolicy(db, orgId, 'webhook_failure', { pending_for: '3 minutes' })
    await addDeliveries(db, await createWebhook(db, orgId), { status: 'failed', count: 5 })
    expect(await states()).toEqual(['pending'])
    await evaluate(db, at(4))
    expect(await states()).toEqual(['firing'])
  })
})

describe('what flaps', () => {
  it('is one alert while it comes back within the time that its policy keeps it', async () => {
    for (let round = 0; round < 5; round += 1) {
      await use(95, 5 * round)
      await use(10, 5 * round + 2)
    }
    expect(await openAlerts(db, orgId)).toHaveLength(1)
    const history = await historyOf(db, orgId)
    expect(history.filter((entry) => entry.startsWith('fired'))).toHaveLength(1)
    expect(history.filter((entry) => entry.startsWith('refired'))).toHaveLength(4)
  })

  it('around the threshold is one alert that never seems to recover', async () => {
    for (let round = 0; round < 5; round += 1) {
      await use(95, 5 * round)
      await use(85, 5 * round + 2)
    }
    expect(await historyOf(db, orgId)).toEqual(['fired warning'])
    expect(await openAlerts(db, orgId)).toMatchObject([{ state: 'firing', value: 85 }])
  })

  it('below the threshold without ever having been above is no alert', async () => {
    await use(85, 0)
    expect(await openAlerts(db, orgId)).toEqual([])
  })

  it('between deliveries of a webhook is one alert, judged at each of them', async () => {
    const webhookId = await createWebhook(db, orgId)
    for (let round = 0; round < 3; round += 1) {
      await addDeliveries(db, webhookId, { status: 'failed', count: 6 })
      await addDeliveries(db, webhookId)
    }
    expect(await historyOf(db, orgId)).toEqual([
      'fired warning',
      'recovering warning',
      'refired warning',
      'recovering warning',
      'refired warning',
      'recovering warning',
    ])
  })
})

describe('data that stops coming', () => {
  it('is not health: what fired goes on for a day, and says that nothing is known', async () => {
    await addRequests(db, orgId, { status_code: 500, count: 30, at: at(0) })
    await evaluate(db, at(1))
    for (const minute of [61, 600, 1439]) await evaluate(db, at(minute))
    expect(await openAlerts(db, orgId)).toMatchObject([
      {
        state: 'firing',
        value: 100,
        message: 'Too few API requests in the last hour (0) to tell whether they still fail',
      },
    ])
    await evaluate(db, at(1441))
    await evaluate(db, at(1450))
    expect(await openAlerts(db, orgId)).toEqual([])
  })
})

describe('a webhook that nobody expects anything of any more', () => {
  it.each([
    ['disabled', 'update everwatch.webhooks set enabled = false where id = $1'],
    ['deleted', 'delete from everwatch.webhooks where id = $1'],
  ])('because it is %s has its alert resolved', async (_, change) => {
    const webhookId = await createWebhook(db, orgId)
    await addDeliveries(db, webhookId, { status: 'failed', count: 5 })
    await db.sql.unsafe(change, [webhookId])
    await evaluate(db, at(1))
    expect(await states()).toEqual(['recovering'])
    await evaluate(db, at(6))
    expect(await states()).toEqual([])
  })
})

describe('a policy that is switched off', () => {
  it('raises nothing, and lets go of what fired', async () => {
    await use(95, 0)
    await setPolicy(db, orgId, 'rate_limit', { enabled: false })
    await use(95, 1)
    await use(95, 7)
    expect(await openAlerts(db, orgId)).toEqual([])
    const [row] = await db.sql`
      select count(*)::int from everwatch.v_alert_conditions where org_id = ${orgId}`
    expect(row).toEqual({ count: 0 })
  })
})
