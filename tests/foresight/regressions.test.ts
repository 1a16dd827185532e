import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clock, evaluate, openAlerts, setPolicy } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addTraffic, comparisonsOf, deploy, type Traffic } from '../support/deploys.ts'
import { addMember, createOrg, createRule, createWebhook, track } from '../support/fixtures.ts'
import { insightsOf } from '../support/insights.ts'

let db: TestDatabase
let orgId: string
beforeAll(async () => {
  db = await createDatabase()
  // What is compared are raw rows: they come in faster when nothing counts them.
  for (const table of ['api_audit_logs', 'webhook_deliveries', 'rule_executions']) {
    await db.sql`alter table everwatch.${db.sql(table)} disable trigger user`
  }
})
beforeEach(async () => {
  // What other tests left open is not to be judged again.
  await db.sql`delete from everwatch.orgs`
  orgId = await createOrg(db)
})

/** Minutes after the deploy, which was two hours ago. */
const minute = clock(new Date(Math.floor(Date.now() / 1000) * 1000 - 2 * 3_600_000))

const judge = async (minutes: number): Promise<number> => {
  const [row] = await db.sql<[{ judged: number }]>`
    select everwatch_private.judge_deploys(${minute(minutes)}) as judged`
  return row.judged
}

const deployed = (fields: Record<string, unknown> = {}, org = orgId): Promise<unknown> =>
  track(db, deploy(org, { at: minute(0).toISOString(), ...fields }))

async function deployWith(traffic: Traffic, path = '/orders', org = orgId): Promise<void> {
  await addTraffic(db, org, minute(0), { path }, traffic)
  await deployed({}, org)
}

interface State {
  verdict: string | null
  is_final: boolean
}

async function state(): Promise<State> {
  const [row] = await db.sql<[State]>`
    select verdict, is_final from everwatch.v_deploys where org_id = ${orgId} order by deployed_at`
  return { ...row }
}

/** A job at night, which makes some hours much slower or faster than on other days. */
const night = [1, 1.3, 0.7, 1.2, 0.8, 1.4, 0.7, 1.3]

describe('an hour after a deploy', () => {
  it.each<[string, Traffic, string, string, string]>([
    ['nothing changed', {}, 'no difference', 'no difference', 'no difference'],
    ['requests take half as long again', { slower: 1.5 }, 'worse', 'no difference', 'worse'],
    ['requests take a third less', { slower: 0.67 }, 'better', 'no difference', 'better'],
    ['every tenth fails', { failures: [0.01, 0.1] }, 'no difference', 'worse', 'worse'],
    ['failures are over', { failures: [0.1, 0] }, 'no difference', 'better', 'better'],
    ['some fail, as ever', { failures: [0.05, 0.05] }, 'no difference', 'no difference', 'no difference'], // prettier-ignore
    ['it is faster, and fails', { slower: 0.67, failures: [0, 0.1] }, 'better', 'worse', 'worse'],
    ['it is slower, as every day at this time', { slower: 1.5, everyDay: true }, 'no difference', 'no difference', 'no difference'], // prettier-ignore
    ['it is a fifth slower, and every night is otherwise', { slower: 1.2, rate: 10, night }, 'worse', 'no difference', 'worse'], // prettier-ignore
    ['the slowest fifth takes a quarter longer', { slower: 1.25, inTail: true, rate: 10 }, 'worse', 'no difference', 'worse'], // prettier-ignore
    ['no day is known before', { slower: 1.5, days: 0 }, 'not enough data', 'not enough data', 'not enough data'], // prettier-ignore
    ['there were 60 requests', { slower: 1.5, rate: 1 }, 'not enough data', 'not enough data', 'not enough data'], // prettier-ignore
  ])('%s', async (_, traffic, latency, errorRate, verdict) => {
    await deployWith(traffic)
    expect(await judge(61)).toBe(1)
    expect((await comparisonsOf(db, orgId)).map((row) => [row.metric, row.verdict])).toEqual([
      ['latency', latency],
      ['error_rate', errorRate],
    ])
    expect(await state()).toEqual({ verdict, is_final: true })
  })

  it('the change is told with what it was, what it is, and how sure that is', async () => {
    await deployWith({ slower: 1.5 })
    await judge(61)
    const [latency] = await comparisonsOf(db, orgId)
    const { before, after, change, change_low, change_high } = latency!
    expect(latency).toMatchObject({ measure: 'p95_ms', rows_before: '300', rows_after: '150' })
    expect(after / before - 1).toBeCloseTo(change)
    expect(change_low).toBeLessThan(0.5)
    expect(change_high).toBeGreaterThan(0.5)
    // Log-normal with sigma 0.45: the 95th percentile is 2.1 times the median.
    expect(before).toBeGreaterThan(90)
    expect(before).toBeLessThan(120)
  })

  it('a webhook and a rule are judged as a route is', async () => {
    const webhookId = await createWebhook(db, orgId)
    const ruleId = await createRule(db, orgId)
    await addTraffic(db, orgId, minute(0), { webhookId }, { slower: 1.5 })
    await addTraffic(db, orgId, minute(0), { ruleId }, { failures: [0, 0.1] })
    await deployed()
    await judge(61)
    const worse = (await comparisonsOf(db, orgId)).filter(({ verdict }) => verdict === 'worse')
    expect(worse).toMatchObject([
      { resource_type: 'rule', resource_id: ruleId, metric: 'error_rate' },
      { resource_type: 'webhook', resource_id: webhookId, metric: 'latency' },
    ])
  })

  it('nothing that came is not enough data', async () => {
    await deployed()
    await judge(61)
    expect(await state()).toEqual({ verdict: 'not enough data', is_final: true })
  })
})

