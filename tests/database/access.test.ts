import { beforeAll, describe, expect, it } from 'vitest'
import { unneededGrants } from '../support/call-graph.ts'
import { functionsWhere, reachableFunctions } from '../support/catalog.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  grantedFunctions,
  schemaStatements,
  type SchemaStatement,
} from '../support/schema-statements.ts'

const statements = await schemaStatements()
const granted = await grantedFunctions()

const starting = (start: RegExp): SchemaStatement[] =>
  statements.filter(({ text }) => start.test(text))

/** What a file makes, as `<kind>` names it: functions, or tables and views. */
const madeIn = (file: string, kind: RegExp): string[] =>
  statements
    .filter((statement) => statement.file === file)
    .flatMap(({ text }) => kind.exec(text)?.[1] ?? [])

const aFunction = /^create function ([\w.]+)\(/
const aRelation = /^create (?:unlogged )?(?:table|view|materialized view|sequence) ([\w.]+)/

describe('the schema files', () => {
  it('grant functions in access.sql alone', () => {
    const elsewhere = starting(/^grant\s+execute\b/).filter(({ file }) => file !== 'access.sql')
    expect(elsewhere).toEqual([])
  })

  it('say why with each of those grants', () => {
    const [header, ...others] = statements.filter(({ file }) => file === 'access.sql')
    expect(header!.text).toBe('')
    expect(others.filter(({ comment }) => !comment.startsWith('-- '))).toEqual([])
    expect(others.filter(({ text }) => !/^grant\s+execute\s/.test(text))).toEqual([])
  })

  it('grant a table or a view only where they make it', () => {
    const grants = starting(/^grant\b(?!\s+(execute|usage\s+on\s+schema)\b)/)
    expect(grants.length).toBeGreaterThan(40)
    const strays = grants.filter(({ file, text }) => {
      const [, objects = ''] = /\son\s+([\w., \n]+?)\s+to\s+[\w, \n]+$/.exec(text) ?? []
      const made = madeIn(file, aRelation)
      return !objects.split(',').every((name) => made.includes(name.trim()))
    })
    expect(strays).toEqual([])
  })

  it('write a policy only where they make its table', () => {
    const strays = starting(/^create policy\b/).filter(({ file, text }) => {
      const [, table] = /\son\s+([\w.]+)/.exec(text.replace(/"[^"]*"/, ''))!
      return !madeIn(file, aRelation).includes(table!)
    })
    expect(strays).toEqual([])
  })

  it('revoke nothing but execute from public', () => {
    const revokes = starting(/^revoke\b/)
    const others = revokes.filter(
      ({ text }) => !/^revoke\s+execute\s+on\s+function\s[^]+\sfrom\s+public$/.test(text),
    )
    expect(others).toEqual([])
  })

  it('revoke it of each function after making it, in the same file', () => {
    for (const file of new Set(statements.map((statement) => statement.file))) {
      const made: string[] = []
      for (const { text } of statements.filter((statement) => statement.file === file)) {
        made.push(...(aFunction.exec(text)?.slice(1) ?? []))
        if (!text.startsWith('revoke')) continue
        for (const [, name] of text.matchAll(/([\w.]+)\([^)]*\)/g)) {
          expect({ file, made }).toEqual({ file, made: expect.arrayContaining([name]) as string[] })
          made.splice(made.indexOf(name!), 1)
        }
      }
      expect({ file, open: made }).toEqual({ file, open: [] })
    }
  })

  it('make no function that grants, but the one that makes the aliases', () => {
    const granting = starting(/^create function\b[^]*\bgrant (all|select|execute)\b/)
    expect(granting.map(({ file }) => file)).toEqual(['aliases/make_alias.sql'])
  })
})

describe.each(['granting', 'strict'] as const)('with %s default privileges', (regime) => {
  let db: TestDatabase
  beforeAll(async () => {
    db = await createDatabase({ regime })
  })

  /** Functions that anybody may run: their rights are what Postgres gives, or `public` is among them. */
  const open = (): Promise<string[]> =>
    functionsWhere(
      db,
      `nspname in ('everwatch', 'everwatch_private') and (proacl is null or exists (
        select from aclexplode(proacl) where grantee = 0))`,
    )

  it.each(['everwatch', 'everwatch_private'])(
    'no function of %s is open to anybody, and one that is, is found',
    async (schema) => {
      const planted = `${schema}.planted()`
      expect(await open()).toEqual([])
      await db.sql.unsafe(`create function ${planted} returns void language sql as ''`)
      // In the strict regime nobody may run it yet.
      if (regime === 'strict') await db.sql.unsafe(`grant execute on function ${planted} to public`)
      expect(await open()).toEqual([planted])
      await db.sql.unsafe(`revoke execute on function ${planted} from public`)
      expect(await open()).toEqual([])
      await db.sql.unsafe(`drop function ${planted}`)
    },
  )

  it.each(['authenticated', 'service_role'])('%s runs what access.sql names', async (role) => {
    const named = await functionsWhere(
      db,
      `function.oid = any ('{${granted.get(role)!.map((name) => `"${name}"`).join()}}'::regprocedure[])`, // prettier-ignore
    )
    const reached = await reachableFunctions(db, role)
    // Aliases are granted where they are made.
    expect(reached.filter((name) => !name.startsWith('public.'))).toEqual(named)
  })

  it('anon runs nothing', async () => {
    expect(await reachableFunctions(db, 'anon')).toEqual([])
  })

  it.each(['authenticated', 'service_role'])('%s needs each of its grants', async (role) => {
    expect(await unneededGrants(db, role)).toEqual([])
  })

  it('a grant that nobody needs is found', async () => {
    await db.sql`grant execute on function everwatch_private.may_read(uuid) to authenticated`
    expect(await unneededGrants(db, 'authenticated')).toEqual(['everwatch_private.may_read'])
    await db.sql`revoke execute on function everwatch_private.may_read(uuid) from authenticated`
  })
})
