import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { addDeliveries } from '../support/add-rows.ts'
import { readMetrics } from '../support/metrics.ts'
import { differences } from '../support/truth.ts'
import { refresh } from '../support/views.ts'

let db: TestDatabase
let superuser: postgres.Sql
let orgId: string
let webhookId: string
let ruleId: string

beforeAll(async () => {
  db = await createDatabase()
  superuser = postgres(db.url, { max: 1, onnotice: () => {} })
})
afterAll(() => superuser.end())
beforeEach(async () => {
  orgId = await createOrg(db)
  webhookId = await createWebhook(db, orgId)
  ruleId = await createRule(db, orgId)
})

/** History as a restore brings it: rows of each kind, every few hours, and no trigger that counts them. */
async function load(days = 5): Promise<void> {
  await superuser.begin(async (sql) => {
    await sql`set local session_replication_role = replica`
    await sql`
      insert into everwatch.webhook_deliveries (org_id, webhook_id, status, duration_ms, sent_at)
      select ${orgId}, ${webhookId}, (array['sent', 'failed', 'pending'])[1 + n % 3],
        case when n % 3 < 2 then n * 37 end, now() - n * interval '5 hours'
      from generate_series(0, ${days} * 24 / 5) as n`
    await sql`
      insert into everwatch.rule_executions (org_id, rule_id, status, duration_ms, affected_contacts, executed_at)
      select ${orgId}, ${ruleId}, 'success', n, n, now() - n * interval '7 hours'
      from generate_series(0, ${days} * 24 / 7) as n`
    await sql`
      insert into everwatch.api_audit_logs (org_id, method, path, status_code, resource_type, duration_ms, created_at)
      select ${orgId}, 'GET', '/', (array[200, 404, 500])[1 + n % 3],
        (array['contacts', null])[1 + n % 2], n * 11, now() - n * interval '3 hours'
      from generate_series(0, ${days} * 24 / 3) as n`
  })
}

const start = () => db.sql`select * from everwatch_private.start_backfill()`

async function backfill(days = 1): Promise<postgres.Row[]> {
  return db.sql`
    select source, done_since, rows_done::integer, finished_at is not null as finished
    from everwatch_private.backfill(${days})`
}

/** Goes on until nothing is left to do. */
async function finish(): Promise<void> {
  while ((await backfill()).some(({ finished }) => !finished));
}

async function history(): Promise<unknown> {
  const { system } = await db.asService(readMetrics({ org_id: orgId, type: 'system' }))
  return system?.history
}

/** Refreshes, and compares the views with raw rows as that very moment shows them. */
async function expectTruth(): Promise<void> {
  await db.sql.begin('isolation level repeatable read', async (sql) => {
    const [row] = await sql<[{ at: Date }]>`select now() as at`
    await sql`select everwatch_private.refresh_views()`
    expect(await differences(sql, orgId, row.at)).toEqual([])
  })
}

describe('a new project', () => {
  it('has nothing to backfill, and its numbers are complete', async () => {
    expect(await backfill()).toEqual([])
    expect(await history()).toEqual({ complete: true, complete_since: null })
  })
})

