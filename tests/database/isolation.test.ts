import type { TransactionSql } from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { attemptAs, checksumOf, type Attempt } from '../support/attempts.ts'
import { reachableFunctions, reachableRelations, type Relation } from '../support/catalog.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createFullOrg, type FullOrg } from '../support/full-org.ts'
import { callsOf } from '../support/function-calls.ts'
import { knownValues, type KnownValues } from '../support/known-values.ts'
import { grantedFunctions } from '../support/schema-statements.ts'

const functions = (await grantedFunctions()).get('authenticated')!

/** What is of no org: the defaults of policies, and how far the rollups are. */
const ofNoOrg = new Set([
  'everwatch_private.alert_policies',
  'everwatch_private.rollup_state',
  'everwatch_private.series',
])

/** The resource of what is rolled up is, for members, the org whose API was asked. */
const orgColumn = ({ name, readable }: Relation): string =>
  name === 'everwatch.orgs' ? 'id' : readable.includes('org_id') ? 'org_id' : 'resource_id'

describe.each(['granting', 'strict'] as const)('with %s default privileges', (regime) => {
  let db: TestDatabase
  let theirs: FullOrg
  let mine: FullOrg
  let stranger: string
  let relations: Relation[]

  beforeAll(async () => {
    db = await createDatabase({ regime })
    theirs = await createFullOrg(db, 'their-secret')
    mine = await createFullOrg(db, 'my-secret')
    stranger = await db.createUser()
    relations = await reachableRelations(db, 'authenticated')
  })

  async function rows(
    userId: string,
    { name, readable }: Relation,
  ): Promise<Record<string, unknown>[]> {
    return db.asUser(userId, (sql) => sql`select ${sql(readable)} from ${sql(name)}`)
  }

  it('an anonymous caller reaches no relation', async () => {
    expect(await reachableRelations(db, 'anon')).toEqual([])
  })

  it('an anonymous caller reaches no function', async () => {
    expect(await reachableFunctions(db, 'anon')).toEqual([])
  })

  it('a signed-in user reaches only tables and views, and may not truncate or refer to any', () => {
    const unfit = relations.filter(
      ({ kind, other }) => other || (kind !== 'table' && kind !== 'view'),
    )
    expect(unfit).toEqual([])
    expect(relations.length).toBeGreaterThanOrEqual(14)
  })

  it('a member reads rows of their own org from every relation, and of no other', async () => {
    for (const relation of relations) {
      if (ofNoOrg.has(relation.name)) continue
      const found = await rows(mine.ownerId, relation)
      const orgs = new Set(found.map((row) => row[orgColumn(relation)]))
      expect({ relation: relation.name, orgs }).toEqual({
        relation: relation.name,
        orgs: new Set([mine.orgId]),
      })
      expect(JSON.stringify(found)).not.toContain(theirs.marker)
    }
  })

  it('a stranger reads nothing from any relation', async () => {
    for (const relation of relations) {
      if (ofNoOrg.has(relation.name)) continue
      expect({ relation: relation.name, rows: await rows(stranger, relation) }).toEqual({
        relation: relation.name,
        rows: [],
      })
    }
  })

  it('an owner changes no row of another org', async () => {
    for (const relation of relations.filter((each) => each.updatable.length > 0)) {
      const { name, updatable } = relation
      const column = updatable[0]!
      const changed = await db.asUser(
        mine.ownerId,
        (sql) => sql`
          update ${sql(name)} set ${sql(column)} = ${sql(column)}
          where ${sql(orgColumn(relation))} is not null returning ${sql(orgColumn(relation))} as org_id`,
      )
      expect({ name, orgs: new Set(changed.map((row) => row['org_id'])) }).toEqual({
        name,
        orgs: new Set([mine.orgId]),
      })
    }
  })

  it('an owner deletes no row of another org', async () => {
    for (const relation of relations.filter(({ deletable }) => deletable)) {
      const { name } = relation
      const deleted = await db.asUser(
        mine.ownerId,
        (sql) => sql`delete from ${sql(name)} where ${sql(orgColumn(relation))} = ${theirs.orgId}`,
      )
      expect({ name, deleted: deleted.count }).toEqual({ name, deleted: 0 })
    }
  })

  it('an owner adds no row to another org', async () => {
    for (const { name, insertable } of relations.filter((each) => each.insertable.length > 0)) {
      const [row] = await db.sql`
        select ${db.sql(insertable)} from ${db.sql(name)} where org_id = ${theirs.orgId} limit 1`
      const refusal = await db
        .asUser(mine.ownerId, (sql) => sql`insert into ${sql(name)} ${sql(row!, ...insertable)}`)
        .catch((error: { message: string }) => error.message)
      expect({ name, refusal }).toEqual({
        name,
        refusal: `new row violates row-level security policy for table "${name.split('.')[1]}"`,
      })
    }
  })

  it('a signed-in user runs exactly the functions that access.sql names', async () => {
    const named = await db.sql<{ name: string }[]>`
      select format('%s.%s(%s)', nspname, proname, oidvectortypes(proargtypes)) as name
      from unnest(${functions}::text[]) as f (signature)
      join pg_proc as p on p.oid = signature::regprocedure
      join pg_namespace as n on n.oid = pronamespace
      order by name`
    expect(await reachableFunctions(db, 'authenticated')).toEqual(named.map(({ name }) => name))
  })
})

