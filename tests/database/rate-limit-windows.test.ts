import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, rateLimit, track } from '../support/fixtures.ts'

let db: TestDatabase
let orgId: string

beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
})

async function windows(identifier: string): Promise<Record<string, unknown>[]> {
  return db.sql`
    select request_count, limit_max, window_seconds, window_start from everwatch.api_rate_limits
    where identifier = ${identifier} order by window_start`
}

describe('a tracked rate limit', () => {
  const window_start = '2026-01-01T00:00:00Z'

  it('keeps the highest count of its window, in whatever order reports arrive', async () => {
    const key = { key_type: 'ip', identifier: '10.0.0.1', window_start }
    await track(db, rateLimit(orgId, { ...key, request_count: 70 }))
    await track(db, rateLimit(orgId, { ...key, request_count: 40 }))
    expect(await windows('10.0.0.1')).toMatchObject([{ request_count: 70, window_seconds: 60 }])
  })

  it('takes several reports of a window in one batch, and the latest limit', async () => {
    const key = { key_type: 'ip', identifier: '10.0.0.2', window_start }
    await track(
      db,
      rateLimit(orgId, { ...key, request_count: 5, limit_max: 10 }),
      rateLimit(orgId, { ...key, request_count: 9, limit_max: 10 }),
      rateLimit(orgId, { ...key, request_count: 7, limit_max: 20 }),
    )
    expect(await windows('10.0.0.2')).toMatchObject([{ request_count: 9, limit_max: 20 }])
  })

  it('falls in the window of the clock when its start is left out', async () => {
    await track(db, rateLimit(orgId, { identifier: 'hourly', window_seconds: 3600 }))
    const rows = await db.sql`
      select date_trunc('hour', updated_at) = window_start as on_the_hour
      from everwatch.api_rate_limits where identifier = 'hourly'`
    expect(rows).toEqual([{ on_the_hour: true }])
  })
})
