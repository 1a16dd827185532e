import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clock } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg } from '../support/fixtures.ts'
import {
  insightsOf,
  statement,
  stateInsights,
  type Insight,
  type Statement,
} from '../support/insights.ts'

let db: TestDatabase
let orgId: string
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
})

const minute = clock()
const state = (at: number, ...statements: Statement[]): Promise<void> =>
  stateInsights(db, 'anomaly', statements, minute(at))
const insights = (): Promise<Insight[]> => insightsOf(db, orgId)
const lives = async (): Promise<[string, Date, Date, Date | null][]> =>
  (await insights()).map(({ sentence, first_stated_at, last_stated_at, ended_at }) => [
    sentence,
    first_stated_at,
    last_stated_at,
    ended_at,
  ])

const said = (sentence: string, fields: Partial<Statement> = {}): Statement =>
  statement(orgId, { sentence, ...fields })

describe('a statement', () => {
  it('opens an insight, which the next one about the same brings up to date', async () => {
    await state(0, said('20% slower'))
    await state(5, said('30% slower', { severity: 'critical', detail: { ratio: 1.3 } }))
    expect(await lives()).toEqual([['30% slower', minute(0), minute(5), null]])
    expect(await insights()).toMatchObject([{ severity: 'critical', detail: { ratio: 1.3 } }])
  })

  it('ends with the first time that it is not repeated, and begins anew when it is true again', async () => {
    await state(0, said('slow'))
    await state(5)
    await state(10, said('slow again'))
    expect(await lives()).toEqual([
      ['slow', minute(0), minute(0), minute(5)],
      ['slow again', minute(10), minute(10), null],
    ])
  })

  it.each<[string, Partial<Statement>]>([
    ['another resource', { resource_id: 'GET /v1/rules' }],
    ['a resource of another type', { resource_type: 'webhook' }],
    ['another metric', { metric: 'error_rate' }],
  ])('about %s is another insight', async (_, fields) => {
    await state(0, said('one'), said('other', fields))
    await state(5, said('other', fields))
    expect(await lives()).toEqual([
      ['one', minute(0), minute(0), minute(5)],
      ['other', minute(0), minute(5), null],
    ])
  })

  it('says nothing about another kind', async () => {
    await state(0, said('unusual'))
    await stateInsights(db, 'cost', [said('dear')], minute(1))
    await stateInsights(db, 'cost', [], minute(2))
    expect(await lives()).toEqual([
      ['unusual', minute(0), minute(0), null],
      ['dear', minute(1), minute(1), minute(2)],
    ])
  })

  it('may be repeated as of the same moment, which changes nothing', async () => {
    await state(0, said('over'), said('slow', { metric: 'max_ms' }))
    await state(5, said('slow', { metric: 'max_ms' }))
    const before = await insights()
    await state(5, said('slow', { metric: 'max_ms' }))
    expect(await insights()).toEqual(before)
  })

  it('that comes late neither overwrites nor ends what is newer', async () => {
    await state(10, said('new'))
    await state(5, said('old'), said('old too', { metric: 'error_rate' }))
    await state(5)
    expect(await lives()).toContainEqual(['new', minute(10), minute(10), null])
  })

  it('made twice in one call is one insight', async () => {
    await state(0, said('slow'), said('slow'))
    expect(await insights()).toHaveLength(1)
  })

  it('of an org that was deleted meanwhile is nobody’s, and spoils no other', async () => {
    const gone = await createOrg(db)
    await db.sql`delete from everwatch.orgs where id = ${gone}`
    await state(0, statement(gone), said('slow'))
    expect(await insights()).toHaveLength(1)
    expect(await insightsOf(db, gone)).toEqual([])
  })

  it('of the operator’s own belongs to no org', async () => {
    await state(0, statement(null, { sentence: 'the disk fills up' }))
    expect(await insightsOf(db, null)).toMatchObject([{ sentence: 'the disk fills up' }])
    await state(5)
  })

  it('must be of a kind that there is', async () => {
    await expect(stateInsights(db, 'rumour', [said('slow')])).rejects.toMatchObject({
      code: 'PT400',
      detail: 'invalid_kind',
      message: 'kind must be one of anomaly, cost, prediction, regression.',
    })
  })

  it('can be made by many at once', async () => {
    const metrics = Array.from({ length: 20 }, (_, n) => `metric ${n}`)
    const forwards = metrics.map((metric) => said(metric, { metric }))
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => state(n, ...(n % 2 ? forwards : forwards.toReversed()))),
    )
    const open = await insights()
    expect(open).toHaveLength(20)
    for (const insight of open) expect(insight).toMatchObject({ last_stated_at: minute(7) })
  })
})

const turn = (on: boolean, org: string | null = orgId): Promise<unknown> =>
  db.asService((sql) => sql`select everwatch.set_insight_kind('anomaly', ${on}, ${org}::uuid)`)

describe('a kind that is turned off', () => {
  it('ends what is open, at once, and is stated no more until it is turned on', async () => {
    await state(0, said('slow'))
    await turn(false)
    expect(await insights()).toMatchObject([{ ended_at: expect.any(Date) as Date }])
    await state(5, said('slow'))
    expect(await insights()).toHaveLength(1)
    await turn(true)
    await state(10, said('slow'))
    expect(await insights()).toHaveLength(2)
  })

  it('is stated for others as ever', async () => {
    const other = await createOrg(db)
    await state(0, said('slow'), statement(other), statement(null))
    await turn(false)
    await state(5, said('slow'), statement(other), statement(null))
    expect(await insightsOf(db, other)).toMatchObject([{ ended_at: null }])
    expect(await insightsOf(db, null)).toContainEqual(expect.objectContaining({ ended_at: null }))
  })

  it('may be the operator’s own', async () => {
    await state(0, said('slow'), statement(null))
    await turn(false, null)
    await state(5, said('slow'), statement(null))
    const own = await insightsOf(db, null)
    expect(own.filter(({ ended_at }) => ended_at === null)).toEqual([])
    expect(await insights()).toMatchObject([{ ended_at: null }])
    await turn(true, null)
  })
})
