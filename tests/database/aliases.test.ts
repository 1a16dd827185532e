import type { TransactionSql } from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PrivilegeRegime } from '../../scripts/stack/bootstrap.ts'
import { pushMigrations } from '../../scripts/stack/migrations.ts'
import {
  aliasNames,
  aliasViews,
  outcomesOf,
  readAlias,
  readBoth,
  thingsInPublic,
} from '../support/aliases.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg } from '../support/fixtures.ts'
import { createFullOrg } from '../support/full-org.ts'
import { denied } from '../support/outcome.ts'
import { undone } from '../support/undone.ts'

let installed: TestDatabase
beforeAll(async () => {
  installed = await createDatabase()
})

type Work = (sql: TransactionSql) => Promise<void>

/** A fresh project with Everwatch in it. */
const inFreshProject = (work: Work): Promise<void> => undone(installed.sql, work)

/** A project as it is just before a release makes its aliases, with what the owner has in `public`. */
const inProjectWith = (statement: string, work: Work): Promise<void> =>
  undone(installed.sql, async (sql) => {
    await withdraw(sql)
    await sql`update everwatch_private.settings set aliases = null`
    await sql.unsafe(statement)
    await work(sql)
  })

const apply = (sql: TransactionSql) => outcomesOf(sql, 'apply_aliases')
const make = (sql: TransactionSql) => outcomesOf(sql, 'make_aliases')
const withdraw = (sql: TransactionSql) => outcomesOf(sql, 'withdraw_aliases')

const columnsOf = async (sql: TransactionSql, view: string): Promise<string[]> =>
  (await sql.unsafe(`select * from public.${view} limit 0`)).columns.map(({ name }) => name)

const all = (outcome: string): Record<string, string> =>
  Object.fromEntries(aliasNames.map((name) => [name, outcome]))

describe('a fresh project', () => {
  it('has all of them once it is installed, and nothing else of ours in public', async () => {
    const untouched = await createDatabase({ migrated: false })
    const before = await thingsInPublic(untouched.sql)
    const after = await thingsInPublic(installed.sql)
    expect(after.filter((thing) => !before.includes(thing))).toEqual([
      'function refresh_monitoring_views()',
      ...aliasViews.map((name) => `view ${name}`),
    ])
  })

  it('is fresh also where extensions have brought something into public', () =>
    inProjectWith('create extension citext schema public', async (sql) => {
      expect(await apply(sql)).toEqual(all('made'))
    }))
})

describe('a project with something of its own in public', () => {
  it('has none once it is installed, and all of them when its owner asks', async () => {
    const { url, sql } = await createDatabase({ migrated: false })
    await sql`create table public.invoices (id integer)`
    await pushMigrations(url)
    expect(await thingsInPublic(sql)).toEqual(['table invoices'])
    expect(await outcomesOf(sql, 'make_aliases')).toEqual(all('made'))
  })

  it.each([
    ['table', 'create table public.things (id integer)'],
    ['view', 'create view public.things as select 1 as id'],
    ['sequence', 'create sequence public.things'],
    ['function', 'create function public.things() returns integer language sql return 1'],
    ['type', `create type public.things as enum ('one')`],
  ])('has none as long as nobody asks when that is a %s', (kind, statement) =>
    inProjectWith(statement, async (sql) => {
      expect(await apply(sql)).toEqual({})
      await sql.unsafe(`drop ${kind} public.things`)
      expect(await apply(sql)).toEqual({})
    }),
  )

  it('keeps them with each release once its owner has asked', () =>
    inProjectWith('create table public.things (id integer)', async (sql) => {
      await make(sql)
      expect(await apply(sql)).toEqual(all('made'))
    }))
})

describe('a name that is taken', () => {
  const name = 'v_webhook_health'

  it.each([
    ['table', `create table public.${name} (id integer)`],
    ['view', `create view public.${name} as select 1 as id`],
    ['view that is what ours would be', `create view public.${name} as table everwatch.${name}`],
    ['materialized view', `create materialized view public.${name} as select 1 as id`],
    ['function', `create function public.${name}() returns integer language sql return 1`],
    ['type', `create type public.${name} as enum ('one')`],
  ])('by a %s is left alone and told, and the others are made', (_kind, statement) =>
    inProjectWith(statement, async (sql) => {
      const before = await thingsInPublic(sql)
      expect(await make(sql)).toEqual({ ...all('made'), [name]: 'taken' })
      expect(await thingsInPublic(sql)).toEqual(expect.arrayContaining(before))
      expect(await withdraw(sql)).toEqual({ ...all('withdrawn'), [name]: 'taken' })
      expect(await thingsInPublic(sql)).toEqual(before)
    }),
  )

  it('is made once it is free', () =>
    inProjectWith(`create table public.${name} (id integer)`, async (sql) => {
      await make(sql)
      await sql.unsafe(`drop table public.${name}`)
      expect(await apply(sql)).toEqual(all('made'))
    }))
})

