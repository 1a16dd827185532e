import { beforeAll, describe, expect, it } from 'vitest'
import {
  costsAnswerSchema,
  type CostsAnswer,
} from '../../supabase/functions/_shared/costs-answer.ts'
import { measure } from '../support/costs.ts'
import {
  addMember,
  apiRequest,
  createOrg,
  createWebhook,
  delivery,
  track,
} from '../support/fixtures.ts'
import { addDeliveries } from '../support/add-rows.ts'
import { ask, errorOf, type Answer, type Credential } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let acme: string
let globex: string
let secret: Credential
let member: Credential

const costs = (query: string, credential: Credential): Promise<Answer> =>
  ask(stack, `/monitoring/costs?${query}`, credential)

async function read(query: string, credential: Credential = member): Promise<CostsAnswer> {
  const { status, body } = await costs(query, credential)
  expect({ status, body }).toMatchObject({ status: 200 })
  return costsAnswerSchema.parse(body)
}

beforeAll(async () => {
  stack = await startStack()
  const { db } = stack
  acme = await createOrg(db, 'Acme')
  globex = await createOrg(db, 'Globex')
  secret = { apikey: stack.secretKey }
  const one = await stack.signUp()
  await addMember(db, acme, 'viewer', one.userId)
  member = { token: one.accessToken }
})

it('Before anything was measured, rows and bytes are not known', async () => {
  expect(await read('')).toMatchObject({
    org_id: acme,
    measured_at: null,
    total: { raw_rows: null, bytes_at_rest: null, disk_cost: null, events: 0 },
  })
})

describe('once it was measured, a member', () => {
  beforeAll(async () => {
    const { db } = stack
    const busy = await createWebhook(db, acme, { url: 'https://acme.example/busy' })
    const calm = await createWebhook(db, acme, { url: 'https://acme.example/calm' })
    const theirs = await createWebhook(db, globex, { url: 'https://globex.example/' })
    await addDeliveries(db, busy, { count: 800, ago: '3 hours' })
    await addDeliveries(db, calm, { count: 200, ago: '3 hours' })
    await addDeliveries(db, theirs, { count: 100, ago: '3 hours' })
    const sent_at = new Date(Date.now() - 2 * 86_400_000).toISOString()
    await track(db, delivery(calm, { sent_at, bytes_out: 512 }))
    const created_at = new Date(Date.now() - 3 * 3_600_000).toISOString()
    await track(db, ...Array.from({ length: 5 }, () => apiRequest(acme, { created_at })))
    await measure(db)
  })

  it('reads what their org used, those that hold most first, and in all', async () => {
    const answer = await read('')
    const { resources, total } = answer
    expect(answer).toMatchObject({ org_id: acme, currency: 'USD', next: null })
    expect(total).toMatchObject({
      events: 1006,
      function_calls: 5,
      function_ms: 100_250,
      bytes_out: 512,
      egress_cost: 0,
    })
    expect(resources[0]).toMatchObject({ resource_name: 'https://acme.example/busy', events: 800 })
    const bytes = resources.map(({ bytes_at_rest }) => bytes_at_rest ?? 0)
    expect(bytes).toEqual(bytes.toSorted((one, other) => other - one))
    expect(bytes.reduce((one, other) => one + other, 0)).toBe(total.bytes_at_rest)
  })

  it('reads of another span, which changes what was done and not what is held', async () => {
    const { total } = await read('')
    const { total: earlier } = await read('from=-30d&to=2026-01-31T00:00:00Z')
    expect(earlier).toMatchObject({ events: 0, function_calls: 0 })
    expect(earlier.bytes_at_rest).toBe(total.bytes_at_rest)
  })

  it('reads page by page, each resource once', async () => {
    const whole = await read('')
    const found: string[] = []
    let after = ''
    do {
      const { resources, next, total } = await read(`limit=1${after}`)
      expect(total).toEqual(whole.total)
      found.push(resources[0]!.resource_id)
      after = next === null ? '' : `&after=${next}`
    } while (after !== '')
    expect(found).toEqual(whole.resources.map(({ resource_id }) => resource_id))
  })

  it('reads nothing of another org', async () => {
    const refused = await costs(`org_id=${globex}`, member)
    expect(errorOf(refused)).toMatchObject({ status: 403, code: 'not_a_member' })
    expect(JSON.stringify(await read(''))).not.toContain('globex')
  })

  it('is who reads it, and the holder of a secret key that of any org', async () => {
    expect(await read(`org_id=${globex}`, secret)).toMatchObject({ total: { events: 100 } })
    expect(errorOf(await costs('', secret))).toMatchObject({ status: 400, code: 'org_required' })
  })
})

describe('anyone', () => {
  it('is refused without a credential', async () => {
    expect(errorOf(await costs('', undefined))).toMatchObject({ status: 401 })
  })

  it.each([
    ['from=yesterday', 'invalid_query', 'from', 'it is no time'],
    ['from=-0d', 'invalid_range', 'from', 'nothing is in that range'],
    ['from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'invalid_range', 'from', 'it ends first'],
    ['from=-999999d', 'invalid_range', 'from', 'it begins before time'],
    ['to=soon', 'invalid_query', 'to', 'it is no time'],
    ['limit=0', 'invalid_query', 'limit', 'a page holds something'],
    ['org_id=acme', 'invalid_query', 'org_id', 'it is no uuid'],
    ['after=ff', 'invalid_cursor', 'after', 'it is no cursor of this list'],
    ['colour=red', 'invalid_query', 'colour', 'there is no such parameter'],
  ])('is refused with %s: %s, since %s', async (query, code, field, _reason) => {
    expect(errorOf(await costs(query, member))).toMatchObject({ status: 400, code, field })
  })
})
