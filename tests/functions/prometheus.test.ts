import { beforeAll, describe, expect, it } from 'vitest'
import { measure } from '../support/costs.ts'
import {
  addMember,
  apiRequest,
  createOrg,
  createRule,
  createWebhook,
  delivery,
  execution,
  rateLimit,
  track,
} from '../support/fixtures.ts'
import { parseExposition, samplesOf, type Exposition } from '../support/exposition.ts'
import { createChannel } from '../support/notify-stack.ts'
import { insightsOf, statement, stateInsights } from '../support/insights.ts'
import { ask, errorOf, type Credential } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let acme: string
let globex: string
let webhookId: string
let ruleId: string
let secret: Credential
let member: Credential

const ofAnAddress = { key_type: 'ip', window_seconds: 86_400 }

beforeAll(async () => {
  stack = await startStack()
  const { db } = stack
  acme = await createOrg(db, 'Acme "the\\first"\nof all')
  globex = await createOrg(db, 'Globex')
  webhookId = await createWebhook(db, acme, {
    url: 'HTTPS://user:p4ss@Hooks.example.com:8443/services/T0/s3cret?token=s3cret',
  })
  ruleId = await createRule(db, acme, { name: 'Wake up', type: 'no_touch_days' })
  const theirs = await createWebhook(db, globex)
  await createChannel(db, acme, { url: 'https://receiver.example/?key=s3cret' })
  await track(
    db,
    delivery(webhookId, { sent_at: '2026-11-02T09:00:00Z', duration_ms: 3 }),
    delivery(webhookId, { sent_at: '2026-11-02T09:01:00Z', duration_ms: 100 }),
    delivery(webhookId, { duration_ms: 60_000, status: 'failed' }),
    delivery(webhookId, { status: 'pending' }),
    execution(ruleId, { executed_at: '2026-11-02T09:00:00Z', affected_contacts: 4 }),
    execution(ruleId, { status: 'failed', affected_contacts: 0 }),
    apiRequest(acme, { duration_ms: 30 }),
    apiRequest(acme, { duration_ms: 0, status_code: 404 }),
    rateLimit(acme, { ...ofAnAddress, identifier: '203.0.113.9', request_count: 30 }),
    rateLimit(acme, { ...ofAnAddress, identifier: '203.0.113.8', request_count: 95 }),
    delivery(theirs, { status: 'failed' }),
  )
  await db.sql`select everwatch_private.evaluate_alerts()`
  await stateInsights(db, 'cost', [
    ...['open', 'acknowledged', 'expected'].map((metric) => statement(acme, { metric })),
    statement(globex),
    statement(null),
  ])
  const insights = await insightsOf(db, acme)
  const idOf = (metric: string): string => insights.find((one) => one.metric === metric)!.id
  await db.sql`select everwatch.acknowledge_insight(${idOf('acknowledged')})`
  await db.sql`select everwatch.expect_insight(${idOf('expected')})`
  await db.sql`update everwatch_private.prices set included = 0 where item = 'disk'`
  await measure(db)
  secret = { apikey: stack.secretKey }
  member = await signUpAsMemberOf(acme)
})

async function signUpAsMemberOf(...orgIds: string[]): Promise<Credential> {
  const { userId, accessToken } = await stack.signUp()
  for (const orgId of orgIds) await addMember(stack.db, orgId, 'viewer', userId)
  return { token: accessToken }
}

interface Scraped {
  status: number
  headers: Headers
  text: string
}

