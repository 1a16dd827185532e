import { beforeEach, describe, expect, it } from 'vitest'
import { evaluate } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addOneOfEach, createOrg, createWebhook, type Role } from '../support/fixtures.ts'
import { insightsOf, type Insight } from '../support/insights.ts'
import { addHours, scoreAt } from '../support/scored-hours.ts'
import { noise } from './series.ts'

const hour = 3_600_000
const days = 28
/** Ten minutes into an hour a week ago, so that there is time after it. */
const now = new Date(Math.floor(Date.now() / hour) * hour - 7 * 24 * hour + 10 * 60_000)
const from = new Date(now.getTime() - 10 * 60_000 - 21 * 24 * hour)
const later = (hours: number): Date => new Date(now.getTime() + hours * hour)
const usual = (n: number): number =>
  Math.round(40 + 10 * Math.cos((n / 24) * 2 * Math.PI) + 3 * noise(n))

let db: TestDatabase
let orgId: string
let webhookId: string
let people: Record<Role, string>
beforeEach(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
  people = await addOneOfEach(db, orgId)
  webhookId = await createWebhook(db, orgId)
})

/** Deliveries of 28 days, of which the last 7 are to come: after `now` so many times as usual. */
async function make(factor: (hoursLater: number) => number): Promise<void> {
  const counts = Array.from({ length: days * 24 }, (_, n) =>
    Math.round(usual(n) * (n < 504 ? 1 : factor(n - 504))),
  )
  await addHours(db, webhookId, from, counts)
}

const expectIt = (userId: string): Promise<boolean> =>
  db.asUser(userId, async (sql) => {
    const [row] = await sql<[{ taken: boolean }]>`
      select everwatch_private.expect_anomaly(${orgId}, ${webhookId}, 'deliveries') as taken`
    return row.taken
  })

interface Standing {
  unusual: boolean
  tails: string
}

/** How the webhook’s deliveries stand, and what the detector knows of their tails. */
async function standing(): Promise<Standing> {
  const [row] = await db.sql<[Standing]>`
    select unusual, row((detector).tail, (detector).late_tail)::text as tails from everwatch_private.watched_series
    where resource_id = ${webhookId} and metric = 'deliveries'`
  return row
}

describe('what goes on, and was expected,', () => {
  it('is usual from then on, and its alert ends', async () => {
    await make(() => 3)
    await scoreAt(db, later(3))
    await evaluate(db, later(3), orgId)
    expect((await standing()).unusual).toBe(true)
    const { tails } = await standing()
    expect(await expectIt(people.member)).toBe(true)
    expect(await standing()).toMatchObject({ unusual: false, tails })
    for (const n of [4, 5, 6]) {
      await scoreAt(db, later(n))
      await evaluate(db, later(n), orgId)
      expect((await standing()).unusual).toBe(false)
    }
    const open = await db.sql`
      select from everwatch_private.alerts
      where state <> 'resolved' and resource_id = ${`${webhookId}/deliveries`}`
    expect(open).toHaveLength(0)
  })

  it('is unusual for longer when nobody says so', async () => {
    await make(() => 3)
    for (const n of [3, 4, 5, 6]) await scoreAt(db, later(n))
    expect((await standing()).unusual).toBe(true)
  })
})

describe('what is over, and was expected,', () => {
  it('is less of a surprise at that hour of the next week, and at no other', async () => {
    await make((n) => (n === 2 ? 4 : 1))
    await scoreAt(db, later(5))
    const week = async (): Promise<number[]> => {
      const rows = await db.sql<{ factor: number }[]>`
        select f as factor from everwatch_private.watched_series, unnest((detector).factors[25:192]) as f
        where resource_id = ${webhookId} and metric = 'deliveries'`
      return rows.map(({ factor }) => factor)
    }
    const before = await week()
    expect(await expectIt(people.admin)).toBe(true)
    const changed = (await week()).flatMap((factor, n) =>
      factor === before[n] ? [] : [{ n, more: factor > before[n]! }],
    )
    const at = later(2)
    expect(changed).toEqual([{ n: ((at.getUTCDay() + 6) % 7) * 24 + at.getUTCHours(), more: true }])
  })
})

const state = (at: Date): Promise<unknown> =>
  db.sql`select everwatch_private.report_anomalies(${at})`
const insights = async (): Promise<Insight[]> =>
  (await insightsOf(db, orgId)).filter(({ resource_id }) => resource_id === webhookId)

describe('an insight about it', () => {
  it('says what is unusual, until that is over', async () => {
    await make((n) => (n < 3 ? 3 : 1))
    await scoreAt(db, later(3))
    await state(later(3))
    expect(await insights()).toMatchObject([
      {
        kind: 'anomaly',
        resource_type: 'webhook',
        metric: 'deliveries',
        sentence: expect.stringMatching(
          /^\d+ deliveries in an hour; at this hour it is usually \d+ to \d+$/,
        ) as string,
        ended_at: null,
      },
    ])
    for (const n of [4, 8, 12, 24]) await scoreAt(db, later(n))
    await state(later(24))
    expect(await insights()).toMatchObject([{ ended_at: later(24) }])
  })

  it('that was expected ends, and the model has taken it in', async () => {
    await make(() => 3)
    await scoreAt(db, later(3))
    await state(later(3))
    const [insight] = await insights()
    await db.asUser(people.member, (sql) => sql`select everwatch.expect_insight(${insight!.id})`)
    expect((await standing()).unusual).toBe(false)
    await state(later(3.1))
    expect(await insights()).toMatchObject([{ expected_by: people.member, ended_at: later(3.1) }])
  })

  it('is none before two weeks are known', async () => {
    await make(() => 3)
    await db.sql`update everwatch_private.watched_series set started_at = ${later(-13 * 24)}`
    await scoreAt(db, later(3))
    await db.sql`update everwatch_private.watched_series set started_at = ${later(-13 * 24)}`
    await state(later(3))
    expect(await insights()).toEqual([])
  })
})

describe('an answer', () => {
  it('counts once', async () => {
    await make(() => 3)
    await scoreAt(db, later(3))
    expect(await expectIt(people.owner)).toBe(true)
    expect(await expectIt(people.owner)).toBe(false)
  })

  it('changes nothing where nothing was unusual', async () => {
    await make(() => 1)
    await scoreAt(db, later(3))
    expect(await expectIt(people.owner)).toBe(false)
  })

  it('of a viewer, or of a stranger, changes nothing', async () => {
    await make(() => 3)
    await scoreAt(db, later(3))
    expect(await expectIt(people.viewer)).toBe(false)
    expect(await expectIt(await db.createUser())).toBe(false)
    expect((await standing()).unusual).toBe(true)
  })
})
