import { randomBytes, randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  apiRequest,
  createApiKey,
  createOrg,
  createRule,
  createSegment,
  createWebhook,
  track,
} from '../support/fixtures.ts'

let db: TestDatabase
let orgId: string
/** A row that each table takes as it is. */
let good: Record<string, Record<string, unknown>>
let others: { webhook_id: string; rule_id: string; segment_id: string; api_key_id: string }

beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
  const other = await createOrg(db)
  others = {
    webhook_id: await createWebhook(db, other),
    rule_id: await createRule(db, other),
    segment_id: await createSegment(db, other),
    api_key_id: await createApiKey(db, other),
  }
  const org_id = orgId
  good = {
    orgs: { name: 'Acme' },
    org_members: { org_id, user_id: await db.createUser(), role: 'viewer' },
    api_keys: { org_id, name: 'Server', prefix: 'ew_test_', digest: randomBytes(32) },
    webhooks: { org_id, url: 'https://example.com/hook?a=1' },
    webhook_deliveries: {
      org_id,
      webhook_id: await createWebhook(db, orgId),
      status: 'sent',
      duration_ms: 145,
    },
    segments: { org_id, name: 'Cold' },
    automation_rules: { org_id, name: 'Wake up', type: 'no_touch_days' },
    rule_executions: {
      org_id,
      rule_id: await createRule(db, orgId),
      status: 'success',
      duration_ms: 20,
    },
    api_audit_logs: { org_id, method: 'GET', path: '/', status_code: 200, duration_ms: 30 },
    api_rate_limits: {
      org_id,
      key_type: 'ip',
      identifier: '10.0.0.1',
      window_start: new Date('2026-01-01'),
      request_count: 0,
      limit_max: 100,
    },
  }
})

/** Adds a row that is good but for a change, and takes it back; the refusal's code, if any. */
async function add(table: string, change: Record<string, unknown> = {}): Promise<string> {
  const undone = new Error('undone')
  return db.sql
    .begin(async (sql) => {
      await sql`insert into ${sql(`everwatch.${table}`)} ${sql({ ...good[table], ...change })}`
      throw undone
    })
    .catch((error: Error & { code?: string }) => (error === undone ? 'ok' : String(error.code)))
}

/** The tables whose rows come in by the door, each with its judge. */
const judged = ['webhook_deliveries', 'rule_executions', 'api_audit_logs', 'api_rate_limits']

/** What the judge of a table says of a row that is good but for a change. */
async function judge(
  table: string,
  change: Record<string, unknown> = {},
): Promise<Record<string, unknown>[]> {
  const row = JSON.stringify({ ...good[table], ...change })
  return db.sql`
    select code, field from unnest(${db.sql(`everwatch_private.judge_${table}`)}(array[
      jsonb_populate_record(null::${db.sql(`everwatch.${table}`)}, ${row}::text::jsonb)
    ]))`
}

/** The same in codes; none where a table's rows have no judge. */
async function codes(table: string, change: Record<string, unknown>): Promise<unknown[]> {
  return judged.includes(table) ? (await judge(table, change)).map(({ code }) => code) : []
}

const check = '23514'
const missing = '23502'
const nowhere = '23503'

