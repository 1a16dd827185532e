import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres, { type Sql } from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../scripts/stack/project.ts'
import { atEndOfFile } from '../support/cleanup.ts'
import { measure } from '../support/costs.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { queriesOf, readDashboard } from '../support/dashboards.ts'
import { createFullOrg } from '../support/full-org.ts'

let db: TestDatabase
let orgId: string
let reader: Sql

beforeAll(async () => {
  db = await createDatabase()
  orgId = (await createFullOrg(db, 'acme')).orgId
  await measure(db)
  const script = await readFile(join(projectRoot, 'grafana/postgres/reader.sql'), 'utf8')
  // Twice, as somebody might.
  for (const text of [script, script]) await asOwner(text)
  const url = new URL(db.url)
  url.username = 'everwatch_reader'
  reader = postgres(url.href, { max: 1, onnotice: () => {} })
  atEndOfFile(() => reader.end())
})

/** As the owner of a hosted database, who is no superuser. */
async function asOwner(text: string): Promise<void> {
  await db.sql.begin(async (sql) => {
    await sql`set local role postgres`
    await sql.unsafe(text)
  })
}

/** Signed in as the role; a statement of a kind that it may not even try is tried all the same. */
async function asReader(query: string): Promise<Record<string, unknown>[]> {
  return reader.begin('read write', (sql) =>
    sql.unsafe<Record<string, unknown>[]>(query),
  ) as Promise<Record<string, unknown>[]>
}

/** A query with what Grafana puts in. */
const filled = (query: string): string =>
  query
    .replaceAll('$org', `'${orgId}'`)
    .replaceAll(/\$__timeFilter\(([^)]+)\)/g, `$1 between now() - interval '24 hours' and now()`)

describe('the role that the script makes', () => {
  it('answers each panel of the dashboard with rows', async () => {
    for (const [panel, query] of queriesOf(await readDashboard('everwatch-postgres'))) {
      const rows = await asReader(filled(query))
      expect({ panel, any: rows.length > 0 }).toEqual({ panel, any: true })
    }
  })

  it('lists the organisations', async () => {
    const { templating } = await readDashboard('everwatch-postgres')
    const query = String(templating.list.find(({ name }) => name === 'org')?.query)
    expect(await asReader(query)).toEqual([{ __text: 'acme', __value: orgId }])
  })

  it.each([
    ['insert into everwatch.orgs (name) values ($$x$$)', 'writes no row'],
    ['update everwatch.webhooks set enabled = false', 'changes none'],
    ['delete from everwatch.webhook_deliveries', 'deletes none'],
    ['select from everwatch.api_keys', 'reads no key'],
    ['select from everwatch.org_members', 'nor who is whose'],
    ['select from auth.users', 'nor who signs in'],
    ['select url from everwatch_private.channels', 'nor where a channel leads'],
    ['select secret_id from everwatch_private.channels', 'nor what is secret of it'],
    ['select answer from everwatch_private.notifications', 'nor what a receiver answered'],
    ['select decrypted_secret from vault.decrypted_secrets', 'nor any secret'],
    ['select everwatch.refresh_monitoring_views()', 'does nothing'],
  ])('cannot %s: it %s', async (statement) => {
    await expect(asReader(statement)).rejects.toThrow(/permission denied/)
  })

  it('asks read-only, for at most ten seconds, and has no password until it is given one', async () => {
    const [role] = await db.sql<[{ config: string[]; password: string | null; bypasses: boolean }]>`
      select s.setconfig as config, a.rolpassword as password, a.rolbypassrls as bypasses
      from pg_authid as a join pg_db_role_setting as s on s.setrole = a.oid
      where a.rolname = 'everwatch_reader'`
    expect(role).toEqual({
      config: ['default_transaction_read_only=on', 'statement_timeout=10s'],
      password: null,
      bypasses: false,
    })
  })
})