async function get(headers: Record<string, string>, query = '', method = 'GET'): Promise<Scraped> {
  const response = await fetch(`${stack.functionsUrl}/monitoring/prometheus${query}`, {
    method,
    headers,
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const headersOf = (credential: Credential): Record<string, string> =>
  !credential
    ? {}
    : 'apikey' in credential
      ? { apikey: credential.apikey }
      : { authorization: `Bearer ${credential.token}` }

const basic = (text: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(text).toString('base64')}`,
})

async function scrape(credential: Credential, query = ''): Promise<Exposition> {
  const { status, text } = await get(headersOf(credential), query)
  expect({ status, text }).toMatchObject({ status: 200 })
  return parseExposition(text)
}

/** The samples of one name, of one org or one of its resources, by the labels that tell them apart. */
async function samples(name: string, credential = member): Promise<Record<string, number>> {
  const found = samplesOf(await scrape(credential), `everwatch_${name}`)
  const known = new Set([`org_id="${acme}"`, `webhook_id="${webhookId}"`, `rule_id="${ruleId}"`])
  return Object.fromEntries(
    Object.entries(found).map(([labels, value]) => [
      labels
        .replace(/[{}]/g, '')
        .split(',')
        .filter((label) => !known.has(label))
        .join(','),
      value,
    ]),
  )
}

describe('a member of one org', () => {
  it.each([
    ['webhook_deliveries_total', { 'status="sent"': 2, 'status="failed"': 1 }],
    ['webhook_deliveries_pending', { '': 1 }],
    ['webhook_consecutive_failures', { '': 1 }],
    ['webhook_enabled', { '': 1 }],
    ['webhook_last_success_timestamp_seconds', { '': Date.parse('2026-11-02T09:01:00Z') / 1000 }],
    ['rule_executions_total', { 'status="success"': 1, 'status="failed"': 1 }],
    ['rule_affected_contacts_total', { '': 4 }],
    ['rule_last_success_timestamp_seconds', { '': Date.parse('2026-11-02T09:00:00Z') / 1000 }],
    ['rules', { 'state="enabled"': 1, 'state="disabled"': 0 }],
    ['rule_info', { 'rule_name="Wake up",rule_type="no_touch_days"': 1 }],
    ['api_requests_total', { 'outcome="success"': 1, 'outcome="failed"': 1 }],
    ['rate_limit_utilization_ratio', { 'key_type="ip"': 0.95 }],
    ['alerts', { 'type="rate_limit",severity="warning",state="firing"': 1 }],
    ['insights', { 'kind="cost",state="open"': 1, 'kind="cost",state="acknowledged"': 1, 'kind="cost",state="expected"': 1 }], // prettier-ignore
    ['webhook_delivery_duration_seconds_sum', { '': 60.103 }],
    ['webhook_delivery_duration_seconds_count', { '': 3 }],
    ['rule_execution_duration_seconds_count', { '': 2 }],
    ['api_request_duration_seconds_count', { '': 2 }],
    ['history_complete', { '': 1 }],
    ['refresh_interval_seconds', { '': 300 }],
    ['refresh_consecutive_failures', { '': 0 }],
    [
      'notifications_total',
      {
        'channel_kind="webhook",outcome="delivered"': 0,
        'channel_kind="webhook",outcome="dead"': 0,
        'channel_kind="webhook",outcome="dropped"': 0,
      },
    ],
    ['notifications_waiting', { 'channel_kind="webhook"': 1 }],
    // No worker of pg_net belongs to this database.
    ['pg_net_up', { '': 0 }],
  ] as const)('reads everwatch_%s', async (name, expected) => {
    expect(await samples(name)).toEqual(expected)
  })

  it('reads how long deliveries took, in cumulative buckets', async () => {
    const bounds = '0.005 0.01 0.025 0.05 0.1 0.25 0.5 1.0 2.5 5.0 10.0 30.0 +Inf'.split(' ')
    const counts = [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3]
    expect(await samples('webhook_delivery_duration_seconds_bucket')).toEqual(
      Object.fromEntries(bounds.map((bound, n) => [`le="${bound}"`, counts[n]])),
    )
  })

  it('reads its webhooks by their health', async () => {
    expect(await samples('webhooks')).toEqual({
      'health="healthy"': 0,
      'health="warning"': 0,
      'health="critical"': 0,
      'health="inactive"': 1,
      'health="disabled"': 0,
    })
  })

  it('reads names as they are, escaped', async () => {
    expect(Object.keys(await samples('org_info'))).toEqual([
      String.raw`org_name="Acme \"the\\first\"\nof all"`,
    ])
  })

  it('reads the host of a webhook’s address and nothing else of it, nor whose rate limit it is', async () => {
    expect(Object.keys(await samples('webhook_info'))).toEqual(['host="Hooks.example.com"'])
    const { text } = await get(headersOf(member))
    expect(text).not.toMatch(/s3cret|p4ss|203\.0\.113/)
  })

  it.each([
    ['https://example.com', 'example.com'],
    ['https://example.com?key=hush', 'example.com'],
    ['https://example.com#hush', 'example.com'],
    // As browsers and fetch read it: a backslash is a slash.
    ['https://example.com\\hush', 'example.com'],
    ['https://hush:hush@example.com:8443/hush', 'example.com'],
    ['https://hush@hush@example.com/', 'example.com'],
    ['http://[2001:db8::1]:8080/hush', '[2001:db8::1]'],
  ])('reads of %s the host %s', async (url, host) => {
    const orgId = await createOrg(stack.db)
    await createWebhook(stack.db, orgId, { url })
    const { text } = await get(headersOf(secret), `?org_id=${orgId}`)
    expect(text).toContain(`host="${host}"`)
    expect(text).not.toContain('hush')
  })

  it('reads how fresh the counters are, and how the schedules go', async () => {
    const [row] = await stack.db.sql<[{ at: number }]>`
      select extract(epoch from everwatch_private.refreshed_at())::float8 as at`
    const shown = (await samples('refresh_last_success_timestamp_seconds'))['']
    expect(Math.abs((shown ?? 0) - row.at)).toBeLessThan(0.01)
    expect(await samples('cron_job_active')).toMatchObject({
      'cron_job="everwatch-evaluate-alerts"': 1,
    })
    // It counts rows of every org.
    expect(await samples('refresh_backlog')).toEqual({})
  })

  it('reads what it holds, what the disk for that costs a month, and as of when', async () => {
    const bytes = await samples('org_stored_bytes')
    expect(Object.keys(bytes)).toEqual(
      expect.arrayContaining(['resource_type="webhook"', 'resource_type="rule"', 'resource_type="org"']), // prettier-ignore
    )
    const held = Object.values(bytes).reduce((sum, each) => sum + each, 0)
    // By default 0.125 USD a GB-month.
    const { 'currency="USD"': cost } = await samples('org_disk_monthly_cost')
    expect(cost).toBeCloseTo((0.125 * held) / 1e9, 5)
    const { '': at = 0 } = await samples('costs_last_measurement_timestamp_seconds')
    expect(Date.now() / 1000 - at).toBeLessThan(600)
    expect(await samples('database_size_bytes')).toEqual({})
  })

  it('sees nothing of another org', async () => {
    const { text } = await get(headersOf(member))
    expect(text).not.toContain(globex)
    expect(text).not.toContain('Globex')
    const { status, text: refusal } = await get(headersOf(member), `?org_id=${globex}`)
    expect(status).toBe(403)
    expect(JSON.parse(refusal)).toMatchObject({
      error: { code: 'not_a_member', field: 'org_id' },
    })
  })
})

describe('a member of several orgs', () => {
  it('reads the one that is named, and must name one', async () => {
    const both = await signUpAsMemberOf(acme, globex)
    const { text } = await get(headersOf(both), `?org_id=${globex}`)
    expect(text).toContain(globex)
    expect(text).not.toContain(acme)
    expect(errorOf(await ask(stack, '/monitoring/prometheus', both))).toMatchObject({
      status: 400,
      code: 'org_required',
      field: 'org_id',
    })
  })
})

describe('the holder of a secret key', () => {
  it('reads every org, and how many changes wait', async () => {
    const exposition = await scrape(secret)
    const orgs = Object.keys(samplesOf(exposition, 'everwatch_org_info')).join()
    expect(orgs).toContain(acme)
    expect(orgs).toContain(globex)
    expect(samplesOf(exposition, 'everwatch_refresh_backlog')).toEqual({ '': 0 })
  })

  it('reads what all orgs hold, and how large the database was', async () => {
    const exposition = await scrape(secret)
    const [size = 0] = Object.values(samplesOf(exposition, 'everwatch_database_size_bytes'))
    const bytes = samplesOf(exposition, 'everwatch_org_stored_bytes')
    const holders = Object.keys(bytes).join()
    expect(holders).toContain(acme)
    expect(holders).toContain(globex)
    expect(size).toBeGreaterThan(Object.values(bytes).reduce((sum, each) => sum + each, 0))
  })

  it('reads one org alone when it is named', async () => {
    const { text } = await get(headersOf(secret), `?org_id=${acme}`)
    expect(text).toContain(acme)
    expect(text).not.toContain(globex)
  })

  it('may send the key as a password, as Prometheus can', async () => {
    expect((await get(basic(`service_role:${stack.secretKey}`))).status).toBe(200)
    for (const wrong of [
      'service_role:sb_secret_wrong',
      `${stack.secretKey}:`,
      'x',
      'a:b\n',
      'é:é',
    ])
      expect((await get(basic(wrong))).status).toBe(401)
    expect((await get({ authorization: 'Basic ====' })).status).toBe(401)
  })

  it('sees the operator’s alerts, which are no org’s', async () => {
    await stack.db.sql`
      insert into everwatch_private.alerts (type, severity, resource_type, resource_id, resource_name, message,
        value, threshold, state, started_at, fired_at)
      values ('refresh_late', 'critical', 'view', 'v', 'v', 'late', 3, 2, 'firing', now(), now())`
    const theOperators = '{type="refresh_late",severity="critical",state="firing"}'
    expect(samplesOf(await scrape(secret), 'everwatch_alerts')).toMatchObject({ [theOperators]: 1 })
    const ofOne = samplesOf(await scrape(secret, `?org_id=${acme}`), 'everwatch_alerts')
    expect(Object.keys(ofOne)).not.toContain(theOperators)
  })

  it('sees the operator’s insights, which are no org’s', async () => {
    const theOperators = '{kind="cost",state="open"}'
    const all = samplesOf(await scrape(secret), 'everwatch_insights')
    expect(all).toMatchObject({ [theOperators]: 1 })
    const ofOne = samplesOf(await scrape(secret, `?org_id=${acme}`), 'everwatch_insights')
    expect(Object.keys(ofOne)).not.toContain(theOperators)
  })
})

describe('a scrape', () => {
  const openMetrics = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'

  it('is in the format that was asked for', async () => {
    const text = await get(headersOf(secret))
    expect(text.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const open = await get({ ...headersOf(secret), accept: openMetrics })
    expect(open.headers.get('content-type')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    )
    expect(open.text).toMatch(/# EOF\n$/)
    for (const { headers } of [text, open]) {
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('vary')).toMatch(/accept/i)
    }
    const [first, second] = [text, open].map((each) => parseExposition(each.text))
    expect(Object.keys(second?.samples ?? {})).toEqual(Object.keys(first?.samples ?? {}))
  })

  it.each([
    ['?org_id=acme', 'org_id', 'no uuid'],
    ['?org_id=', 'org_id', 'empty'],
    ['?orgid=x', 'orgid', 'unknown'],
    ['?org_id=a&org_id=b', 'org_id', 'given twice'],
  ])('with %s is refused, and told that it is %s: %s', async (query, field) => {
    expect(errorOf(await ask(stack, `/monitoring/prometheus${query}`, secret))).toMatchObject({
      status: 400,
      field,
    })
  })

  it('of an org that does not exist is a 404', async () => {
    const query = `?org_id=${crypto.randomUUID()}`
    expect(errorOf(await ask(stack, `/monitoring/prometheus${query}`, secret))).toMatchObject({
      status: 404,
      code: 'org_not_found',
      field: 'org_id',
    })
  })

  it('without a credential, or with a public key or a wrong one, is a 401', async () => {
    for (const credential of [undefined, { apikey: stack.publishableKey }, { token: 'x.y.z' }])
      expect((await get(headersOf(credential))).status).toBe(401)
  })

  it('by someone who is in no org is a 403', async () => {
    expect((await get(headersOf(await signUpAsMemberOf()))).status).toBe(403)
  })

  it('may ask for the head alone, and may not post', async () => {
    const head = await get(headersOf(secret), '', 'HEAD')
    expect({ status: head.status, text: head.text }).toEqual({ status: 200, text: '' })
    expect(head.headers.get('content-type')).toContain('text/plain')
    const post = await get(headersOf(secret), '', 'POST')
    expect(post.status).toBe(405)
    expect(post.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })
})
