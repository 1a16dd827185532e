import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clock } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addExecutions } from '../support/add-rows.ts'
import { insightsOf, type Insight } from '../support/insights.ts'
import { refresh } from '../support/views.ts'

let db: TestDatabase
let orgId: string
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
})

const minute = clock()
let minutes = 0

/** Says all that can be saved, however little it is, as of a minute later each time. */
async function stateSavings(leastBytes = 1): Promise<number | null> {
  await refresh(db)
  const [{ stated }] = await db.sql<[{ stated: number | null }]>`
    select everwatch_private.report_savings(${minute((minutes += 1))}, ${leastBytes}) as stated`
  return stated
}

const open = async (org: string | null, metric?: string): Promise<Insight[]> =>
  (await insightsOf(db, org)).filter(
    (insight) => insight.ended_at === null && (metric === undefined || insight.metric === metric),
  )

/** A webhook that is enabled and has failed so often. */
async function failingWebhook(count: number): Promise<string> {
  const url = `https://example.com/${count}`
  const id = await createWebhook(db, orgId, { url })
  await addDeliveries(db, id, { count, status: 'failed', ago: '1 day' })
  return id
}

/** Which indexes would be said to be unread so many days from now. */
const unreadIn = async (days: number): Promise<string[]> => {
  const rows = await db.sql<{ sentence: string }[]>`
    select sentence from everwatch_private.index_savings(now() + ${days} * interval '1 day')`
  return rows.map(({ sentence }) => sentence)
}

describe('an org is told', () => {
  it('of a webhook whose deliveries all fail, by its share of all and what they hold', async () => {
    const failing = await failingWebhook(150)
    const well = await createWebhook(db, orgId)
    await addDeliveries(db, well, { count: 50, ago: '1 day' })
    await stateSavings()
    const [saving, ...others] = await open(orgId)
    expect(others).toEqual([])
    expect(saving).toMatchObject({
      kind: 'cost',
      severity: 'info',
      resource_type: 'webhook',
      resource_id: failing,
      metric: 'failed_deliveries',
      detail: { rows: 150, share: 0.75, currency: 'USD', bytes: expect.any(Number) as number },
    })
    expect(saving!.sentence).toMatch(
      /^https:\/\/example.com\/150 took 75% of all deliveries of the last 30 days and failed all 150; they hold about \d+\.\d [kM]B; the plan includes that much\.$/,
    )
  })

  it.each([
    ['one succeeds', async (id: string) => addDeliveries(db, id, { count: 1 })],
    [
      'somebody disables it',
      async (id: string) => db.sql`update everwatch.webhooks set enabled = false where id = ${id}`,
    ],
    [
      'somebody deletes it',
      async (id: string) => db.sql`delete from everwatch.webhooks where id = ${id}`,
    ],
  ])('of it no more once %s', async (_, change) => {
    const id = await failingWebhook(120)
    await stateSavings()
    expect(await open(orgId)).toHaveLength(1)
    await change(id)
    await stateSavings()
    expect(await open(orgId)).toEqual([])
    expect(await insightsOf(db, orgId)).toMatchObject([{ ended_at: minute(minutes) }])
  })

  it('of a rule that acts on nobody, and not of one that does', async () => {
    const idle = await createRule(db, orgId, { name: 'Idle' })
    const useful = await createRule(db, orgId, { name: 'Useful' })
    await addExecutions(db, idle, { count: 300, contacts: 0, ago: '1 day' })
    await addExecutions(db, useful, { count: 100, ago: '1 day' })
    await stateSavings()
    const found = await open(orgId)
    expect(found).toMatchObject([{ resource_id: idle, metric: 'idle_executions' }])
    expect(found[0]!.sentence).toContain(
      'Idle took 75% of all executions of the last 30 days and acted on no contact in 300',
    )
  })

  it('of nothing that may be an accident', async () => {
    await failingWebhook(99)
    await stateSavings()
    expect(await open(orgId)).toEqual([])
  })

  it('of nothing that is not worth it', async () => {
    await failingWebhook(150)
    await stateSavings(100_000_000)
    expect(await open(orgId)).toEqual([])
  })

  it('of the three largest alone', async () => {
    for (const count of [100, 200, 300, 400]) await failingWebhook(count)
    await stateSavings()
    const names = (await open(orgId)).map(({ resource_name }) => resource_name)
    expect(names.toSorted()).toEqual([200, 300, 400].map((n) => `https://example.com/${n}`))
  })

  it('of the next one when it answers that one was expected, until it takes that back', async () => {
    for (const count of [100, 200, 300, 400]) await failingWebhook(count)
    await stateSavings()
    const largest = (await open(orgId)).find(({ resource_name }) => resource_name.endsWith('400'))!
    const owner = await addMember(db, orgId, 'owner')
    const answer = (expected: boolean): Promise<unknown> =>
      db.asUser(owner, (sql) => sql`select everwatch.expect_insight(${largest.id}, ${expected})`)
    const names = async (): Promise<string[]> =>
      (await open(orgId)).map(({ resource_name }) => resource_name.split('/').at(-1)!).toSorted()

    await answer(true)
    await stateSavings()
    expect(await names()).toEqual(['100', '200', '300'])
    await answer(false)
    await stateSavings()
    expect(await names()).toEqual(['200', '300', '400'])
  })

  it('of its own alone', async () => {
    await failingWebhook(150)
    const other = await createOrg(db)
    await stateSavings()
    expect(await open(other)).toEqual([])
  })
})

