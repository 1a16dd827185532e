import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clock, evaluate, openAlerts, setPolicy } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, addOneOfEach, createOrg, createWebhook } from '../support/fixtures.ts'
import { addRequests } from '../support/add-rows.ts'
import { outcome } from '../support/outcome.ts'
import { refresh } from '../support/views.ts'

let db: TestDatabase
let orgId: string
let webhookId: string
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  webhookId = await createWebhook(db, orgId)
})

const now = clock()

const setObjective = (target: number | null, metric = 'deliveries'): Promise<unknown> =>
  db.sql`select everwatch.set_objective(${metric}, ${target}::numeric, ${orgId})`

/** So many deliveries at a moment, the first of which fail. */
const deliver = (minutes: number, count: number, failed: number): Promise<unknown> => db.sql`
  insert into everwatch.webhook_deliveries (org_id, webhook_id, status, duration_ms, sent_at)
  select ${orgId}, ${webhookId}, case when n <= ${failed} then 'failed' else 'sent' end, 10, ${now(minutes)}
  from generate_series(1, ${count}::integer) as n`

interface Budget {
  metric: string
  total: number
  failed: number
  budget_left: number | null
  rates: (number | null)[]
  exhausted_in: number | null
}

const budgets = (): Promise<Budget[]> =>
  db.sql<Budget[]>`
    select metric, total::integer, failed::integer, budget_left::float8, to_jsonb(rates) as rates,
      extract(epoch from exhausted_at - ${now(0)})::float8 / 3600 as exhausted_in
    from everwatch_private.error_budgets(${now(0)}, ${orgId}) order by metric`

describe('an error budget', () => {
  it('is what the objective allows to fail in 30 days, less what failed', async () => {
    await setObjective(0.99)
    await deliver(-10 * 1440, 9000, 30)
    await deliver(-4 * 60, 1000, 10)
    expect(await budgets()).toMatchObject([
      { metric: 'deliveries', total: 10000, failed: 40, budget_left: 0.6 },
    ])
  })

  it('burns at 1 where just what is allowed fails, in each window by itself', async () => {
    await setObjective(0.99)
    await deliver(-2 * 1440, 100, 0)
    await deliver(-5 * 60, 100, 1)
    await deliver(-45, 100, 2)
    await deliver(-20, 100, 4)
    await deliver(-2, 100, 8)
    expect(await budgets()).toMatchObject([{ rates: [8, 6, 4.67, 3.75, 3] }])
  })

  it('is the same before and after a refresh', async () => {
    await setObjective(0.99)
    await deliver(-2 * 1440, 100, 3)
    await deliver(-30, 100, 7)
    const before = await budgets()
    await refresh(db)
    expect(await budgets()).toEqual(before)
  })

  it('says by when it will be used up, if it goes on as in the last 6 hours', async () => {
    await setObjective(0.9)
    await deliver(-10 * 1440, 8800, 0)
    for (let hour = 0; hour < 6; hour += 1) await deliver(-hour * 60 - 30, 200, 100)
    // 1,000 may fail and 600 did. Each hour 100 fail where 20 more may, and of a month ago there leave
    // those that make 1.23 fewer.
    const [budget] = await budgets()
    expect(budget?.exhausted_in).toBeCloseTo(400 / (80 + (0.1 * 8800) / 714))
  })

  it('counts the requests of an org by its own objective', async () => {
    await setObjective(0.9, 'requests')
    await setObjective(0.9)
    await addRequests(db, orgId, { at: now(-1) })
    await addRequests(db, orgId, { at: now(-1), status_code: 503 })
    await deliver(-1, 10, 5)
    expect(await budgets()).toMatchObject([
      { metric: 'deliveries', total: 10, failed: 5, rates: [5, 5, 5, 5, 5] },
      { metric: 'requests', total: 2, failed: 1, rates: [5, 5, 5, 5, 5] },
    ])
  })

  it('says nothing about windows without traffic', async () => {
    await setObjective(0.99)
    expect(await budgets()).toMatchObject([
      { total: 0, budget_left: null, rates: [null, null, null, null, null], exhausted_in: null },
    ])
  })

  it('there is none without an objective, nor after it was taken away', async () => {
    expect(await budgets()).toEqual([])
    await setObjective(0.99)
    await setObjective(null)
    expect(await budgets()).toEqual([])
  })
})

const alerts = async (): Promise<[string, string, number][]> => {
  await evaluate(db, now(0), orgId)
  return (await openAlerts(db, orgId))
    .filter(({ type }) => type === 'error_budget_burn')
    .map(({ severity, message, value }) => [severity, message, value])
}

