import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addExecutions, addRequests } from '../support/add-rows.ts'
import { readMetrics } from '../support/metrics.ts'
import { breakRefresh, mendRefresh, refresh } from '../support/views.ts'

let db: TestDatabase
let orgId: string
let memberId: string

beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
  memberId = await addMember(db, orgId, 'owner')
})
beforeEach(() => refresh(db))

async function lastRun(): Promise<Record<string, unknown> | undefined> {
  const [row] = await db.sql<{ run: Record<string, unknown> }[]>`
    select to_jsonb(r) as run from everwatch_private.refresh_runs as r order by id desc limit 1`
  return row?.run
}

type Part = Record<string, Record<string, unknown>>

const read = readMetrics({ type: 'system' })
const system = async (): Promise<Part | undefined> =>
  (await db.asService(readMetrics({ org_id: orgId, type: 'system' }))).system
const systemForMember = async (): Promise<Part | undefined> =>
  (await db.asUser(memberId, read)).system

/** As if all refreshes had been so long ago. */
async function shift(ago: string): Promise<void> {
  await db.sql`
    update everwatch_private.refresh_runs
    set started_at = started_at - ${ago}::interval, finished_at = finished_at - ${ago}::interval`
}

const conditions = () => db.sql`
  select type, severity, resource_id, value::integer, threshold::integer from everwatch.v_alert_conditions
  where org_id is null and type like 'refresh%' order by type`

describe('a run', () => {
  it('records how many raw rows it took in, and how far behind the views were', async () => {
    const webhookId = await createWebhook(db, orgId)
    await addDeliveries(db, webhookId, { count: 3 })
    await addDeliveries(db, webhookId, { status: 'pending' })
    await addExecutions(db, await createRule(db, orgId), { count: 2 })
    await addRequests(db, orgId, { count: 5 })
    await shift('7 minutes')
    await refresh(db)
    const run = await lastRun()
    expect(run).toMatchObject({ folded_rows: 11, backlog: 0, error: null })
    expect(Number(run?.['lag_ms'])).toBeGreaterThanOrEqual(7 * 60_000)
    expect(Number(run?.['lag_ms'])).toBeLessThan(8 * 60_000)
    await refresh(db)
    expect(await lastRun()).toMatchObject({ folded_rows: 0, backlog: 0 })
  })

  it('records what still waits when it fails', async () => {
    await addDeliveries(db, await createWebhook(db, orgId))
    await createRule(db, orgId)
    await breakRefresh(db)
    await refresh(db)
    expect(await lastRun()).toMatchObject({
      folded_rows: null,
      backlog: 1,
      error: expect.stringMatching(/^23514/) as string,
    })
    await mendRefresh(db)
  })
})

describe('the metrics of the system', () => {
  it('tell who may read every org how the last run went', async () => {
    await addDeliveries(db, await createWebhook(db, orgId), { count: 4 })
    await refresh(db)
    await addDeliveries(db, await createWebhook(db, orgId))
    const { duration_ms, lag_ms, started_at } = (await lastRun()) ?? {}
    expect(await system()).toEqual({
      refresh: {
        every_seconds: 300,
        late: false,
        failing: false,
        lag_ms: expect.any(Number) as number,
        backlog: 1,
        last_run: { started_at, duration_ms, lag_ms, folded_rows: 4, backlog: 0, error: null },
      },
      history: { complete: true, complete_since: null },
    })
  })

  it('tell a member how fresh the numbers are, and nothing of other orgs’ rows', async () => {
    const stranger = await createOrg(db)
    await addDeliveries(db, await createWebhook(db, stranger), { count: 4 })
    await refresh(db)
    const part = await systemForMember()
    expect(part?.['refresh']).toMatchObject({
      late: false,
      failing: false,
      backlog: null,
      last_run: { folded_rows: null, backlog: null, error: null },
    })
  })

  it.each([
    ['9 minutes', '5 minutes', false],
    ['10 minutes', '5 minutes', true],
    ['2 minutes', '1 minute', true],
  ])('call a refresh of %s ago, due every %s, late: %s', async (ago, every, late) => {
    await db.sql`
      update everwatch_private.rollup_settings set refresh_every = ${every}::interval where singleton`
    await shift(ago)
    expect((await system())?.['refresh']).toMatchObject({ late })
    expect((await systemForMember())?.['refresh']).toMatchObject({ late })
    expect(await conditions()).toHaveLength(late ? 1 : 0)
    await db.sql`
      update everwatch_private.rollup_settings set refresh_every = '5 minutes' where singleton`
  })

  it.each([
    [{ critical: 4 }, false],
    [{ enabled: false }, false],
    [{ critical: 'Infinity' }, false],
    [{ critical: 1 }, true],
  ])('call a refresh of 15 minutes ago by the policy %j late: %s', async (policy, late) => {
    await shift('15 minutes')
    await db.sql`
      update everwatch_private.alert_policies set ${db.sql(policy)} where type = 'refresh_late'`
    expect((await system())?.['refresh']).toMatchObject({ late })
    expect(await conditions()).toHaveLength(late ? 1 : 0)
    await db.sql`
      update everwatch_private.alert_policies set critical = 2, enabled = true where type = 'refresh_late'`
  })
})

describe('an alert condition', () => {
  it('is none while refreshes run as they should', async () => {
    expect(await conditions()).toEqual([])
  })

  it('says that the views are not refreshed any more', async () => {
    await shift('20 minutes')
    expect(await conditions()).toEqual([
      {
        type: 'refresh_late',
        severity: 'critical',
        resource_id: 'refresh_monitoring_views',
        value: 4,
        threshold: 2,
      },
    ])
    await refresh(db)
    expect(await conditions()).toEqual([])
  })

  it('says how often in a row refreshes failed, and why', async () => {
    await createRule(db, orgId)
    await breakRefresh(db)
    await refresh(db)
    await refresh(db)
    expect(await conditions()).toMatchObject([
      { type: 'refresh_failing', severity: 'warning', value: 2, threshold: 1 },
    ])
    const [condition] = await db.sql`
      select message from everwatch.v_alert_conditions where type = 'refresh_failing'`
    expect(condition?.['message']).toMatch(/last 2 refreshes .* failed: 23514/)
    expect((await systemForMember())?.['refresh']).toMatchObject({ failing: true, late: false })
    await mendRefresh(db)
    await refresh(db)
    expect(await conditions()).toEqual([])
  })

  it('is the operator’s: no member sees it', async () => {
    await shift('20 minutes')
    const seen = await db.asUser(
      memberId,
      (sql) => sql`select type from everwatch.v_alert_conditions where type like 'refresh%'`,
    )
    expect(seen).toEqual([])
  })
})
