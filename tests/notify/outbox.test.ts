import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg } from '../support/fixtures.ts'
import { addEvent, createChannel, fireAlert, fireAlerts } from '../support/notify-stack.ts'
import type { AlertFields, ChannelFields } from '../support/notify-stack.ts'
import { claimFirst, finish, outbox, states } from '../support/outbox.ts'

let db: TestDatabase
let orgId: string
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
})

const url = 'https://receiver.example/hook'

describe('an alert that fires', () => {
  it.each<[string, ChannelFields, AlertFields, string[]]>([
    ['of any kind', {}, {}, ['fired queued']],
    ['that is a warning', {}, { severity: 'warning' }, ['fired queued']],
    ['that is a warning', { min_severity: 'critical' }, { severity: 'warning' }, []],
    ['that is critical', { min_severity: 'critical' }, { severity: 'critical' }, ['fired queued']],
    ['of a type that it tells', { types: ['webhook_failure'] }, {}, ['fired queued']],
    ['of a type that it does not tell', { types: ['rate_limit'] }, {}, []],
  ])('%s is owed to a channel as it asks: %j of %j', async (_reason, channel, alert, expected) => {
    const { id } = await createChannel(db, orgId, { url, ...channel })
    await fireAlert(db, orgId, alert)
    expect(await states(db, id)).toEqual(expected)
  })

  it('is owed to every channel of its org, and to none of another org or of the operator', async () => {
    const mine = [await createChannel(db, orgId, { url }), await createChannel(db, orgId, { url })]
    const others = [
      await createChannel(db, await createOrg(db), { url }),
      await createChannel(db, null, { url }),
    ]
    await fireAlert(db, orgId)
    for (const { id } of mine) expect(await states(db, id)).toEqual(['fired queued'])
    for (const { id } of others) expect(await states(db, id)).toEqual([])
  })

  it('of the platform is owed to the operator alone', async () => {
    const tenant = await createChannel(db, orgId, { url })
    const operator = await createChannel(db, null, { url })
    await fireAlert(db, null, { type: 'slow_query' })
    expect(await states(db, tenant.id)).toEqual([])
    expect(await states(db, operator.id)).toEqual(['fired queued'])
  })

  it('is not owed to a channel that is disabled', async () => {
    const { id } = await createChannel(db, orgId, { url })
    await db.asService((sql) => sql`select everwatch.update_channel(${id}, enabled => false)`)
    await fireAlert(db, orgId)
    expect(await states(db, id)).toEqual([])
  })

  it('is owed once, however often it is queued', async () => {
    const { id } = await createChannel(db, orgId, { url })
    await fireAlert(db, orgId)
    await db.sql`
      select everwatch_private.queue_notifications(array(select id from everwatch_private.alert_events))`
    expect(await states(db, id)).toEqual(['fired queued'])
  })

  it('at night waits for the morning', async () => {
    const always = { from: '00:00', to: '00:00', time_zone: 'UTC' }
    const day = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][new Date().getUTCDay()]
    const { id } = await createChannel(db, orgId, {
      url,
      mute_windows: [{ ...always, days: [day] }],
    })
    await fireAlert(db, orgId)
    const [owed] = await outbox(db, id)
    const midnight = new Date()
    midnight.setUTCHours(24, 0, 0, 0)
    expect(owed).toMatchObject({ status: 'queued', due_at: midnight })
  })
})

describe('what happens to an alert later', () => {
  it.each([
    ['escalated', { severity: 'critical' }, 'escalated queued'],
    ['repeated', {}, 'repeated queued'],
    ['changed', {}, undefined],
    ['recovering', {}, undefined],
    ['refired', {}, undefined],
    ['acknowledged', {}, undefined],
  ])('as %s is owed: %j, %s', async (kind, fields, expected) => {
    const { id } = await createChannel(db, orgId, { url })
    const alertId = await fireAlert(db, orgId)
    await addEvent(db, [alertId], kind, fields)
    expect((await states(db, id))[1]).toBe(expected)
  })

  it('is not owed when something holds it back', async () => {
    const { id } = await createChannel(db, orgId, { url })
    const alertId = await fireAlert(db, orgId)
    await addEvent(db, [alertId], 'repeated', { suppressed_by: 'silence' })
    expect(await states(db, id)).toEqual(['fired queued'])
  })

  it('is owed as the first word, when the beginning was not severe enough', async () => {
    const { id } = await createChannel(db, orgId, { url, min_severity: 'critical' })
    const alertId = await fireAlert(db, orgId, { severity: 'warning' })
    await addEvent(db, [alertId], 'escalated', { severity: 'critical' })
    expect(await states(db, id)).toEqual(['escalated queued'])
  })
})

