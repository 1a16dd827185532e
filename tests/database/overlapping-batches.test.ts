import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  apiRequest,
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
let webhooks: string[]
let rules: string[]

beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
  webhooks = await Promise.all(Array.from({ length: 3 }, () => createWebhook(db, orgId)))
  rules = await Promise.all(Array.from({ length: 3 }, () => createRule(db, orgId)))
})

/** How many sessions wait for a lock that another holds. */
async function waiting(): Promise<number> {
  const [row] = await db.sql<[{ count: number }]>`
    select count(*)::int from pg_catalog.pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  return row.count
}

async function stored(): Promise<number> {
  const [row] = await db.sql<[{ total: number }]>`
    select (select count(*) from everwatch.webhook_deliveries)::int
      + (select count(*) from everwatch.rule_executions)::int
      + (select count(*) from everwatch.api_audit_logs)::int
      + (select count(*) from everwatch.api_rate_limits)::int as total`
  return row.total
}

describe('batches that hold the same rows in opposite orders', () => {
  it.each<[string, (n: number) => TrackEvent]>([
    ['deliveries that were sent', (n) => delivery(webhooks[n % 3]!)],
    ['deliveries that failed', (n) => delivery(webhooks[n % 3]!, { status: 'failed' })],
    ['executions', (n) => execution(rules[n % 3]!)],
    ['requests', () => apiRequest(orgId)],
    ['windows', (n) => rateLimit(orgId, { identifier: `window ${n}` })],
  ])('never deadlock over %s, and store each once', async (_, event) => {
    const before = await stored()
    const events = Array.from({ length: 500 }, (__, n) => ({ ...event(n), id: randomUUID() }))
    const orders = [events, events.toReversed()]
    const results = await Promise.all(
      Array.from({ length: 4 }, (__, n) => track(db, ...orders[n % 2]!)),
    )
    expect(results).toEqual(results.map(() => ({ accepted: 500, rejected: [] })))
    expect(await stored()).toBe(before + 500)
  })

  it('never deadlock when one finishes a delivery where the other adds one', async () => {
    const [first = '', second = ''] = webhooks.toSorted()
    // Whoever writes the second webhook waits there for the gate, so that the other comes in between.
    await db.sql.unsafe(`
      create function public.wait_at_gate() returns trigger language plpgsql set search_path = '' as
        'begin perform pg_advisory_xact_lock(1, 1); return null; end';
      create trigger wait_at_gate after update on everwatch.webhooks
        for each row when (new.id = '${second}') execute function public.wait_at_gate()`)
    const pending = { ...delivery(second, { status: 'pending' }), id: randomUUID() }
    const failures = [first, second].map((id) => delivery(id, { status: 'failed' }))
    await track(db, ...failures, pending)
    const batches: Promise<unknown>[] = []
    await db.sql.begin(async (sql) => {
      await sql`select pg_advisory_xact_lock(1, 1)`
      batches.push(track(db, { ...pending, status: 'sent', duration_ms: 1 }, delivery(first)))
      await expect.poll(waiting).toBe(1)
      batches.push(track(db, delivery(first), delivery(second)))
      await expect.poll(waiting).toBe(2)
    })
    expect(await Promise.all(batches)).toEqual(batches.map(() => ({ accepted: 2, rejected: [] })))
  })
})
