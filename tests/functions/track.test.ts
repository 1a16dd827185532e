import { randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { trackAnswerSchema, type TrackAnswer } from '../../supabase/functions/_shared/events.ts'
import { deploy } from '../support/deploys.ts'
import { addMember, apiRequest, createOrg, createRule } from '../support/fixtures.ts'
import { createWebhook, delivery, execution, metric, rateLimit } from '../support/fixtures.ts'
import { ask, errorOf, type Answer, type Credential } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let secret: Credential
let orgId: string
let webhookId: string
let ruleId: string

beforeAll(async () => {
  stack = await startStack()
  secret = { apikey: stack.secretKey }
  orgId = await createOrg(stack.db)
  webhookId = await createWebhook(stack.db, orgId)
  ruleId = await createRule(stack.db, orgId)
})

function post(body: unknown, credential: Credential): Promise<Answer> {
  return ask(stack, '/track', credential, { body })
}

async function track(...events: unknown[]): Promise<TrackAnswer> {
  const { status, body } = await post({ events }, secret)
  expect(status).toBe(200)
  return trackAnswerSchema.parse(body)
}

async function countRows(table: string): Promise<number> {
  const [row] = await stack.db.sql`select count(*)::integer as n from ${stack.db.sql(table)}`
  return row?.['n'] as number
}

describe('the holder of the secret key', () => {
  it('tracks an event of each type', async () => {
    const answer = await track(
      delivery(webhookId, { event_type: 'contact.created', status_code: 200, bytes_out: 512 }),
      execution(ruleId, { affected_contacts: 3 }),
      apiRequest(orgId, { ip: '2001:db8::1', user_agent: 'curl/8', bytes_out: 2048 }),
      rateLimit(orgId, { window_seconds: 3600 }),
      metric(orgId),
      deploy(orgId),
    )
    expect(answer).toEqual({ accepted: 6, rejected: [] })
    const [row] = await stack.db.sql`
      select event_type, status_code, bytes_out::integer,
        (select sum(bytes_out)::integer from everwatch.api_audit_logs) as answered
      from everwatch.webhook_deliveries where webhook_id = ${webhookId}`
    expect(row).toEqual({
      event_type: 'contact.created',
      status_code: 200,
      bytes_out: 512,
      answered: 2048,
    })
  })

  it('stores a batch of 1000 that is sent twice with the same ids once', async () => {
    const before = await countRows('webhook_deliveries')
    const events = Array.from({ length: 1000 }, () => delivery(webhookId, { id: randomUUID() }))
    expect((await track(...events)).accepted).toBe(1000)
    expect((await track(...events)).accepted).toBe(1000)
    expect(await countRows('webhook_deliveries')).toBe(before + 1000)
  })

  it('finishes a delivery that was pending', async () => {
    const id = randomUUID()
    await track(delivery(webhookId, { id, status: 'pending' }))
    await track(delivery(webhookId, { id, status: 'failed', duration_ms: 7, error: 'timeout' }))
    const [row] = await stack.db.sql`
      select status, duration_ms, error from everwatch.webhook_deliveries where id = ${id}`
    expect(row).toEqual({ status: 'failed', duration_ms: 7, error: 'timeout' })
  })

  it('has the good events stored, and reads of each bad one which field is wrong', async () => {
    const before = await countRows('webhook_deliveries')
    const { accepted, rejected } = await track(
      delivery(webhookId),
      delivery(webhookId, { status: 'lost' }),
      delivery(randomUUID()),
      'no event',
      delivery(webhookId, { status: 'failed' }),
      { type: 'cat' },
    )
    expect(accepted).toBe(2)
    expect(rejected.map(({ index, code, field }) => [index, code, field])).toEqual([
      [1, 'invalid', 'status'],
      [2, 'not_found', 'webhook_id'],
      [3, 'required', 'type'],
      [5, 'unknown_type', 'type'],
    ])
    expect(await countRows('webhook_deliveries')).toBe(before + 2)
  })

  it.each([
    ['no webhook_id', { webhook_id: undefined }, 'required', 'webhook_id'],
    ['a webhook_id that is no uuid', { webhook_id: '1' }, 'invalid', 'webhook_id'],
    ['a duration below zero', { duration_ms: -1 }, 'invalid', 'duration_ms'],
    ['a duration that is no whole number', { duration_ms: 1.5 }, 'invalid', 'duration_ms'],
    ['a duration too large to store', { duration_ms: 2 ** 31 }, 'invalid', 'duration_ms'],
    [
      'a duration though it is pending',
      { status: 'pending', duration_ms: 1 },
      'invalid',
      'duration_ms',
    ],
    ['an error though it is pending', { status: 'pending', error: '' }, 'invalid', 'error'],
    ['a status code that HTTP has not', { status_code: 42 }, 'invalid', 'status_code'],
    ['a failure’s status code though sent', { status_code: 500 }, 'invalid', 'status_code'],
    ['an attempt before the first', { attempt: 0 }, 'invalid', 'attempt'],
    ['a body of less than nothing', { bytes_out: -1 }, 'invalid', 'bytes_out'],
    ['a body of half a byte', { bytes_out: 0.5 }, 'invalid', 'bytes_out'],
    ['a body of more than a terabyte', { bytes_out: 1e12 + 1 }, 'invalid', 'bytes_out'],
    ['a size in words', { bytes_out: '1 kB' }, 'invalid', 'bytes_out'],
    ['an error longer than is kept', { error: 'x'.repeat(10_001) }, 'invalid', 'error'],
    ['a NUL, which Postgres cannot store', { event_type: 'a\0b' }, 'invalid', 'event_type'],
    ['half a surrogate pair', { event_type: '\ud800' }, 'invalid', 'event_type'],
    ['a time without an offset', { sent_at: '2026-01-01T00:00:00' }, 'invalid', 'sent_at'],
    ['a time to come', { sent_at: '2999-01-01T00:00:00Z' }, 'invalid', 'sent_at'],
    ['a time before all of this', { sent_at: '1970-01-01T00:00:00Z' }, 'invalid', 'sent_at'],
    ['a year that there is not', { sent_at: '0000-01-01T00:00:00Z' }, 'invalid', 'sent_at'],
    ['an offset that there is not', { sent_at: '2026-01-01T00:00:00+23:59' }, 'invalid', 'sent_at'],
    ['a field that there is not', { webhookId: 1 }, 'unknown_field', 'webhookId'],
  ])('reads that a delivery with %s is refused', async (_reason, fields, code, field) => {
    const { accepted, rejected } = await track(delivery(webhookId, fields))
    expect(accepted).toBe(0)
    expect(rejected).toMatchObject([{ index: 0, code, field }])
  })

  it.each<[string, () => unknown, string]>([
    ['a run that is pending', () => execution(ruleId, { status: 'pending' }), 'status'],
    ['a run of half a contact', () => execution(ruleId, { affected_contacts: 0.5 }), 'affected_contacts'], // prettier-ignore
    ['a method in lower case', () => apiRequest(orgId, { method: 'get' }), 'method'],
    ['an address that is none', () => apiRequest(orgId, { ip: '1.2.3' }), 'ip'],
    ['an answer of half a byte', () => apiRequest(orgId, { bytes_out: 1.5 }), 'bytes_out'],
    ['an org that is no uuid', () => rateLimit('acme'), 'org_id'],
    ['a limit in words', () => rateLimit(orgId, { limit_max: '100' }), 'limit_max'],
    ['a value that is no number', () => metric(orgId, { value: '1' }), 'value'],
    ['a value beyond all', () => metric(orgId, { value: 1e300 }), 'value'],
    ['labels that are a list', () => metric(orgId, { labels: ['a'] }), 'labels'],
    ['a label that is no text', () => metric(orgId, { labels: { a: 1 } }), 'labels'],
    ['a version that is a number', () => deploy(orgId, { version: 2 }), 'version'],
    ['a deploy at no offset', () => deploy(orgId, { at: '2026-03-01T12:00:00' }), 'at'],
  ])('reads that %s is refused', async (_reason, event, field) => {
    const { accepted, rejected } = await track(event())
    expect({ accepted, rejected }).toMatchObject({
      accepted: 0,
      rejected: [{ index: 0, code: 'invalid', field }],
    })
  })

  it('tracks what took an unknown time', async () => {
    const answer = await track(
      delivery(webhookId, { duration_ms: null }),
      execution(ruleId, { duration_ms: undefined }),
      apiRequest(orgId, { duration_ms: null }),
    )
    expect(answer).toEqual({ accepted: 3, rejected: [] })
  })

  it.each([
    ['not JSON', '{"events": [', 'invalid_json', 'body'],
    ['no object', '[]', 'invalid_batch', 'events'],
    ['an object without events', '{}', 'invalid_batch', 'events'],
    ['an object whose events are no list', '{"events": 1}', 'invalid_batch', 'events'],
    ['empty', '', 'invalid_json', 'body'],
  ])('is refused a body that is %s', async (_reason, body, code, field) => {
    expect(errorOf(await post(body, secret))).toMatchObject({ status: 400, code, field })
  })

  it('is refused more than 1000 events', async () => {
    const before = await countRows('webhook_deliveries')
    const events = Array.from({ length: 1001 }, () => delivery(webhookId))
    expect(errorOf(await post({ events }, secret))).toMatchObject({
      status: 413,
      code: 'batch_too_large',
      field: 'events',
    })
    expect(await countRows('webhook_deliveries')).toBe(before)
  })

  it('is refused a body that is too long', async () => {
    const body = `{"events": ["${'x'.repeat(4 * 1024 * 1024)}"]}`
    expect(errorOf(await post(body, secret))).toMatchObject({ status: 413, code: 'body_too_large' })
  })

  it('is told of each event whether it was stored, whatever the events are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent(), { maxLength: 20 }), async (events) => {
        const { accepted, rejected } = await track(...events)
        expect(accepted + rejected.length).toBe(events.length)
      }),
      { numRuns: 100 },
    )
  })
})

