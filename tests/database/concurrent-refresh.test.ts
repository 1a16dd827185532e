import * as fc from 'fast-check'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { Portal, writes } from '../support/portal.ts'
import { differences } from '../support/truth.ts'

const writers = 6
const writesEach = 40

let db: TestDatabase
let portal: Portal
let service: Sql
beforeAll(async () => {
  db = await createDatabase()
  portal = await Portal.create(db)
  service = postgres(db.urlAs('postgres'), {
    max: writers,
    onnotice: () => {},
    connection: { role: 'service_role' },
  })
})
afterAll(() => service.end())

/** Writes what comes, each in a transaction; returns how many were refused, as deadlocks may be. */
async function writeAll(seed: number): Promise<number> {
  const session = await service.reserve()
  let refused = 0
  for (const what of fc.sample(writes, { seed, numRuns: writesEach })) {
    try {
      await session`begin`
      await portal.write(session, what)
      await session`commit`
    } catch {
      await session`rollback`
      refused += 1
    }
  }
  session.release()
  return refused
}

/** What the schedules do, again and again until it is said that it is over. */
async function repeat(statement: string, isOver: () => boolean): Promise<number> {
  let times = 0
  for (; !isOver() || times === 0; times++) await db.sql.unsafe(statement)
  return times
}

describe(`${writers} writers while views are refreshed, days made of hours and history rolled up`, () => {
  it('lose nothing and have nothing counted twice', async () => {
    let over = false
    const schedules = [
      'select everwatch.refresh_monitoring_views()',
      `select everwatch_private.age_rollups()`,
      `select everwatch_private.start_backfill(); select everwatch_private.backfill(3); select everwatch_private.backfill(5)`,
    ].map((statement) => repeat(statement, () => over))
    const refused = await Promise.all(Array.from({ length: writers }, (_, n) => writeAll(n + 1)))
    over = true
    for (const times of await Promise.all(schedules)) expect(times).toBeGreaterThan(1)
    expect(Math.max(...refused)).toBeLessThan(writesEach / 4)

    await db.sql.begin('isolation level repeatable read', async (sql) => {
      await sql`select everwatch_private.refresh_views(${portal.now})`
      expect(await differences(sql, portal.orgId, portal.now)).toEqual([])
    })
  }, 60_000)
})
