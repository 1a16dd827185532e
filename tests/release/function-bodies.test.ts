import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { only } from '../support/platform.ts'

// Releases make functions before what they speak of, so nothing has looked into them when they are made.

let db: TestDatabase

beforeAll(async () => {
  db = await createDatabase()
})

const ours = `pronamespace in ('everwatch'::regnamespace, 'everwatch_private'::regnamespace)`

/** What is wrong with the functions of ours, as Postgres says when it makes them again. */
async function findInvalidBodies(): Promise<string[]> {
  const problems: string[] = []
  const functions = await db.sql.unsafe<{ name: string; definition: string }[]>(`
    select oid::regprocedure::text as name, pg_get_functiondef(oid) as definition
    from pg_proc where ${ours}`)
  await db.sql.begin(async (sql) => {
    await sql`set local check_function_bodies = on`
    for (const { name, definition } of functions) {
      await sql
        .savepoint((inner) => inner.unsafe(definition))
        .catch((error: Error) => problems.push(`${name}: ${error.message}`))
    }
  })
  return problems
}

describe('the bodies of functions', () => {
  it('speak of what is there', async () => {
    expect(await findInvalidBodies()).toEqual([])
  })

  it('are found out when they do not', async () => {
    await db.sql.begin(async (sql) => {
      await sql`set local check_function_bodies = off`
      await sql`
        create function everwatch_private.misspelt() returns bigint language sql
          as 'select count(*) from everwatch.webhoks'`
    })
    expect(await findInvalidBodies()).toEqual([
      'everwatch_private.misspelt(): relation "everwatch.webhoks" does not exist',
    ])
    await db.sql`drop function everwatch_private.misspelt()`
  })
})

describe(
  'the bodies of functions in PL/pgSQL',
  only('debian', 'plpgsql_check is not embedded'),
  () => {
    it('speak of what is there, whichever statement is reached', async () => {
      const sql = postgres(db.url, { max: 1, onnotice: () => {} })
      const problems = await sql.unsafe<{ name: string; message: string }[]>(`
      select p.oid::regprocedure::text as name, c.message
      from pg_proc as p
      left join (
        select distinct tgfoid, tgrelid, tgoldtable, tgnewtable from pg_trigger
      ) as t on t.tgfoid = p.oid
      cross join lateral extensions.plpgsql_check_function_tb(
        p.oid, coalesce(t.tgrelid, 0), oldtable => t.tgoldtable, newtable => t.tgnewtable
      ) as c
      where ${ours} and prolang = (select oid from pg_language where lanname = 'plpgsql')
        and (p.prorettype <> 'trigger'::regtype or t.tgrelid is not null)
        and c.level = 'error'`)
      await sql.end()
      expect(problems.map(({ name, message }) => `${name}: ${message}`)).toEqual([])
    })
  },
)
