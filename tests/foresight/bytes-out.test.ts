import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { costOf, costsOf, measure } from '../support/costs.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { apiRequest, createOrg, createWebhook, delivery, track } from '../support/fixtures.ts'
import { addRequests } from '../support/add-rows.ts'

let db: TestDatabase
let acme: string
let hook: string

const dayMs = 86_400_000
const todayAt = Math.floor(Date.now() / dayMs) * dayMs
/** A time of a day that ended so many days ago. */
const hoursBefore = (hours: number): string => new Date(todayAt - hours * 3_600_000).toISOString()
const yesterday = hoursBefore(12)
const tomorrow = new Date(Date.now() + dayMs)
/** Also what is measured tomorrow. */
const span = { until: '-2 days' }

async function usedGigabytes(): Promise<number | null> {
  const [{ used }] = await db.sql<[{ used: number | null }]>`
    select everwatch_private.used_units('egress')::float8 as used`
  return used
}

beforeAll(async () => {
  db = await createDatabase()
})

beforeEach(async () => {
  await db.sql`delete from everwatch.orgs`
  await db.sql`
    update everwatch_private.cost_state set days_before = null, measured_at = null, bytes_out = null`
  await db.sql`update everwatch_private.prices set included = 0, price = 1000 where item = 'egress'`
  acme = await createOrg(db, 'Acme')
  hook = await createWebhook(db, acme)
})

describe('bytes out', () => {
  it('are those that a route’s requests and a webhook’s deliveries said that they sent', async () => {
    await track(
      db,
      apiRequest(acme, { created_at: yesterday, bytes_out: 1000 }),
      apiRequest(acme, { created_at: yesterday, bytes_out: 0 }),
      apiRequest(acme, { created_at: hoursBefore(60), bytes_out: 200 }),
      apiRequest(acme, { created_at: yesterday }),
      apiRequest(acme, { created_at: yesterday, path: '/v1/deals', bytes_out: 5 }),
      delivery(hook, { sent_at: yesterday, bytes_out: 512 }),
      delivery(hook, { sent_at: hoursBefore(60), bytes_out: 1, status: 'failed' }),
      delivery(hook, { sent_at: yesterday }),
    )
    await measure(db)
    expect(await costOf(db, acme, 'GET /v1/contacts')).toMatchObject({ events: 4, bytes_out: 1200 })
    expect(await costOf(db, acme, 'GET /v1/deals')).toMatchObject({ bytes_out: 5 })
    expect(await costOf(db, acme, hook)).toMatchObject({ events: 3, bytes_out: 513 })
    expect(await usedGigabytes()).toBe(1718 / 1e9)
  })

  it('are not known where nobody said any, and nothing of them is of the whole project', async () => {
    const silent = await createWebhook(db, acme)
    await addRequests(db, acme, { at: new Date(yesterday) })
    await track(db, delivery(silent, { sent_at: yesterday }))
    await measure(db)
    for (const cost of await costsOf(db, acme)) {
      expect(cost).toMatchObject({ bytes_out: null, egress_cost: null })
    }
    expect(await usedGigabytes()).toBeNull()
  })

  it('are none where all say so', async () => {
    await track(db, delivery(hook, { sent_at: yesterday, bytes_out: 0 }))
    await measure(db)
    expect(await costOf(db, acme, hook)).toMatchObject({ bytes_out: 0, egress_cost: 0 })
    expect(await usedGigabytes()).toBe(0)
  })

  it('are the org’s where a route is rarer than a hundred others of its day', async () => {
    const paths = Array.from({ length: 100 }, (_, n) => `/busy/${n}`)
    const busy = [...paths, ...paths].map((path) =>
      apiRequest(acme, { path, created_at: yesterday, bytes_out: 1 }),
    )
    const rare = ['/rare/1', '/rare/2', '/rare/3'].map((path) =>
      apiRequest(acme, { path, created_at: yesterday, bytes_out: 7 }),
    )
    await track(db, ...busy, ...rare)
    await measure(db)
    const costs = await costsOf(db, acme)
    const routes = costs.filter(({ resource_type }) => resource_type === 'route')
    expect(routes.map(({ resource_id }) => resource_id).toSorted()).toEqual(
      paths.map((path) => `GET ${path}`).toSorted(),
    )
    expect(routes.every(({ bytes_out }) => bytes_out === 2)).toBe(true)
    expect(await costOf(db, acme, acme)).toMatchObject({ events: 3, raw_rows: 3, bytes_out: 21 })
  })

  it('of today are told once it has ended, and counted once', async () => {
    const now = new Date(Math.max(todayAt, Date.now() - 1000)).toISOString()
    await track(
      db,
      apiRequest(acme, { created_at: now, bytes_out: 3 }),
      delivery(hook, { sent_at: now, bytes_out: 4 }),
      delivery(hook, { sent_at: yesterday, bytes_out: 50 }),
    )
    await measure(db)
    await measure(db)
    expect(await costOf(db, acme, hook)).toMatchObject({ events: 2, bytes_out: 50 })
    await measure(db, tomorrow)
    await measure(db, tomorrow)
    const sent = (await costsOf(db, acme, span)).map(({ bytes_out }) => bytes_out)
    expect(sent.filter((bytes) => bytes !== null).toSorted()).toEqual([3, 54])
  })

  it('of a delivery that is pending are counted on the day on which it finishes', async () => {
    const id = randomUUID()
    await track(db, delivery(hook, { id, status: 'pending', sent_at: yesterday, bytes_out: 9 }))
    await measure(db)
    expect(await costOf(db, acme, hook)).toMatchObject({ bytes_out: null })
    await track(db, delivery(hook, { id, status: 'sent' }))
    await measure(db, tomorrow)
    const costs = await costsOf(db, acme, span)
    expect(costs.find(({ resource_id }) => resource_id === hook)).toMatchObject({ bytes_out: 9 })
  })

  it('are of days in UTC, wherever the database is', async () => {
    await track(
      db,
      apiRequest(acme, { created_at: hoursBefore(0.5), bytes_out: 1 }),
      apiRequest(acme, { created_at: hoursBefore(23.5), bytes_out: 20 }),
      delivery(hook, { sent_at: hoursBefore(0.5), bytes_out: 1 }),
      delivery(hook, { sent_at: hoursBefore(23.5), bytes_out: 20 }),
    )
    await db.sql.begin(async (sql) => {
      await sql`set local time zone 'Asia/Tokyo'`
      await sql`select everwatch_private.count_days()`
    })
    const days = await db.sql`
      select day::text, bytes_out::integer from everwatch_private.route_days
      union all select day::text, bytes_out::integer from everwatch_private.webhook_days`
    const day = hoursBefore(12).slice(0, 10)
    expect(days).toEqual([
      { day, bytes_out: 21 },
      { day, bytes_out: 21 },
    ])
  })

  it('go with their webhook, and when they are older than what raw rows are kept for', async () => {
    const gone = await createWebhook(db, acme)
    await db.sql`
      insert into everwatch_private.webhook_days (org_id, webhook_id, day, bytes_out)
      select ${acme}, ${hook}, current_date - n, n from unnest(array[10, 115, 200]) as n`
    await db.sql`
      insert into everwatch_private.route_days (org_id, route, day, requests, duration_sum, bytes_out)
      select ${acme}, 'GET /', current_date - n, 1, 1, n from unnest(array[10, 115, 200]) as n`
    await track(db, delivery(gone, { sent_at: yesterday, bytes_out: 1 }))
    await measure(db)
    await db.sql`delete from everwatch.webhooks where id = ${gone}`
    const kept = await db.sql`
      select bytes_out::integer from everwatch_private.webhook_days
      union all select bytes_out::integer from everwatch_private.route_days order by 1`
    expect(kept.map(({ bytes_out }) => bytes_out)).toEqual([10, 10, 115, 115])
  })
})

