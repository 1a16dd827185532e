import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Message } from '../../supabase/functions/notify/message.ts'
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
  const secret = 'R0'.repeat(16)
  ;({ id: channelId } = await createChannel(db, orgId, {
    kind: 'pagerduty',
    secret,
    group_seconds: 1,
  }))
})

async function deliverNext(): Promise<Message> {
  const message = await claimFirst(db, channelId, 2)
  await finish(db, message, { result: 'delivered', status_code: 202 }, 2)
  return message
}

const fingerprintOf = async (alertId: string): Promise<string> => {
  const [row] = await db.sql<[{ fingerprint: string }]>`
    select fingerprint from everwatch_private.alerts where id = ${alertId}`
  return row.fingerprint
}

describe('an alert that is told alone', () => {
  it('is an incident under its fingerprint, from the first word to the last', async () => {
    const alertId = await fireAlert(db, orgId, { severity: 'warning' })
    const dedup_key = await fingerprintOf(alertId)
    for (const kind of ['fired', 'escalated', 'repeated', 'acknowledged', 'resolved']) {
      if (kind !== 'fired') await addEvent(db, [alertId], kind)
      expect(await deliverNext()).toMatchObject({ dedup_key, alerts: [{ kind }] })
    }
  })
})

describe('alerts that are told together', () => {
  it('are one incident, which ends with the last of them', async () => {
    const alertIds = await fireAlerts(db, orgId, [{}, {}, {}])
    const { dedup_key } = await deliverNext()
    expect(dedup_key).toMatch(/^group-/)

    await addEvent(db, alertIds.slice(0, 2), 'resolved')
    await expect(claimFirst(db, channelId, 2)).rejects.toThrow('nothing to send')
    expect((await outbox(db, channelId)).slice(3)).toMatchObject([
      {
        event: 'resolved',
        status: 'dropped',
        error: 'Its incident stays open: other alerts of it are.',
      },
      { event: 'resolved', status: 'dropped' },
    ])

    await addEvent(db, alertIds.slice(2), 'resolved')
    expect(await deliverNext()).toMatchObject({ dedup_key, alerts: [{ kind: 'resolved' }] })
  })

  it('are worse together, when one of them gets worse', async () => {
    const alertIds = await fireAlerts(db, orgId, [{ severity: 'warning' }, { severity: 'warning' }])
    const { dedup_key } = await deliverNext()
    await addEvent(db, alertIds.slice(0, 1), 'escalated', { severity: 'critical' })
    expect(await deliverNext()).toMatchObject({ dedup_key, critical: 1 })
  })
})

describe('an end and a beginning that are due together', () => {
  it('are two events: PagerDuty takes one at a time', async () => {
    const first = await fireAlert(db, orgId)
    await deliverNext()
    await addEvent(db, [first], 'resolved')
    const second = await fireAlert(db, orgId)
    const message = await claimFirst(db, channelId, 2)
    expect(message).toMatchObject({ total: 1, dedup_key: await fingerprintOf(first) })
    const { next } = await finish(db, message, { result: 'delivered' }, 2)
    const { message: other } = await claim(db, next!.notification_id, 2)
    expect(other).toMatchObject({ total: 1, dedup_key: await fingerprintOf(second) })
    expect(await states(db, channelId)).toEqual([
      'fired delivered',
      'resolved delivered',
      'fired sending',
    ])
  })
})
