import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bytesOfTables, costOf, costsOf, measure, type Cost } from '../support/costs.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  addMember,
  apiRequest,
  createOrg,
  createRule,
  createWebhook,
  metric,
  track,
  type TrackEvent,
} from '../support/fixtures.ts'
import { addDeliveries, addExecutions } from '../support/add-rows.ts'

let db: TestDatabase
let acme: string
let globex: string
let busy: string
let calm: string
let theirs: string
let rule: string

const yesterday = new Date(Date.now() - 86_400_000).toISOString()
const sum = (costs: Cost[], key: keyof Cost): number =>
  costs.reduce((total, cost) => total + Number(cost[key] ?? 0), 0)

const requests = (count: number, fields: Record<string, unknown>): TrackEvent[] =>
  Array.from({ length: count }, () => apiRequest(acme, fields))

const readAs = (userId: string, orgId: string): Promise<readonly unknown[]> =>
  db.asUser(
    userId,
    (sql) =>
      sql`select * from everwatch_private.org_costs(${orgId}, now() - interval '1 day', now())`,
  )

beforeAll(async () => {
  db = await createDatabase()
  acme = await createOrg(db, 'Acme')
  globex = await createOrg(db, 'Globex')
  busy = await createWebhook(db, acme, { url: 'https://acme.example/busy' })
  calm = await createWebhook(db, acme, { url: 'https://acme.example/calm' })
  theirs = await createWebhook(db, globex, { url: 'https://globex.example/' })
  rule = await createRule(db, acme, { name: 'Wake up' })
  await db.sql`select everwatch_private.make_partitions(now() - interval '70 days')`
  await addDeliveries(db, busy, { count: 3000, ago: '2 days' })
  await addDeliveries(db, calm, { count: 1000, ago: '40 days' })
  await addDeliveries(db, theirs, { count: 4000, ago: '2 days' })
  await addExecutions(db, rule, { count: 500, ago: '3 days' })
  await track(
    db,
    ...requests(60, { path: '/v1/contacts', created_at: yesterday }),
    ...requests(20, { path: '/v1/rules', created_at: yesterday }),
    ...requests(10, { path: '/v1/rules' }),
    metric(acme, { value: 3 }),
  )
  await measure(db)
})

describe('bytes at rest', () => {
  it.each([
    ['before the statistics know anything', async () => {}],
    ['once it was vacuumed and analysed', () => db.sql`vacuum analyze`],
    [
      'after half of it was deleted and not vacuumed',
      () => db.sql`delete from everwatch.rule_executions where random() < 0.5`,
    ],
  ])('of all orgs and the rest are all that the tables hold: %s', async (_, change) => {
    await change()
    await measure(db)
    const [{ stored }] = await db.sql<[{ stored: string }]>`
      select sum(bytes) + (select rest_bytes from everwatch_private.cost_state) as stored
      from everwatch_private.storage`
    const held = await bytesOfTables(db)
    expect(Math.abs(Number(stored) / held - 1)).toBeLessThan(0.05)
  })

  it('are of rollups, too: each webhook has its share of them', async () => {
    const shares = await db.sql<{ id: string }[]>`
      select resource_id as id from everwatch_private.rollup_bytes() where bytes > 0`
    expect(shares.map(({ id }) => id)).toEqual(expect.arrayContaining([busy, calm, theirs, rule]))
  })

  it('are of every table that there is', async () => {
    const forgotten = await db.sql`
      select oid::regclass::text as name from pg_class
      where relnamespace in ('everwatch'::regnamespace, 'everwatch_private'::regnamespace)
        and relkind in ('r', 'm') and oid not in (select relation from everwatch_private.relation_sizes)`
    expect(forgotten).toEqual([])
  })

  it('are no less than nothing of anyone', async () => {
    const rows = await db.sql`select * from everwatch_private.storage where bytes < 0`
    expect(rows).toEqual([])
  })

  it('follow the rows: of each month’s partition as large a part as one has rows in it', async () => {
    const { bytes_at_rest: mine } = await costOf(db, acme, busy)
    const { bytes_at_rest: others } = await costOf(db, globex, theirs)
    expect(mine! / others!).toBeCloseTo(3000 / 4000, 1)
  })

  it('follow the width of rows, once the table was analysed: errors are long', async () => {
    const orgId = await createOrg(db)
    const failing = await createWebhook(db, orgId)
    const well = await createWebhook(db, orgId)
    await db.sql`
      insert into everwatch.webhook_deliveries (webhook_id, status, duration_ms, error, sent_at)
      select case when n % 2 = 0 then ${failing}::uuid else ${well}::uuid end,
        case when n % 2 = 0 then 'failed' else 'sent' end, 100,
        case when n % 2 = 0 then repeat(md5(n::text), 10) end, now() - interval '1 hour'
      from generate_series(1, 4000) as n`
    await db.sql`analyze`
    await measure(db)
    const wide = await costOf(db, orgId, failing)
    const narrow = await costOf(db, orgId, well)
    // As it is when each row is weighed.
    const truth = await db.sql<{ webhook_id: string; bytes: number }[]>`
      select webhook_id, sum(bytes)::integer as bytes
      from (
        select webhook_id,
          pg_table_size(tableoid) * sum(width) / sum(sum(width)) over partition
            + pg_indexes_size(tableoid) * count(*) / sum(count(*)) over partition as bytes
        from (select tableoid, d.webhook_id, pg_column_size(d.*) as width
          from everwatch.webhook_deliveries as d) as w
        group by tableoid, webhook_id
        window partition as (partition by tableoid)
      ) as share
      group by webhook_id`
    const trueBytes = Object.fromEntries(truth.map((row) => [row.webhook_id, row.bytes]))
    expect(Math.abs(wide.bytes_at_rest! / trueBytes[failing]! - 1)).toBeLessThan(0.05)
    expect(Math.abs(narrow.bytes_at_rest! / trueBytes[well]! - 1)).toBeLessThan(0.05)
    expect(wide.bytes_at_rest! / narrow.bytes_at_rest!).toBeGreaterThan(1.8)
    await db.sql`delete from everwatch.orgs where id = ${orgId}`
    await measure(db)
  })

  it('count rows that are there, not those that retention dropped', async () => {
    const orgId = await createOrg(db)
    const webhook = await createWebhook(db, orgId)
    await addDeliveries(db, webhook, { count: 50, ago: '1 hour' })
    await db.sql`select everwatch.refresh_monitoring_views()`
    await db.sql`
      insert into everwatch_private.rollups (source, resource_id, starts_at, succeeded)
      values ('delivery', ${webhook}, date_trunc('day', now() - interval '300 days'), 700)`
    await db.sql`
      update everwatch_private.raw_tables set complete_since = now() - interval '200 days'
      where source = 'delivery'`
    await measure(db)
    expect(await costOf(db, orgId, webhook)).toMatchObject({ raw_rows: 50 })
    await db.sql`delete from everwatch.orgs where id = ${orgId}`
    await measure(db)
  })
})

