import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { clock, evaluate, historyOf, openAlerts, type Alert } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg } from '../support/fixtures.ts'

let db: TestDatabase
let app: postgres.Sql
beforeAll(async () => {
  db = await createDatabase()
  app = postgres(db.url, { max: 1, onnotice: () => {} })
  // A second is enough to prove it with; nobody waits for five.
  await db.sql`update everwatch_private.alert_policies set critical = 1 where type = 'slow_query'`
})
afterAll(() => app.end())

// Before each test, what came before it has been looked at, and forgotten.
beforeEach(async () => {
  await evaluate(db, new Date())
  await db.sql`delete from everwatch_private.slow_statements`
  await db.sql`delete from everwatch_private.alerts`
})

const sleep = (seconds: number): Promise<unknown> => app`select pg_sleep(${seconds}), 'finished'`

/** The alerts about what the app ran: the evaluation itself may be slow on a busy machine. */
const alerts = async (): Promise<Alert[]> =>
  (await openAlerts(db, null)).filter(({ message }) => message.includes('supabase_admin'))

const history = (): Promise<string[]> => historyOf(db, null, '%supabase_admin%')

const conditions = (sql: postgres.ISql): Promise<Record<string, unknown>[]> =>
  sql`
    select * from everwatch.v_alert_conditions
    where type = 'slow_query' and message like '%supabase_admin%'`

describe('a query that runs for too long', () => {
  let slow: postgres.PendingQuery<postgres.Row[]>
  beforeEach(async () => {
    slow = app`select pg_sleep(60), 'a tenant''s secret'`
    slow.execute()
    slow.catch(() => undefined)
    await vi.waitUntil(async () => (await db.asService(conditions)).length > 0, { timeout: 20_000 })
  })
  const cancel = async (): Promise<void> => {
    slow.cancel()
    await slow.catch(() => undefined)
  }

  it('is an alert of the operator’s until it ends, and its text is told to nobody', async () => {
    const [condition] = await db.asService(conditions)
    expect(condition).toMatchObject({
      org_id: null,
      severity: 'critical',
      resource_type: 'database',
      message: expect.stringMatching(
        /^Query of supabase_admin has been running for [1-9]\.\d seconds \(pid \d+\)$/,
      ) as string,
    })
    const at = clock()
    await evaluate(db, at(0))
    expect(await alerts()).toMatchObject([{ type: 'slow_query', state: 'firing' }])
    const told = await db.sql`select a::text from everwatch_private.alerts as a`
    expect(JSON.stringify([condition, told])).not.toContain('secret')

    await cancel()
    await evaluate(db, at(2))
    await evaluate(db, at(8))
    expect(await history()).toEqual(['fired critical', 'recovering critical', 'resolved critical'])
  })

  it('is none of a member’s business', async () => {
    const memberId = await addMember(db, await createOrg(db), 'owner')
    expect(await db.asUser(memberId, conditions)).toEqual([])
    const attempt = db.asUser(
      memberId,
      (sql) => sql`select * from everwatch_private.slow_query_conditions(now())`,
    )
    await expect(attempt).rejects.toMatchObject({ code: '42501' })
    await cancel()
  })
})

describe('a query that has finished since the last look', () => {
  it('is an alert when it took too long: the longest ever, or long on average', async () => {
    const at = clock()
    await sleep(1.2)
    await evaluate(db, at(0))
    expect(await alerts()).toMatchObject([
      {
        state: 'firing',
        message: expect.stringMatching(/^Query of \w+ took 1\.[2-9] sec/) as string,
      },
    ])
    await evaluate(db, at(2))
    expect(await alerts()).toMatchObject([{ state: 'recovering' }])

    // Not the longest any more; its own time is what the total has grown by.
    await sleep(1.1)
    await evaluate(db, at(3))
    expect(await alerts()).toMatchObject([{ state: 'firing' }])

    await sleep(0.01)
    await evaluate(db, at(5))
    await evaluate(db, at(11))
    expect(await history()).toEqual([
      'fired critical',
      'recovering critical',
      'refired critical',
      'recovering critical',
      'resolved critical',
    ])
  })

  it('is none when it is the command of a scheduled job, for which nobody waits', async () => {
    await db.sql`select cron.schedule('nightly', '0 0 1 1 *', 'select pg_sleep(1.2)')`
    await app.unsafe('select pg_sleep(1.2)')
    await evaluate(db, new Date())
    expect(await alerts()).toEqual([])
  })

  it('is none when the threshold has only now come down to it', async () => {
    await app.unsafe('select pg_sleep(0.6) as quick_enough')
    await evaluate(db, new Date())
    await db.sql`update everwatch_private.alert_policies set critical = 0.5 where type = 'slow_query'`
    await evaluate(db, new Date())
    expect(await alerts()).toEqual([])
    await db.sql`update everwatch_private.alert_policies set critical = 1 where type = 'slow_query'`
  })
})
