import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clock, evaluate, historyOf, openAlerts, setPolicy } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg } from '../support/fixtures.ts'
import { addWindow } from '../support/add-rows.ts'

let db: TestDatabase
let orgId: string
let at: (minutes: number) => Date
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  at = clock()
  await setPolicy(db, orgId, 'rate_limit', { critical: 100 })
})

/** Makes a rate limit this full, in percent, and judges. */
async function use(percent: number, minute: number): Promise<void> {
  await db.sql`delete from everwatch.api_rate_limits where org_id = ${orgId}`
  await addWindow(db, orgId, { request_count: percent, window_start: at(minute) })
  await evaluate(db, at(minute))
}

/** Holds back an org's notifications from now until a minute. */
async function silence(until: number, matchers: Record<string, string> = {}): Promise<string> {
  const [row] = await db.sql<[{ id: string }]>`
    insert into everwatch_private.silences (org_id, matchers, reason, ends_at)
    values (${orgId}, ${db.sql.json(matchers)}, 'maintenance', ${at(until)}) returning id`
  return row.id
}

async function acknowledge(until?: number): Promise<void> {
  await db.sql`
    select everwatch.acknowledge_alert(id, ${until === undefined ? null : at(until)})
    from everwatch_private.alerts where org_id = ${orgId}`
}

describe('a notification is owed', () => {
  it('when an alert fires, and not again while nothing changes', async () => {
    for (const minute of [0, 1, 2, 3]) await use(95, minute)
    expect(await historyOf(db, orgId)).toEqual(['fired warning'])
  })

  it('when a warning becomes critical: the same alert', async () => {
    await use(95, 0)
    await use(101, 1)
    expect(await historyOf(db, orgId)).toEqual(['fired warning', 'escalated critical'])
    expect(await openAlerts(db, orgId)).toHaveLength(1)
  })

  it('not when a severity goes down, nor when what was told becomes true again', async () => {
    for (const [minute, percent] of [101, 95, 101].entries()) await use(percent, minute)
    expect(await historyOf(db, orgId)).toEqual([
      'fired critical',
      'changed warning',
      'changed critical',
    ])
  })

  it('every 4 hours while it fires, or as often as the policy says', async () => {
    for (const minute of [0, 239, 240, 300, 481]) await use(95, minute)
    expect(await historyOf(db, orgId)).toEqual([
      'fired warning',
      'repeated warning',
      'repeated warning',
    ])
    await setPolicy(db, orgId, 'rate_limit', { repeat_interval: '10 minutes' })
    await use(95, 492)
    expect(await historyOf(db, orgId)).toHaveLength(4)
  })

  it('when it is resolved', async () => {
    for (const [minute, percent] of [95, 10, 10, 10, 10, 10, 10].entries())
      await use(percent, minute)
    expect((await historyOf(db, orgId)).at(-1)).toBe('resolved warning')
  })
})

describe('a silence', () => {
  it('holds back what matches, and lets states be', async () => {
    await silence(60, { type: 'rate_limit', resource_id: 'org:*' })
    for (const minute of [0, 1, 2]) await use(95, minute)
    expect(await openAlerts(db, orgId)).toMatchObject([{ state: 'firing' }])
    // Once, and not at every look.
    expect(await historyOf(db, orgId)).toEqual(['fired warning, but silence'])
  })

  it.each([
    { matchers: { type: 'webhook_failure' }, reason: 'another type' },
    { matchers: { type: 'rate_limit', severity: 'critical' }, reason: 'another severity' },
    { matchers: { resource_name: 'org' }, reason: 'only a part of the name' },
    { matchers: { type: 'rate%' }, reason: 'a sign that SQL would take for any text' },
    { matchers: { type: 'rate.limit' }, reason: 'a sign that a regular expression would' },
    { matchers: { type: 'rate_limi_' }, reason: 'another sign of SQL’s' },
  ])('holds nothing back that it does not match: $reason', async ({ matchers }) => {
    await silence(60, matchers)
    await use(95, 0)
    expect(await historyOf(db, orgId)).toEqual(['fired warning'])
  })

  it('of another org is none of ours', async () => {
    const ours = orgId
    orgId = await createOrg(db)
    await silence(60)
    orgId = ours
    await use(95, 0)
    expect(await historyOf(db, orgId)).toEqual(['fired warning'])
  })

  it('that ends while the alert fires has it told then', async () => {
    await silence(30)
    for (const minute of [0, 29, 30, 31]) await use(95, minute)
    expect(await historyOf(db, orgId)).toEqual(['fired warning, but silence', 'repeated warning'])
  })

  it('that outlasts an alert keeps its end from those who never heard of it', async () => {
    await silence(30)
    for (const [minute, percent] of [95, 10, 10, 10, 10, 10, 10].entries())
      await use(percent, minute)
    expect((await historyOf(db, orgId)).at(-1)).toBe('resolved warning, but silence')
  })

  it('that came after the alert lets its end be told to those who wait for it', async () => {
    await use(95, 0)
    await silence(30)
    for (const [minute, percent] of [95, 10, 10, 10, 10, 10, 10].entries())
      await use(percent, minute)
    expect((await historyOf(db, orgId)).at(-1)).toBe('resolved warning')
  })

  it('of warnings lets through that one has become critical', async () => {
    await silence(60, { severity: 'warning' })
    await use(95, 0)
    await use(101, 1)
    expect(await historyOf(db, orgId)).toEqual(['fired warning, but silence', 'escalated critical'])
  })

  it('holds back an escalation until it ends', async () => {
    await use(95, 0)
    await silence(30)
    for (const minute of [1, 2, 31]) await use(101, minute)
    expect(await historyOf(db, orgId)).toEqual([
      'fired warning',
      'escalated critical, but silence',
      'escalated critical',
    ])
  })
})

describe('an acknowledgement', () => {
  it('stops repeats until the alert is resolved', async () => {
    await use(95, 0)
    await acknowledge()
    for (const minute of [240, 241, 480]) await use(95, minute)
    for (const minute of [481, 487]) await use(10, minute)
    expect(await historyOf(db, orgId)).toEqual([
      'fired warning',
      'acknowledged warning',
      'repeated warning, but acknowledgement',
      'recovering warning',
      'resolved warning',
    ])
    await use(95, 490)
    expect((await historyOf(db, orgId)).at(-1)).toBe('fired warning')
  })

  it('that expires has the repeat told that is due', async () => {
    await use(95, 0)
    await acknowledge(300)
    for (const minute of [240, 299, 300]) await use(95, minute)
    expect((await historyOf(db, orgId)).slice(2)).toEqual([
      'repeated warning, but acknowledgement',
      'repeated warning',
    ])
  })

  it('answers what is known, and not that it becomes critical', async () => {
    await use(95, 0)
    await acknowledge()
    await use(101, 1)
    expect((await historyOf(db, orgId)).at(-1)).toBe('escalated critical')
  })
})

describe('an alert of the operator’s that explains others', () => {
  it('holds them back while it fires, and no longer', async () => {
    await db.sql`
      update everwatch_private.alert_policies set inhibited_by = '{evaluation_failed}'
      where type = 'rate_limit'`
    await db.sql`
      insert into everwatch_private.evaluation_errors (at, type, during, error)
      values (${at(0)}, 'api_error_rate', 'evaluation', 'broken')`
    await evaluate(db, at(1))
    for (const minute of [2, 3]) await use(95, minute)
    for (const minute of [6, 12, 13]) await use(95, minute)
    expect(await historyOf(db, orgId)).toEqual([
      'fired warning, but inhibition',
      'repeated warning',
    ])
  })
})
