import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, addOneOfEach, createOrg, type Role } from '../support/fixtures.ts'
import { insightsOf, statement, stateInsights, type Insight } from '../support/insights.ts'

type Caller = Role | 'stranger' | 'server'

let db: TestDatabase
let orgId: string
let insight: Insight
let people: Record<Exclude<Caller, 'server'>, string>
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  const stranger = await addMember(db, await createOrg(db), 'owner')
  people = { ...(await addOneOfEach(db, orgId)), stranger }
  await stateInsights(db, 'regression', [statement(orgId)])
  insight = (await insightsOf(db, orgId))[0]!
})

/** `ok`, or the code and detail of the refusal. */
async function call(caller: Caller, statementOfSql: string, ...args: unknown[]): Promise<string> {
  const run: Parameters<TestDatabase['asService']>[0] = (sql) =>
    sql.unsafe(statementOfSql, args as string[])
  return (caller === 'server' ? db.asService(run) : db.asUser(people[caller], run)).then(
    () => 'ok',
    ({ code, detail }: { code: string; detail: string }) => `${code} ${detail}`,
  )
}

const allBut: [Caller, string][] = [
  ['owner', 'ok'],
  ['admin', 'ok'],
  ['member', 'ok'],
  ['server', 'ok'],
  ['viewer', 'PT403 not_allowed'],
  ['stranger', 'PT404 insight_not_found'],
]

describe.each([
  ['acknowledging an insight', 'acknowledge_insight', 'acknowledged'],
  ['saying that it was expected', 'expect_insight', 'expected'],
] as const)('%s', (_, name, answer) => {
  const by = `${answer}_by` as const
  const at = `${answer}_at` as const

  it.each(allBut)('by the %s: %s', async (caller, expected) => {
    expect(await call(caller, `select everwatch.${name}($1)`, insight.id)).toBe(expected)
    const [after] = await insightsOf(db, orgId)
    expect({ answered: after![at] !== null, by: after![by] }).toEqual({
      answered: expected === 'ok',
      by: expected === 'ok' && caller !== 'server' ? people[caller] : null,
    })
  })

  it('can be taken back', async () => {
    await call('member', `select everwatch.${name}($1)`, insight.id)
    expect(await call('admin', `select everwatch.${name}($1, false)`, insight.id)).toBe('ok')
    expect(await insightsOf(db, orgId)).toMatchObject([{ [by]: null, [at]: null }])
  })

  it('lasts while it is stated', async () => {
    await call('member', `select everwatch.${name}($1)`, insight.id)
    await stateInsights(db, 'regression', [statement(orgId, { sentence: 'even slower' })])
    expect(await insightsOf(db, orgId)).toMatchObject([
      { sentence: 'even slower', [by]: people.member },
    ])
  })

  it('is possible when it has ended', async () => {
    await stateInsights(db, 'regression', [])
    expect(await call('member', `select everwatch.${name}($1)`, insight.id)).toBe('ok')
  })
})

it('Nobody rewrites what an insight says', async () => {
  for (const column of ['sentence', 'severity', 'detail', 'ended_at', 'org_id']) {
    const change = `update everwatch_private.insights set ${column} = ${column} where id = $1`
    expect(await call('owner', change, insight.id)).toMatch(/^42501/)
  }
})

describe('turning a kind off', () => {
  const off = 'select everwatch.set_insight_kind($1, false, $2)'

  it.each([
    ['owner', 'ok'],
    ['admin', 'ok'],
    ['server', 'ok'],
    ['member', 'PT403 not_allowed'],
    ['viewer', 'PT403 not_allowed'],
    ['stranger', 'PT403 not_a_member'],
  ] as const)('by the %s: %s', async (caller, expected) => {
    expect(await call(caller, off, 'regression', orgId)).toBe(expected)
    const kinds = await db.asUser(
      people.viewer,
      (sql) => sql`select kind, enabled from everwatch.v_insight_kinds order by kind`,
    )
    expect(kinds).toEqual([
      { kind: 'anomaly', enabled: true },
      { kind: 'cost', enabled: true },
      { kind: 'prediction', enabled: true },
      { kind: 'regression', enabled: expected !== 'ok' },
    ])
  })

  it('may be done twice, and undone twice', async () => {
    const on = 'select everwatch.set_insight_kind($1, true, $2)'
    for (const statementOfSql of [off, off, on, on]) {
      expect(await call('owner', statementOfSql, 'regression', orgId)).toBe('ok')
    }
  })

  it('of the operator’s own is for the secret key alone', async () => {
    expect(await call('server', off, 'cost', null)).toBe('ok')
    // A member's only org is the one that is meant when none is named.
    expect(await call('owner', off, 'anomaly', null)).toBe('ok')
    const rows =
      await db.sql`select kind, org_id from everwatch_private.disabled_insights order by kind`
    expect(rows.filter((row) => row['org_id'] === null)).toEqual([{ kind: 'cost', org_id: null }])
  })

  it.each([
    ['a kind that there is not', ['rumour', true], 'PT400 invalid_kind'],
    ['no kind', [null, true], 'PT400 invalid_kind'],
    ['neither on nor off', ['cost', null], 'PT400 invalid_enabled'],
  ])('is refused with %s', async (_, args, expected) => {
    expect(
      await call('owner', 'select everwatch.set_insight_kind($1, $2, $3)', ...args, orgId),
    ).toBe(expected)
  })
})
