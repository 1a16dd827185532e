import { beforeAll, describe, expect, it } from 'vitest'
import { createMonitoring } from '../../supabase/functions/_shared/everwatch/metrics.ts'
import { answers, checkAlertsAnswer } from '../../supabase/functions/_shared/metrics-answer.ts'
import { historyOf, openAlerts } from '../support/alerts.ts'
import { addMember, createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { createFullOrg } from '../support/full-org.ts'
import { addDeliveries, addExecutions, addRequests, addWindow } from '../support/add-rows.ts'
import { ask, errorOf, type Answer, type Credential } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let acme: string
let globex: string
let secret: Credential
let member: Credential
let memberOfBoth: Credential
let stranger: Credential

beforeAll(async () => {
  stack = await startStack()
  acme = await createUnhealthyOrg()
  globex = (await createFullOrg(stack.db, 'globex')).orgId
  secret = { apikey: stack.secretKey }
  member = await signUpAsMemberOf(acme)
  memberOfBoth = await signUpAsMemberOf(acme, globex)
  stranger = await signUpAsMemberOf()
})

async function signUpAsMemberOf(...orgIds: string[]): Promise<Credential> {
  const { userId, accessToken } = await stack.signUp()
  for (const orgId of orgIds) await addMember(stack.db, orgId, 'viewer', userId)
  return { token: accessToken }
}

/** An org of which everything is wrong that can be wrong of an org, and something is not. */
async function createUnhealthyOrg(): Promise<string> {
  const { db } = stack
  const orgId = await createOrg(db)
  await createWebhook(db, orgId)
  for (const count of [5, 12]) {
    await addDeliveries(db, await createWebhook(db, orgId), { status: 'failed', count })
  }
  await createWebhook(db, orgId, { created_at: new Date(Date.now() - 8 * 86_400_000) })
  await addRequests(db, orgId, { status_code: 500, count: 25 })
  await addWindow(db, orgId, { request_count: 95, window_seconds: 86_400 })
  const ruleId = await createRule(db, orgId)
  for (const ago of [30, 31, 32, 33, 34]) await addExecutions(db, ruleId, { ago: `${ago} hours` })
  return orgId
}

interface Told {
  type: string
  severity: string
  message: string
}

const told = (list: Told[]): string[] =>
  list.map(({ type, severity, message }) => `${severity} ${type}: ${message}`).toSorted()

function check(credential?: Credential, body: unknown = {}, query = ''): Promise<Answer> {
  return ask(stack, `/check-alerts${query}`, credential, { body })
}

describe('a member', () => {
  it('has the org evaluated now, and reads what is wrong, critical ones first', async () => {
    const { status, body, headers } = await check(member)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    const answer = checkAlertsAnswer.parse(body)
    expect(answer).toMatchObject({ org_id: acme, total: 6, critical: 2, warning: 4, next: null })
    expect(answer.alerts.map(({ severity, type }) => [severity, type])).toEqual([
      ['critical', 'api_error_rate'],
      ['critical', 'webhook_failure'],
      ['warning', 'rate_limit'],
      ['warning', 'rule_not_triggering'],
      ['warning', 'webhook_failure'],
      ['warning', 'webhook_inactive'],
    ])
    expect(Date.now() - Date.parse(answer.evaluated_at)).toBeLessThan(60_000)
  })

  it('reads the same there, in the metrics, in the conditions, in the alerts and by the library', async () => {
    const { db } = stack
    const checked = checkAlertsAnswer.parse((await check(member)).body).alerts
    const metrics = await ask(stack, '/monitoring/metrics?type=alerts', member)
    const key = stack.secretKey
    const library = await createMonitoring({ url: stack.apiUrl, key }).checkAlerts(acme)
    const conditions = await db.sql<
      Told[]
    >`select * from everwatch.v_alert_conditions where org_id = ${acme}`
    const alerts = await openAlerts(db, acme)
    expect(alerts.every(({ state }) => state === 'firing')).toBe(true)

    expect(told(checked)).toHaveLength(6)
    expect(told(answers.alerts.parse(metrics.body).alerts.alerts)).toEqual(told(checked))
    expect(told(library.alerts)).toEqual(told(checked))
    expect(told(conditions)).toEqual(told(checked))
    expect(told(alerts)).toEqual(told(checked))
  })

  it('may name the org in the query as well, and send no body', async () => {
    const answer = await check(memberOfBoth, '', `?org_id=${globex}`)
    expect(checkAlertsAnswer.parse(answer.body).org_id).toBe(globex)
  })

  it('of several orgs is asked which one', async () => {
    expect(errorOf(await check(memberOfBoth))).toMatchObject({ status: 400, code: 'org_required' })
  })

  it('is refused another org, which stays as it is', async () => {
    const before = await historyOf(stack.db, globex)
    expect(errorOf(await check(member, { org_id: globex }))).toMatchObject({
      status: 403,
      code: 'not_a_member',
    })
    expect(errorOf(await check(stranger, { org_id: globex }))).toMatchObject({ status: 403 })
    expect(await historyOf(stack.db, globex)).toEqual(before)
  })
})

describe('the holder of the secret key', () => {
  it('has any org evaluated that it names', async () => {
    const { status, body } = await check(secret, { org_id: globex })
    expect(status).toBe(200)
    expect(checkAlertsAnswer.parse(body).org_id).toBe(globex)
  })

  it('is asked for an org, and told when there is none', async () => {
    expect(errorOf(await check(secret))).toMatchObject({ status: 400, code: 'org_required' })
    const none = errorOf(await check(secret, { org_id: crypto.randomUUID() }))
    expect(none).toMatchObject({ status: 404, code: 'org_not_found' })
  })
})

describe('a caller without a valid credential', () => {
  it.each([
    ['none at all', undefined],
    ['a key that is not ours', { apikey: 'sb_secret_not_this_one_but_another_of_its_length' }],
    ['a token that is none', { token: 'not.a.token' }],
  ] as const)('is refused with %s', async (_reason, credential) => {
    expect(errorOf(await check(credential))).toMatchObject({ status: 401, code: 'unauthenticated' })
  })
})

describe('a request that is not right', () => {
  it.each([
    ['an org_id that is no uuid', { org_id: '1' }, '', 400, 'org_id'],
    ['an org_id that is no text', { org_id: 1 }, '', 400, 'org_id'],
    ['a field that there is not', { orgId: 'x' }, '', 400, 'orgId'],
    ['a body that is a list', [], '', 400, 'body'],
    ['a body that is null', 'null', '', 400, 'body'],
    ['a body that is not JSON', '{', '', 400, 'body'],
    ['a body that is too long', { org_id: 'x'.repeat(2000) }, '', 413, 'body'],
    ['a parameter that there is not', {}, '?limit=1', 400, 'limit'],
    ['an org_id in the query that is none', {}, '?org_id=1', 400, 'org_id'],
  ])('with %s is told which field is wrong', async (_reason, body, query, status, field) => {
    expect(errorOf(await check(member, body, query))).toMatchObject({ status, field })
  })

  it('with two orgs is told to name one', async () => {
    const twice = `?org_id=${acme}&org_id=${acme}`
    for (const [body, query] of [
      [{}, twice],
      [{ org_id: acme }, `?org_id=${acme}`],
    ] as const) {
      expect(errorOf(await check(member, body, query))).toMatchObject({
        status: 400,
        field: 'org_id',
      })
    }
  })

  it('with another method is told to POST', async () => {
    const answer = await ask(stack, '/check-alerts', member)
    expect(errorOf(answer)).toMatchObject({ status: 405, code: 'method_not_allowed' })
    expect(answer.headers.get('allow')).toBe('POST, OPTIONS')
  })
})
