import { randomUUID } from 'node:crypto'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  createOrg,
  createRule,
  createWebhook,
  delivery,
  execution,
  type TrackEvent,
} from '../support/fixtures.ts'
import { followCommits, type CommitLog, type LoggedRow } from '../support/commit-log.ts'

const writers = 32
const rounds = 12

let db: TestDatabase
let commits: CommitLog
let service: Sql
let webhookIds: string[]
let ruleIds: string[]
/** Where each delivery stood in its batch, which decides between equal times. */
const positions = new Map<string, number>()
let executions = 0

beforeAll(async () => {
  db = await createDatabase()
  commits = await followCommits(db)
  service = postgres(db.urlAs('postgres'), {
    max: writers,
    connection: { role: 'service_role' },
  })
  const orgId = await createOrg(db)
  webhookIds = await Promise.all(Array.from({ length: 4 }, () => createWebhook(db, orgId)))
  ruleIds = await Promise.all(Array.from({ length: 3 }, () => createRule(db, orgId)))
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
})
afterAll(() => service.end())

/** The same choices in every run, different ones for each writer. */
function chooser(seed: number): <T>(options: readonly T[]) => T {
  let state = seed + 1
  return (options) => {
    state = (state * 48_271) % 2_147_483_647
    return options[state % options.length]!
  }
}

async function trackBatch(events: TrackEvent[]): Promise<void> {
  const batch = JSON.stringify(events)
  // Twice at a time: a client that gave up waiting sends again.
  await Promise.all(
    [batch, batch].map((body) => service`select everwatch.track_events(${body}::text::jsonb)`),
  )
}

/** What one application does: single inserts, batches, and deliveries that finish later. */
async function write(writer: number): Promise<void> {
  const choose = chooser(writer)
  const someDelivery = (fields: Record<string, unknown> = {}): TrackEvent =>
    delivery(choose(webhookIds), {
      id: randomUUID(),
      status: choose(['sent', 'sent', 'failed']),
      ...fields,
    })
  for (let round = 0; round < rounds; round += 1) {
    const single = someDelivery()
    const { type: _, ...row } = single
    await service`insert into everwatch.webhook_deliveries ${service(row)}`

    const pending = someDelivery({ status: 'pending', duration_ms: null })
    const finished: TrackEvent = { ...pending, status: choose(['sent', 'failed']), duration_ms: 7 }
    await trackBatch([pending, execution(choose(ruleIds), { id: randomUUID() })])

    const events = [someDelivery(), finished, someDelivery(), someDelivery(), someDelivery()]
    events.forEach((event, position) => positions.set(String(event['id']), position))
    await trackBatch([...events, execution(choose(ruleIds), { id: randomUUID() })])
    executions += 2
  }
}

/** A transaction's deliveries in the order in which they count: by time, then by position. */
function outcomes(transaction: LoggedRow[]): Record<string, string>[] {
  return (
    transaction
      // The row is in a partition, which is named after its table.
      .filter(
        ({ table, columns }) => table.includes('deliveries') && columns['status'] !== 'pending',
      )
      .map(({ columns }) => columns)
      .toSorted(
        (a, b) =>
          Date.parse(a['sent_at']!) - Date.parse(b['sent_at']!) ||
          (positions.get(a['id']!) ?? 0) - (positions.get(b['id']!) ?? 0),
      )
  )
}

describe(`${writers} writers at once`, () => {
  it('lose no delivery and store none twice', async () => {
    const rows = await db.sql`
      select status = 'pending' as pending, count(*)::int from everwatch.webhook_deliveries group by 1`
    expect(rows).toEqual([{ pending: false, count: writers * rounds * 6 }])
  })

  it('see each webhook’s run of failures counted at every commit, in their order', async () => {
    const runs = new Map<string, number>()
    const counted = new Map<string, number>()
    const wrong: unknown[] = []
    for (const transaction of await commits.read()) {
      for (const { webhook_id, status } of outcomes(transaction)) {
        runs.set(webhook_id!, status === 'sent' ? 0 : (runs.get(webhook_id!) ?? 0) + 1)
      }
      for (const { table, columns } of transaction) {
        if (table !== 'everwatch.webhooks') continue
        counted.set(columns['id']!, Number(columns['consecutive_failures']))
      }
      for (const [id, run] of runs) {
        if (counted.get(id) !== run) wrong.push({ id, run, counted: counted.get(id) })
      }
    }
    expect(wrong).toEqual([])
    const rows = await db.sql`select id, consecutive_failures from everwatch.webhooks`
    expect(new Map(rows.map((row) => [row['id'], row['consecutive_failures']]))).toEqual(runs)
  })

  it('leave each webhook with the time of its latest failure', async () => {
    const wrong = await db.sql`
      select webhook.id from everwatch.webhooks as webhook
      join everwatch.webhook_deliveries as delivery on delivery.webhook_id = webhook.id
      where delivery.status = 'failed'
      group by webhook.id
      having max(delivery.sent_at) <> webhook.last_failure_at`
    expect(wrong).toEqual([])
  })

  it('leave each rule with the number of its executions', async () => {
    const rules = await db.sql<{ trigger_count: string; executions: string }[]>`
      select trigger_count, count(*) as executions
      from everwatch.automation_rules as rule
      join everwatch.rule_executions as execution on execution.rule_id = rule.id
      group by rule.id`
    expect(rules.every((rule) => rule.trigger_count === rule.executions)).toBe(true)
    expect(rules.reduce((sum, rule) => sum + Number(rule.executions), 0)).toBe(executions)
  })
})
