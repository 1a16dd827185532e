import { beforeAll, describe, expect, it } from 'vitest'
import { reachableFunctions, reachableRelations, type Relation } from '../support/catalog.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createFullOrg, type FullOrg } from '../support/full-org.ts'
import { functions, type ReachableFunction } from './reachable-functions.ts'

interface Refusal {
  code: string
  message: string
  detail?: string
}

/** What is of no org: the defaults of policies, and how far the rollups are. */
const ofNoOrg = new Set(['everwatch_private.alert_policies', 'everwatch_private.rollup_state'])

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

  it('a signed-in user runs exactly the functions that are listed here, each for its reason', async () => {
    expect(await reachableFunctions(db, 'authenticated')).toEqual(Object.keys(functions).toSorted())
  })

  it.each(Object.entries<ReachableFunction>(functions))(
    '%s tells nobody of another org',
    async (_, { call, of = 'orgId' }) => {
      for (const caller of [stranger, mine.ownerId]) {
        const answer = await db
          .asUser(caller, (sql) => sql.unsafe(call, [theirs[of]]))
          .catch(({ code, message, detail }: Refusal) => ({ code, message, detail }))
        // An answer about nothing, or a refusal on purpose; a call that fails otherwise proves nothing.
        expect('code' in answer ? answer.code : 'PT403').toMatch(/^PT40[0134]$/)
        expect(JSON.stringify(answer)).not.toContain(theirs.marker)
      }
    },
  )

  it('the same calls do tell its owner: they are no empty proof', async () => {
    const told = await Promise.all(
      Object.values(functions).map(async ({ call, of = 'orgId' }) => {
        const answer = await db
          .asUser(theirs.ownerId, (sql) => sql.unsafe(call, [theirs[of]]))
          // All at once: what one of them deletes is not there for another.
          .catch(({ message }: Refusal) => message)
        return JSON.stringify(answer).includes(theirs.marker)
      }),
    )
    expect(told.filter(Boolean).length).toBeGreaterThanOrEqual(7)
  })
})