describe('an alert that is resolved', () => {
  it('is owed to whom its beginning was told', async () => {
    const { id } = await createChannel(db, orgId, { url, min_severity: 'critical' })
    const alertId = await fireAlert(db, orgId)
    await finish(db, await claimFirst(db, id), { result: 'delivered', status_code: 200 })
    await addEvent(db, [alertId], 'resolved', { severity: 'warning' })
    expect(await states(db, id)).toEqual(['fired delivered', 'resolved queued'])
  })

  it('is owed to whom its beginning may have been told: the answer was lost', async () => {
    const { id } = await createChannel(db, orgId, { url })
    const alertId = await fireAlert(db, orgId)
    await finish(db, await claimFirst(db, id), { result: 'retry', error: 'reset' })
    await addEvent(db, [alertId], 'resolved')
    expect(await states(db, id)).toEqual(['fired queued', 'resolved queued'])
  })

  it('before its beginning was sent is owed to nobody, and nor is the beginning', async () => {
    const { id } = await createChannel(db, orgId, { url })
    const alertId = await fireAlert(db, orgId)
    await addEvent(db, [alertId], 'resolved')
    expect(await states(db, id)).toEqual(['fired dropped'])
  })

  it('is owed to nobody when its beginning could not be told', async () => {
    const { id } = await createChannel(db, orgId, { url })
    const alertId = await fireAlert(db, orgId)
    await finish(db, await claimFirst(db, id), { result: 'dead', status_code: 400 })
    await addEvent(db, [alertId], 'resolved')
    expect(await states(db, id)).toEqual(['fired dead'])
  })

  it('is told after its beginning, however long that takes', async () => {
    const { id } = await createChannel(db, orgId, { url })
    const alertId = await fireAlert(db, orgId)
    const first = await claimFirst(db, id)
    await addEvent(db, [alertId], 'resolved')
    const claimed = async (): Promise<unknown> => (await claimFirst(db, id)).alerts[0]?.kind
    await expect(claimed()).rejects.toThrow('nothing to send')
    const { next } = await finish(db, first, { result: 'delivered', status_code: 200 })
    const [, resolved] = await outbox(db, id)
    expect(next).toEqual({ notification_id: Number(resolved?.id), wait_ms: 0 })
    expect(await claimed()).toBe('resolved')
  })
})

describe('an outbox that cannot be written', () => {
  it('neither undoes nor stops what it is about, and is made up for', async () => {
    const { id } = await createChannel(db, orgId, { url })
    await db.sql`alter table everwatch_private.notifications add constraint broken check (id < 0) not valid`
    await fireAlerts(db, orgId, [{}, {}])
    await db.sql`alter table everwatch_private.notifications drop constraint broken`
    expect(await states(db, id)).toEqual([])
    const failures = await db.sql`select error from everwatch_private.unqueued_events`
    expect(failures).toMatchObject([{ error: expect.stringContaining('23514') as string }, {}])
    await db.sql`select everwatch_private.dispatch_notifications()`
    expect(await states(db, id)).toEqual(['fired queued', 'fired queued'])
    expect(await db.sql`select from everwatch_private.unqueued_events`).toHaveLength(0)
  })
})

describe('the outbox', () => {
  it('is read by the members of its org, by a viewer too, and by no other', async () => {
    const { id } = await createChannel(db, orgId, { url })
    await fireAlert(db, orgId)
    const viewer = await addMember(db, orgId, 'viewer')
    const stranger = await addMember(db, await createOrg(db), 'owner')
    const read = (userId: string): Promise<readonly object[]> =>
      db.asUser(userId, (sql) => sql<object[]>`select * from everwatch.v_notifications`)
    expect(await read(viewer)).toMatchObject([{ channel_id: id, channel_name: 'On call' }])
    expect(await read(stranger)).toEqual([])
  })
})
