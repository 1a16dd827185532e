import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  apiRequest,
  createApiKey,
  createOrg,
  createRule,
  createWebhook,
  delivery,
  execution,
  rateLimit,
  track,
  type TrackEvent,
} from '../support/fixtures.ts'

let db: TestDatabase
let orgId: string
let webhookId: string
let ruleId: string

beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
  webhookId = await createWebhook(db, orgId)
  ruleId = await createRule(db, orgId)
})

describe('an event that cannot be stored', () => {
  it.each<[string, string, Record<string, unknown>, string]>([
    ['is negative', 'duration_ms', { duration_ms: -1 }, 'invalid'],
    ['is there while pending', 'duration_ms', { status: 'pending', duration_ms: 1 }, 'invalid'],
    [
      'is an answer while pending',
      'status_code',
      { status: 'pending', duration_ms: null, status_code: 200 },
      'invalid',
    ],
    ['is an error, yet it was sent', 'status_code', { status_code: 500 }, 'invalid'],
    ['is no HTTP status', 'status_code', { status_code: 99 }, 'invalid'],
    ['is none of the statuses', 'status', { status: 'success' }, 'invalid'],
    ['is missing', 'status', { status: null }, 'required'],
    ['counts from one', 'attempt', { attempt: 0 }, 'invalid'],
    ['is negative', 'bytes_out', { bytes_out: -1 }, 'invalid'],
    ['is too large for a body', 'bytes_out', { bytes_out: 1e12 + 1 }, 'invalid'],
    ['is too long', 'error', { error: 'x'.repeat(10_001) }, 'invalid'],
    ['is empty', 'event_type', { event_type: '' }, 'invalid'],
    ['refers to nothing', 'webhook_id', { webhook_id: randomUUID() }, 'not_found'],
    ['is in the future', 'sent_at', { sent_at: '2999-01-01T00:00:00Z' }, 'invalid'],
    ['is the end of time', 'sent_at', { sent_at: 'infinity' }, 'invalid'],
    ['counts seconds for milliseconds', 'sent_at', { sent_at: '1970-01-21T00:00:00Z' }, 'invalid'],
    [
      'is there while pending',
      'error',
      { status: 'pending', duration_ms: null, error: '' },
      'invalid',
    ],
  ])('because it %s is told so by its field %s; the others are stored', async (...row) => {
    const [, field, change, code] = row
    const good = delivery(webhookId, { id: randomUUID() })
    const bad = { ...delivery(webhookId, { id: randomUUID() }), ...change }
    const result = await track(db, bad, good)
    expect(result).toEqual({
      accepted: 1,
      rejected: [{ index: 0, code, field, message: expect.any(String) }],
    })
    const stored = await db.sql`
      select id::text from everwatch.webhook_deliveries
      where id::text in (${String(good['id'])}, ${String(bad['id'])})`
    expect(stored).toEqual([{ id: good['id'] }])
  })

  it.each<[string, () => TrackEvent, string, string]>([
    ['a run of an unknown rule', () => execution(randomUUID()), 'rule_id', 'not_found'],
    ['a run that is pending', () => execution(ruleId, { status: 'pending' }), 'status', 'invalid'],
    ['a request of an unknown org', () => apiRequest(randomUUID()), 'org_id', 'not_found'],
    ['a method in lower case', () => apiRequest(orgId, { method: 'get' }), 'method', 'invalid'],
    [
      'a body of less than nothing',
      () => apiRequest(orgId, { bytes_out: -1 }),
      'bytes_out',
      'invalid',
    ],
    ['a body too large', () => apiRequest(orgId, { bytes_out: 1e12 + 1 }), 'bytes_out', 'invalid'],
    [
      'an unknown key',
      () => apiRequest(orgId, { api_key_id: randomUUID() }),
      'api_key_id',
      'not_found',
    ],
    ['a limit of an unknown org', () => rateLimit(randomUUID()), 'org_id', 'not_found'],
    ['a limit of nothing', () => rateLimit(orgId, { limit_max: 0 }), 'limit_max', 'invalid'],
    ['a key of no type', () => rateLimit(orgId, { key_type: 'user' }), 'key_type', 'invalid'],
    [
      'a window of no length',
      () => rateLimit(orgId, { window_seconds: 0 }),
      'window_seconds',
      'invalid',
    ],
  ])('is %s', async (_, event, field, code) => {
    const { accepted, rejected } = await track(db, event())
    expect({ accepted, rejected }).toMatchObject({ accepted: 0, rejected: [{ field, code }] })
  })

  it("names another org's key: not found, as if it were not there", async () => {
    const other = await createOrg(db)
    const apiKeyId = await createApiKey(db, orgId)
    const { rejected } = await track(db, apiRequest(other, { api_key_id: apiKeyId }))
    expect(rejected).toMatchObject([{ field: 'api_key_id', code: 'not_found' }])
  })

  it('is reported at the place it had in the batch', async () => {
    const { accepted, rejected } = await track(
      db,
      delivery(webhookId),
      delivery(randomUUID()),
      execution(ruleId),
      execution(ruleId, { duration_ms: -1 }),
    )
    expect(accepted).toBe(2)
    expect(rejected.map(({ index }) => index)).toEqual([1, 3])
  })

  it.each([
    ['no array', '{}'],
    ['null', 'null'],
    ['1,001 events', JSON.stringify(Array.from({ length: 1001 }, () => ({})))],
  ])('is no batch at all when it is %s', async (_, batch) => {
    await expect(
      db.asService((sql) => sql`select everwatch.track_events(${batch}::text::jsonb)`),
    ).rejects.toMatchObject({ code: 'PT400', detail: 'invalid_batch' })
  })
})

