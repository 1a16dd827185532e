import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg } from '../support/fixtures.ts'

let db: TestDatabase
let memberId: string
let slow: postgres.PendingQuery<postgres.Row[]>
let running: postgres.Sql

beforeAll(async () => {
  db = await createDatabase()
  memberId = await addMember(db, await createOrg(db), 'owner')
  running = postgres(db.url, { max: 1, onnotice: () => {} })
  slow = running`select pg_sleep(60), 'a tenant''s secret'`
  slow.execute()
  slow.catch(() => undefined)
})

afterAll(async () => {
  slow.cancel()
  await slow.catch(() => undefined)
  await running.end()
})

const slowQueries = (sql: postgres.ISql): Promise<Record<string, unknown>[]> =>
  sql`select * from public.v_alert_conditions where type = 'slow_query'`

describe('a query that runs for more than 5 seconds', () => {
  it('is a critical condition for the holder of the secret key, without its text', async () => {
    const rows = await vi.waitUntil(
      async () => {
        const found = await db.asService(slowQueries)
        return found.length > 0 && found
      },
      { timeout: 20_000, interval: 200 },
    )
    expect(rows).toMatchObject([
      { org_id: null, severity: 'critical', resource_type: 'database', threshold: '5' },
    ])
    expect(rows[0]?.['message']).toMatch(
      /^Query of supabase_admin has been running for [5-9]\.\d seconds \(pid \d+\)$/,
    )
    expect(JSON.stringify(rows)).not.toContain('secret')
  })

  it('is none of a member’s business', async () => {
    expect(await db.asUser(memberId, slowQueries)).toEqual([])
    expect(
      await db.asUser(memberId, (sql) => sql`select * from monitoring.slow_queries()`),
    ).toEqual([])
  })
})
