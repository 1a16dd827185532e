import { randomBytes, randomUUID } from 'node:crypto'
import type { TestDatabase } from './database.ts'

export type Role = 'owner' | 'admin' | 'member' | 'viewer'

/** An event as `track_events` takes it; `id` is made and `index` is added when they are left out. */
export interface TrackEvent {
  type: string
  [field: string]: unknown
}

export interface TrackResult {
  accepted: number
  rejected: { index: number; code: string; field: string; message: string }[]
}

/** Makes an org without members and returns its id. */
export async function createOrg(db: TestDatabase, name = 'Acme'): Promise<string> {
  const [org] = await db.sql<[{ id: string }]>`
    insert into everwatch.orgs (name) values (${name}) returning id`
  return org.id
}

/** Makes a user, or takes the one given, a member of an org; returns the user's id. */
export async function addMember(
  db: TestDatabase,
  orgId: string,
  role: Role = 'member',
  userId?: string,
): Promise<string> {
  const id = userId ?? (await db.createUser())
  await db.sql`
    insert into everwatch.org_members (org_id, user_id, role) values (${orgId}, ${id}, ${role})`
  return id
}

/** Makes an org a member of each role; returns their ids. */
export async function addOneOfEach(db: TestDatabase, orgId: string): Promise<Record<Role, string>> {
  return {
    owner: await addMember(db, orgId, 'owner'),
    admin: await addMember(db, orgId, 'admin'),
    member: await addMember(db, orgId, 'member'),
    viewer: await addMember(db, orgId, 'viewer'),
  }
}

/** Makes a webhook, by default a healthy, enabled one with a URL of its own; returns its id. */
export async function createWebhook(
  db: TestDatabase,
  orgId: string,
  columns: Partial<{
    url: string
    enabled: boolean
    consecutive_failures: number
    last_failure_at: Date
    created_at: Date
  }> = {},
): Promise<string> {
  const row = { org_id: orgId, url: `https://example.com/${randomUUID()}`, ...columns }
  const [webhook] = await db.sql<[{ id: string }]>`
    insert into everwatch.webhooks ${db.sql(row)} returning id`
  return webhook.id
}

/** Makes a segment and returns its id. */
export async function createSegment(
  db: TestDatabase,
  orgId: string,
  columns: Partial<{ name: string; member_count: number }> = {},
): Promise<string> {
  const row = { org_id: orgId, name: 'Cold contacts', ...columns }
  const [segment] = await db.sql<[{ id: string }]>`
    insert into everwatch.segments ${db.sql(row)} returning id`
  return segment.id
}

/** Makes an automation rule, by default an enabled one that never ran; returns its id. */
export async function createRule(
  db: TestDatabase,
  orgId: string,
  columns: Partial<{
    name: string
    type: string
    segment_id: string
    enabled: boolean
    created_at: Date
  }> = {},
): Promise<string> {
  const row = { org_id: orgId, name: 'Wake up', type: 'no_touch_days', ...columns }
  const [rule] = await db.sql<[{ id: string }]>`
    insert into everwatch.automation_rules ${db.sql(row)} returning id`
  return rule.id
}

/** Makes an API key of an org and returns its id. */
export async function createApiKey(db: TestDatabase, orgId: string): Promise<string> {
  const row = { org_id: orgId, name: 'Server', prefix: 'ew_test_', digest: randomBytes(32) }
  const [key] = await db.sql<[{ id: string }]>`
    insert into everwatch.api_keys ${db.sql(row)} returning id`
  return key.id
}

/** Tracks events as the secret key's holder does, in one batch. */
export async function track(db: TestDatabase, ...events: TrackEvent[]): Promise<TrackResult> {
  const batch = events.map((event, index) => ({ id: randomUUID(), index, ...event }))
  return db.asService(async (sql) => {
    const [row] = await sql<[{ result: TrackResult }]>`
      select everwatch.track_events(${JSON.stringify(batch)}::text::jsonb) as result`
    return row.result
  })
}

/** An event of a delivery, by default one that was sent in 100 ms. */
export function delivery(webhookId: string, fields: Record<string, unknown> = {}): TrackEvent {
  const status = fields['status'] ?? 'sent'
  return {
    type: 'webhook_delivery',
    webhook_id: webhookId,
    status,
    duration_ms: status === 'pending' ? null : 100,
    ...fields,
  }
}

/** An event of a rule's run, by default a success of 20 ms that acted on one contact. */
export function execution(ruleId: string, fields: Record<string, unknown> = {}): TrackEvent {
  return {
    type: 'rule_execution',
    rule_id: ruleId,
    status: 'success',
    duration_ms: 20,
    affected_contacts: 1,
    ...fields,
  }
}

/** An event of an API request, by default a 200 in 30 ms. */
export function apiRequest(orgId: string, fields: Record<string, unknown> = {}): TrackEvent {
  return {
    type: 'api_request',
    org_id: orgId,
    method: 'GET',
    path: '/v1/contacts',
    status_code: 200,
    duration_ms: 30,
    ...fields,
  }
}

/** An event of a rate limit, by default an org's own, half used. */
export function rateLimit(orgId: string, fields: Record<string, unknown> = {}): TrackEvent {
  return {
    type: 'rate_limit',
    org_id: orgId,
    key_type: 'org',
    identifier: orgId,
    request_count: 50,
    limit_max: 100,
    ...fields,
  }
}

/** An event of a metric, by default a counter that grew by one. */
export function metric(orgId: string, fields: Record<string, unknown> = {}): TrackEvent {
  return {
    type: 'metric',
    org_id: orgId,
    name: 'emails.sent',
    kind: 'counter',
    value: 1,
    ...fields,
  }
}