describe('history that came in without triggers', () => {
  it('is in no number until it is backfilled, which the metrics say', async () => {
    await load()
    await refresh(db)
    expect(await differences(db.sql, orgId, new Date())).not.toEqual([])
    await start()
    expect(await history()).toEqual({ complete: false, complete_since: null })
    await finish()
    expect(await history()).toEqual({ complete: true, complete_since: null })
    await expectTruth()
  })

  it('is rolled up a day at a time, the newest first, with progress', async () => {
    await load()
    await start()
    const done: number[] = []
    for (let n = 0; n < 3; n++) {
      const deliveries = (await backfill(3)).find(({ source }) => source === 'delivery')
      done.push(Number(deliveries?.['done_since']))
      expect(deliveries).toMatchObject({ finished: false })
    }
    expect(done).toEqual(done.toSorted((a, b) => b - a))
    expect(new Set(done).size).toBe(3)
    expect(await history()).toMatchObject({
      complete: false,
      complete_since: expect.any(String) as string,
    })
    // What is recent is right before the rest is there.
    await refresh(db)
    const wrong = await differences(db.sql, orgId, new Date())
    expect(wrong.map(({ column }) => column)).toContain('total_deliveries')
    expect(wrong.map(({ column }) => column)).not.toContain('deliveries_24h')
    await finish()
    await expectTruth()
  })

  it('goes on where it was when a run fails in the middle', async () => {
    await load()
    await start()
    await backfill(3)
    const before = await db.sql`select * from everwatch_private.backfills order by source`
    await expect(
      db.sql.begin(async (sql) => {
        await sql`select everwatch_private.backfill(3)`
        throw new Error('the connection is gone')
      }),
    ).rejects.toThrow('the connection is gone')
    expect(await db.sql`select * from everwatch_private.backfills order by source`).toEqual(before)
    await finish()
    await expectTruth()
  })

  it('is the same when it is backfilled again, whatever was counted of it', async () => {
    await load()
    await start()
    await finish()
    await load(2)
    await start()
    await finish()
    await expectTruth()
    await start()
    await finish()
    await expectTruth()
  })

  it('forgets what is no longer there, maxima too', async () => {
    await load()
    await start()
    await finish()
    await superuser.begin(async (sql) => {
      await sql`set local session_replication_role = replica`
      await sql`
        delete from everwatch.webhook_deliveries where webhook_id = ${webhookId} and duration_ms > 100`
    })
    await start()
    await finish()
    await expectTruth()
  })

  it('that is older than the rollups counts in the totals', async () => {
    await superuser.begin(async (sql) => {
      await sql`set local session_replication_role = replica`
      await sql`
        insert into everwatch.webhook_deliveries (org_id, webhook_id, status, duration_ms, sent_at)
        select ${orgId}, ${webhookId}, 'sent', n, now() - n * interval '400 days'
        from generate_series(1, 5) as n`
    })
    await start()
    await finish()
    await expectTruth()
  })
})

describe('while history is backfilled', () => {
  it('rows come in, finish and go, and each counts once', async () => {
    await load()
    await start()
    for (let n = 0; n < 8; n++) {
      await addDeliveries(db, webhookId, { ago: `${n * 15} hours`, durations: [n * 100] })
      await db.sql`
        update everwatch.webhook_deliveries set status = 'sent', duration_ms = 5
        where id = (
          select id from everwatch.webhook_deliveries
          where webhook_id = ${webhookId} and status = 'pending' limit 1
        )`
      await db.sql`
        delete from everwatch.webhook_deliveries where id = (
          select id from everwatch.webhook_deliveries
          where webhook_id = ${webhookId} and status = 'failed' order by sent_at desc limit 1
        )`
      await backfill(2)
      if (n % 3 === 0) await refresh(db)
    }
    await finish()
    await expectTruth()
  })

  it('a transaction that is open counts once, whether it commits or not', async () => {
    await load()
    await start()
    const [late, never] = await Promise.all([db.sql.reserve(), db.sql.reserve()])
    for (const sql of [late, never]) {
      await sql`begin`
      await sql`
        insert into everwatch.webhook_deliveries (webhook_id, status, duration_ms, sent_at)
        values (${webhookId}, 'sent', 77, now() - interval '30 hours')`
    }
    await finish()
    await late`commit`
    await never`rollback`
    late.release()
    never.release()
    await expectTruth()
  })

  it('nobody who writes has to wait', async () => {
    await load()
    await start()
    await db.sql.begin(async (sql) => {
      await sql`select everwatch_private.backfill(10)`
      await db.sql.begin(async (writer) => {
        await writer`set local lock_timeout = '1s'`
        await writer`
          insert into everwatch.webhook_deliveries (webhook_id, status, duration_ms)
          values (${webhookId}, 'failed', 1)`
        await writer`
          delete from everwatch.webhook_deliveries
          where webhook_id = ${webhookId} and duration_ms > 100`
      })
    })
    await finish()
    await expectTruth()
  })
})
