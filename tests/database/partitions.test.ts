import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { monthOf, partitionsOf, rawTables, rowsByPartition } from '../support/partitions.ts'
import { differences } from '../support/truth.ts'

let db: TestDatabase
let orgId: string
let webhookId: string
let ruleId: string

beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
  webhookId = await createWebhook(db, orgId)
  ruleId = await createRule(db, orgId)
})

/** A row of each table at a time. */
async function addRows(at: Date): Promise<void> {
  await db.sql`
    insert into everwatch.webhook_deliveries (webhook_id, status, duration_ms, sent_at)
    values (${webhookId}, 'sent', 10, ${at})`
  await db.sql`
    insert into everwatch.rule_executions (rule_id, status, duration_ms, executed_at)
    values (${ruleId}, 'success', 10, ${at})`
  await db.sql`
    insert into everwatch.api_audit_logs (org_id, method, path, status_code, duration_ms, created_at)
    values (${orgId}, 'GET', '/', 200, 10, ${at})`
}

async function makePartitions(since: Date | null = null, most = 50_000): Promise<string[]> {
  const rows = await db.sql<{ name: string }[]>`
    select everwatch_private.make_partitions(${since}, now(), ${most}) as name`
  return rows.map(({ name }) => name)
}

describe.each(rawTables)('%s', (table) => {
  it('has from the start partitions of this month and the next two', async () => {
    const months = [0, 1, 2].map((later) => monthOf(new Date(), later))
    expect(await partitionsOf(db, table)).toEqual([...months, 'default'])
  })

  it('shows its partitions to nobody', async () => {
    const reached = await db.sql`
      select c.relname, r.role from pg_inherits join pg_class as c on c.oid = inhrelid,
        unnest(array['anon', 'authenticated', 'service_role']) as r (role)
      where inhparent = ${`everwatch.${table}`}::regclass
        and has_table_privilege(r.role, c.oid, 'select, insert, update, delete, truncate, references, trigger')`
    expect(reached).toEqual([])
  })

  it('takes the same id twice in no partition', async () => {
    const keys = await db.sql`
      select pg_get_constraintdef(k.oid) as key
      from pg_inherits left join pg_constraint as k on k.conrelid = inhrelid and k.contype = 'p'
      where inhparent = ${`everwatch.${table}`}::regclass`
    expect(new Set(keys.map(({ key }) => key as string))).toEqual(new Set(['PRIMARY KEY (id)']))
  })
})

describe('a row for whose month there is no partition', () => {
  const now = new Date()
  const monthsAgo = (months: number): Date =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 15))
  const old = monthsAgo(2)

  it.each([
    ['months ago', old],
    ['years ago', new Date('2001-02-03T04:05:06Z')],
    ['years ahead', new Date('2101-02-03T04:05:06Z')],
  ])('is kept all the same: %s', async (_, at) => {
    await addRows(at)
    for (const [table, column] of rawTables) {
      const rows = await db.sql`
        select tableoid::regclass::text as partition from ${db.sql(`everwatch.${table}`)}
        where ${db.sql(column)} = ${at}`
      expect(rows).toEqual([{ partition: `everwatch_private.${table}_default` }])
    }
  })

  it('moves to the partition that is made for it, and counts once', async () => {
    const made = await makePartitions()
    expect(made.toSorted()).toEqual(rawTables.map(([table]) => `${table}_${monthOf(old)}`))
    for (const [table] of rawTables) {
      expect(await rowsByPartition(db, table)).toEqual({ [monthOf(old)]: 1, default: 2 })
    }
    await db.sql`select everwatch_private.refresh_views(now())`
    expect(await differences(db.sql, orgId, new Date())).toEqual([])
  })

  it('stays where it is when it is older than the retention, or far ahead', async () => {
    expect(await makePartitions()).toEqual([])
  })

  it('waits for a quiet hour together with many others', async () => {
    const before = monthsAgo(1)
    await addRows(before)
    await addRows(before)
    expect(await makePartitions(null, 1)).toEqual([])
    for (const [table] of rawTables) {
      expect(await rowsByPartition(db, table)).toMatchObject({ default: 4 })
    }
    expect(await makePartitions(before, 1)).toHaveLength(3)
    for (const [table] of rawTables) {
      expect(await rowsByPartition(db, table)).toMatchObject({ [monthOf(before)]: 2, default: 2 })
    }
  })
})

describe('making partitions', () => {
  it('goes back as far as it is asked to, for history that is about to be loaded', async () => {
    const since = new Date('2026-01-15T00:00:00Z')
    await makePartitions(since)
    for (const [table] of rawTables) {
      const months = await partitionsOf(db, table)
      expect(months.slice(0, 2)).toEqual(['2026_01', '2026_02'])
      expect(months).not.toContain('2025_12')
    }
  })

  it('gives up at once when somebody is in its way, and does it the next time', async () => {
    // In the next month, one more is missing.
    const now = new Date()
    const later = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 15))
    const make = () => db.sql`select everwatch_private.make_partitions(at => ${later})`
    await db.sql.begin(async (sql) => {
      await sql`lock table everwatch.webhooks in row exclusive mode`
      await expect(make()).rejects.toMatchObject({ code: '55P03' })
    })
    expect(await make()).toHaveLength(rawTables.length)
  })
})
