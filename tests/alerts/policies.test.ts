import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addOneOfEach, createOrg, createWebhook, type Role } from '../support/fixtures.ts'
import { addDeliveries } from '../support/add-rows.ts'
import { readView } from '../support/views.ts'

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

interface Refusal {
  code: string
  detail: string
  hint: string
}

/** Sets a policy as a person does; returns the policy in force, or the refusal's code, detail, hint. */
async function setPolicy(
  userId: string,
  changes: unknown,
  type = 'webhook_failure',
): Promise<Record<string, unknown> | string> {
  return db
    .asUser(userId, async (sql) => {
      const [row] = await sql<[{ policy: Record<string, unknown> }]>`
        select to_jsonb(everwatch.set_alert_policy(${type}, ${JSON.stringify(changes)}::text::jsonb))
          as policy`
      return row.policy
    })
    .catch(({ code, detail, hint }: Refusal) => `${code} ${detail} ${hint}`)
}

describe('the defaults', () => {
  it.each([
    ['api_error_rate', null, 50],
    ['rate_limit', 90, null],
    ['rule_not_triggering', 2, null],
    ['slow_query', null, 5],
    ['webhook_failure', 5, 10],
    ['webhook_inactive', 7, null],
  ])('are the promised thresholds: %s from %s, critical from %s', async (...promised) => {
    const [row] = await db.sql`
      select type, warning::float8, critical::float8, repeat_interval::text
      from everwatch_private.alert_policies where type = ${promised[0]}`
    expect(Object.values(row as object)).toEqual([...promised, '04:00:00'])
  })

  it('hold for whatever an org has not set itself', async () => {
    await setPolicy(people.owner, { critical: 20 })
    expect(await setPolicy(people.owner, {})).toMatchObject({
      warning: 5,
      critical: 20,
      keep_firing_for: '00:05:00',
    })
    await db.sql`update everwatch_private.alert_policies set warning = 6 where type = 'webhook_failure'`
    expect(await setPolicy(people.owner, {})).toMatchObject({ warning: 6, critical: 20 })
    await db.sql`update everwatch_private.alert_policies set warning = 5 where type = 'webhook_failure'`
  })

  it('come back where an org takes its own away', async () => {
    await setPolicy(people.owner, { critical: 20, pending_for: '10 minutes' })
    expect(await setPolicy(people.owner, { critical: null })).toMatchObject({
      critical: 10,
      pending_for: '00:10:00',
    })
  })
})

describe('an org’s own policy', () => {
  it('decides what is true, for that org alone', async () => {
    const other = await createOrg(db)
    await setPolicy(people.owner, { warning: 2, critical: 3 })
    for (const each of [orgId, other]) {
      await addDeliveries(db, await createWebhook(db, each), { status: 'failed', count: 3 })
    }
    expect(await readView(db, 'v_alert_conditions', orgId)).toMatchObject([
      { severity: 'critical', value: 3, threshold: 3 },
    ])
    expect(await readView(db, 'v_alert_conditions', other)).toEqual([])
  })

  it('may do without a level', async () => {
    await setPolicy(people.owner, { critical: 'Infinity' })
    await addDeliveries(db, await createWebhook(db, orgId), { status: 'failed', count: 50 })
    expect(await readView(db, 'v_alert_conditions', orgId)).toMatchObject([
      { severity: 'warning', threshold: 5 },
    ])
  })

  it.each<[Role, unknown]>([
    ['owner', { warning: 5, critical: 20 }],
    ['admin', { warning: 5, critical: 20 }],
    ['member', 'PT403 not_allowed org_id'],
    ['viewer', 'PT403 not_allowed org_id'],
  ])('is set by the %s: %j', async (role, expected) => {
    const answer = await setPolicy(people[role], { critical: 20 })
    const { warning, critical } = answer as Record<string, unknown>
    expect(typeof answer === 'string' ? answer : { warning, critical }).toEqual(expected)
  })

  it('is read by all members', async () => {
    await setPolicy(people.owner, { critical: 20 })
    for (const userId of Object.values(people)) {
      const rows = await db.asUser(
        userId,
        (sql) => sql`
          select critical::int from everwatch.v_alert_policies where type = 'webhook_failure'`,
      )
      expect(rows).toEqual([{ critical: 20 }])
    }
  })

  it.each([
    [{ cats: 1 }, 'cats', 'there is no such setting'],
    [{ org_id: crypto.randomUUID() }, 'org_id', 'whose it is, is no setting'],
    [{ warning: 'many' }, 'warning', 'a threshold is a number'],
    [{ warning: 0 }, 'warning', 'it would always be true'],
    [{ warning: 11 }, 'warning', 'a warning after it is critical is none'],
    [{ critical: 4 }, 'warning', 'a warning after it is critical is none'],
    [{ critical: 1e10 }, 'critical', 'what is computed with it could overflow'],
    [{ warning: '0.0000001' }, 'warning', 'nobody needs so many digits'],
    [{ recovery: -1 }, 'recovery', 'there are no fewer than none'],
    [{ critical: 'NaN' }, 'critical', 'nothing compares with it'],
    [{ recovery: 6 }, 'recovery', 'it would have recovered when it fires'],
    [{ minimum_sample: -1 }, 'minimum_sample', 'there are no fewer than none'],
    [{ minimum_sample: 1.5 }, 'minimum_sample', 'requests are whole'],
    [{ pending_for: 'soon' }, 'pending_for', 'it is no time'],
    [{ pending_for: '-1 minute' }, 'pending_for', 'it is in the past'],
    [{ keep_firing_for: '31 days' }, 'keep_firing_for', 'it would never end'],
    [{ repeat_interval: '1 second' }, 'repeat_interval', 'nobody reads that fast'],
    [{ enabled: 'perhaps' }, 'enabled', 'it is on or off'],
    [['warning'], 'changes', 'it is no object'],
    [null, 'changes', 'it is nothing'],
  ])('is refused with %j, naming %s: %s', async (changes, field, _reason) => {
    const refusal = await setPolicy(people.owner, changes)
    expect(refusal).toBe(`PT400 invalid_policy ${field}`)
  })

  it('is refused for a type that there is not, or that is the operator’s', async () => {
    for (const type of ['cats', 'slow_query']) {
      expect(await setPolicy(people.owner, {}, type)).toBe('PT400 invalid_type type')
    }
  })
})
