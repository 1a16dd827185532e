import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { deploy } from '../support/deploys.ts'
import {
  apiRequest,
  createApiKey,
  createOrg,
  createRule,
  createWebhook,
  delivery,
  execution,
  metric,
  track,
  type TrackEvent,
} from '../support/fixtures.ts'

let db: TestDatabase
let orgId: string
let webhookId: string
let ruleId: string
let apiKeyId: string

beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
  webhookId = await createWebhook(db, orgId)
  ruleId = await createRule(db, orgId)
  apiKeyId = await createApiKey(db, orgId)
})

async function storedDelivery(id: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await db.sql`select * from everwatch.webhook_deliveries where id = ${id}`
  return row
}

describe('an event with every field', () => {
  const id = randomUUID()
  const time = '2026-03-01T12:00:00.123+02:00'

  it.each<[string, string, () => TrackEvent, Record<string, unknown>]>([
    [
      'webhook_delivery',
      'webhook_deliveries',
      () => ({
        ...delivery(webhookId, { id, status: 'failed', duration_ms: 145, event_type: 'a.b' }),
        status_code: 503,
        attempt: 2,
        error: 'no',
        sent_at: time,
        bytes_out: 3_000_000_000,
      }),
      {
        status: 'failed',
        duration_ms: 145,
        event_type: 'a.b',
        status_code: 503,
        attempt: 2,
        bytes_out: '3000000000',
      },
    ],
    [
      'rule_execution',
      'rule_executions',
      () => execution(ruleId, { id, status: 'failed', error: 'no', executed_at: time }),
      { status: 'failed', duration_ms: 20, affected_contacts: 1, error: 'no' },
    ],
    [
      'api_request',
      'api_audit_logs',
      () => ({
        ...apiRequest(orgId, { id, request_id: 'r1', resource_type: 'contacts', ip: '::1' }),
        api_key_id: apiKeyId,
        user_agent: 'curl',
        created_at: time,
        bytes_out: 0,
      }),
      {
        method: 'GET',
        path: '/v1/contacts',
        request_id: 'r1',
        ip: '::1',
        user_agent: 'curl',
        bytes_out: '0',
      },
    ],
  ])('of type %s is stored in %s as it was given', async (_, table, event, columns) => {
    expect(await track(db, event())).toEqual({ accepted: 1, rejected: [] })
    const [row] = await db.sql`select * from ${db.sql(`everwatch.${table}`)} where id = ${id}`
    expect(row).toMatchObject({ ...columns, org_id: orgId })
    expect(Object.values(row ?? {})).toContainEqual(new Date(time))
  })

  it('without bytes out is of a size that is not known', async () => {
    const ids = [randomUUID(), randomUUID()]
    await track(db, delivery(webhookId, { id: ids[0] }), apiRequest(orgId, { id: ids[1] }))
    const rows = await db.sql`
      select bytes_out from everwatch.webhook_deliveries where id = any (${ids})
      union all select bytes_out from everwatch.api_audit_logs where id = any (${ids})`
    expect(rows).toEqual([{ bytes_out: null }, { bytes_out: null }])
  })

  it('without an id or a time is given them', async () => {
    await track(db, execution(ruleId, { id: null, affected_contacts: 77 }))
    const rows = await db.sql`
      select executed_at <= now() and executed_at > now() - interval '1 minute' as recent
      from everwatch.rule_executions where affected_contacts = 77`
    expect(rows).toEqual([{ recent: true }])
  })
})

