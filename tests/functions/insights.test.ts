import { beforeAll, describe, expect, it } from 'vitest'
import {
  insightKinds,
  insightsAnswerSchema,
  type InsightsAnswer,
} from '../../supabase/functions/_shared/insights-answer.ts'
import { clock } from '../support/alerts.ts'
import { addMember, createOrg } from '../support/fixtures.ts'
import { statement, stateInsights } from '../support/insights.ts'
import { ask, errorOf, type Answer, type Credential } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let acme: string
let globex: string
let secret: Credential
let member: Credential
let both: Credential

beforeAll(async () => {
  stack = await startStack()
  const { db } = stack
  acme = await createOrg(db, 'Acme')
  globex = await createOrg(db, 'Globex')
  secret = { apikey: stack.secretKey }
  const one = await stack.signUp()
  await addMember(db, acme, 'viewer', one.userId)
  member = { token: one.accessToken }
  const other = await stack.signUp()
  await addMember(db, acme, 'member', other.userId)
  await addMember(db, globex, 'member', other.userId)
  both = { token: other.accessToken }

  const minute = clock()
  const slow = statement(acme, { sentence: 'slow' })
  await stateInsights(db, 'regression', [statement(acme, { sentence: 'was slow' })], minute(0))
  await stateInsights(db, 'regression', [], minute(1))
  await stateInsights(db, 'regression', [slow, statement(globex)], minute(2))
  await stateInsights(db, 'cost', [statement(null, { sentence: 'dear' })], minute(3))
  await stateInsights(
    db,
    'anomaly',
    [1, 2, 3].map((n) => statement(acme, { sentence: `odd ${n}`, metric: `${n}` })),
    minute(4),
  )
})

const insights = (query: string, credential: Credential): Promise<Answer> =>
  ask(stack, `/monitoring/insights?${query}`, credential)

async function read(query: string, credential: Credential = member): Promise<InsightsAnswer> {
  const { status, body } = await insights(query, credential)
  expect({ status, body }).toMatchObject({ status: 200 })
  return insightsAnswerSchema.parse(body)
}

const sentences = async (query: string, credential?: Credential): Promise<string[]> =>
  (await read(query, credential)).insights.map(({ sentence }) => sentence)

describe('a member', () => {
  it('reads what is stated of their org, newest first, with the numbers behind it', async () => {
    const answer = await read('')
    expect(answer).toMatchObject({ org_id: acme, next: null })
    expect(answer.insights).toHaveLength(4)
    expect(answer.insights.at(-1)).toMatchObject({
      kind: 'regression',
      severity: 'warning',
      resource_name: 'GET /v1/contacts',
      metric: 'p95_ms',
      sentence: 'slow',
      detail: { ratio: 1.2 },
      ended_at: null,
    })
  })

  it('reads one kind alone', async () => {
    expect(await sentences('kind=regression')).toEqual(['slow'])
    expect(await sentences('kind=prediction')).toEqual([])
  })

  it('reads what was stated before, too', async () => {
    expect(await sentences('kind=regression&state=all')).toEqual(['slow', 'was slow'])
  })

  it('reads page by page, those of one moment too, each once', async () => {
    const whole = await sentences('')
    const found: string[] = []
    let after = ''
    do {
      const { insights: page, next } = await read(`limit=1${after}`)
      expect(page).toHaveLength(1)
      found.push(page[0]!.sentence)
      after = next === null ? '' : `&after=${next}`
    } while (after !== '')
    expect(found).toEqual(whole)
  })

  it('reads nothing of another org, and of the operator’s', async () => {
    const refused = await insights(`org_id=${globex}`, member)
    expect(errorOf(refused)).toMatchObject({ status: 403, code: 'not_a_member' })
    expect(await sentences('state=all')).not.toContain('dear')
  })

  it('of several orgs names one', async () => {
    const refused = await insights('', both)
    expect(errorOf(refused)).toMatchObject({ status: 400, code: 'org_required', field: 'org_id' })
    expect(await read(`org_id=${globex}`, both)).toMatchObject({ org_id: globex })
  })
})

describe('the holder of a secret key', () => {
  it('reads those of any org', async () => {
    expect(await sentences(`org_id=${acme}&kind=regression`, secret)).toEqual(['slow'])
  })

  it('reads the operator’s own without naming an org', async () => {
    expect(await read('', secret)).toMatchObject({ org_id: null, insights: [{ sentence: 'dear' }] })
  })

  it('is told of an org that there is not', async () => {
    const none = '00000000-0000-4000-8000-000000000000'
    const refused = errorOf(await insights(`org_id=${none}`, secret))
    expect(refused).toMatchObject({ status: 404, code: 'org_not_found', field: 'org_id' })
  })
})

describe('anyone', () => {
  it('is refused without a credential', async () => {
    expect(errorOf(await insights('', undefined))).toMatchObject({ status: 401 })
  })

  it.each([
    ['kind=rumour', 'invalid_kind', 'kind', 'there is no such kind'],
    ['state=closed', 'invalid_state', 'state', 'there is no such state'],
    ['limit=0', 'invalid_query', 'limit', 'a page holds something'],
    ['limit=501', 'invalid_query', 'limit', 'a page holds 500 at most'],
    ['org_id=acme', 'invalid_query', 'org_id', 'it is no uuid'],
    ['after=zz', 'invalid_query', 'after', 'it is no cursor'],
    ['after=ff', 'invalid_cursor', 'after', 'it is no cursor of this list'],
    ['state=open&state=all', 'invalid_query', 'state', 'it cannot be both'],
    ['colour=red', 'invalid_query', 'colour', 'there is no such parameter'],
  ])('is refused with %s: %s, since %s', async (query, code, field, _reason) => {
    expect(errorOf(await insights(query, member))).toMatchObject({ status: 400, code, field })
  })
})

it('The kinds are those of the database', async () => {
  const rows = await stack.db.sql`select everwatch_private.insight_kinds() as kinds`
  expect(rows).toEqual([{ kinds: [...insightKinds] }])
})
