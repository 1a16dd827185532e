import { beforeEach, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addExecutions, addRequests } from '../support/add-rows.ts'
import { refresh } from '../support/views.ts'

let db: TestDatabase
let orgId: string
let webhookId: string

beforeAll(async () => {
  db = await createDatabase()
  await db.sql`select everwatch_private.make_partitions(now() - interval '200 days')`
})
beforeEach(async () => {
  orgId = await createOrg(db)
  webhookId = await createWebhook(db, orgId)
})

interface Counters {
  webhooks: { numbers: Record<string, number> | null }[]
  orgs: { succeeded_requests: number; failed_requests: number }[]
  durations: { source: string; sum_ms: number; buckets: number[] }[]
}

async function counters(): Promise<Counters> {
  return db.asService(async (sql) => {
    const [row] = await sql<[{ answer: Counters }]>`
      select everwatch.monitoring_prometheus(${orgId}) as answer`
    return row.answer
  })
}

/** Each counter and bucket of the org, in one order. */
async function numbers(): Promise<number[]> {
  const { webhooks, orgs, durations } = await counters()
  return [
    ...webhooks.flatMap((each) => [
      each.numbers?.['successful_deliveries'] ?? 0,
      each.numbers?.['failed_deliveries'] ?? 0,
    ]),
    ...orgs.flatMap((org) => [org.succeeded_requests, org.failed_requests]),
    ...durations.flatMap(({ sum_ms, buckets }) => [sum_ms, ...buckets]),
  ]
}

const durationsOf = async (source: string): Promise<unknown> =>
  (await counters()).durations.find((each) => each.source === source)

describe('what Prometheus counts', () => {
  it('grows at a refresh by what happened since the one before', async () => {
    await addDeliveries(db, webhookId, { durations: [3, 700] })
    await addRequests(db, orgId, { status_code: 500 })
    await refresh(db)
    const before = await numbers()
    expect(await counters()).toMatchObject({
      webhooks: [
        { numbers: { successful_deliveries: 2, failed_deliveries: 0, pending_deliveries: 0 } },
      ],
      orgs: [{ succeeded_requests: 0, failed_requests: 1 }],
    })
    await addDeliveries(db, webhookId, { status: 'failed', durations: [45_000] })
    await addDeliveries(db, webhookId, { status: 'pending' })
    expect(await numbers()).toEqual(before)
    await refresh(db)
    expect(await counters()).toMatchObject({
      webhooks: [
        { numbers: { successful_deliveries: 2, failed_deliveries: 1, pending_deliveries: 1 } },
      ],
    })
    expect(await durationsOf('delivery')).toMatchObject({
      sum_ms: 45_703,
      buckets: [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3],
    })
  })

  it('does not fall when retention drops raw rows, nor when rollups go to the lifetime alone', async () => {
    await addDeliveries(db, webhookId, { ago: '170 days', durations: [10, 20] })
    await addDeliveries(db, webhookId, { durations: [30] })
    await addRequests(db, orgId, { ago: '170 days', count: 5 })
    await refresh(db)
    const before = await numbers()
    for (let did: string | null = ''; did !== null;) {
      const [row] = await db.sql<
        [{ did: string | null }]
      >`select everwatch_private.expire_raw_rows() as did`
      did = row.did
    }
    expect(
      await db.sql`select from everwatch.webhook_deliveries where webhook_id = ${webhookId}`,
    ).toHaveLength(1)
    await db.sql`select everwatch_private.age_rollups()`
    await refresh(db)
    expect(await numbers()).toEqual(before)
  })

  it('of an org does not fall when a webhook or a rule of it is deleted', async () => {
    const ruleId = await createRule(db, orgId)
    await addDeliveries(db, webhookId, { durations: [10, 20] })
    await addExecutions(db, ruleId, { count: 3 })
    await refresh(db)
    const before = (await counters()).durations
    await db.sql`delete from everwatch.webhooks where id = ${webhookId}`
    await db.sql`delete from everwatch.automation_rules where id = ${ruleId}`
    expect((await counters()).durations).toEqual(before)
    await refresh(db)
    expect(await counters()).toMatchObject({ webhooks: [], durations: before })
  })

  it('is kept in one row for all webhooks that were deleted, and one for all rules', async () => {
    for (let n = 1; n <= 3; n++) {
      const [webhook, rule] = [await createWebhook(db, orgId), await createRule(db, orgId)]
      await addDeliveries(db, webhook, { durations: [n, 10 ** n] })
      await addExecutions(db, rule, { count: n })
      await refresh(db)
      await db.sql`delete from everwatch.webhooks where id = ${webhook}`
      await db.sql`delete from everwatch.automation_rules where id = ${rule}`
    }
    const before = (await counters()).durations
    for (let n = 1; n <= 2; n++) {
      await db.sql`select everwatch_private.merge_deleted_durations()`
      expect((await counters()).durations).toEqual(before)
      const rows = await db.sql`
        select source from everwatch_private.deleted_durations where org_id = ${orgId} order by source`
      expect(rows).toEqual([{ source: 'delivery' }, { source: 'execution' }])
    }
  })

  it('goes with its org', async () => {
    await addDeliveries(db, webhookId)
    await refresh(db)
    await db.sql`delete from everwatch.webhooks where id = ${webhookId}`
    await createWebhook(db, orgId)
    await db.sql`delete from everwatch.orgs where id = ${orgId}`
    expect(
      await db.sql`select from everwatch_private.deleted_durations where org_id = ${orgId}`,
    ).toEqual([])
  })

  it('is what is longer than a bound by less than 2% as no longer, and nothing else', async () => {
    await addDeliveries(db, webhookId, { durations: [0, 5, 6, 100, 102, 30_000, 31_000] })
    await refresh(db)
    expect(await durationsOf('delivery')).toMatchObject({
      buckets: [2, 3, 3, 3, 4, 5, 5, 5, 5, 5, 5, 6, 7],
    })
  })
})
