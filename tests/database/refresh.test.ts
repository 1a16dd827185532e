import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { addDeliveries } from '../support/add-rows.ts'
import { breakRefresh, mendRefresh, readView } from '../support/views.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

interface Answer {
  status: string
  refreshed_at: string
  duration_ms?: number
  rows?: Record<string, number> | null
  error?: string | null
}

async function refresh(sql: postgres.ISql): Promise<Answer> {
  const [row] = await sql<[{ answer: Answer }]>`
    select everwatch.refresh_monitoring_views() as answer`
  return row.answer
}

async function lastRun(): Promise<Record<string, unknown> | undefined> {
  const [row] = await db.sql<{ run: Record<string, unknown> }[]>`
    select to_jsonb(r) as run from everwatch_private.refresh_runs as r order by id desc limit 1`
  return row?.run
}

async function countRuns(): Promise<number> {
  const [row] = await db.sql<[{ n: number }]>`
    select count(*)::integer as n from everwatch_private.refresh_runs`
  return row.n
}

async function refreshedAt(): Promise<number> {
  const [row] = await db.sql<[{ at: Date }]>`select everwatch_private.refreshed_at() as at`
  return row.at.getTime()
}

const nothing = (): Promise<void> => Promise.resolve()

describe('refresh_monitoring_views', () => {
  it('has run once when the migrations are done, so that there is a time from the start', async () => {
    expect(await countRuns()).toBe(1)
    expect(await refreshedAt()).toBeLessThanOrEqual(Date.now())
  })

  it('answers and records how long it took, the rows of each view, and who asked', async () => {
    const orgId = await createOrg(db)
    const webhookId = await createWebhook(db, orgId)
    await createWebhook(db, orgId)
    await addDeliveries(db, webhookId)
    const before = Date.now()
    const answer = await db.asService(refresh)
    const rows = { mv_webhook_performance: 2, mv_rule_performance: 0 }
    expect(answer).toMatchObject({ status: 'refreshed', rows, error: null })
    expect(Date.parse(answer.refreshed_at)).toBeGreaterThanOrEqual(before - 1)
    expect(await lastRun()).toMatchObject({
      view_rows: rows,
      error: null,
      duration_ms: answer.duration_ms,
      started_at: answer.refreshed_at,
      started_by: 'service_role',
    })
  })

  it('knows how many rows there are as webhooks and rules come and go, and while none does', async () => {
    const { sql } = db
    const countsAfter = async (change: () => Promise<unknown>): Promise<unknown> => {
      await change()
      return (await refresh(sql)).rows
    }
    const orgId = await createOrg(db)
    expect([
      await countsAfter(() => createWebhook(db, orgId)),
      await countsAfter(nothing),
      await countsAfter(() => createRule(db, orgId)),
      await countsAfter(() => sql`update everwatch.webhooks set url = url || '#'`),
      await countsAfter(() => sql`delete from everwatch.orgs where id = ${orgId}`),
      await countsAfter(nothing),
    ]).toEqual([
      { mv_webhook_performance: 3, mv_rule_performance: 0 },
      { mv_webhook_performance: 3, mv_rule_performance: 0 },
      { mv_webhook_performance: 3, mv_rule_performance: 1 },
      { mv_webhook_performance: 3, mv_rule_performance: 1 },
      { mv_webhook_performance: 2, mv_rule_performance: 0 },
      { mv_webhook_performance: 2, mv_rule_performance: 0 },
    ])
  })

  it('returns at once while another runs, and says so', async () => {
    const runs = await countRuns()
    await db.sql.begin(async (sql) => {
      expect(await refresh(sql)).toMatchObject({ status: 'refreshed' })
      expect(await refresh(db.sql)).toMatchObject({ status: 'skipped' })
    })
    expect(await countRuns()).toBe(runs + 1)
    expect(await refresh(db.sql)).toMatchObject({ status: 'refreshed' })
  })

  it('never makes a reader wait', async () => {
    const orgId = await createOrg(db)
    await createWebhook(db, orgId)
    await refresh(db.sql)
    await db.sql.begin(async (sql) => {
      await refresh(sql)
      // The refresh holds its locks until it commits.
      expect(await readView(db, 'mv_webhook_performance', orgId)).toHaveLength(1)
    })
  })
})

describe('a refresh that fails', () => {
  it('leaves both views readable as they were, and is recorded', async () => {
    const orgId = await createOrg(db)
    await createWebhook(db, orgId)
    await refresh(db.sql)
    const fresh = await refreshedAt()
    await createWebhook(db, orgId)
    await createRule(db, orgId)
    await breakRefresh(db)
    const answer = await refresh(db.sql)
    expect(answer).toMatchObject({ status: 'failed', rows: null })
    expect(answer.error).toMatch(/^23514: .*mv_rule_performance/)
    expect(Date.parse(answer.refreshed_at)).toBeCloseTo(fresh, -1)
    expect(await lastRun()).toMatchObject({
      error: answer.error,
      view_rows: null,
      started_by: 'postgres',
    })
    // The first table, which could be written, is not ahead of the second.
    expect(await readView(db, 'mv_webhook_performance', orgId)).toHaveLength(1)
    expect(await readView(db, 'mv_rule_performance', orgId)).toEqual([])

    await mendRefresh(db)
    expect(await refresh(db.sql)).toMatchObject({ status: 'refreshed', error: null })
    expect(await readView(db, 'mv_webhook_performance', orgId)).toHaveLength(2)
    expect(await refreshedAt()).toBeGreaterThan(fresh)
  })

  it('is recorded too when it is cancelled', async () => {
    await createWebhook(db, await createOrg(db))
    const runs = await countRuns()
    // A writer holds what the refresh must read until the refresh is given up.
    await db.sql.begin(async (blocker) => {
      await blocker`lock table everwatch.webhooks in access exclusive mode`
      const answer = await db.sql.begin(async (sql) => {
        await sql`set local statement_timeout = '100ms'`
        return refresh(sql)
      })
      expect(answer).toMatchObject({ status: 'failed' })
      expect(answer.error).toBe('57014: canceling statement due to statement timeout')
    })
    expect(await countRuns()).toBe(runs + 1)
  })
})

describe('who may refresh', () => {
  it('no member, of whatever role', async () => {
    const userId = await addMember(db, await createOrg(db), 'owner')
    await expect(db.asUser(userId, refresh)).rejects.toMatchObject({ code: '42501' })
  })

  it('nobody without a session', async () => {
    await expect(db.asAnonymous(refresh)).rejects.toMatchObject({ code: '42501' })
  })
})
