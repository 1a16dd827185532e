import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addExecutions, addRequests } from '../support/add-rows.ts'
import { waitingFor } from '../support/locks.ts'
import { readView, refresh } from '../support/views.ts'

let db: TestDatabase
let orgId: string
let webhookId: string

beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  webhookId = await createWebhook(db, orgId)
})

interface Rollup {
  starts_at: string
  succeeded: number
  failed: number
  duration_sum: number
  duration_max: number
  bins: number[]
}

/** Ages as if it were so many days later. */
async function ageIn(days: number): Promise<void> {
  await db.sql`select everwatch_private.age_rollups(now() + make_interval(days => ${days}))`
}

async function rollupsOf(resourceId: string): Promise<Rollup[]> {
  const rows = await db.sql<{ row: Rollup }[]>`
    select to_jsonb(r) as row from everwatch_private.rollups as r
    where resource_id = ${resourceId} order by starts_at`
  return rows.map(({ row }) => row)
}

const performance = async (): Promise<Record<string, unknown> | undefined> => {
  await refresh(db)
  return (await readView(db, 'mv_webhook_performance', orgId))[0]
}

/** The start of a day or an hour so many days before now, as rollups have it. */
async function startOf(unit: 'day' | 'hour', daysAgo: number): Promise<string> {
  const [row] = await db.sql<[{ at: string }]>`
    select to_jsonb(date_trunc(${unit}, now() - make_interval(days => ${daysAgo}), 'UTC')) #>> '{}' as at`
  return row.at
}

describe('the hours of webhooks and rules', () => {
  it('become days when they are 30 days old, and stay hours until then', async () => {
    const ruleId = await createRule(db, orgId)
    for (const ago of ['20 days', '20 days 1 hour', '25 days']) {
      await addDeliveries(db, webhookId, { ago, durations: [10, 2000] })
      await addDeliveries(db, webhookId, { ago, status: 'failed', durations: [300] })
      await addExecutions(db, ruleId, { ago, contacts: 5 })
    }
    const before = await performance()
    expect(await rollupsOf(webhookId)).toHaveLength(3)
    await ageIn(8)
    const [old] = await rollupsOf(webhookId)
    expect(old).toMatchObject({
      starts_at: await startOf('day', 25),
      succeeded: 2,
      failed: 1,
      duration_sum: 2310,
      duration_max: 2000,
    })
    expect(old?.bins).toHaveLength(3)
    expect(await rollupsOf(webhookId)).toHaveLength(3)
    await ageIn(12)
    const ofDay = await rollupsOf(webhookId)
    expect(ofDay.slice(1).reduce((sum, row) => sum + row.succeeded, 0)).toBe(4)
    expect(new Set(ofDay.map(({ starts_at }) => starts_at.slice(11, 19)))).toEqual(
      new Set(['00:00:00']),
    )
    expect((await rollupsOf(ruleId)).map(({ succeeded }) => succeeded)).not.toContain(0)
    expect(await performance()).toEqual(before)
  })

  it('take late rows in, and give up rows that are deleted', async () => {
    await addDeliveries(db, webhookId, { ago: '45 days', durations: [100, 9000] })
    await addDeliveries(db, webhookId, { ago: '45 days 1 hour', durations: [700] })
    await refresh(db)
    await addDeliveries(db, webhookId, { ago: '45 days', durations: [50] })
    expect(await performance()).toMatchObject({ total_deliveries: 4, max_duration_ms: 9000 })
    await db.sql`
      delete from everwatch.webhook_deliveries where webhook_id = ${webhookId} and duration_ms = 9000`
    // The longest that is left is of another hour of the same day, or of the day before.
    expect(await performance()).toMatchObject({ total_deliveries: 3, max_duration_ms: 700 })
    for (const { starts_at } of await rollupsOf(webhookId)) expect(starts_at).toContain('T00:00:00')
  })
})

describe('the hours of an API', () => {
  it('stay hours, as the view shows them', async () => {
    await addRequests(db, orgId, { ago: '200 days', durations: [10, 20] })
    await refresh(db)
    await ageIn(100)
    expect(await readView(db, 'v_api_usage_metrics', orgId)).toMatchObject([
      { hour: await startOf('hour', 200), total_requests: 2 },
    ])
  })
})

describe('what is older than the retention of rollups', () => {
  it('is added up in one row of each resource, so that lifetime totals stay', async () => {
    await addDeliveries(db, webhookId, { ago: '400 days', durations: [100, 5000] })
    await addDeliveries(db, webhookId, { ago: '300 days', durations: [200] })
    await addDeliveries(db, webhookId, { ago: '1 day', durations: [1] })
    const before = await performance()
    await ageIn(730 - 350)
    expect((await rollupsOf(webhookId)).map(({ starts_at }) => starts_at)[0]).toBe('-infinity')
    expect(await rollupsOf(webhookId)).toHaveLength(3)
    await ageIn(730 - 200)
    const [ever] = await rollupsOf(webhookId)
    expect(ever).toMatchObject({
      starts_at: '-infinity',
      succeeded: 3,
      duration_sum: 5300,
      duration_max: 5000,
    })
    expect(await rollupsOf(webhookId)).toHaveLength(2)
    expect(await performance()).toMatchObject({ ...before })
  })

  it('is in no hour of the API any more', async () => {
    await addRequests(db, orgId, { ago: '400 days', count: 3 })
    await addRequests(db, orgId, { ago: '1 day' })
    await refresh(db)
    await ageIn(730 - 350)
    expect(await readView(db, 'v_api_usage_metrics', orgId)).toHaveLength(1)
    // A row that comes that late counts there, too.
    await addRequests(db, orgId, { ago: '400 days' })
    expect(await readView(db, 'v_api_usage_metrics', orgId)).toHaveLength(1)
    await refresh(db)
    expect(await rollupsOf(orgId)).toMatchObject([{ starts_at: '-infinity', succeeded: 4 }, {}])
  })

  it('is what the operator says', async () => {
    await db.sql`
      update everwatch_private.rollup_settings set rollup_retention = '100 days' where singleton`
    await addDeliveries(db, webhookId, { ago: '120 days' })
    await addDeliveries(db, webhookId, { ago: '95 days' })
    await refresh(db)
    await ageIn(0)
    const [first] = await rollupsOf(webhookId)
    expect(first).toMatchObject({ starts_at: '-infinity', succeeded: 1 })
    expect(await performance()).toMatchObject({ total_deliveries: 2 })
  })
})

describe('aging', () => {
  it('and a refresh wait for one another', async () => {
    const refreshed = await db.sql.begin(async (sql) => {
      await sql`select everwatch_private.age_rollups()`
      const answer =
        db.sql`select everwatch.refresh_monitoring_views() ->> 'status' as status`.execute()
      await waitingFor(db, 'advisory')
      return { answer }
    })
    expect(await refreshed.answer).toEqual([{ status: 'refreshed' }])
  })

  it('changes nothing the second time', async () => {
    await addDeliveries(db, webhookId, { ago: '45 days' })
    await refresh(db)
    const before = await rollupsOf(webhookId)
    const [row] = await db.sql`select everwatch_private.age_rollups()::integer as rows`
    expect(row).toEqual({ rows: 0 })
    expect(await rollupsOf(webhookId)).toEqual(before)
  })
})