/** Anything, and events that are right but for fields of anything. */
function anyEvent(): fc.Arbitrary<unknown> {
  const hostile = fc.constantFrom(
    '\0',
    '\ud800',
    '\u202e',
    "'; drop table orgs; --",
    '9'.repeat(400),
    1e308,
    -0,
    '0000-01-01T00:00:00Z',
    '2026-01-01T00:00:00+23:59',
    '::ffff:1.2.3.4',
    '::1%eth0',
  )
  const value = fc.oneof(fc.jsonValue(), hostile)
  const good = fc.constantFrom(
    delivery(webhookId),
    execution(ruleId),
    apiRequest(orgId),
    rateLimit(orgId),
  )
  const optional = [
    'id',
    'error',
    'sent_at',
    'executed_at',
    'created_at',
    'ip',
    'window_start',
    'bytes_out',
  ]
  const name = good.chain((event) =>
    fc.constantFrom(...Object.keys(event), ...optional, '__proto__', 'constructor', '\ud800'),
  )
  const wrong = fc.tuple(good, name, value).map(([event, key, odd]) => {
    return JSON.parse(JSON.stringify({ ...event, [key]: odd })) as unknown
  })
  return fc.oneof(value, wrong)
}

describe('others than the secret key’s holder', () => {
  it('are refused without a credential', async () => {
    expect(errorOf(await post({ events: [] }, undefined))).toMatchObject({ status: 401 })
  })

  it('are refused as members, even of the org', async () => {
    const { userId, accessToken } = await stack.signUp()
    await addMember(stack.db, orgId, 'owner', userId)
    const answer = await post({ events: [delivery(webhookId)] }, { token: accessToken })
    expect(errorOf(answer)).toMatchObject({ status: 403, code: 'secret_key_required' })
  })

  it('are told to POST', async () => {
    const answer = await ask(stack, '/track')
    expect(errorOf(answer)).toMatchObject({ status: 405 })
    expect(answer.headers.get('allow')).toBe('POST, OPTIONS')
  })
})