// Who may run what is the same under both regimes.
describe('what a signed-in user can run', () => {
  let db: TestDatabase
  let theirs: FullOrg
  let callers: Record<string, string>
  let known: KnownValues
  let before: Record<string, string>
  const watch = (sql: TransactionSql) => checksumOf(sql, [...known.ids.values()])

  beforeAll(async () => {
    db = await createDatabase()
    theirs = await createFullOrg(db, 'their-secret')
    const { ownerId } = await createFullOrg(db, 'my-secret')
    callers = { 'a stranger': await db.createUser(), 'an owner of another org': ownerId }
    known = await knownValues(db, theirs.orgId, theirs.marker)
    before = await db.sql.begin(watch)
  })

  describe.each(['a stranger', 'an owner of another org'])(
    'tells %s nothing of an org',
    (caller) => {
      it.each(functions)('nor lets them change it: %s', async (signature) => {
        const calls = await callsOf(db, signature, known)
        const { attempts, after } = await attemptAs(db, callers[caller]!, calls, { watch })
        expect(attempts.filter((each) => tells(each, known.secrets))).toEqual([])
        expect(after).toEqual(before)
        const unfit = attempts.filter((each) => !isAnswer(each) && !isRefusal(each))
        expect(unfit.filter(({ code }) => !badArgument.test(code!))).toEqual([])
        expect(unfit.length).toBeLessThan(attempts.length)
      })
    },
  )

  describe('answers the org’s owner', () => {
    let told = 0

    it.each(functions)('by the same calls: %s', async (signature) => {
      const calls = await callsOf(db, signature, known)
      const { attempts } = await attemptAs(db, theirs.ownerId, calls, { undo: true })
      expect(attempts.filter(isAnswer)).not.toEqual([])
      if (attempts.some((each) => tells(each, known.secrets))) told += 1
    })

    it('and many of them tell of the org', () => {
      expect(told).toBeGreaterThanOrEqual(25)
    })
  })
})

/** Whether an answer or a refusal names what only the org may know, and the call did not say itself. */
const tells = ({ call, ...rest }: Attempt, secrets: string[]): boolean => {
  const text = JSON.stringify(rest)
  return secrets.some((secret) => text.includes(secret) && !call.includes(secret))
}

const isAnswer = ({ code }: Attempt): boolean => !code
const isRefusal = ({ code }: Attempt): boolean => /^(PT40[0134]|42501)$/.test(code!)

/** A value that does not do, a null where there must be none, or a type of alert that is none. */
const badArgument = /^(22...|23502|42883)$/
