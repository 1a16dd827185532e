import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { supabase } from '../../scripts/stack/supabase-cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { readMetrics } from '../support/metrics.ts'
import { only } from '../support/platform.ts'
import { forMembers } from '../support/seed-queries.ts'
import { fillWithTraffic } from '../support/traffic.ts'

const ifLinted = only('debian', 'the linter asks plpgsql_check, which is not embedded')

const findings = z.array(z.object({ name: z.string(), detail: z.string() }))

/**
 * What `supabase db advisors` finds, all types and levels of it. That a month's partition has not been
 * read says nothing of its table's index, of which the partition's is a part. What a list has is
 * never deleted while something is of it, so a key to a catalog needs no index.
 */
async function advise(db: TestDatabase): Promise<string[]> {
  const url = `${db.urlAs('postgres')}?sslmode=disable`
  const flags = ['--type', 'all', '--level', 'info', '--db-url', url]
  const { stdout, stderr } = await supabase(['db', 'advisors', ...flags])
  // It says in words that there is none, and prints a list otherwise.
  const list = stderr.includes('No issues found') && stdout === '' ? '[]' : stdout
  return findings
    .parse(JSON.parse(list))
    .map(({ name, detail }) => `${name}: ${detail}`)
    .filter((finding) => !/^unused_index: .*_(\d{4}_\d\d|default)`/.test(finding))
    .filter((finding) => !/^unindexed_foreign_keys: .*_(kind|source|type)_fkey`/.test(finding))
}

/** What `supabase db lint` finds in the functions' bodies. */
async function lint(db: TestDatabase): Promise<string> {
  const url = `${db.urlAs('postgres')}?sslmode=disable`
  const flags = ['--level', 'warning', '--schema', 'public,monitoring', '--db-url', url]
  const { stdout, stderr } = await supabase(['db', 'lint', ...flags])
  return stdout + stderr
}

/**
 * Does once what people and the API do all day. An index that this does not use is not needed, or
 * not found by the planner.
 */
async function useEverything(db: TestDatabase): Promise<void> {
  const { orgId, userId } = await fillWithTraffic(db)
  await db.asUser(userId, async (sql) => {
    await readMetrics()(sql)
    for (const [, query] of forMembers) await sql.unsafe(query)
    const [alert] = await sql<[{ id: string }]>`
      select id from everwatch.v_alerts where org_id = ${orgId} order by started_at desc limit 20`
    await sql`select from everwatch.v_alert_history where org_id = ${orgId} order by id desc limit 20`
    await sql`select from everwatch.v_alert_history where alert_id = ${alert.id} order by id desc`
    await sql`select from everwatch.v_silences where org_id = ${orgId} order by ends_at desc limit 20`
    await sql`select from everwatch.v_notifications where org_id = ${orgId} order by id desc limit 20`
    await sql`select from everwatch.v_notification_channels where org_id = ${orgId}`
    await sql`select from everwatch.v_insights where org_id = ${orgId} order by first_stated_at desc limit 20`
    await sql`select everwatch.check_alerts(${orgId})`
    await sql`select pg_stat_force_next_flush()`
  })
  await db.sql.begin(async (sql) => {
    await sql`select everwatch_private.evaluate_alerts()`
    await sql`select everwatch_private.dispatch_notifications()`
    await sql`select everwatch_private.judge_deploys()`
    await sql`delete from everwatch.segments where org_id = ${orgId}`
    await sql`delete from everwatch.api_keys where org_id = ${orgId}`
    await sql`delete from everwatch.orgs where id = ${orgId}`
    await sql`select pg_stat_force_next_flush()`
  })
}

/**
 * The indexes that serve queries alone and never did, as far as the statistics know yet; of a
 * partitioned table those that served in no partition.
 */
async function unusedIndexes(db: TestDatabase): Promise<string[]> {
  const rows = await db.sql<{ name: string }[]>`
    select coalesce(i.inhparent, s.indexrelid)::regclass::text as name
    from pg_stat_user_indexes as s
    join pg_index using (indexrelid)
    left join pg_inherits as i on i.inhrelid = s.indexrelid
    where schemaname in ('everwatch', 'everwatch_private') and not indisunique
    group by 1
    having sum(idx_scan) = 0`
  return rows.map(({ name }) => name)
}

describe.each(['granting', 'strict'] as const)('under the regime %s', (regime) => {
  let db: TestDatabase
  beforeAll(async () => {
    db = await createDatabase({ regime })
    await useEverything(db)
  })

  it('each index is used', async () => {
    await expect.poll(() => unusedIndexes(db), { timeout: 15_000 }).toEqual([])
  })

  it('the advisors find nothing, at any level', async () => {
    expect(await advise(db)).toEqual([])
  })

  it('the linter finds nothing in any function', ifLinted, async () => {
    expect(await lint(db)).toContain('No schema errors found')
  })
})

describe('what a migration could get wrong', () => {
  let db: TestDatabase
  beforeAll(async () => {
    db = await createDatabase()
  })

  it('is found by the advisors', async () => {
    await db.sql`create table public.notes (id uuid primary key)`
    await db.sql`grant select on everwatch.mv_rule_performance to authenticated`
    expect(await advise(db)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^rls_disabled_in_public: .*public\.notes/) as string,
        expect.stringMatching(/^materialized_view_in_api: .*mv_rule_performance/) as string,
      ]),
    )
  })

  it('is found by the linter', ifLinted, async () => {
    await db.sql.unsafe(`
      create function monitoring.broken() returns void language plpgsql set search_path = ''
      as 'begin perform no_such_column from everwatch.orgs; end'`)
    expect(await lint(db)).toContain('no_such_column')
  })
})