describe('what the owner put in the place of an alias', () => {
  // `create or replace` keeps the comment by which an alias is known.
  it.each([
    [
      'view mv_rule_performance',
      'as select * from everwatch.mv_rule_performance where rule_id is null',
    ],
    ['view webhook_deliveries', 'as select distinct * from everwatch.webhook_deliveries'],
    [
      'function refresh_monitoring_views()',
      `returns jsonb language sql as $$ select '{}'::jsonb $$`,
    ],
  ])('is left alone: %s', (thing, definition) =>
    inFreshProject(async (sql) => {
      await sql.unsafe(`create or replace ${thing} ${definition}`)
      const [, name = ''] = /\w+ (\w+)/.exec(thing) ?? []
      expect(await apply(sql)).toEqual({ ...all('made'), [name]: 'taken' })
      expect(await withdraw(sql)).toEqual({ ...all('withdrawn'), [name]: 'taken' })
      expect(await thingsInPublic(sql)).toEqual([thing])
    }),
  )
})

describe('withdrawing', () => {
  it('drops them by one call, and no release makes them again', () =>
    inFreshProject(async (sql) => {
      await sql`create table public.things (id integer)`
      expect(await withdraw(sql)).toEqual(all('withdrawn'))
      expect(await thingsInPublic(sql)).toEqual(['table things'])
      expect(await apply(sql)).toEqual({})
      expect(await make(sql)).toEqual(all('made'))
    }))

  it('is refused while something of the owner’s reads one, and then drops none', () =>
    inFreshProject(async (sql) => {
      await sql`create view public.report as select url from v_webhook_health`
      const before = await thingsInPublic(sql)
      const attempt = sql.savepoint((savepoint) => withdraw(savepoint))
      await expect(attempt).rejects.toMatchObject({
        code: '2BP01',
        message: 'public.v_webhook_health is still in use.',
        detail: 'view public.report depends on view public.v_webhook_health',
        hint: 'Let what uses it use everwatch.v_webhook_health instead, or drop it; then try again.',
      })
      expect(await thingsInPublic(sql)).toEqual(before)
      expect(await apply(sql)).toEqual(all('made'))
      await sql`create or replace view public.report as select url from everwatch.v_webhook_health`
      expect(await withdraw(sql)).toEqual(all('withdrawn'))
    }))
})

describe('an alias of what has changed in everwatch', () => {
  it('has a column that was added, though the owner’s view reads the alias', () =>
    inFreshProject(async (sql) => {
      await sql`create view public.report as select id from webhook_deliveries`
      await sql`alter table everwatch.webhook_deliveries add column note text`
      expect(await apply(sql)).toEqual(all('made'))
      expect(await columnsOf(sql, 'webhook_deliveries')).toContain('note')
    }))

  it('has a column under its new name', () =>
    inFreshProject(async (sql) => {
      await sql`alter view everwatch.v_webhook_health rename column url to address`
      expect(await apply(sql)).toEqual(all('made'))
      expect(await columnsOf(sql, 'v_webhook_health')).toContain('address')
    }))

  it('is kept as it was, and told, where the owner’s view reads the earlier name', () =>
    inFreshProject(async (sql) => {
      await sql`create view public.report as select url from v_webhook_health`
      await sql`alter view everwatch.v_webhook_health rename column url to address`
      expect(await apply(sql)).toEqual({ ...all('made'), v_webhook_health: 'kept' })
      expect(await columnsOf(sql, 'v_webhook_health')).toContain('url')
    }))
})

describe.each<PrivilegeRegime>(['granting', 'strict'])('in the %s regime', (regime) => {
  let db: TestDatabase
  let member: string
  let stranger: string

  beforeAll(async () => {
    db = await createDatabase({ regime })
    const { orgId } = await createFullOrg(db, 'acme')
    member = await addMember(db, orgId)
    stranger = await addMember(db, await createOrg(db))
    await db.sql`select everwatch.refresh_monitoring_views()`
  })

  it.each(aliasNames)('a member gets from %s exactly what everwatch gives', async (name) => {
    for (const user of [member, stranger]) {
      const [alias, original] = await readBoth((work) => db.asUser(user, work), name)
      expect(alias).toEqual(original)
    }
  })

  it.each(aliasViews)('the secret key gets from %s what everwatch gives', async (name) => {
    const [alias, original] = await readBoth((work) => db.asService(work), name)
    expect(alias).toEqual(original)
  })

  it('the secret key refreshes by refresh_monitoring_views', async () => {
    const answer = readAlias((work) => db.asService(work), 'public', 'refresh_monitoring_views')
    expect(await answer).toMatchObject([{ status: 'refreshed' }])
  })

  it.each(aliasNames)('nobody without a session gets anything from %s', async (name) => {
    expect(await readAlias((work) => db.asAnonymous(work), 'public', name)).toBe(denied)
  })

  it.each(['authenticated', 'service_role'])(
    '%s may do nothing but read the views',
    async (role) => {
      const others = await db.sql`
      select table_name, privilege_type from information_schema.role_table_grants
      where table_schema = 'public' and grantee = ${role} and privilege_type <> 'SELECT'`
      expect(others).toEqual([])
    },
  )
})
