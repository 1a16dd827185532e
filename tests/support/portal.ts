import { randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import type { ReservedSql } from 'postgres'
import type { TestDatabase } from './database.ts'
import { createOrg, createRule, createWebhook } from './fixtures.ts'

const hour = 3600
const day = 24 * hour

/** How long before now something happened, in seconds: often where a window or an hour has its edge. */
const age = fc.oneof(
  fc.integer({ min: 0, max: 2 * hour }),
  fc.integer({ min: day - 5, max: day + 5 }),
  fc.integer({ min: 7 * day - 5, max: 7 * day + 5 }),
  fc.integer({ min: 6 * day, max: 8 * day }),
  fc.integer({ min: 0, max: 8 * day }),
  // Rolled up by the day, and older than any rollup.
  fc.integer({ min: 25 * day, max: 60 * day }),
  fc.integer({ min: 690 * day, max: 800 * day }),
)
/** Some are not known. */
const duration = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 60 }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 100_000 }) },
  { weight: 1, arbitrary: fc.constant(null) },
)
const which = fc.nat({ max: 2 })

const delivery = fc.record({
  id: fc.nat({ max: 11 }),
  which,
  age,
  duration,
  status: fc.constantFrom('pending', 'sent', 'sent', 'failed'),
})
const execution = fc.record({ which, age, duration, status: fc.constantFrom('success', 'failed') })
const apiRequest = fc.record({
  age,
  duration,
  status: fc.constantFrom(200, 200, 204, 404, 500),
  type: fc.constantFrom(null, 'contacts', 'unknown', 'deals'),
})

/** What a session writes at once: one of these. */
export interface Writes {
  track?: Delivery[]
  insert?: Delivery[]
  execute?: { which: number; age: number; duration: number | null; status: string }[]
  request?: { age: number; duration: number | null; status: number; type: string | null }[]
  finish?: { which: number; duration: number | null }
  remove?: { which: number; longest: boolean }
  replace?: { which: number }
  change?: Change
}

/** A column that no raw row has a part in. */
interface Change {
  which: number
  what: (typeof changes)[number]
  text: number
}

const changes = ['url', 'counter', 'name', 'assign', 'segment', 'unsegment'] as const

const few = { minLength: 1, maxLength: 5 }
export const writes: fc.Arbitrary<Writes> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ track: fc.array(delivery, few) }) },
  { weight: 3, arbitrary: fc.record({ insert: fc.array(delivery, few) }) },
  { weight: 2, arbitrary: fc.record({ execute: fc.array(execution, few) }) },
  { weight: 2, arbitrary: fc.record({ request: fc.array(apiRequest, few) }) },
  { weight: 2, arbitrary: fc.record({ finish: fc.record({ which, duration }) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.record({ which, longest: fc.boolean() }) }) },
  { weight: 1, arbitrary: fc.record({ replace: fc.record({ which }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      change: fc.record({ which, what: fc.constantFrom(...changes), text: fc.nat({ max: 9 }) }),
    }),
  },
)

interface Delivery {
  id: number
  which: number
  age: number
  duration: number | null
  status: string
}

/** An org with three webhooks and three rules, to which several sessions write. */
export class Portal {
  readonly orgId: string
  /** The moment that is now. It begins ten days ago, so that time can pass. */
  now = new Date(Date.now() - 10 * day * 1000)
  readonly #webhooks: string[]
  readonly #rules: string[]
  readonly #ids = Array.from({ length: 12 }, () => randomUUID())

  constructor(orgId: string, webhooks: string[], rules: string[]) {
    this.orgId = orgId
    this.#webhooks = webhooks
    this.#rules = rules
  }

  static async create(db: TestDatabase): Promise<Portal> {
    const orgId = await createOrg(db)
    const three = [0, 1, 2]
    return new Portal(
      orgId,
      await Promise.all(three.map(() => createWebhook(db, orgId))),
      await Promise.all(three.map(() => createRule(db, orgId))),
    )
  }

