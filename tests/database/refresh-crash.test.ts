import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { bootstrapDatabase } from '../../scripts/stack/bootstrap.ts'
import { pushMigrations } from '../../scripts/stack/migrations.ts'
import { findFreePort } from '../../scripts/stack/ports.ts'
import { startPostgres } from '../../scripts/stack/postgres.ts'
import { withRole } from '../../scripts/stack/urls.ts'
import { atEndOfFile } from '../support/cleanup.ts'
import { differences } from '../support/truth.ts'

let url: string
let sql: Sql
let orgId: string

// A server of its own, since all the others' sessions end with one that is killed.
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-crash-'))
  const server = await startPostgres({
    directory: join(folder, 'data'),
    port: await findFreePort(),
    settings: { fsync: 'off' },
  })
  atEndOfFile(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })
  await bootstrapDatabase(server.url)
  await pushMigrations(server.url)
  url = withRole(server.url, 'postgres')
  sql = postgres(url, { max: 1, onnotice: () => {} })
  atEndOfFile(() => sql.end())
  const [org] = await sql<
    [{ id: string }]
  >`insert into everwatch.orgs (name) values ('Acme') returning id`
  orgId = org.id
  await sql`
    insert into everwatch.webhooks (org_id, url)
    select ${orgId}, 'https://example.com/' || n from generate_series(1, 100) as n`
}, 120_000)

/** Deliveries to each webhook over the last week, tracked as all are. */
async function addDeliveries(count: number): Promise<void> {
  await sql`
    select everwatch.track_events(jsonb_agg(jsonb_build_object(
      'type', 'webhook_delivery', 'id', gen_random_uuid(), 'webhook_id', id,
      'status', case when n % 9 = 0 then 'failed' else 'sent' end, 'duration_ms', n * 7,
      'sent_at', to_char(now() - n * interval '3 hours', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    )))
    from everwatch.webhooks, generate_series(1, ${count}) as n
    group by n % 10`
}

/** Begins something and kills its session after a while; whether it was still at it. */
async function kill(statement: string, afterMs: number): Promise<boolean> {
  const victim = postgres(url, { max: 1, onnotice: () => {} })
  const [theirs] = await victim<[{ pid: number }]>`select pg_backend_pid() as pid`
  const [mine] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`
  const outcome = victim.unsafe(statement).then(
    () => false,
    () => true,
  )
  await wait(afterMs)
  process.kill(theirs.pid, 'SIGKILL')
  const interrupted = await outcome
  await victim.end({ timeout: 0 })
  // All sessions end with it, ours too, and the server recovers.
  const session = (): Promise<number | undefined> =>
    sql<[{ pid: number }]>`select pg_backend_pid() as pid`.then(
      ([{ pid }]) => (pid === mine.pid ? undefined : pid),
      () => undefined,
    )
  await expect.poll(session, { timeout: 20_000, interval: 20 }).toBeDefined()
  return interrupted
}

/** Refreshes, and compares the views with raw rows as that very moment shows them. */
async function expectTruth(): Promise<void> {
  await sql.begin('isolation level repeatable read', async (transaction) => {
    const [row] = await transaction<[{ at: Date; status: string }]>`
      select now() as at, everwatch_private.refresh_views() ->> 'status' as status`
    expect(row.status).toBe('refreshed')
    expect(await differences(transaction, orgId, row.at)).toEqual([])
  })
}

describe('Postgres killed in the middle', () => {
  it('of refreshes: none is half done, and the next makes up for it', async () => {
    const interrupted: boolean[] = []
    for (const afterMs of [3, 12, 30]) {
      await addDeliveries(30)
      interrupted.push(await kill('select everwatch.refresh_monitoring_views()', afterMs))
      await expectTruth()
    }
    expect(interrupted).toContain(true)
  }, 60_000)

  it('of aging and of backfilling: they begin again where they were', async () => {
    await sql`select everwatch_private.start_backfill()`
    const interrupted = [
      await kill(`select everwatch_private.backfill(100)`, 20),
      await kill(`select everwatch_private.age_rollups(now() + interval '27 days')`, 10),
    ]
    expect(interrupted).toContain(true)
    await expectTruth()
    await sql`select everwatch_private.backfill(100)`
    await sql`select everwatch_private.age_rollups(now() + interval '27 days')`
    const unfinished = await sql`select from everwatch_private.backfills where finished_at is null`
    expect(unfinished).toHaveLength(0)
    await expectTruth()
  }, 60_000)

  it('of tracking: ids that were claimed are free again', async () => {
    const event = `select everwatch.track_events(jsonb_build_array(jsonb_build_object(
      'type', 'webhook_delivery', 'id', '6b1d6ad2-0b1c-4c5e-9a53-0d7f5e3b8f11',
      'webhook_id', (select id from everwatch.webhooks order by id limit 1),
      'status', 'sent', 'duration_ms', 5)))`
    await kill(`begin; ${event}; select pg_sleep(60)`, 300)
    await sql.begin(async (transaction) => {
      await transaction`set local lock_timeout = '1s'`
      await transaction.unsafe(event)
    })
    await expectTruth()
  }, 60_000)

  it('of scoring: nothing is half scored, and the next run scores each hour once', async () => {
    const at = new Date()
    const scores = async (): Promise<string> => {
      const rows = await sql`
        select w.org_id, w.resource_id, w.metric, w.scored_until, w.detector::text, s.at, s.value, s.score
        from everwatch_private.watched_series as w
        left join everwatch_private.series_scores as s on s.series_id = w.id
        order by w.resource_id, w.metric, s.at`
      return JSON.stringify(rows)
    }
    const score = `select everwatch_private.score_watched_series('${at.toISOString()}')`
    const before = await scores()
    await sql`begin`
    await sql.unsafe(score)
    const undisturbed = await scores()
    await sql`rollback`
    expect(undisturbed).not.toBe(before)

    expect(await kill(`begin; ${score}; select pg_sleep(60)`, 500)).toBe(true)
    expect(await scores()).toBe(before)
    await sql.unsafe(score)
    expect(await scores()).toBe(undisturbed)
  }, 60_000)
})
