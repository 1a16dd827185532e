import { beforeAll, describe, expect, it } from 'vitest'
import {
  functionsWhere,
  reachableFunctions,
  reachableRelations,
  relationsWhere,
} from '../support/catalog.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let granting: TestDatabase
let strict: TestDatabase

beforeAll(async () => {
  granting = await createDatabase({ regime: 'granting' })
  strict = await createDatabase({ regime: 'strict' })
})

describe('every table that is exposed', () => {
  it('has row level security', async () => {
    const open = await relationsWhere(
      granting,
      `relkind in ('r', 'p') and nspname = 'everwatch' and not relrowsecurity`,
    )
    expect(open).toEqual([])
  })
})

describe('every view', () => {
  it('reads as its caller', async () => {
    const views = await relationsWhere(
      granting,
      `relkind = 'v' and not coalesce(reloptions @> '{security_invoker=on}', false)`,
    )
    expect(views).toEqual([])
  })
})

describe('every relation', () => {
  it('says what it is for', async () => {
    expect(
      await relationsWhere(granting, `obj_description(relation.oid, 'pg_class') is null`),
    ).toEqual([])
  })
})

describe('every function', () => {
  it('says what it is for', async () => {
    expect(
      await functionsWhere(granting, `obj_description(function.oid, 'pg_proc') is null`),
    ).toEqual([])
  })

  it('looks nothing up in the caller’s search path', async () => {
    expect(
      await functionsWhere(granting, `not coalesce('search_path=""' = any (proconfig), false)`),
    ).toEqual([])
  })

  it('is a security definer only outside the schema that is exposed', async () => {
    const exposed = await functionsWhere(granting, `prosecdef and nspname = 'everwatch'`)
    const reached = new Set(await reachableFunctions(granting, 'authenticated'))
    expect(exposed.filter((name) => reached.has(name))).toEqual([])
  })
})

describe('both regimes of default privileges', () => {
  it.each(['anon', 'authenticated', 'service_role'])('give %s exactly the same', async (role) => {
    expect(await reachableRelations(granting, role)).toEqual(await reachableRelations(strict, role))
    expect(await reachableFunctions(granting, role)).toEqual(await reachableFunctions(strict, role))
  })
})
