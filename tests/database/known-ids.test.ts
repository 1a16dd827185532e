import { randomUUID } from 'node:crypto'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  apiRequest,
  createOrg,
  createRule,
  createWebhook,
  delivery,
  execution,
  track,
  type TrackEvent,
} from '../support/fixtures.ts'
import { waitingFor } from '../support/locks.ts'

/** Months apart, so that each is in another partition: two that were made, and the default one. */
const times = [
  new Date(Date.now() - 100 * 86_400_000).toISOString(),
  new Date(Date.now() - 50 * 86_400_000).toISOString(),
  undefined,
]

let db: TestDatabase
let service: Sql
let orgId: string
let webhookId: string
let ruleId: string

beforeAll(async () => {
  db = await createDatabase()
  service = postgres(db.urlAs('postgres'), { max: 5, connection: { role: 'service_role' } })
  await db.sql`select everwatch_private.make_partitions(now() - interval '60 days')`
  orgId = await createOrg(db)
  webhookId = await createWebhook(db, orgId)
  ruleId = await createRule(db, orgId)
})
afterAll(() => service.end())

const types: Record<string, (fields: Record<string, unknown>) => TrackEvent> = {
  webhook_deliveries: ({ at, ...fields }) => delivery(webhookId, { ...fields, sent_at: at }),
  rule_executions: ({ at, ...fields }) => execution(ruleId, { ...fields, executed_at: at }),
  api_audit_logs: ({ at, ...fields }) => apiRequest(orgId, { ...fields, created_at: at }),
}

async function stored(table: string, id: string): Promise<postgres.Row[]> {
  return db.sql`select duration_ms from ${db.sql(`everwatch.${table}`)} where id = ${id}`
}

describe.each(Object.entries(types))('an id of %s', (table, event) => {
  it('is known in whatever month its row is, whatever time comes with it', async () => {
    for (const first of times) {
      const id = randomUUID()
      await track(db, event({ id, at: first, duration_ms: 1 }))
      for (const again of times) {
        const result = await track(db, event({ id, at: again, duration_ms: 2 }))
        expect(result).toEqual({ accepted: 1, rejected: [] })
      }
      expect(await stored(table, id)).toEqual([{ duration_ms: 1 }])
    }
  })

  it('is stored once when it comes twice in a batch, with two times', async () => {
    const id = randomUUID()
    const batch = times.map((at, n) => event({ id, at, duration_ms: n + 1 }))
    expect(await track(db, ...batch, event({ duration_ms: 9 }))).toEqual({
      accepted: 4,
      rejected: [],
    })
    expect(await stored(table, id)).toEqual([{ duration_ms: 1 }])
  })

  it('is stored once when it comes twice at the same time, for two months', async () => {
    const id = randomUUID()
    let second: Promise<unknown> = Promise.resolve()
    await service.begin(async (sql) => {
      const [first, other] = [1, 2].map((n) =>
        JSON.stringify([event({ id, at: times[n], duration_ms: n })]),
      )
      await sql`select everwatch.track_events(${first!}::text::jsonb)`
      second = service`select everwatch.track_events(${other!}::text::jsonb)`.execute()
      await waitingFor(db, 'transactionid')
    })
    await second
    expect(await stored(table, id)).toEqual([{ duration_ms: 1 }])
  })

  it('is free again when the transaction that brought it is rolled back', async () => {
    const id = randomUUID()
    await service
      .begin(async (sql) => {
        await sql`select everwatch.track_events(${JSON.stringify([event({ id })])}::text::jsonb)`
        throw new Error('changed my mind')
      })
      .catch(() => {})
    await track(db, event({ id, duration_ms: 3 }))
    expect(await stored(table, id)).toEqual([{ duration_ms: 3 }])
  })

  it('is free again when its row was deleted', async () => {
    const id = randomUUID()
    await track(db, event({ id, duration_ms: 1 }))
    await db.sql`delete from ${db.sql(`everwatch.${table}`)} where id = ${id}`
    await track(db, event({ id, duration_ms: 2 }))
    expect(await stored(table, id)).toEqual([{ duration_ms: 2 }])
  })
})

describe('a pending delivery', () => {
  it('finishes in whatever month it is, and goes where its new time belongs', async () => {
    for (const first of times) {
      for (const last of times) {
        const id = randomUUID()
        await track(db, delivery(webhookId, { id, status: 'pending', sent_at: first, attempt: 2 }))
        await track(db, delivery(webhookId, { id, duration_ms: 7, sent_at: last }))
        const rows = await db.sql`
          select status, duration_ms, attempt, sent_at < now() - interval '10 days' as old
          from everwatch.webhook_deliveries where id = ${id}`
        const old = last !== undefined
        expect(rows).toEqual([{ status: 'sent', duration_ms: 7, attempt: 2, old }])
      }
    }
  })

  it('finishes though it was not committed yet when its end came', async () => {
    const id = randomUUID()
    const batch = (fields: object): string =>
      JSON.stringify([{ ...delivery(webhookId, { id }), ...fields }])
    let end: Promise<unknown> = Promise.resolve()
    await service.begin(async (sql) => {
      const pending = batch({ status: 'pending', duration_ms: null })
      await sql`select everwatch.track_events(${pending}::text::jsonb)`
      end =
        service`select everwatch.track_events(${batch({ duration_ms: 8 })}::text::jsonb)`.execute()
      await waitingFor(db, 'transactionid')
    })
    await end
    expect(await stored('webhook_deliveries', id)).toEqual([{ duration_ms: 8 }])
  })
})

describe('an event that is good, but not as most write it', () => {
  it.each<[string, Record<string, unknown>]>([
    ['an id in capitals', { id: randomUUID().toUpperCase() }],
    ['a field that nobody knows', { id: randomUUID(), colour: 'red' }],
    ['another offset', { id: randomUUID(), sent_at: '2026-03-01T12:00:00-05' }],
    ['a space in its time', { id: randomUUID(), sent_at: '2026-03-01 12:00Z' }],
  ])('is stored all the same: with %s', async (_, fields) => {
    const event = delivery(webhookId, { ...fields, duration_ms: 4 })
    expect(await track(db, event, delivery(webhookId))).toEqual({ accepted: 2, rejected: [] })
    const id = String(fields['id']).toLowerCase()
    expect(await stored('webhook_deliveries', id)).toEqual([{ duration_ms: 4 }])
    expect(await track(db, event)).toEqual({ accepted: 1, rejected: [] })
  })
})
