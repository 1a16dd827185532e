import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { PrivilegeRegime } from '../../scripts/stack/bootstrap.ts'
import { exposedSchemas } from '../../scripts/stack/project.ts'
import { supabase } from '../../scripts/stack/supabase-cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { readMetrics } from '../support/metrics.ts'
import { only } from '../support/platform.ts'
import { seedQueries } from '../support/seed-queries.ts'
import { fillWithTraffic } from '../support/traffic.ts'

const ifLinted = only('debian', 'the linter asks plpgsql_check, which is not embedded')

const findings = z.array(z.object({ name: z.string(), detail: z.string() }))

/**
 * A project whose owner exposes our schema, which the advisors read from the settings of the Data API:
 * they look at tables, views and functions of exposed schemas alone.
 */
async function createExposed(regime?: PrivilegeRegime): Promise<TestDatabase> {
  const db = await createDatabase(regime ? { regime } : {})
  const schemas = exposedSchemas().join(', ')
  // The platform does so; to the owner of the project the setting is closed.
  const superuser = postgres(db.url, { max: 1, onnotice: () => {} })
  await superuser.unsafe(`alter database "${db.name}" set pgrst.db_schemas = '${schemas}'`)
  await superuser.end()
  return db
}

/**
 * What `supabase db advisors` finds, all types and levels of it. That a month's partition has not been
 * read says nothing of its table's index, of which the partition's is a part. No row of a
 * catalog is deleted while others refer to it, so what refers to one needs no index.
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
    .filter(
      (finding) => !/^unindexed_foreign_keys: .*_(kind|metric|source|type)_fkey`/.test(finding),
    )
}

/** What `supabase db lint` finds in the functions' bodies. */
async function lint(db: TestDatabase): Promise<string> {
  const url = `${db.urlAs('postgres')}?sslmode=disable`
  const flags = [
    '--level',
    'warning',
    '--schema',
    'public,everwatch,everwatch_private',
    '--db-url',
    url,
  ]
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
    for (const [, query] of seedQueries) await sql.unsafe(query)
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
    db = await createExposed(regime)
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

/** What is wrong in a schema that is exposed. */
const plantFaults = (schema: string): string => `
  create table ${schema}.planted_table (id uuid primary key);
  create view ${schema}.planted_view as select * from everwatch.orgs;
  create materialized view ${schema}.planted_copy as select * from everwatch.orgs;
  grant select on ${schema}.planted_table, ${schema}.planted_view, ${schema}.planted_copy
    to authenticated`

const mendFaults = (schema: string): string => `
  drop table ${schema}.planted_table;
  drop view ${schema}.planted_view;
  drop materialized view ${schema}.planted_copy`

describe.each(['public', 'everwatch'])('what could go wrong in %s', (schema) => {
  it('is found by the advisors, until it is mended', { timeout: 120_000 }, async () => {
    const db = await createExposed()
    // Of what is planted; the indexes have not been used yet.
    const found = async (): Promise<string[]> =>
      (await advise(db)).filter((finding) => !finding.startsWith('unused_index: '))
    expect(await found()).toEqual([])
    await db.sql.unsafe(plantFaults(schema))
    const faults = (await found()).map((finding) => finding.replaceAll('`', ''))
    expect(faults.toSorted()).toEqual([
      expect.stringMatching(`^materialized_view_in_api: .*${schema}.planted_copy`),
      expect.stringMatching(`^rls_disabled_in_public: .*${schema}.planted_table`),
      expect.stringMatching(`^security_definer_view: .*${schema}.planted_view`),
    ])
    await db.sql.unsafe(mendFaults(schema))
    expect(await found()).toEqual([])
  })
})

describe.each(['public', 'everwatch', 'everwatch_private'])(
  'the linter looks into %s',
  (schema) => {
    it('and finds a column that is not there', ifLinted, async () => {
      const db = await createDatabase()
      await db.sql.unsafe(`
      create function ${schema}.planted() returns void language plpgsql set search_path = ''
      as 'begin perform no_such_column from everwatch.orgs; end'`)
      expect(await lint(db)).toContain('no_such_column')
    })
  },
)
