import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg } from '../support/fixtures.ts'

let db: TestDatabase
let orgId: string
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
})

interface Forecast {
  identifier: string
  exhausted_in: number
  earliest_in: number
  latest_in: number | null
}

const noon = new Date('2026-11-24T12:00:00Z')
const at = (seconds: number): Date => new Date(noon.getTime() + seconds * 1000)

/** An hour's window, which began so many hours after noon. */
const addWindow = (count: number, hours = 0, identifier = 'key', limit = 1000): Promise<unknown> =>
  db.sql`
    insert into everwatch.api_rate_limits
      (org_id, key_type, identifier, window_start, window_seconds, request_count, limit_max)
    values (${orgId}, 'api_key', ${identifier}, ${at(hours * 3600)}, 3600, ${count}, ${limit})`

/** In seconds from the moment as of which it is made. */
const forecast = (seconds: number): Promise<Forecast[]> =>
  db.sql<Forecast[]>`
    select identifier,
      extract(epoch from exhausted_at - ${at(seconds)})::float8 as exhausted_in,
      extract(epoch from earliest - ${at(seconds)})::float8 as earliest_in,
      extract(epoch from latest - ${at(seconds)})::float8 as latest_in
    from everwatch_private.rate_limit_forecast(${at(seconds)}, ${orgId}) order by identifier`

const width = ({ earliest_in, latest_in }: Forecast): number =>
  (latest_in ?? Infinity) - earliest_in

describe('the forecast of a rate limit', () => {
  it('goes on as the window began, with an interval about that', async () => {
    await addWindow(400)
    const [found] = await forecast(600)
    expect(found?.exhausted_in).toBeCloseTo(900)
    expect(found?.earliest_in).toBeGreaterThan(750)
    expect(found?.earliest_in).toBeLessThan(900)
    expect(found?.latest_in).toBeGreaterThan(900)
    expect(found?.latest_in).toBeLessThan(1100)
  })

  it('is surer the more requests there were', async () => {
    await addWindow(20, 0, 'few', 50)
    await addWindow(2000, 0, 'many', 5000)
    const [few, many] = await forecast(600)
    expect(few?.exhausted_in).toBeCloseTo(many?.exhausted_in ?? NaN)
    expect(width(few!)).toBeGreaterThan(5 * width(many!))
  })

  it('is less sure of a key whose windows differ from one to the next', async () => {
    for (let hours = -10; hours < 0; hours += 1) {
      await addWindow(500 + (hours % 2) * 20, hours, 'steady')
      await addWindow(500 + (hours % 2) * 400, hours, 'bursts')
    }
    await addWindow(400, 0, 'steady')
    await addWindow(400, 0, 'bursts')
    const [bursts, steady] = await forecast(600)
    expect(width(bursts!)).toBeGreaterThan(3 * width(steady!))
  })

  it('is now where the limit is used up', async () => {
    await addWindow(1001)
    expect(await forecast(600)).toMatchObject([{ exhausted_in: 0, earliest_in: 0, latest_in: 0 }])
  })

  it.each<[string, number, number]>([
    ['fewer than ten requests', 9, 600],
    ['a window that has ended', 400, 3600],
    ['a window that has not begun', 400, -1],
  ])('is not made of %s', async (_, count, seconds) => {
    await addWindow(count)
    expect(await forecast(seconds)).toEqual([])
  })
})

const addOpenWindow = (): Promise<unknown> => db.sql`
  insert into everwatch.api_rate_limits
    (org_id, key_type, identifier, window_start, window_seconds, request_count, limit_max)
  values (${orgId}, 'org', 'all', now() - interval '10 minutes', 3600, 400, 1000)`

describe('v_rate_limit_forecast', () => {
  it('shows members the limits of their org', async () => {
    await addOpenWindow()
    const userId = await addMember(db, orgId, 'viewer')
    const rows = await db.asUser(
      userId,
      (sql) => sql`select * from everwatch.v_rate_limit_forecast`,
    )
    expect(rows).toMatchObject([{ org_id: orgId, identifier: 'all' }])
  })

  it('shows the member of another org nothing of them', async () => {
    await addOpenWindow()
    const stranger = await addMember(db, await createOrg(db))
    const rows = await db.asUser(
      stranger,
      (sql) => sql`select * from everwatch.v_rate_limit_forecast`,
    )
    expect(rows).toEqual([])
  })
})