describe('an alert of a budget that burns', () => {
  it.each<[string, [number, number, number][], [string, string] | undefined]>([
    ['14.4 in the last hour and 5 minutes', [[-2, 100, 15]], ['critical', 'an hour']],
    [
      '14.4 in the last hour, but no longer',
      [
        [-25, 100, 50],
        [-2, 100, 0],
      ],
      ['critical', '6 hours'],
    ],
    [
      '6 in 6 hours and 30 minutes',
      [
        [-300, 900, 60],
        [-20, 100, 10],
      ],
      ['critical', '6 hours'],
    ],
    [
      '1 in 3 days and 6 hours',
      [
        [-2 * 1440, 900, 15],
        [-90, 100, 2],
      ],
      ['warning', '3 days'],
    ],
    [
      '1 in 3 days, but no longer in 6 hours',
      [
        [-2 * 1440, 900, 15],
        [-90, 100, 1],
      ],
      undefined,
    ],
    ['less than 1', [[-2, 1000, 9]], undefined],
    ['too few deliveries to tell', [[-2, 19, 19]], undefined],
  ])('%s', async (_, history, told) => {
    await setObjective(0.99)
    for (const [minutes, count, failed] of history) await deliver(minutes, count, failed)
    const found = await alerts()
    expect(found.map(([severity, message]) => [severity, /over (.*)$/.exec(message)?.[1]])).toEqual(
      told ? [told] : [],
    )
  })

  it('says how fast', async () => {
    await setObjective(0.99)
    await deliver(-2, 100, 30)
    expect(await alerts()).toEqual([
      [
        'critical',
        'Failed deliveries use up the error budget 30 times as fast as its 30 days allow, over an hour',
        30,
      ],
    ])
  })

  it('follows the policy of the org', async () => {
    await setObjective(0.99)
    await setPolicy(db, orgId, 'error_budget_burn', { critical: 20 })
    await deliver(-2, 100, 30)
    expect((await alerts()).map(([severity]) => severity)).toEqual(['critical'])
    await setPolicy(db, orgId, 'error_budget_burn', { critical: 'Infinity', warning: 'Infinity' })
    await evaluate(db, now(0), orgId)
    await evaluate(db, now(10), orgId)
    expect(await openAlerts(db, orgId)).not.toContainEqual(
      expect.objectContaining({ type: 'error_budget_burn' }),
    )
  })
})

const severities = async (query: string): Promise<[Date, string][]> =>
  (await db.sql.unsafe(query)).map(({ at, severity }) => [at, severity])

describe('the history of a budget', () => {
  it('is what evaluations minute by minute would have said', async () => {
    await setObjective(0.99)
    await deliver(-2 * 1440, 900, 12)
    await deliver(-300, 900, 20)
    await deliver(-50, 100, 20)
    await deliver(-3, 100, 5)
    const minutes = `generate_series(
      date_trunc('minute', now()) - interval '70 minutes', date_trunc('minute', now()), '1 minute'
    )`
    const told = await severities(
      `select m.at, c.severity from ${minutes} as m (at)
      cross join everwatch_private.error_budget_burn_conditions(m.at, '${orgId}') as c order by 1`,
    )
    const replayed = await severities(
      `select h.at, h.severity
      from everwatch.v_alert_policies as p
      cross join everwatch_private.error_budget_burn_history(
        p, date_trunc('minute', now()) - interval '70 minutes', date_trunc('minute', now())
      ) as h
      where p.org_id = '${orgId}' and p.type = 'error_budget_burn' and h.severity is not null
      order by 1`,
    )
    expect(new Set(told.map(([, severity]) => severity))).toEqual(new Set(['critical', 'warning']))
    expect(replayed).toEqual(told)
  })
})

const set = (userId: string, metric: string, target: number | null): Promise<string> =>
  outcome(
    db.asUser(
      userId,
      (sql) => sql`select everwatch.set_objective(${metric}, ${target}::numeric, ${orgId})`,
    ),
  )

describe('an objective', () => {
  it('is set by owners and admins, and read by all members', async () => {
    const { owner, admin, member, viewer } = await addOneOfEach(db, orgId)
    expect(await set(owner, 'deliveries', 0.99)).toBe('ok')
    expect(await set(admin, 'deliveries', 0.999)).toBe('ok')
    expect(await set(member, 'deliveries', 0.5)).toBe('PT403')
    expect(await set(viewer, 'deliveries', null)).toBe('PT403')
    const rows = await db.asUser(viewer, (sql) => sql`select * from everwatch.v_error_budgets`)
    expect(rows).toMatchObject([{ org_id: orgId, target: '0.999' }])
  })

  it('is no business of another org’s', async () => {
    await setObjective(0.99)
    const stranger = await addMember(db, await createOrg(db), 'owner')
    expect(await set(stranger, 'deliveries', 0.5)).toBe('PT403')
    const rows = await db.asUser(stranger, (sql) => sql`select * from everwatch.v_error_budgets`)
    expect(rows).toEqual([])
  })

  it.each<[string, string, number]>([
    ['a metric that there is not', 'executions', 0.99],
    ['a target of everything', 'deliveries', 1],
    ['a target below a half', 'deliveries', 0.4],
    ['a target that is no number', 'deliveries', Number.NaN],
  ])('is refused with %s', async (_, metric, target) => {
    const owner = await addMember(db, orgId, 'owner')
    expect(await set(owner, metric, target)).toBe('PT400')
  })
})
