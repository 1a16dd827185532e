import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  addMember,
  addOneOfEach,
  createOrg,
  createRule,
  createSegment,
  createWebhook,
  type Role,
} from '../support/fixtures.ts'
import { denied, outcome } from '../support/outcome.ts'

let db: TestDatabase
let orgId: string
let people: Record<Role, string>

beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  people = await addOneOfEach(db, orgId)
})

describe('what each role may write', () => {
  const configuration = ['webhooks', 'segments', 'automation_rules'] as const
  const rows = {
    webhooks: { url: 'https://example.com' },
    segments: { name: 'Cold' },
    automation_rules: { name: 'Wake up', type: 'no_touch_days' },
  }
  const roles: [Role, string, string][] = [
    ['owner', 'ok', 'ok'],
    ['admin', 'ok', 'ok'],
    ['member', 'ok', 'ok'],
    ['viewer', denied, 'no row'],
  ]
  const cases = configuration.flatMap((table) =>
    roles.map(([role, adds, changes]) => ({ table, role, adds, changes })),
  )

  it.each(cases)('$role adds to $table: $adds, and changes: $changes', async (each) => {
    const { table, role, adds, changes } = each
    const row = { org_id: orgId, ...rows[table] }
    const name = `everwatch.${table}`
    expect(
      await outcome(db.asUser(people[role], (sql) => sql`insert into ${sql(name)} ${sql(row)}`)),
    ).toBe(adds)
    await db.sql`insert into ${db.sql(name)} ${db.sql(row)}`
    const change = db.asUser(
      people[role],
      (sql) => sql`update ${sql(name)} set ${sql(rows[table])} where org_id = ${orgId}`,
    )
    expect(await outcome(change)).toBe(changes)
    const removal = db.asUser(
      people[role],
      (sql) => sql`delete from ${sql(name)} where org_id = ${orgId}`,
    )
    expect(await outcome(removal)).toBe(changes)
  })

  it.each<[Role, string]>([
    ['owner', 'ok'],
    ['admin', 'ok'],
    ['member', denied],
    ['viewer', denied],
  ])('%s adds an API key: %s', async (role, expected) => {
    const attempt = db.asUser(
      people[role],
      (sql) => sql`
        insert into everwatch.api_keys (org_id, name, prefix, digest)
        values (${orgId}, 'Server', 'ew_test_', extensions.digest(${randomUUID()}::text, 'sha256'))`,
    )
    expect(await outcome(attempt)).toBe(expected)
  })

  it('nobody reads a key’s digest', async () => {
    const attempt = db.asUser(people.owner, (sql) => sql`select digest from everwatch.api_keys`)
    expect(await outcome(attempt)).toBe(denied)
  })

  it.each([
    ['webhooks', 'consecutive_failures'],
    ['webhooks', 'last_failure_at'],
    ['webhooks', 'id'],
    ['webhooks', 'org_id'],
    ['webhooks', 'created_at'],
    ['automation_rules', 'trigger_count'],
    ['automation_rules', 'last_triggered_at'],
    ['automation_rules', 'org_id'],
    ['segments', 'member_count'],
    ['segments', 'org_id'],
    ['webhook_deliveries', 'status'],
    ['rule_executions', 'status'],
    ['api_audit_logs', 'status_code'],
    ['api_rate_limits', 'request_count'],
    ['orgs', 'id'],
  ])('not even an owner writes %s.%s', async (table, column) => {
    const attempt = db.asUser(
      people.owner,
      (sql) => sql`
        update ${sql(`everwatch.${table}`)} set ${sql(column)} = ${sql(column)} where true`,
    )
    expect(await outcome(attempt)).toBe(denied)
  })

  it.each<[Role, string]>([
    ['owner', 'ok'],
    ['admin', 'ok'],
    ['member', 'no row'],
  ])('%s renames the org: %s', async (role, expected) => {
    const attempt = db.asUser(
      people[role],
      (sql) => sql`update everwatch.orgs set name = 'New' where id = ${orgId}`,
    )
    expect(await outcome(attempt)).toBe(expected)
  })

  it('a rule takes no segment of another org', async () => {
    const theirs = await createSegment(db, await createOrg(db))
    const ruleId = await createRule(db, orgId)
    const attempt = db.asUser(
      people.member,
      (sql) => sql`
        update everwatch.automation_rules set segment_id = ${theirs}
        where id = ${ruleId}`,
    )
    expect(await outcome(attempt)).toBe('23503')
  })
})

describe('a member of two orgs', () => {
  it('reads both, and writes in each as their role there allows', async () => {
    const second = await createOrg(db)
    await addMember(db, second, 'viewer', people.member)
    await createWebhook(db, orgId)
    await createWebhook(db, second)
    const changed = await db.asUser(people.member, async (sql) => {
      expect(await sql`select distinct org_id from everwatch.webhooks`).toHaveLength(2)
      return sql`update everwatch.webhooks set enabled = false where true returning org_id`
    })
    expect(changed).toEqual([{ org_id: orgId }])
  })
})