  /** Writes as the secret key's holder does. */
  async write(sql: ReservedSql, what: Writes): Promise<void> {
    const { track, insert, execute, request, finish, remove, replace, change } = what
    if (track) await this.#track(sql, track)
    if (insert)
      await sql`insert into everwatch.webhook_deliveries ${sql(insert.map((each) => this.#row(each)))}`
    if (execute) {
      const rows = execute.map((each) => ({
        rule_id: this.#rules[each.which],
        status: each.status,
        duration_ms: each.duration,
        affected_contacts: each.age % 7,
        executed_at: this.#ago(each.age),
      }))
      await sql`insert into everwatch.rule_executions ${sql(rows)}`
    }
    if (request) {
      const rows = request.map((each) => ({
        org_id: this.orgId,
        method: 'GET',
        path: '/',
        status_code: each.status,
        resource_type: each.type,
        duration_ms: each.duration,
        created_at: this.#ago(each.age),
      }))
      await sql`insert into everwatch.api_audit_logs ${sql(rows)}`
    }
    if (finish) {
      await sql`
        update everwatch.webhook_deliveries set status = 'sent', duration_ms = ${finish.duration}
        where id = (
          select id from everwatch.webhook_deliveries
          where webhook_id = ${this.#webhooks[finish.which]!} and status = 'pending' limit 1
        )`
    }
    if (remove) await this.#remove(sql, remove)
    if (change) await this.#change(sql, change)
    if (replace) {
      const { which: place } = replace
      await sql`delete from everwatch.webhooks where id = ${this.#webhooks[place]!}`
      await sql`delete from everwatch.automation_rules where id = ${this.#rules[place]!}`
      const [[webhook], [rule]] = [
        await sql<{ id: string }[]>`
          insert into everwatch.webhooks (org_id, url) values (${this.orgId}, 'https://example.com') returning id`,
        await sql<{ id: string }[]>`
          insert into everwatch.automation_rules (org_id, name, type) values (${this.orgId}, 'New', 'new') returning id`,
      ]
      this.#webhooks[place] = webhook!.id
      this.#rules[place] = rule!.id
    }
  }

  async #track(sql: ReservedSql, deliveries: Delivery[]): Promise<void> {
    const events = deliveries.map((each) => ({
      type: 'webhook_delivery',
      ...this.#row(each),
      id: this.#ids[each.id],
    }))
    await sql`select everwatch.track_events(${JSON.stringify(events)}::text::jsonb)`
  }

  async #change(sql: ReservedSql, { which: place, what, text }: Change): Promise<void> {
    const rule = this.#rules[place]!
    const webhook = this.#webhooks[place]!
    if (what === 'url')
      await sql`
        update everwatch.webhooks set url = ${`https://${text}.example.com`}, enabled = ${text > 4}
        where id = ${webhook}`
    if (what === 'counter')
      await sql`
        update everwatch.webhooks set consecutive_failures = 0 where id = ${webhook}`
    if (what === 'name')
      await sql`
        update everwatch.automation_rules set name = ${`Rule ${text}`} where id = ${rule}`
    if (what === 'assign') {
      await sql`insert into everwatch.segments (org_id, name) values (${this.orgId}, 'New')`
      await sql`
        update everwatch.automation_rules set segment_id = (
          select id from everwatch.segments where org_id = ${this.orgId} order by id offset ${text % 3} limit 1
        )
        where id = ${rule}`
    }
    if (what === 'segment')
      await sql`
        update everwatch.segments set name = ${`Segment ${text}`}, member_count = ${text}
        where id = (
          select id from everwatch.segments where org_id = ${this.orgId} order by id offset ${place} limit 1
        )`
    if (what === 'unsegment')
      await sql`
        delete from everwatch.segments where id = (
          select id from everwatch.segments where org_id = ${this.orgId} order by id offset ${place} limit 1
        )`
  }

  #row({ which: place, status, age: seconds, duration: duration_ms }: Delivery) {
    return {
      webhook_id: this.#webhooks[place],
      status,
      duration_ms: status === 'pending' ? null : duration_ms,
      sent_at: this.#ago(seconds),
    }
  }

  /** One row of each kind goes; not one that is older than the rollups, whose maxima stay. */
  async #remove(
    sql: ReservedSql,
    { which: place, longest }: { which: number; longest: boolean },
  ): Promise<void> {
    const direction = sql.unsafe(longest ? 'desc' : 'asc')
    const from = this.#ago(700 * day)
    await sql`
      delete from everwatch.webhook_deliveries where id = (
        select id from everwatch.webhook_deliveries
        where webhook_id = ${this.#webhooks[place]!} and sent_at > ${from}
        order by duration_ms ${direction} nulls last limit 1
      )`
    await sql`
      delete from everwatch.rule_executions where id = (
        select id from everwatch.rule_executions
        where rule_id = ${this.#rules[place]!} and executed_at > ${from}
        order by duration_ms ${direction} nulls last limit 1
      )`
    await sql`
      delete from everwatch.api_audit_logs where id = (
        select id from everwatch.api_audit_logs
        where org_id = ${this.orgId} and created_at > ${from}
        order by duration_ms ${direction} nulls last limit 1
      )`
  }

  #ago(seconds: number): Date {
    return new Date(this.now.getTime() - seconds * 1000)
  }
}