describe('what an org used', () => {
  it('is told of each webhook, rule and route, and of the org beside these', async () => {
    const costs = await costsOf(db, acme)
    expect(
      costs.map(({ resource_type, resource_name, events }) => [
        resource_type,
        resource_name,
        events,
      ]),
    ).toEqual([
      // Requests of today, which are of no route yet, and a metric.
      ['org', 'Acme', 11],
      ['route', 'GET /v1/contacts', 60],
      ['route', 'GET /v1/rules', 20],
      ['rule', 'Wake up', expect.any(Number)],
      ['webhook', 'https://acme.example/busy', 3000],
      ['webhook', 'https://acme.example/calm', 0],
    ])
  })

  it('adds up to what the org did', async () => {
    const costs = await costsOf(db, acme, { since: '60 days' })
    const [truth] = await db.sql<[{ rows: number; ms: number }]>`
      select sum(pending + succeeded + failed)::integer as rows, sum(duration_sum)::integer as ms
      from everwatch_private.totals join everwatch_private.resources as r
        on r.source = totals.source and r.id = totals.resource_id
      where r.org_id = ${acme}`
    expect(sum(costs, 'events')).toBe(truth.rows + 1)
    expect(sum(costs, 'function_ms')).toBe(truth.ms)
    expect(sum(costs, 'function_calls')).toBe(90)
  })

  it('is of the span that was asked for', async () => {
    expect(sum(await costsOf(db, acme, { since: '400 days', until: '60 days' }), 'events')).toBe(0)
  })

  it('says what is not known, instead of guessing: bytes that nobody told, and where webhooks and rules run', async () => {
    const costs = await costsOf(db, acme)
    for (const cost of costs) {
      expect([cost.bytes_out, cost.egress_cost]).toEqual([null, null])
      const known = cost.resource_type === 'route' || cost.resource_type === 'org'
      expect(cost.function_calls === null).toBe(!known)
      expect(cost.function_cost === null).toBe(!known)
    }
  })

  it('counts the requests of a day by route once, however often it is measured', async () => {
    await measure(db)
    await measure(db)
    expect(await costOf(db, acme, 'GET /v1/contacts')).toMatchObject({
      events: 60,
      function_calls: 60,
      function_ms: 1800,
    })
  })

  it('counts today’s by route tomorrow', async () => {
    const counted = await db.sql`
      select sum(requests)::integer as requests from everwatch_private.route_days
      where org_id = ${acme} and route = 'GET /v1/rules'`
    expect(counted).toEqual([{ requests: 20 }])
  })
})