function send(...events: unknown[]): Promise<unknown> {
  const batch = JSON.stringify(events)
  return db.asService((sql) => sql`select everwatch.track_events(${batch}::text::jsonb)`)
}

describe('JSON that has not the shape of an event', () => {
  it.each<[string, unknown, string]>([
    ['a number too large for its column', { duration_ms: 2_147_483_648 }, 'integer'],
    ['a number beyond all', { bytes_out: 1e300 }, 'bigint'],
    ['a fraction', { attempt: 1.5 }, '"1.5"'],
    ['an object where a number belongs', { duration_ms: {} }, 'integer'],
    ['a word where an id belongs', { id: 'd_1' }, '"d_1"'],
    ['a day that there is not', { sent_at: '2026-02-30T00:00:00Z' }, '2026-02-30'],
    ['a year that there is not', { sent_at: '0000-01-01T00:00:00Z' }, '0000-01-01'],
    ['an offset that there is not', { sent_at: '2026-01-01T00:00:00+23:59' }, '+23:59'],
  ])('refuses the batch, says why and stores nothing of it: %s', async (_, fields, said) => {
    const good = delivery(webhookId, { id: randomUUID() })
    await expect(
      send(good, { ...delivery(webhookId), ...(fields as object) }),
    ).rejects.toMatchObject({
      code: 'PT400',
      detail: 'invalid_event',
      message: expect.stringContaining(said),
    })
    expect(
      await db.sql`select id from everwatch.webhook_deliveries where id = ${String(good['id'])}`,
    ).toEqual([])
  })

  it('refuses an address that is none, in the same way', async () => {
    await expect(send(apiRequest(orgId, { ip: '1.2.3' }))).rejects.toMatchObject({ code: 'PT400' })
  })

  it.each([[1], [null], ['a'], [[]], [{}], [{ type: 'webhook' }], [{ type: null }]])(
    'refuses a batch in which an event is %j: there is no such type',
    async (event) => {
      await expect(send(delivery(webhookId), event)).rejects.toMatchObject({
        code: 'PT400',
        detail: 'unknown_type',
        hint: 'type',
      })
    },
  )
})

describe('a value at the edge of its column', () => {
  it('is stored for every field, as the tables and the rules for events agree', async () => {
    const most = { error: 'é'.repeat(10_000), duration_ms: 2_147_483_647 }
    const events = [
      delivery(webhookId, { ...most, attempt: 2_147_483_647, event_type: 'x'.repeat(200) }),
      delivery(webhookId, { status: 'failed', status_code: 599, error: '', bytes_out: 1e12 }),
      delivery(webhookId, { bytes_out: 0 }),
      execution(ruleId, { ...most, affected_contacts: 2_147_483_647 }),
      apiRequest(orgId, {
        method: 'X'.repeat(20),
        path: 'x'.repeat(2048),
        status_code: 100,
        request_id: 'x'.repeat(200),
        resource_type: 'x'.repeat(100),
        user_agent: 'x'.repeat(1024),
        ip: '2001:db8::1',
        bytes_out: 1e12,
      }),
      rateLimit(orgId, {
        identifier: 'x'.repeat(200),
        request_count: 2_147_483_647,
        limit_max: 2_147_483_647,
        window_seconds: 2_147_483_647,
      }),
    ]
    expect(await track(db, ...events)).toEqual({ accepted: events.length, rejected: [] })
  })
})
