import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg, createRule, createWebhook, type Role } from '../support/fixtures.ts'
import { addDeliveries, addExecutions, addRequests, addWindow } from '../support/add-rows.ts'
import { readMetrics } from '../support/metrics.ts'
import { refresh } from '../support/views.ts'

let db: TestDatabase
let mine: string
let theirs: string
let userId: string

beforeAll(async () => {
  db = await createDatabase()
  mine = await createOrg(db, 'Mine')
  theirs = await createOrg(db, 'Theirs')
  userId = await addMember(db, mine, 'viewer')
  for (const orgId of [mine, theirs]) {
    await addDeliveries(db, await createWebhook(db, orgId), { status: 'failed', count: 10 })
    await addExecutions(db, await createRule(db, orgId))
    await addRequests(db, orgId)
    await addWindow(db, orgId, { request_count: 99 })
  }
  await refresh(db)
})

/** An answer without the clock's seconds, which may differ between two of them. */
const timeless = (answer: object): unknown =>
  JSON.parse(
    JSON.stringify(answer, (key, value: unknown) => (key === 'seconds_until_reset' ? 0 : value)),
  )

describe('a member', () => {
  it.each<Role>(['owner', 'admin', 'member', 'viewer'])(
    'as %s reads their only org unnamed',
    async (role) => {
      const member = await addMember(db, mine, role)
      expect(await db.asUser(member, readMetrics())).toMatchObject({ org_id: mine })
    },
  )

  it('reads what the secret key’s holder reads of the org', async () => {
    const read = readMetrics({ org_id: mine })
    const { timestamp: _, system: ofMember, ...asMember } = await db.asUser(userId, read)
    const { timestamp: __, system: ofService, ...asService } = await db.asService(read)
    expect(timeless(asMember)).toEqual(timeless(asService))
    expect(Object.keys(ofMember ?? {})).toEqual(Object.keys(ofService ?? {}))
    expect(asMember).toMatchObject({
      webhooks: { summary: { total_webhooks: 1 } },
      rules: { summary: { total_rules: 1 } },
      rate_limits: { summary: { request_count: 99 } },
      api: { summary: { total_requests: 1 } },
      alerts: { total: 2 },
    })
  })

  it('is told nothing of another’s org, not even that there is one', async () => {
    const refusal = {
      code: 'PT403',
      message: 'You are not a member of this org.',
      detail: 'not_a_member',
      hint: 'org_id',
    }
    for (const org_id of [theirs, randomUUID()]) {
      await expect(db.asUser(userId, readMetrics({ org_id }))).rejects.toMatchObject(refusal)
    }
  })

  it('of no org is refused', async () => {
    const nobody = await db.createUser()
    await expect(db.asUser(nobody, readMetrics())).rejects.toMatchObject({
      code: 'PT403',
      detail: 'not_a_member',
    })
  })

  it('of several orgs is asked to name one, and reads each', async () => {
    const both = await addMember(db, mine)
    await addMember(db, theirs, 'viewer', both)
    await expect(db.asUser(both, readMetrics())).rejects.toMatchObject({
      code: 'PT400',
      detail: 'org_required',
      hint: 'org_id',
    })
    for (const org_id of [mine, theirs]) {
      expect(await db.asUser(both, readMetrics({ org_id }))).toMatchObject({ org_id })
    }
  })

  it('who left reads no more', async () => {
    const former = await addMember(db, mine)
    await db.sql`delete from everwatch.org_members where user_id = ${former}`
    await expect(db.asUser(former, readMetrics({ org_id: mine }))).rejects.toMatchObject({
      code: 'PT403',
    })
  })

  it.each(['webhook', 'rule', 'rate_limit', 'api', 'alert'])(
    'finds nothing of another’s org behind everwatch_private.%s_metrics()',
    async (part) => {
      const name = `${part}_metrics`
      const read = (orgId: string) =>
        db.asUser(
          userId,
          (sql) => sql`select everwatch_private.${sql(name)}(${orgId}, 100, null) as part`,
        )
      expect(await read(theirs)).toEqual(await read(await createOrg(db)))
      expect(await read(mine)).not.toEqual(await read(theirs))
    },
  )

  it.each(['mv_webhook_performance', 'mv_rule_performance'])(
    'writes nothing to %s',
    async (name) => {
      for (const table of [`public.${name}`, `everwatch.${name}`]) {
        const writing = db.asUser(userId, (sql) => sql`delete from ${sql(table)} where true`)
        await expect(writing).rejects.toMatchObject({ code: '42501' })
      }
    },
  )

  it.each([
    'mv_webhook_performance',
    'mv_rule_performance',
    'v_api_usage_metrics',
    'v_rate_limit_utilization',
    'v_webhook_health',
    'v_alert_conditions',
  ])('reads of %s the rows of their own org alone', async (view) => {
    const rows = await db.asUser(userId, (sql) => sql`select distinct org_id from ${sql(view)}`)
    expect(rows).toEqual([{ org_id: mine }])
  })
})

describe('a caller without a session', () => {
  it('may not call it', async () => {
    await expect(db.asAnonymous(readMetrics({ org_id: mine }))).rejects.toMatchObject({
      code: '42501',
    })
  })

  it('is turned away even with the role of one, when the token names nobody', async () => {
    const asNobody = db.asUser(userId, async (sql) => {
      await sql`select set_config('request.jwt.claims', '{"role": "authenticated"}', true)`
      return readMetrics({ org_id: mine })(sql)
    })
    await expect(asNobody).rejects.toMatchObject({
      code: 'PT401',
      detail: 'unauthenticated',
    })
  })
})

describe('the secret key', () => {
  it('names the org', async () => {
    await expect(db.asService(readMetrics())).rejects.toMatchObject({
      code: 'PT400',
      detail: 'org_required',
      hint: 'org_id',
    })
  })

  it('is told when there is no such org', async () => {
    await expect(db.asService(readMetrics({ org_id: randomUUID() }))).rejects.toMatchObject({
      code: 'PT404',
      detail: 'org_not_found',
      hint: 'org_id',
    })
  })
})
