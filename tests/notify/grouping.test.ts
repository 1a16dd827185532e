import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg } from '../support/fixtures.ts'
import { addEvent, createChannel, fireAlert, fireAlerts } from '../support/notify-stack.ts'
import { claim, claimFirst, finish, outbox, states } from '../support/outbox.ts'

let db: TestDatabase
let orgId: string
let channelId: string
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  const channel = { url: 'https://receiver.example', group_seconds: 1 }
  ;({ id: channelId } = await createChannel(db, orgId, channel))
})

const webhooks = (n: number, host = 'shop.example'): { resource_name: string }[] =>
  Array.from({ length: n }, (_, index) => ({ resource_name: `https://${host}/${index}` }))

describe('a burst', () => {
  it('of 500 webhooks of one receiver is one message, which says so', async () => {
    await fireAlerts(db, orgId, webhooks(500))
    const message = await claimFirst(db, channelId, 2)
    expect(message).toMatchObject({
      total: 500,
      critical: 500,
      group_key: 'webhook_failure:shop.example',
    })
    expect(message.alerts).toHaveLength(100)
    const owed = await outbox(db, channelId)
    expect(new Set(owed.map(({ message_id }) => message_id))).toEqual(new Set([message.message_id]))
  })

  it('in many transactions is one message, too', async () => {
    await Promise.all(webhooks(20).map((alert) => fireAlert(db, orgId, alert)))
    expect(await claimFirst(db, channelId, 2)).toMatchObject({ total: 20 })
  })

  it('of two receivers is a message about each', async () => {
    await fireAlerts(db, orgId, [...webhooks(2, 'a.example'), ...webhooks(3, 'b.example')])
    expect(await claimFirst(db, channelId, 2)).toMatchObject({ total: 2 })
    expect(await claimFirst(db, channelId, 2)).toMatchObject({ total: 3 })
  })

  it('is told whole, when its message has to be sent again, and without what came later', async () => {
    await fireAlerts(db, orgId, webhooks(3))
    const first = await claimFirst(db, channelId, 2)
    await fireAlerts(db, orgId, webhooks(1))
    await finish(db, first, { result: 'retry', status_code: 500 }, 2)
    expect(await claimFirst(db, channelId, 20)).toEqual({ ...first, attempt: 2 })
    expect(await claimFirst(db, channelId, 20)).toMatchObject({ total: 1 })
  })
})

describe('a message', () => {
  it('waits until nothing more has happened for a second', async () => {
    await fireAlerts(db, orgId, webhooks(2))
    const [first, second] = await outbox(db, channelId)
    const { message, next } = await claim(db, first!.id)
    expect(message).toBeUndefined()
    expect(next?.notification_id).toBe(Number(first!.id))
    expect(next?.wait_ms).toBeGreaterThan(0)
    expect(next?.wait_ms).toBeLessThanOrEqual(1000)
    expect(await claim(db, second!.id)).toEqual({})
  })

  it('waits for ten seconds at most', async () => {
    await fireAlert(db, orgId)
    await db.sql`
      update everwatch_private.notifications set queued_at = now() - interval '10 seconds'
      where channel_id = ${channelId}`
    await fireAlert(db, orgId, { resource_name: 'https://receiver.example/late' })
    expect(await claimFirst(db, channelId)).toMatchObject({ total: 2 })
  })

  it('tells of each alert once, as it is now', async () => {
    const alertId = await fireAlert(db, orgId, { severity: 'warning' })
    await addEvent(db, [alertId], 'escalated', { severity: 'critical' })
    const message = await claimFirst(db, channelId, 2)
    expect(message).toMatchObject({
      total: 1,
      alerts: [{ kind: 'escalated', severity: 'critical' }],
    })
    expect(await states(db, channelId)).toEqual(['fired sending', 'escalated sending'])
  })

  it('of a channel that does not group tells of one event', async () => {
    const { id } = await createChannel(db, orgId, { url: 'https://receiver.example' })
    await fireAlerts(db, orgId, webhooks(2))
    expect(await claimFirst(db, id)).toMatchObject({ total: 1 })
    expect(await states(db, id)).toEqual(['fired sending', 'fired queued'])
  })
})

describe('what belongs together', () => {
  it.each([
    ['webhook_failure', 'webhook', 'https://Shop.example/a?b', 'webhook_failure:shop.example'],
    [
      'webhook_failure',
      'webhook',
      'https://me:pw@shop.example:8443',
      'webhook_failure:shop.example:8443',
    ],
    ['webhook_inactive', 'webhook', 'https://shop.example', 'webhook_inactive:shop.example'],
    ['rule_not_triggering', 'rule', 'https://not-a-host.example', 'rule_not_triggering'],
    ['api_error_rate', 'org', 'Acme', 'api_error_rate'],
  ])('of %s about the %s %s is %s', async (type, resource, name, expected) => {
    const [row] =
      await db.sql`select everwatch_private.alert_group(${type}, ${resource}, ${name}) as key`
    expect(row?.['key']).toBe(expected)
  })
})
