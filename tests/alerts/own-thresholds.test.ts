import { beforeAll, describe, expect, it } from 'vitest'
import { parseExposition } from '../support/exposition.ts'
import { addMember, createOrg, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addWindow } from '../support/add-rows.ts'
import { readMetrics, type Metrics } from '../support/metrics.ts'
import { evaluate } from '../support/alerts.ts'
import { startStack, type TestStack, type TestUser } from '../support/stack.ts'
import { readView, refresh } from '../support/views.ts'

let stack: TestStack
/** An org with thresholds of its own, one that does without any, and one with the defaults. */
let own: string
let without: string
let usual: string
let member: TestUser

const urls = ['failing', 'worse', 'silent', 'well', 'new'] as const
type Name = (typeof urls)[number]
const nameOf = (url: unknown): Name =>
  String(url).slice('https://'.length, -'.example'.length) as Name

beforeAll(async () => {
  stack = await startStack()
  const { db } = stack
  own = await createOrg(db, 'Own')
  without = await createOrg(db, 'Without')
  usual = await createOrg(db, 'Usual')
  member = await stack.signUp()
  for (const orgId of [own, without, usual]) {
    await addMember(db, orgId, 'owner', member.userId)
    await fill(orgId)
  }
  const set = (orgId: string, type: string, changes: object) =>
    db.asUser(
      member.userId,
      (sql) => sql`
        select everwatch.set_alert_policy(${type}, ${JSON.stringify(changes)}::text::jsonb, ${orgId})`,
    )
  await set(own, 'webhook_failure', { warning: 2, critical: 3 })
  await set(own, 'webhook_inactive', { warning: 2 })
  await set(own, 'rate_limit', { warning: 50, recovery: 40 })
  await set(without, 'webhook_failure', { warning: 'Infinity', critical: 'Infinity' })
  await set(without, 'webhook_inactive', { warning: 'Infinity' })
  await set(without, 'rate_limit', { enabled: false })
  await refresh(db)
  await evaluate(db, new Date())
})

/** The same in each org: what is wrong differs by the policy alone. */
async function fill(orgId: string): Promise<void> {
  const { db } = stack
  const created_at = new Date(Date.now() - 30 * 86_400_000)
  const ids = {} as Record<Name, string>
  for (const name of urls) {
    ids[name] = await createWebhook(db, orgId, { url: `https://${name}.example`, created_at })
  }
  await addDeliveries(db, ids.failing, { ago: '1 hour' })
  await addDeliveries(db, ids.failing, { status: 'failed', count: 2 })
  await addDeliveries(db, ids.worse, { ago: '1 hour' })
  await addDeliveries(db, ids.worse, { status: 'failed', count: 5 })
  await addDeliveries(db, ids.silent, { ago: '3 days' })
  await addDeliveries(db, ids.well)
  await addWindow(db, orgId, { request_count: 60, window_seconds: 3600 })
  await addWindow(db, orgId, { key_type: 'ip', request_count: 95, window_seconds: 3600 })
}

const metricsOf = (orgId: string): Promise<Metrics> =>
  stack.db.asService(readMetrics({ org_id: orgId }))

/** How each webhook is, and why. */
async function healthOf(orgId: string): Promise<Record<string, unknown>> {
  const rows = await readView(stack.db, 'v_webhook_health', orgId)
  return Object.fromEntries(
    rows.map((row) => [nameOf(row['url']), [row['health_status'], row['health_reason']]]),
  )
}

/** What is true or fires: type, severity, threshold, in one order. */
const inShort = (rows: readonly object[]): string[] =>
  rows
    .map((row) => row as Record<string, unknown>)
    .map(
      ({ type, severity, threshold }) => `${String(type)} ${String(severity)} ${Number(threshold)}`,
    )
    .toSorted()

