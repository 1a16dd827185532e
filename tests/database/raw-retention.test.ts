import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createWebhook } from '../support/fixtures.ts'
import { monthOf, partitionsOf, rowsByPartition } from '../support/partitions.ts'
import { readView, refresh } from '../support/views.ts'

let db: TestDatabase
let orgId: string
let webhookId: string

const day = 86_400_000
const daysAgo = (days: number): Date => new Date(Date.now() - days * day)

beforeAll(async () => {
  db = await createDatabase()
  await db.sql`select everwatch_private.make_partitions(now() - interval '300 days')`
})
beforeEach(async () => {
  orgId = await createOrg(db)
  webhookId = await createWebhook(db, orgId)
})

async function addDelivery(at: Date, duration = 100): Promise<void> {
  await db.sql`
    insert into everwatch.webhook_deliveries (webhook_id, status, duration_ms, sent_at)
    values (${webhookId}, 'sent', ${duration}, ${at})`
}

/** What one run of the schedule does. */
async function expire(): Promise<string | null> {
  const [row] = await db.sql<
    [{ did: string | null }]
  >`select everwatch_private.expire_raw_rows() as did`
  return row.did
}

async function expireAll(): Promise<string[]> {
  const done: string[] = []
  for (let did = await expire(); did !== null; did = await expire()) done.push(did)
  return done
}

async function performance(): Promise<Record<string, unknown> | undefined> {
  await refresh(db)
  return (await readView(db, 'mv_webhook_performance', orgId))[0]
}

describe('what is older than the retention', () => {
  it('goes month by month, the oldest first, one in a run', async () => {
    const months = await partitionsOf(db, 'webhook_deliveries')
    expect(await expire()).toBe(`dropped everwatch_private.webhook_deliveries_${months[0]}`)
    expect(await partitionsOf(db, 'webhook_deliveries')).toEqual(months.slice(1))
  })

  it('is every partition whose newest row is 90 days old, and no other', async () => {
    await expireAll()
    const kept = await partitionsOf(db, 'webhook_deliveries')
    // The month in which the retention begins has rows that are younger.
    expect(kept[0]).toBe(monthOf(daysAgo(90)))
    expect(await expire()).toBeNull()
  })

  it('is what the operator says', async () => {
    const setTo = (days: number) =>
      db.sql`
        update everwatch_private.rollup_settings set raw_retention = make_interval(days => ${days})
        where singleton`
    await db.sql`select everwatch_private.make_partitions(now() - interval '300 days')`
    await setTo(200)
    await expireAll()
    expect((await partitionsOf(db, 'webhook_deliveries'))[0]).toBe(monthOf(daysAgo(200)))
    await setTo(90)
    await expireAll()
    expect((await partitionsOf(db, 'webhook_deliveries'))[0]).toBe(monthOf(daysAgo(90)))
  })

  it.each([
    ['raw_retention', '7 days', 'the 7-day columns need it'],
    ['raw_retention', '11 years', 'nobody means that'],
    ['raw_retention', '3 years', 'rollups would go first'],
    ['rollup_retention', '60 days', 'raw rows would outlive them'],
    ['hourly_for', '7 days', 'the 7-day columns need it'],
  ])('cannot be %s of %s: %s', async (column, length) => {
    await expect(
      db.sql`
        update everwatch_private.rollup_settings set ${db.sql(column)} = ${length}::interval
        where singleton`,
    ).rejects.toMatchObject({ code: '23514' })
  })

  it('goes from the default partition too', async () => {
    await addDelivery(new Date('2020-01-01T00:00:00Z'))
    await addDelivery(daysAgo(95))
    const { default: waiting = 0 } = await rowsByPartition(db, 'webhook_deliveries')
    expect(waiting).toBeGreaterThanOrEqual(1)
    expect(await expireAll()).toContain(`deleted ${waiting} rows of webhook_deliveries`)
    expect(await rowsByPartition(db, 'webhook_deliveries')).not.toHaveProperty('default')
  })
})

describe('what was counted', () => {
  it('stays counted when its raw rows go', async () => {
    await db.sql`select everwatch_private.make_partitions(now() - interval '200 days')`
    await addDelivery(daysAgo(150), 5000)
    await addDelivery(new Date('2019-01-01T00:00:00Z'), 7000)
    await addDelivery(daysAgo(1))
    const before = await performance()
    expect(before).toMatchObject({ total_deliveries: 3, max_duration_ms: 7000 })
    await expireAll()
    const [left] = await db.sql`
      select count(*)::integer as rows from everwatch.webhook_deliveries
      where webhook_id = ${webhookId}`
    expect(left).toEqual({ rows: 1 })
    expect(await performance()).toEqual(before)
  })

  it('counts when it comes late, even for a month that is gone', async () => {
    await expireAll()
    await addDelivery(daysAgo(150))
    expect(await performance()).toMatchObject({ total_deliveries: 1 })
    await expireAll()
    expect(await performance()).toMatchObject({ total_deliveries: 1 })
  })

  it('counts no more when a person deletes it', async () => {
    await addDelivery(daysAgo(2), 5000)
    await addDelivery(daysAgo(1), 100)
    expect(await performance()).toMatchObject({ total_deliveries: 2, max_duration_ms: 5000 })
    await db.sql`
      delete from everwatch.webhook_deliveries where webhook_id = ${webhookId} and duration_ms = 5000`
    expect(await performance()).toMatchObject({ total_deliveries: 1, max_duration_ms: 100 })
  })

  it('keeps a maximum that went by retention, whatever a person deletes afterwards', async () => {
    await db.sql`select everwatch_private.make_partitions(now() - interval '200 days')`
    await addDelivery(daysAgo(150), 5000)
    await addDelivery(daysAgo(1), 100)
    await refresh(db)
    await expireAll()
    await db.sql`delete from everwatch.webhook_deliveries where webhook_id = ${webhookId}`
    expect(await performance()).toMatchObject({ total_deliveries: 1, max_duration_ms: 5000 })
  })
})

describe('a partition that somebody reads', () => {
  it('is left for the next run, and nobody waits behind for more than a second', async () => {
    await db.sql`select everwatch_private.make_partitions(now() - interval '200 days')`
    await db.sql.begin(async (sql) => {
      await sql`select count(*) from everwatch.api_audit_logs, everwatch.webhook_deliveries`
      await expect(expire()).rejects.toMatchObject({ code: '55P03' })
    })
    expect(await expire()).toMatch(/^dropped /)
  })
})