describe('the operator is told', () => {
  it('of deliveries that never finished, until they are gone', async () => {
    const webhook = await createWebhook(db, orgId)
    const [{ others }] = await db.sql<[{ others: number }]>`
      select count(*)::integer as others from everwatch.webhook_deliveries`
    await addDeliveries(db, webhook, { status: 'pending', count: others, ago: '40 days' })
    await addDeliveries(db, webhook, { status: 'pending', count: 10, ago: '20 days' })
    await stateSavings()
    const [saving] = await open(null, 'pending_rows')
    expect(saving).toMatchObject({
      resource_id: 'webhook_deliveries',
      detail: { rows: others, share: expect.closeTo(0.5, 1) as number },
    })
    expect(saving!.sentence).toMatch(
      /^Pending deliveries older than 30 days hold (49|50)% of webhook_deliveries: [\d,]+ rows, about /,
    )
    await db.sql`
      delete from everwatch.webhook_deliveries
      where status = 'pending' and sent_at < now() - interval '30 days'`
    await stateSavings()
    expect(await open(null, 'pending_rows')).toEqual([])
  })

  it('of a retention that keeps old months, until it is shortened', async () => {
    await db.sql`select everwatch_private.make_partitions(now() - interval '70 days')`
    const webhook = await createWebhook(db, orgId)
    await addDeliveries(db, webhook, { count: 2000, ago: '65 days' })
    await stateSavings()
    const [{ bytes }] = await db.sql<[{ bytes: number }]>`
      select pg_total_relation_size(tableoid)::integer as bytes from everwatch.webhook_deliveries
      where webhook_id = ${webhook} limit 1`
    const [saving] = await open(null, 'raw_retention')
    expect(saving!.detail).toMatchObject({ days: 90, partitions: 1, bytes })
    expect(saving!.sentence).toMatch(
      /^Raw rows are kept for 90 days; 30 days would free \d+\.\d [kM]B/,
    )
    await db.sql`update everwatch_private.rollup_settings set raw_retention = '30 days'`
    await stateSavings()
    expect(await open(null, 'raw_retention')).toEqual([])
    await db.sql`update everwatch_private.rollup_settings set raw_retention = '90 days'`
  })

  describe('of an index', () => {
    beforeAll(async () => {
      await db.sql`create table everwatch.notes (id integer primary key, word text)`
      await db.sql`insert into everwatch.notes select n, md5(n::text) from generate_series(1, 1000) as n`
      await db.sql`create index notes_by_word_idx on everwatch.notes (word)`
    })

    it('that nothing has read for long', async () => {
      expect(await unreadIn(31)).toContainEqual(
        expect.stringMatching(
          /^The index everwatch.notes_by_word_idx holds \d+\.\d kB, and nothing has read it for 31 days$/,
        ),
      )
    })

    it('not before the statistics are old enough', async () => {
      expect(await unreadIn(20)).toEqual([])
    })

    it('not of one that keeps rows unique', async () => {
      expect((await unreadIn(31)).join()).not.toContain('notes_pkey')
    })

    it('not of one that is read', async () => {
      await db.sql.begin(async (sql) => {
        await sql`set local enable_seqscan = off`
        await sql`select from everwatch.notes where word = 'x'`
        await sql`select pg_stat_force_next_flush()`
      })
      await expect
        .poll(async () => (await unreadIn(31)).join(), { timeout: 15_000 })
        .not.toContain('notes_by_word_idx')
    })
  })
})

describe('a saving', () => {
  it('is worth the price of its bytes, as far as the plan does not include them', async () => {
    const failing = await failingWebhook(150)
    const money = async (): Promise<{ bytes: number; money_per_month: number }> => {
      await stateSavings()
      const [saving] = await open(orgId)
      expect(saving).toMatchObject({ resource_id: failing })
      return saving!.detail as { bytes: number; money_per_month: number }
    }
    expect((await money()).money_per_month).toBe(0)
    await db.sql`update everwatch_private.prices set included = 0, price = 100000 where item = 'disk'`
    const { bytes, money_per_month } = await money()
    expect(money_per_month).toBeCloseTo((100_000 * bytes) / 1e9, 3)
    const [saving] = await open(orgId)
    expect(saving!.sentence).toContain(`; that is USD ${money_per_month.toFixed(2)} a month.`)
    await db.sql`update everwatch_private.prices set included = 8, price = 0.125 where item = 'disk'`
  })

  it('of an org that turned costs off is not stated', async () => {
    await failingWebhook(150)
    const owner = await addMember(db, orgId, 'owner')
    await db.asUser(owner, (sql) => sql`select everwatch.set_insight_kind('cost', false, ${orgId})`)
    await stateSavings()
    expect(await open(orgId)).toEqual([])
  })

  it('is stated once when two runs meet', async () => {
    await failingWebhook(150)
    await refresh(db)
    await db.sql.begin(async (sql) => {
      await sql`select everwatch_private.report_savings(${minute((minutes += 1))}, 1)`
      const second =
        await db.sql`select everwatch_private.report_savings(${minute(minutes)}, 1) as stated`
      expect(second).toEqual([{ stated: null }])
    })
    expect(await open(orgId)).toHaveLength(1)
    await Promise.all(Array.from({ length: 4 }, () => stateSavings()))
    expect(await open(orgId)).toHaveLength(1)
  })
})