/** What the Data API answers the member's browser. */
async function askAsMember(path: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${stack.apiUrl}/rest/v1/${path}`, {
    headers: {
      apikey: stack.publishableKey,
      authorization: `Bearer ${member.accessToken}`,
      'accept-profile': 'everwatch',
    },
  })
  return (await response.json()) as Record<string, unknown>[]
}

const healthy = ['healthy', null]
const noData = ['inactive', 'no_data']

describe.each([
  {
    whose: 'an org’s own thresholds',
    org: () => own,
    health: {
      failing: ['warning', 'consecutive_failures'],
      worse: ['critical', 'consecutive_failures'],
      silent: ['inactive', 'no_success'],
    },
    critical: 1,
    windows: ['warning', 'warning'],
    wrong: [
      'rate_limit warning 50',
      'rate_limit warning 50',
      'webhook_failure critical 3',
      'webhook_failure warning 2',
      'webhook_inactive warning 2',
      'webhook_inactive warning 2',
    ],
  },
  {
    whose: 'an org that does without thresholds',
    org: () => without,
    health: { failing: healthy, worse: healthy, silent: healthy },
    critical: 0,
    windows: ['normal', 'normal'],
    wrong: [],
  },
  {
    whose: 'the defaults',
    org: () => usual,
    health: { failing: healthy, worse: ['warning', 'consecutive_failures'], silent: healthy },
    critical: 0,
    windows: ['normal', 'warning'],
    wrong: ['rate_limit warning 90', 'webhook_failure warning 5', 'webhook_inactive warning 7'],
  },
])('$whose', ({ org, health, critical, windows, wrong }) => {
  const expected = { ...health, well: healthy, new: noData }

  it('decide how its webhooks are', async () => {
    expect(await healthOf(org())).toEqual(expected)
  })

  it('decide what is true, and what fires', async () => {
    expect(inShort(await readView(stack.db, 'v_alert_conditions', org()))).toEqual(wrong)
    const alerts = await stack.db.asUser(
      member.userId,
      (sql) => sql`select * from everwatch.v_alerts where org_id = ${org()} and state = 'firing'`,
    )
    expect(inShort(alerts)).toEqual(wrong)
  })

  it('decide what the metrics call critical, unhealthy and nearly used up', async () => {
    const { webhooks, rate_limits, alerts } = await metricsOf(org())
    expect(webhooks?.summary).toMatchObject({
      critical_webhooks: critical,
      webhooks_with_failures: 2,
    })
    expect(
      Object.fromEntries(
        webhooks!.webhooks.map((row) => [
          nameOf(row['url']),
          [row['health_status'], row['health_reason']],
        ]),
      ),
    ).toEqual(expected)
    expect(rate_limits?.windows.map(({ status }) => status).toSorted()).toEqual(windows)
    expect(rate_limits?.summary['status']).toBe(windows.at(-1))
    expect(inShort(alerts?.alerts ?? [])).toEqual(wrong)
  })

  it('decide what Prometheus is told', async () => {
    const response = await fetch(`${stack.functionsUrl}/monitoring/prometheus`, {
      headers: { apikey: stack.secretKey },
    })
    const { samples } = parseExposition(await response.text())
    const found = Object.values(expected).map(([status]) => status)
    for (const status of ['healthy', 'warning', 'critical', 'inactive', 'disabled']) {
      const name = `everwatch_webhooks{org_id="${org()}",health="${status}"}`
      expect({ [name]: samples[name] }).toEqual({
        [name]: found.filter((each) => each === status).length,
      })
    }
  })

  it('decide what the dashboard shows its members', async () => {
    const rows = await askAsMember(
      `v_webhook_health?select=url,health_status,health_reason&org_id=eq.${org()}`,
    )
    expect(
      Object.fromEntries(
        rows.map((row) => [nameOf(row['url']), [row['health_status'], row['health_reason']]]),
      ),
    ).toEqual(expected)
    const policies = await askAsMember(
      `v_alert_policies?select=warning,critical&org_id=eq.${org()}`,
    )
    expect(JSON.stringify(policies)).not.toContain('Infinity')
  })
})

describe('a level that an org does without', () => {
  it('leaves the other level as it is', async () => {
    const { db } = stack
    const orgId = await createOrg(db)
    const ownerId = await addMember(db, orgId, 'owner')
    const webhookId = await createWebhook(db, orgId)
    await addDeliveries(db, webhookId, { status: 'failed', count: 9 })
    const [row] = await db.asUser(
      ownerId,
      (sql) => sql<[{ policy: object }]>`
        select to_jsonb(everwatch.set_alert_policy('webhook_failure', '{"warning": "Infinity"}')) as policy`,
    )
    expect(row.policy).toMatchObject({ warning: null, critical: 10 })
    expect(await readView(db, 'v_webhook_health', orgId)).toMatchObject([
      { health_status: 'healthy' },
    ])
    await addDeliveries(db, webhookId, { status: 'failed' })
    expect(await readView(db, 'v_webhook_health', orgId)).toMatchObject([
      { health_status: 'critical' },
    ])
    expect(await readView(db, 'v_alert_conditions', orgId)).toMatchObject([
      { severity: 'critical', threshold: 10 },
    ])
  })
})