describe('what bytes out cost', () => {
  beforeEach(async () => {
    await track(
      db,
      delivery(hook, { sent_at: yesterday, bytes_out: 3e9 }),
      apiRequest(acme, { created_at: yesterday, bytes_out: 1e9 }),
    )
    await measure(db)
  })

  it('is the price of each gigabyte, where the plan includes none', async () => {
    expect(await costOf(db, acme, hook)).toMatchObject({ egress_cost: 3000 })
    expect(await costOf(db, acme, 'GET /v1/contacts')).toMatchObject({ egress_cost: 1000 })
  })

  it('is the same share for everyone of what the plan does not include', async () => {
    await db.sql`update everwatch_private.prices set included = 3 where item = 'egress'`
    expect(await costOf(db, acme, hook)).toMatchObject({ egress_cost: 750 })
    await db.sql`update everwatch_private.prices set included = 4 where item = 'egress'`
    expect(await costOf(db, acme, hook)).toMatchObject({ egress_cost: 0 })
  })

  it('is not known without a price', async () => {
    const undone = new Error('undone')
    const costs = db.sql.begin(async (sql) => {
      await sql`delete from everwatch_private.prices where item = 'egress'`
      const rows = await sql`
        select bytes_out, egress_cost from everwatch_private.org_costs(${acme}, now() - interval '9 days', now())
        where resource_id = ${hook}`
      expect(rows).toEqual([{ bytes_out: '3000000000', egress_cost: null }])
      throw undone
    })
    await expect(costs).rejects.toBe(undone)
  })
})