it('A day on which a deploy changed something is not taken for an ordinary one', async () => {
  await deployWith({ days: 3 })
  await db.sql`
    with yesterday as (
      insert into everwatch.deploys (org_id, service, version, deployed_at)
      values (${orgId}, 'worker', 'v1', ${minute(-24 * 60)}) returning id
    )
    insert into everwatch_private.deploy_comparisons
      (deploy_id, org_id, resource_type, resource_id, resource_name, metric, verdict, rows_before, rows_after)
    select id, ${orgId}, 'route', 'GET /orders', 'GET /orders', 'latency', 'worse', 100, 100
    from yesterday`
  await judge(61)
  const latency = (await comparisonsOf(db, orgId)).find(({ rows_after }) => rows_after !== '100')
  expect(latency).toMatchObject({ verdict: 'not enough data' })
  await db.sql`delete from everwatch.deploys where version = 'v1'`
  await db.sql`
    update everwatch.deploys set looked_minutes = 0, next_look_at = deployed_at where version = 'v2'`
  await judge(61)
  expect((await comparisonsOf(db, orgId))[0]).toMatchObject({ verdict: 'no difference' })
})

describe('the looks at a deploy', () => {
  it('are at 5, 20 and 60 minutes and half a minute, and then it is final', async () => {
    await deployWith({ slower: 2, rate: 25, days: 3 })
    const seen: unknown[] = []
    for (const minutes of [0, 5, 5.5, 6, 20, 20.5, 60, 60.5]) {
      await judge(minutes)
      seen.push([minutes, ...Object.values(await state())])
    }
    expect(seen).toEqual([
      [0, null, false],
      [5, null, false],
      [5.5, 'worse', false],
      [6, 'worse', false],
      [20, 'worse', false],
      [20.5, 'worse', false],
      [60, 'worse', false],
      [60.5, 'worse', true],
    ])
    expect(await judge(90)).toBe(0)
  })

  it('see what has come by then', async () => {
    await deployWith({ rate: 25, days: 3 })
    await judge(0)
    const counted: unknown[] = []
    for (const minutes of [5.5, 20.5, 60.5]) {
      await judge(minutes)
      counted.push((await comparisonsOf(db, orgId))[0]!.rows_after)
    }
    expect(counted).toEqual(['125', '500', '1500'])
  })

  it('end where the next deploy of the service begins, and are not cut short by another service', async () => {
    await deployWith({ rate: 25, days: 3 })
    await deployed({ service: 'worker', at: minute(8).toISOString() })
    await deployed({ version: 'v3', at: minute(10).toISOString() })
    await judge(21)
    expect(await state()).toMatchObject({ is_final: true })
    const [first] = await db.sql<[{ rows_after: string }]>`
      select c.rows_after from everwatch.v_deploy_comparisons as c
      join everwatch.deploys as d on d.id = c.deploy_id
      where d.version = 'v2' and d.service = 'api' and c.metric = 'latency'`
    expect(first.rows_after).toBe('250')
  })

  it('are one, of all that came, when the deploy is told of late', async () => {
    await addTraffic(db, orgId, minute(0), { path: '/orders' }, { slower: 1.5 })
    await judge(100)
    await deployed()
    expect(await judge(110)).toBe(1)
    expect(await state()).toEqual({ verdict: 'worse', is_final: true })
  })

  it('are taken once, though two run at once', async () => {
    await deployWith({ slower: 1.5 })
    const judged = await Promise.all([judge(61), judge(61), judge(61)])
    expect(judged.reduce((sum, n) => sum + n)).toBe(1)
    expect(await comparisonsOf(db, orgId)).toHaveLength(2)
    expect(await insightsOf(db, orgId)).toHaveLength(1)
  })

  it('are no concern of another org, whose traffic is not looked at', async () => {
    const other = await createOrg(db)
    await addTraffic(db, other, minute(0), { path: '/orders' }, { slower: 3 })
    await deployWith({})
    await judge(61)
    expect(await state()).toMatchObject({ verdict: 'no difference' })
    expect(await comparisonsOf(db, other)).toEqual([])
    const stranger = await addMember(db, other, 'owner')
    const read = `select from everwatch.v_deploy_comparisons`
    expect(await db.asUser(stranger, (sql) => sql.unsafe(read))).toHaveLength(0)
    const viewer = await addMember(db, orgId, 'viewer')
    expect(await db.asUser(viewer, (sql) => sql.unsafe(read))).toHaveLength(2)
  })

  it('leave one that cannot be judged for later, and judge the others', async () => {
    const other = await createOrg(db)
    await deployWith({})
    await deployed({}, other)
    await db.sql.unsafe(`
      alter table everwatch_private.deploy_comparisons
        add constraint broken check (org_id <> '${orgId}') not valid`)
    expect(await judge(61)).toBe(1)
    await db.sql`alter table everwatch_private.deploy_comparisons drop constraint broken`
    expect(await judge(62)).toBe(0)
    expect(await judge(66)).toBe(1)
    expect(await state()).toEqual({ verdict: 'no difference', is_final: true })
  })
})

