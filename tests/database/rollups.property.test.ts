import * as fc from 'fast-check'
import postgres, { type ReservedSql, type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { Portal, writes, type Writes } from '../support/portal.ts'
import { differences } from '../support/truth.ts'

/** How many connections write, each of which may leave a transaction open for long. */
const sessions = 3

interface Step {
  write?: { by: number; what: Writes }
  begin?: number
  commit?: number
  rollback?: number
  /** Seconds that go by. */
  pass?: number
  age?: true
  refresh?: true
}

const session = fc.nat({ max: sessions - 1 })
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ write: fc.record({ by: session, what: writes }) }) },
  { weight: 3, arbitrary: fc.record({ begin: session }) },
  { weight: 2, arbitrary: fc.record({ commit: session }) },
  { weight: 1, arbitrary: fc.record({ rollback: session }) },
  { weight: 3, arbitrary: fc.record({ pass: fc.constantFrom(1, 300, 3600, 30 * 3600) }) },
  { weight: 2, arbitrary: fc.constant({ age: true as const }) },
  { weight: 4, arbitrary: fc.constant({ refresh: true as const }) },
)

let db: TestDatabase
let writers: Sql
beforeAll(async () => {
  db = await createDatabase()
  writers = postgres(db.urlAs('postgres'), {
    max: sessions,
    onnotice: () => {},
    // Who would have to wait for a transaction that is left open gives up instead.
    connection: { role: 'service_role', options: '-c lock_timeout=20ms' },
  })
})
afterAll(() => writers.end())

/** Takes steps, one after the other; what a session cannot do now is left out. */
class Run {
  readonly #portal: Portal
  readonly #sessions: ReservedSql[]
  readonly #open = new Set<number>()
  /** What was wrong after a refresh. */
  readonly problems: unknown[] = []

  constructor(portal: Portal, reserved: ReservedSql[]) {
    this.#portal = portal
    this.#sessions = reserved
  }

  async take(step: Step): Promise<void> {
    if (step.write) await this.#write(step.write.by, step.write.what)
    if (step.begin !== undefined) await this.#end(step.begin, 'begin')
    if (step.commit !== undefined) await this.#end(step.commit, 'commit')
    if (step.rollback !== undefined) await this.#end(step.rollback, 'rollback')
    if (step.pass) this.#portal.now = new Date(this.#portal.now.getTime() + step.pass * 1000)
    if (step.age) await db.sql`select everwatch_private.age_rollups(${this.#portal.now})`
    if (step.refresh) await this.refresh()
  }

  /** Refreshes, and compares the views with raw rows as that very moment shows them. */
  async refresh(): Promise<void> {
    await db.sql.begin('isolation level repeatable read', async (sql) => {
      const { orgId, now } = this.#portal
      const [row] = await sql<[{ answer: { status: string } }]>`
        select everwatch_private.refresh_views(${now}) as answer`
      if (row.answer.status !== 'refreshed') this.problems.push(row.answer)
      this.problems.push(...(await differences(sql, orgId, now)), ...(await disagreements(sql)))
    })
  }

  async #write(writer: number, what: Writes): Promise<void> {
    const sql = this.#sessions[writer]!
    const alone = !this.#open.has(writer)
    if (what.replace && !alone) return
    try {
      if (alone) await sql`begin`
      await this.#portal.write(sql, what)
      if (alone) await sql`commit`
    } catch {
      await sql`rollback`
      this.#open.delete(writer)
    }
  }

  async #end(writer: number, command: 'begin' | 'commit' | 'rollback'): Promise<void> {
    if (this.#open.has(writer) === (command === 'begin')) return
    await this.#sessions[writer]!.unsafe(command)
    if (command === 'begin') this.#open.add(writer)
    else this.#open.delete(writer)
  }

  async finish(): Promise<void> {
    for (const writer of this.#open) await this.#end(writer, 'commit')
    await this.refresh()
  }
}

/** Resources that are gone, whose totals are not the sum of their rollups, or whose histogram is not theirs. */
async function disagreements(sql: postgres.ISql): Promise<postgres.Row[]> {
  return sql`
    select source, resource_id from everwatch_private.totals
    where resource_id not in (select id from everwatch_private.resources)
    union
    select source, resource_id from everwatch_private.rollups
    where (source, resource_id) not in (select source, resource_id from everwatch_private.totals)
    union
    select t.source, t.resource_id
    from everwatch_private.totals as t
    left join everwatch_private.rollups as r using (source, resource_id)
    left join lateral (select sum(count) as timed from everwatch_private.unpack_bins(r.bins)) as bins on true
    group by t.source, t.resource_id
    having (t.pending, t.succeeded, t.failed, t.timed, t.duration_sum, t.affected) <> (
        coalesce(sum(r.pending), 0), coalesce(sum(r.succeeded), 0), coalesce(sum(r.failed), 0),
        coalesce(sum(r.timed), 0), coalesce(sum(r.duration_sum), 0), coalesce(sum(r.affected), 0)
      )
      or coalesce(sum(bins.timed), 0) <> t.timed
      or coalesce((select sum(n) from unnest(t.histogram) as n), 0) <> t.timed`
}

describe('whatever is written, in whatever order it commits', () => {
  it('the views are what raw rows amount to, after each refresh', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 60 }), async (steps) => {
        const reserved = await Promise.all(
          Array.from({ length: sessions }, () => writers.reserve()),
        )
        const run = new Run(await Portal.create(db), reserved)
        // As if the last weeks had not become days yet.
        await db.sql`
          update everwatch_private.rollup_state set daily_before = now() - interval '60 days' where singleton`
        try {
          for (const each of steps) {
            await run.take(each)
            expect(run.problems).toEqual([])
          }
          await run.finish()
          expect(run.problems).toEqual([])
        } finally {
          for (const sql of reserved) {
            await sql`rollback`
            sql.release()
          }
        }
      }),
      { numRuns: 20 },
    )
  }, 120_000)
})