describe('the reader', () => {
  it('who is a member sees their own org, and nothing of another', async () => {
    const member = await addMember(db, acme, 'viewer')
    expect(await readAs(member, acme)).not.toEqual([])
    expect(await readAs(member, globex)).toEqual([])
    expect(JSON.stringify(await readAs(member, acme))).not.toContain('globex')
  })

  it.each([
    ['it ends before it begins', '1 day', '2 days'],
    ['it is empty', '1 day', '1 day'],
  ])('is refused a span where %s', async (_, since, until) => {
    await expect(costsOf(db, acme, { since, until })).rejects.toMatchObject({
      code: 'PT400',
      detail: 'invalid_range',
      hint: 'since',
    })
  })

  it('who is none reads neither prices nor anyone’s storage', async () => {
    const user = await addMember(db, acme, 'owner')
    for (const table of ['prices', 'storage', 'cost_state', 'route_days', 'webhook_days']) {
      const read = db.asUser(user, (sql) => sql`select from ${sql(`everwatch_private.${table}`)}`)
      await expect(read).rejects.toMatchObject({ code: '42501' })
    }
  })
})

describe('the money', () => {
  const month = { since: '365.25 hours', until: '-365.25 hours' }
  beforeEach(async () => {
    await db.sql`update everwatch_private.prices set included = 0, price = 1, currency = 'USD'`
  })

  it('is nothing while the plan includes all', async () => {
    await db.sql`update everwatch_private.prices set included = 1000`
    const costs = await costsOf(db, acme)
    expect(sum(costs, 'disk_cost') + sum(costs, 'function_cost')).toBe(0)
  })

  it('is the price of the bytes for the time, when the plan includes nothing', async () => {
    await db.sql`update everwatch_private.prices set price = 1000 where item = 'disk'`
    for (const { bytes_at_rest, disk_cost } of await costsOf(db, acme, month)) {
      if (bytes_at_rest === null) continue
      expect(disk_cost).toBeCloseTo((1000 * bytes_at_rest) / 1e9, 5)
    }
  })

  it('follows an edited price', async () => {
    const before = await costsOf(db, acme, month)
    await db.sql`update everwatch_private.prices set price = 3, as_of = '2026-11-25' where item = 'disk'`
    const after = await costsOf(db, acme, month)
    expect(sum(after, 'disk_cost') / sum(before, 'disk_cost')).toBeCloseTo(3, 2)
  })

  it('bears the same share for everyone of what the plan does not include', async () => {
    const before = await costsOf(db, acme, month)
    await db.sql`
      update everwatch_private.prices set included = everwatch_private.used_units('disk') / 2 where item = 'disk'`
    const after = await costsOf(db, acme, month)
    expect(sum(after, 'disk_cost') / sum(before, 'disk_cost')).toBeCloseTo(0.5, 2)
  })

  it('of calls is that of the requests', async () => {
    await db.sql`update everwatch_private.prices set price = 1e6 where item = 'function_calls'`
    const { function_cost } = await costOf(db, acme, 'GET /v1/contacts')
    expect(function_cost).toBeCloseTo(60, 4)
  })

  it('is not known of an item without a price', async () => {
    await db.sql`delete from everwatch_private.prices where item = 'disk'`
    for (const { disk_cost } of await costsOf(db, acme)) expect(disk_cost).toBeNull()
    await db.sql`
      insert into everwatch_private.prices (item, unit, price, as_of, source)
      values ('disk', 'GB-month', 1, '2026-11-25', 'https://supabase.com/pricing')`
  })

  it.each([
    ['a negative price', 'price = -1'],
    ['a price that is no number', `price = 'NaN'`],
    ['an endless price', `price = 'Infinity'`],
    ['a negative allowance', 'included = -1'],
    ['no currency', `currency = 'dollars'`],
    ['a currency that others do not have', `currency = 'EUR'`],
    ['another unit', `unit = 'TB'`],
    ['another item', `item = 'coffee'`],
    ['no source', `source = 'hearsay'`],
    ['no day', `as_of = 'infinity'`],
  ])('cannot be set with %s', async (_, assignment) => {
    await expect(
      db.sql.unsafe(`update everwatch_private.prices set ${assignment} where item = 'disk'`),
    ).rejects.toMatchObject({ code: '23514' })
  })

  it('may be in another currency altogether', async () => {
    await db.sql`update everwatch_private.prices set currency = 'EUR'`
    expect(await costOf(db, acme, busy)).toMatchObject({ currency: 'EUR' })
  })
})