const open = async (): Promise<string[]> =>
  (await insightsOf(db, orgId))
    .filter(({ ended_at }) => ended_at === null)
    .map(({ sentence }) => sentence)
const alerts = async (minutes: number): Promise<unknown[]> => {
  await evaluate(db, minute(minutes), orgId)
  return (await openAlerts(db, orgId)).map(({ type, severity, message }) => [type, severity, message]) // prettier-ignore
}

describe('what became worse', () => {
  it('is an insight of one sentence', async () => {
    await deployWith({ slower: 1.5, failures: [0, 0.1] })
    await judge(61)
    expect((await open()).toSorted()).toEqual([
      expect.stringMatching(/^v2 of api: failures of GET \/orders went from 0 to \d+(\.\d)?% \(\+\d+(\.\d)? points, 90% interval \+\d.* to \+\d.*\)$/), // prettier-ignore
      expect.stringMatching(/^v2 of api: p95 of GET \/orders went from \d+ to \d+ ms \(\+\d\d%, 90% interval \+\d+% to \+\d+%\)$|^v2 of api: p95 of GET \/orders went from \d+ to \d+ ms \(\+\d+%, 90% interval \+\d+ to \+\d+%\)$/), // prettier-ignore
    ])
  })

  it('is an alert, which is over with the next deploy of the service', async () => {
    await deployWith({ slower: 1.5 })
    await judge(61)
    const [sentence] = await open()
    expect(await alerts(61)).toEqual([['regression', 'warning', sentence]])
    await deployed({ version: 'v3', at: minute(70).toISOString() })
    await judge(71)
    expect(await open()).toEqual([])
    expect(await alerts(71)).toEqual([])
  })

  it('is an alert no more when somebody says that it was expected', async () => {
    await deployWith({ slower: 1.5 })
    await judge(61)
    const [insight] = await insightsOf(db, orgId)
    const member = await addMember(db, orgId)
    await db.asUser(member, (sql) => sql`select everwatch.expect_insight(${insight!.id})`)
    expect(await alerts(61)).toEqual([])
    await judge(70)
    expect(await open()).toHaveLength(1)
  })

  it('is over after a day', async () => {
    await deployWith({ slower: 1.5 })
    await judge(61)
    await judge(1439)
    expect(await open()).toHaveLength(1)
    await judge(1441)
    expect(await open()).toEqual([])
  })

  it('is neither where the org has turned regressions off', async () => {
    await deployWith({ slower: 1.5 })
    await db.asService(
      (sql) => sql`select everwatch.set_insight_kind('regression', false, ${orgId})`,
    )
    await judge(61)
    expect([await open(), await alerts(61)]).toEqual([[], []])
  })

  it.each([
    ['twice as slow', { slower: 2.2 }, {}, ['critical']],
    ['half as slow again', { slower: 1.5 }, {}, ['warning']],
    ['half as slow again, where that is critical', { slower: 1.5 }, { critical: 3 }, ['critical']],
    ['half as slow again, where only twice is told', { slower: 1.5 }, { warning: 20 }, []],
    ['half as slow again, where 300 must have come', { slower: 1.5 }, { minimum_sample: 300 }, []],
    ['half as slow again, where it is turned off', { slower: 1.5 }, { enabled: false }, []],
  ])('%s is as bad as the org’s policy says', async (_, traffic, policy, severities) => {
    if (Object.keys(policy).length > 0) await setPolicy(db, orgId, 'regression', policy)
    await deployWith(traffic)
    await judge(61)
    expect((await alerts(61)).map((alert) => (alert as string[])[1])).toEqual(severities)
  })

  it('can be tried with other thresholds, over what was', async () => {
    await deployWith({ slower: 1.5 })
    await judge(61)
    await deployed({ version: 'v3', at: minute(70).toISOString() })
    await judge(71)
    const member = await addMember(db, orgId)
    const backtest = (changes: object): Promise<unknown> =>
      db.asUser(
        member,
        (sql) => sql`
          select severity, fired_at, resolved_at from everwatch.backtest_policy('regression',
            ${JSON.stringify(changes)}::text::jsonb, ${minute(0)}, ${minute(90)})`,
      )
    expect(await backtest({})).toEqual([
      { severity: 'warning', fired_at: minute(61), resolved_at: minute(71) },
    ])
    expect(await backtest({ warning: 20 })).toEqual([])
  })
})

describe('how likely a difference is by chance', () => {
  it.each([
    // Tables of Student's t, of Fisher's tea and of factorials.
    ['student_p(12.706, 1)', 0.05],
    ['student_p(-2.228, 10)', 0.05],
    ['student_p(3.499, 7)', 0.01],
    ['student_p(0, 5)', 1],
    ['student_t90(6)', 1.943],
    ['student_t90(20)', 1.725],
    ['fisher_p(3, 4, 1, 4)', 0.4857],
    ['fisher_p(1, 4, 3, 4)', 0.4857],
    ['fisher_p(0, 100, 0, 100)', 1],
    ['fisher_p(8, 10, 1, 10)', 0.00548],
    ['fisher_p(10, 10, 0, 10)', 0.0000108],
    ['ln_factorial(0)', 0],
    ['ln_factorial(20)', 42.3356],
  ])('%s is %d', async (call, expected) => {
    const [row] = await db.sql.unsafe<[{ value: number }]>(
      `select everwatch_private.${call} as value`,
    )
    expect(row.value).toBeCloseTo(expected, 3)
  })
})