describe('an id that is known', () => {
  it('is accepted and changes nothing, for every type', async () => {
    const events = [
      delivery(webhookId, { id: randomUUID() }),
      execution(ruleId, { id: randomUUID() }),
      apiRequest(orgId, { id: randomUUID() }),
    ]
    const everything = (): Promise<unknown> =>
      db.sql`
        select (select jsonb_agg(d order by id) from everwatch.webhook_deliveries as d),
          (select jsonb_agg(e order by id) from everwatch.rule_executions as e),
          (select jsonb_agg(l order by id) from everwatch.api_audit_logs as l),
          (select jsonb_agg(r order by id) from everwatch.automation_rules as r),
          (select jsonb_agg(w order by id) from everwatch.webhooks as w)`
    await track(db, ...events)
    const before = await everything()
    const changed = events.map((event) => ({ ...event, status: 'failed', duration_ms: 999 }))
    const [first, second] = changed
    expect(await track(db, first!, second!, events[2]!)).toEqual({ accepted: 3, rejected: [] })
    expect(await everything()).toEqual(before)
  })

  it("is another org's: it is accepted and the other's row stays as it is", async () => {
    const other = await createWebhook(db, await createOrg(db))
    const id = randomUUID()
    await track(db, delivery(webhookId, { id, status: 'pending' }))
    const before = await storedDelivery(id)
    expect(await track(db, delivery(other, { id, status: 'failed' }))).toMatchObject({
      accepted: 1,
    })
    expect(await storedDelivery(id)).toEqual(before)
    const [webhook] = await db.sql`
      select consecutive_failures from everwatch.webhooks where id = ${other}`
    expect(webhook).toEqual({ consecutive_failures: 0 })
  })

  it('is a pending delivery: it finishes, once', async () => {
    const id = randomUUID()
    const pending = { id, status: 'pending', attempt: 3, event_type: 'a.b', bytes_out: 12 }
    await track(db, delivery(webhookId, pending))
    await track(db, delivery(webhookId, { id, status: 'sent', duration_ms: 5, status_code: 204 }))
    await track(db, delivery(webhookId, { id, status: 'failed' }))
    await track(db, delivery(webhookId, { id, status: 'pending' }))
    expect(await storedDelivery(id)).toMatchObject({
      status: 'sent',
      duration_ms: 5,
      status_code: 204,
      attempt: 3,
      event_type: 'a.b',
      bytes_out: '12',
    })
  })

  it.each<[string, Record<string, unknown>[], string]>([
    ['pending, then sent', [{ status: 'pending' }, { status: 'sent' }], 'sent'],
    ['sent, then pending', [{ status: 'sent' }, { status: 'pending' }], 'sent'],
    ['sent, then failed', [{ status: 'sent' }, { status: 'failed' }], 'sent'],
    ['twice pending', [{ status: 'pending' }, { status: 'pending' }], 'pending'],
  ])('comes twice in one batch, %s', async (_, fields, status) => {
    const id = randomUUID()
    const events = fields.map((each) => delivery(webhookId, { id, ...each }))
    expect(await track(db, ...events)).toEqual({ accepted: 2, rejected: [] })
    expect(await storedDelivery(id)).toMatchObject({ status })
  })

  it('comes twice in one batch, of two webhooks: the first keeps it', async () => {
    const other = await createWebhook(db, orgId)
    const id = randomUUID()
    await track(db, delivery(webhookId, { id, status: 'pending' }), delivery(other, { id }))
    expect(await storedDelivery(id)).toMatchObject({ webhook_id: webhookId, status: 'pending' })
  })
})

describe('an id that comes twice in one batch, of two orgs', () => {
  it.each<[string, (org: string, id: string) => TrackEvent, string]>([
    [
      'a deploy',
      (org, id) => deploy(org, { id, at: '2026-03-01T12:00:00Z' }),
      'select org_id from everwatch.deploys where id = $1',
    ],
    [
      'a value of a metric',
      (org, id) => metric(org, { id }),
      `select s.org_id from everwatch_private.metric_points as p
      join everwatch.metric_series as s on s.id = p.series_id where p.id = $1`,
    ],
    [
      'a request',
      (org, id) => apiRequest(org, { id }),
      'select org_id from everwatch.api_audit_logs where id = $1',
    ],
  ])('as that of %s: the first keeps it', async (_, event, owner) => {
    const orgs = [await createOrg(db), await createOrg(db)]
    for (const [first = '', second = ''] of [orgs, orgs.toReversed()]) {
      const id = randomUUID()
      expect(await track(db, event(first, id), event(second, id))).toEqual({
        accepted: 2,
        rejected: [],
      })
      expect(await db.sql.unsafe(owner, [id])).toEqual([{ org_id: first }])
    }
  })
})

describe('a batch in which some deliveries are new and some were pending', () => {
  it.each<[string, ['new' | 'was pending', 'sent' | 'failed'][], number]>([
    [
      'a failure after a success that was pending',
      [
        ['was pending', 'sent'],
        ['new', 'failed'],
      ],
      1,
    ],
    [
      'a success that was pending after a failure',
      [
        ['new', 'failed'],
        ['was pending', 'sent'],
      ],
      0,
    ],
    [
      'a success after a failure that was pending',
      [
        ['was pending', 'failed'],
        ['new', 'sent'],
      ],
      0,
    ],
    [
      'a failure that was pending after a success',
      [
        ['new', 'sent'],
        ['was pending', 'failed'],
      ],
      1,
    ],
    [
      'failures around a success',
      [
        ['new', 'failed'],
        ['was pending', 'failed'],
        ['new', 'sent'],
        ['was pending', 'failed'],
        ['new', 'failed'],
      ],
      2,
    ],
  ])('counts %s in the order of the batch', async (_, steps, run) => {
    const webhook = await createWebhook(db, orgId)
    const events = steps.map(([kind, status]) => ({
      kind,
      event: delivery(webhook, { id: randomUUID(), status }),
    }))
    const pending = events.filter(({ kind }) => kind === 'was pending')
    await track(
      db,
      ...pending.map(({ event }) => ({ ...event, status: 'pending', duration_ms: null })),
    )
    await track(db, ...events.map(({ event }) => event))
    const rows = await db.sql`
      select consecutive_failures from everwatch.webhooks where id = ${webhook}`
    expect(rows).toEqual([{ consecutive_failures: run }])
  })
})
