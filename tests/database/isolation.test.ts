import { beforeAll, describe, expect, it } from 'vitest'
import { reachableFunctions, reachableRelations, type Relation } from '../support/catalog.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createFullOrg, type FullOrg } from '../support/full-org.ts'

/** Every function that a signed-in user can run: why, and a call that tries to reach org $1. */
const functions: Record<string, { why: string; call: string }> = {
  'public.create_org(text)': {
    why: 'whoever signs up needs an org to begin with',
    call: `select public.create_org($1::text)`,
  },
  'monitoring.create_org(text)': {
    why: 'what public.create_org calls',
    call: `select monitoring.create_org($1::text)`,
  },
  'monitoring.my_org_ids(text[])': {
    why: 'policies ask it for the caller’s own orgs',
    call: `select monitoring.my_org_ids(), $1::text = ''`,
  },
  'monitoring.may_read(uuid)': {
    why: 'answers about the caller alone',
    call: `select monitoring.may_read($1)`,
  },
  'monitoring.reads_every_org()': {
    why: 'answers about the caller alone',
    call: `select monitoring.reads_every_org(), $1::text = ''`,
  },
  'public.monitoring_metrics(uuid, text, integer, text)': {
    why: 'the read path: checks membership',
    call: `select public.monitoring_metrics($1)`,
  },
  'monitoring.metrics_org(uuid)': {
    why: 'the check of membership itself',
    call: `select monitoring.metrics_org($1)`,
  },
  'monitoring.webhook_performance(uuid)': {
    why: 'reads a materialized view for members only',
    call: `select monitoring.webhook_performance($1)`,
  },
  'monitoring.rule_performance(uuid)': {
    why: 'reads a materialized view for members only',
    call: `select monitoring.rule_performance($1)`,
  },
  'monitoring.webhook_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select monitoring.webhook_metrics($1, 100, null)`,
  },
  'monitoring.rule_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select monitoring.rule_metrics($1, 100, null)`,
  },
  'monitoring.rate_limit_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select monitoring.rate_limit_metrics($1, 100, null)`,
  },
  'monitoring.api_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select monitoring.api_metrics($1, 100, null)`,
  },
  'monitoring.alert_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select monitoring.alert_metrics($1, 100, null)`,
  },
  'monitoring.slow_queries()': {
    why: 'a condition calls it; it is empty for members',
    call: `select *, $1::text = '' from monitoring.slow_queries()`,
  },
  'monitoring.refresh_problems()': {
    why: 'a condition calls it; it is empty for members',
    call: `select *, $1::text = '' from monitoring.refresh_problems()`,
  },
  'monitoring.system_metrics()': {
    why: 'a part of monitoring_metrics that is the same for everyone',
    call: `select monitoring.system_metrics(), $1::text = ''`,
  },
  'monitoring.request_summary(uuid, timestamp with time zone)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select * from monitoring.request_summary($1, '-infinity')`,
  },
  'monitoring.add_durations(bigint[], integer, bigint, bigint[], bigint)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.add_durations(null, null, null, '{2049}', 1), $1::text = ''`,
  },
  'monitoring.bin_duration(integer)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.bin_duration(1), $1::text = ''`,
  },
  'monitoring.refreshed_at()': {
    why: 'a time that is the same for everyone',
    call: `select monitoring.refreshed_at(), $1::text = ''`,
  },
  'monitoring.page(text, jsonb, integer)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.page('list', '[]', 1), $1::text = ''`,
  },
  'monitoring.encode_cursor(text, jsonb)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.encode_cursor('list', '[]'), $1::text = ''`,
  },
  'monitoring.decode_cursor(text, text)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.decode_cursor(null, 'list'), $1::text = ''`,
  },
}

interface Refusal {
  code: string
  message: string
  detail?: string
}

/** What is of no org: conditions that none can cause, and how far the rollups are. */
const ofNoOrg = new Set([
  'monitoring.database_conditions',
  'monitoring.refresh_conditions',
  'monitoring.rollup_state',
])

/** The resource of what is rolled up is, for members, the org whose API was asked. */
const orgColumn = ({ name, readable }: Relation): string =>
  name === 'public.orgs' ? 'id' : readable.includes('org_id') ? 'org_id' : 'resource_id'

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
        refusal: `new row violates row-level security policy for table "${name.replace('public.', '')}"`,
      })
    }
  })

  it('a signed-in user runs exactly the functions that are listed here, each for its reason', async () => {
    expect(await reachableFunctions(db, 'authenticated')).toEqual(Object.keys(functions).toSorted())
  })

  it.each(Object.entries(functions))('%s tells nobody of another org', async (_, { call }) => {
    for (const caller of [stranger, mine.ownerId]) {
      const answer = await db
        .asUser(caller, (sql) => sql.unsafe(call, [theirs.orgId]))
        .catch(({ code, message, detail }: Refusal) => ({ code, message, detail }))
      // An answer about nothing, or a refusal on purpose; a call that fails otherwise proves nothing.
      expect('code' in answer ? answer.code : 'PT403').toMatch(/^PT40[13]$/)
      expect(JSON.stringify(answer)).not.toContain(theirs.marker)
    }
  })

  it('the same calls do tell its owner: they are no empty proof', async () => {
    const told = await Promise.all(
      Object.values(functions).map(async ({ call }) => {
        const answer = await db.asUser(theirs.ownerId, (sql) => sql.unsafe(call, [theirs.orgId]))
        return JSON.stringify(answer).includes(theirs.marker)
      }),
    )
    expect(told.filter(Boolean).length).toBeGreaterThanOrEqual(7)
  })
})