describe('a table', () => {
  it('takes the row from which each case below differs in one thing', async () => {
    for (const table of Object.keys(good)) expect([table, await add(table)]).toEqual([table, 'ok'])
    for (const table of judged) expect([table, await judge(table)]).toEqual([table, []])
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['orgs', { name: '' }, 'nothing to call it by'],
    ['orgs', { name: 'x'.repeat(201) }, 'a name too long to show'],
    ['org_members', { role: 'superuser' }, 'no such role'],
    ['api_keys', { digest: randomBytes(31) }, 'no SHA-256'],
    ['api_keys', { prefix: 'ew' }, 'too short to recognise'],
    ['api_keys', { prefix: 'x'.repeat(33) }, 'so long that it could be the key'],
    ['api_keys', { revoked_at: new Date(0) }, 'revoked before it was made'],
    ['webhooks', { url: 'ftp://example.com' }, 'not HTTP'],
    ['webhooks', { url: 'javascript:alert(1)' }, 'not HTTP'],
    ['webhooks', { url: 'https://' }, 'no host'],
    ['webhooks', { url: 'https://exa mple.com' }, 'white space'],
    ['webhooks', { url: 'https://example.com/\nhttps://evil' }, 'a second line'],
    ['webhooks', { url: `https://example.com/${'x'.repeat(2048)}` }, 'too long'],
    ['webhooks', { consecutive_failures: -1 }, 'less than none'],
    ['webhooks', { consecutive_failures: 1 }, 'failures, yet none was ever'],
    ['webhook_deliveries', { status: 'success' }, 'no such status'],
    ['webhook_deliveries', { status: 'pending' }, 'pending, yet it took a time'],
    ['webhook_deliveries', { duration_ms: -1 }, 'ended before it began'],
    ['webhook_deliveries', { status_code: 99 }, 'no HTTP status'],
    ['webhook_deliveries', { status_code: 600 }, 'no HTTP status'],
    ['webhook_deliveries', { status_code: 500 }, 'sent, yet the receiver failed'],
    [
      'webhook_deliveries',
      { status: 'pending', duration_ms: null, status_code: 200 },
      'pending, yet answered',
    ],
    [
      'webhook_deliveries',
      { status: 'pending', duration_ms: null, error: 'no' },
      'pending, yet failed',
    ],
    ['rule_executions', { error: 'x'.repeat(10_001) }, 'a page, not an error'],
    ['api_audit_logs', { path: 'x'.repeat(2049) }, 'too long'],
    ['api_audit_logs', { request_id: '' }, 'said, yet empty'],
    ['api_audit_logs', { resource_type: '' }, 'said, yet empty'],
    ['api_audit_logs', { user_agent: 'x'.repeat(1025) }, 'too long'],
    ['webhook_deliveries', { attempt: 0 }, 'not even the first try'],
    ['webhook_deliveries', { error: 'x'.repeat(10_001) }, 'a page, not an error'],
    ['webhook_deliveries', { event_type: '' }, 'said, yet empty'],
    ['webhook_deliveries', { bytes_out: -1 }, 'less than nothing'],
    ['webhook_deliveries', { bytes_out: 1e12 + 1 }, 'more than a body has'],
    ['segments', { member_count: -1 }, 'less than none'],
    ['segments', { name: '' }, 'nothing to call it by'],
    ['automation_rules', { type: 'No Touch' }, 'no identifier'],
    ['automation_rules', { trigger_count: 1 }, 'triggered, yet never'],
    ['automation_rules', { last_triggered_at: new Date() }, 'never triggered, yet lately'],
    ['rule_executions', { status: 'pending' }, 'no such status'],
    ['rule_executions', { duration_ms: -1 }, 'ended before it began'],
    ['rule_executions', { affected_contacts: -1 }, 'less than none'],
    ['api_audit_logs', { method: 'get' }, 'methods are upper case'],
    ['api_audit_logs', { status_code: 0 }, 'no HTTP status'],
    ['api_audit_logs', { duration_ms: -1 }, 'ended before it began'],
    ['api_audit_logs', { path: '' }, 'asked for nothing'],
    ['api_audit_logs', { bytes_out: -1 }, 'less than nothing'],
    ['api_audit_logs', { bytes_out: 1e12 + 1 }, 'more than a body has'],
    ['api_rate_limits', { key_type: 'user' }, 'no such type'],
    ['api_rate_limits', { limit_max: 0 }, 'nothing is allowed: no utilization'],
    ['api_rate_limits', { window_seconds: 0 }, 'a window of no length'],
    ['api_rate_limits', { request_count: -1 }, 'less than none'],
    ['api_rate_limits', { identifier: '' }, 'nobody is limited'],
  ])('%s refuses %j: %s', async (table, change) => {
    expect(await add(table, change)).toBe(check)
    expect(await codes(table, change)).toEqual(judged.includes(table) ? ['invalid'] : [])
  })

  it.each([
    ['webhooks', 'url'],
    ['webhook_deliveries', 'status'],
    ['rule_executions', 'status'],
    ['api_audit_logs', 'path'],
    ['api_rate_limits', 'request_count'],
    ['api_audit_logs', 'org_id'],
    ['api_rate_limits', 'limit_max'],
  ])('%s requires %s', async (table, column) => {
    expect(await add(table, { [column]: null })).toBe(missing)
    expect(await codes(table, { [column]: null })).toEqual(
      judged.includes(table) ? ['required'] : [],
    )
  })

  it.each(['webhook_deliveries', 'rule_executions'])(
    '%s without an org needs a parent that has one',
    async (table) => {
      const parent = table === 'rule_executions' ? 'rule_id' : 'webhook_id'
      expect(await add(table, { org_id: null, [parent]: randomUUID() })).toBe(missing)
    },
  )

  it.each<[string, keyof typeof others]>([
    ['webhook_deliveries', 'webhook_id'],
    ['rule_executions', 'rule_id'],
    ['automation_rules', 'segment_id'],
    ['api_audit_logs', 'api_key_id'],
  ])('%s refuses the %s of another org', async (table, column) => {
    expect(await add(table, { [column]: others[column] })).toBe(nowhere)
  })

  it('gives a row no org but that of its webhook or rule: a judge does not ask whose it is', async () => {
    for (const [table, column] of [
      ['webhook_deliveries', 'webhook_id'],
      ['rule_executions', 'rule_id'],
    ] as const) {
      expect(await judge(table, { org_id: null, [column]: others[column] })).toEqual([])
      expect(await judge(table, { [column]: randomUUID() })).toEqual([
        { code: 'not_found', field: column },
      ])
    }
  })
})

describe('when something is deleted', () => {
  it('a segment leaves its rules behind, about all contacts', async () => {
    const segment_id = await createSegment(db, orgId)
    const ruleId = await createRule(db, orgId, { segment_id })
    await db.sql`delete from everwatch.segments where id = ${segment_id}`
    const rows = await db.sql`
      select org_id, segment_id from everwatch.automation_rules where id = ${ruleId}`
    expect(rows).toEqual([{ org_id: orgId, segment_id: null }])
  })

  it('a key leaves the requests that were made with it', async () => {
    const id = randomUUID()
    const api_key_id = await createApiKey(db, orgId)
    await track(db, apiRequest(orgId, { id, api_key_id }))
    await db.sql`delete from everwatch.api_keys where id = ${api_key_id}`
    const rows = await db.sql`
      select org_id, api_key_id from everwatch.api_audit_logs where id = ${id}`
    expect(rows).toEqual([{ org_id: orgId, api_key_id: null }])
  })
})
