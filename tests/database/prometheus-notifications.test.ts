import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg } from '../support/fixtures.ts'
import { createChannel, fireAlert } from '../support/notify-stack.ts'
import { claimFirst, finish } from '../support/outbox.ts'

interface Outbox {
  org_id: string | null
  channel_kind: string
  delivered: number
  dead: number
  dropped: number
  waiting: number
  oldest_waiting_at: string | null
  oldest_due_at: string | null
}

let db: TestDatabase
let orgId: string
let channelId: string

const url = 'https://receiver.example/hook'
const empty = { delivered: 0, dead: 0, dropped: 0, waiting: 0, oldest_waiting_at: null }

beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  channelId = (await createChannel(db, orgId, { url })).id
})

/** What the outbox of an org is told to be; of all orgs and the operator without one. */
async function outboxes(ofOrg: string | null = orgId): Promise<Outbox[]> {
  return db.asService(async (sql) => {
    const [row] = await sql<[{ outboxes: Outbox[] }]>`
      select everwatch.monitoring_prometheus(${ofOrg}) -> 'notifications' as outboxes`
    return row.outboxes
  })
}

const minutesSince = (time: string | null): number =>
  Math.round((Date.now() - Date.parse(time ?? '')) / 60_000)

async function send(result: string): Promise<void> {
  await fireAlert(db, orgId)
  await finish(db, await claimFirst(db, channelId), { result, error: 'as it is' })
}

describe('the outbox of an org', () => {
  it('counts nothing of a channel that was told of nothing yet', async () => {
    expect(await outboxes()).toMatchObject([{ channel_kind: 'webhook', ...empty }])
  })

  it('counts what ended, by how, for each kind of channel', async () => {
    await createChannel(db, orgId, { kind: 'pagerduty', secret: 'R'.repeat(32) })
    await send('delivered')
    await send('delivered')
    await send('dead')
    expect(await outboxes()).toMatchObject([
      { channel_kind: 'pagerduty', delivered: 0, dead: 0, waiting: 3 },
      { channel_kind: 'webhook', delivered: 2, dead: 1, waiting: 0, oldest_waiting_at: null },
    ])
  })

  it('tells what waits: since when, and whether it is due or held back', async () => {
    await fireAlert(db, orgId)
    await db.sql`
      update everwatch_private.notifications
      set queued_at = now() - interval '1 hour', due_at = now() - interval '10 minutes'
      where channel_id = ${channelId}`
    const [due] = await outboxes()
    expect(due).toMatchObject({ waiting: 1 })
    expect([due!.oldest_waiting_at, due!.oldest_due_at].map(minutesSince)).toEqual([60, 10])
    await finish(db, await claimFirst(db, channelId), { result: 'retry', error: 'busy' })
    expect(await outboxes()).toMatchObject([{ waiting: 1, delivered: 0, oldest_due_at: null }])
  })

  it('keeps its counts when they are folded, when rows are trimmed, and when the channel goes', async () => {
    await send('delivered')
    await send('delivered')
    await send('dead')
    const rows = async (): Promise<unknown[]> => [
      ...(await db.sql`select from everwatch_private.notification_counts where org_id = ${orgId}`),
    ]
    expect(await rows()).toHaveLength(3)
    await db.sql`select everwatch_private.dispatch_notifications()`
    expect(await rows()).toHaveLength(2)
    await db.sql`select everwatch_private.trim_notifications(now() + interval '100 days')`
    await db.sql`select everwatch.delete_channel(${channelId})`
    expect(await outboxes()).toMatchObject([{ delivered: 2, dead: 1, waiting: 0 }])
  })

  it('counts again what was given up, sent again and given up again', async () => {
    await send('dead')
    await db.sql`
      select everwatch.resend_notification(id) from everwatch_private.notifications
      where channel_id = ${channelId}`
    await finish(db, await claimFirst(db, channelId), { result: 'delivered' })
    expect(await outboxes()).toMatchObject([{ delivered: 1, dead: 1 }])
  })

  it('does not count tests of a channel', async () => {
    await db.sql`select everwatch.queue_test(${channelId})`
    expect(await outboxes()).toMatchObject([empty])
    await finish(db, await claimFirst(db, channelId), { result: 'delivered' })
    expect(await outboxes()).toMatchObject([empty])
  })

  it('is shown to its members, and no other with it', async () => {
    const other = await createOrg(db)
    await createChannel(db, other, { url })
    await createChannel(db, null, { url })
    const member = await addMember(db, orgId, 'viewer')
    const [row] = await db.asUser(
      member,
      (sql) => sql<[{ outboxes: Outbox[] }]>`
        select everwatch.monitoring_prometheus() -> 'notifications' as outboxes`,
    )
    expect(row.outboxes.map((outbox) => outbox.org_id)).toEqual([orgId])
    expect((await outboxes()).map((outbox) => outbox.org_id)).toEqual([orgId])
    const all = (await outboxes(null)).map((outbox) => outbox.org_id)
    expect(all).toEqual(expect.arrayContaining([orgId, other, null]))
  })
})
