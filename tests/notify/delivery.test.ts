import { Webhook } from 'standardwebhooks'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  channelKindNames,
  type ChannelKindName,
} from '../../supabase/functions/_shared/catalog/channel-kinds/index.ts'
import { createOrg } from '../support/fixtures.ts'
import { createChannel, fireAlert, fireAlerts, startNotifyStack } from '../support/notify-stack.ts'
import { addEvent, type ChannelFields } from '../support/notify-stack.ts'
import { outbox, states } from '../support/outbox.ts'
import { startReceiver, type Received, type Receiver } from '../support/receiver.ts'
import type { TestStack } from '../support/stack.ts'

let stack: TestStack
let receiver: Receiver
let orgId: string
beforeAll(async () => {
  stack = await startNotifyStack()
  receiver = await startReceiver()
})
beforeEach(async () => {
  orgId = await createOrg(stack.db)
  receiver.received.length = 0
  receiver.answer = (_, response) => response.end('ok')
})

async function received(count: number): Promise<Received[]> {
  await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(count)
  return receiver.received
}

async function finished(channelId: string, expected: string[]): Promise<void> {
  await expect.poll(() => states(stack.db, channelId), { timeout: 10_000 }).toEqual(expected)
}

describe('an alert that fires', () => {
  /** A channel of each kind, and what its receiver gets. */
  const cases: Record<ChannelKindName, { channel: () => ChannelFields; expected: object }> = {
    slack: {
      channel: () => ({ secret: `${receiver.url}/services/T0/B0/x` }),
      expected: {
        path: '/services/T0/B0/x',
        body: { text: expect.stringContaining('[CRITICAL]') as string },
      },
    },
    discord: {
      channel: () => ({ secret: `${receiver.url}/api/webhooks/42/x` }),
      expected: {
        path: '/api/webhooks/42/x?wait=true',
        body: { content: expect.stringContaining('CRITICAL') as string },
      },
    },
    teams: {
      channel: () => ({ secret: `${receiver.url}/workflows/1?sp=%2Frun&sig=x` }),
      expected: { path: '/workflows/1?sp=%2Frun&sig=x', body: { type: 'message' } },
    },
    pagerduty: {
      channel: () => ({ secret: 'R0'.repeat(16), url: `${receiver.url}/v2/enqueue` }),
      expected: {
        path: '/v2/enqueue',
        body: { routing_key: 'R0'.repeat(16), event_action: 'trigger' },
      },
    },
    email: {
      channel: () => ({
        secret: 're_01234567',
        url: `${receiver.url}/emails`,
        email_from: 'alerts@acme.example',
        email_to: ['ops@acme.example'],
      }),
      expected: {
        path: '/emails',
        headers: { authorization: 'Bearer re_01234567' },
        body: { to: ['ops@acme.example'] },
      },
    },
    webhook: {
      channel: () => ({ url: `${receiver.url}/hook?a=b` }),
      expected: { path: '/hook?a=b', body: { version: '4', status: 'firing' } },
    },
  }

  it.each(channelKindNames)('reaches a channel of kind %s', async (kind) => {
    const { channel, expected } = cases[kind]
    const { id } = await createChannel(stack.db, orgId, { kind, ...channel() })
    await fireAlert(stack.db, orgId)
    expect((await received(1))[0]).toMatchObject(expected)
    await finished(id, ['fired delivered'])
    expect(await outbox(stack.db, id)).toMatchObject([{ attempts: 1, status_code: 200 }])
  })

  it('is signed with the new secret and the old one while it rotates', async () => {
    const { id, secret: old = '' } = await createChannel(stack.db, orgId, { url: receiver.url })
    const [{ result }] = await stack.db.asService(
      (sql) => sql<[{ result: { secret: string } }]>`
        select everwatch.rotate_channel_secret(${id}) as result`,
    )
    await fireAlert(stack.db, orgId)
    const [{ text, headers, body }] = (await received(1)) as [Received]
    for (const secret of [old, result.secret]) {
      expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toEqual(body)
    }
  })

  it('and resolves is told from beginning to end', async () => {
    const { id } = await createChannel(stack.db, orgId, { url: receiver.url })
    const alertId = await fireAlert(stack.db, orgId)
    await finished(id, ['fired delivered'])
    await addEvent(stack.db, [alertId], 'resolved')
    expect((await received(2)).map(({ body }) => body)).toMatchObject([
      { status: 'firing' },
      { status: 'resolved' },
    ])
  })

  it('with 499 others for the same receiver is one message', async () => {
    const { id } = await createChannel(stack.db, orgId, { url: receiver.url, group_seconds: 1 })
    await fireAlerts(
      stack.db,
      orgId,
      Array.from({ length: 480 }, () => ({})),
    )
    await Promise.all(Array.from({ length: 20 }, () => fireAlert(stack.db, orgId)))
    await finished(
      id,
      Array.from({ length: 500 }, () => 'fired delivered'),
    )
    expect(receiver.received.map(({ body }) => body)).toMatchObject([{ truncatedAlerts: 400 }])
  })
})

describe('a receiver that fails', () => {
  it('gets the same message again, under its first id', async () => {
    receiver.answer = (_, response) => {
      response.writeHead(receiver.received.length < 3 ? 500 : 200).end()
    }
    const { id, secret = '' } = await createChannel(stack.db, orgId, { url: receiver.url })
    await fireAlert(stack.db, orgId)
    for (const attempt of [1, 2]) {
      await received(attempt)
      await finished(id, ['fired queued'])
      await stack.db.sql`
        select everwatch_private.dispatch_notifications(now() + ${attempt} * interval '10 minutes')`
    }
    const all = await received(3)
    await finished(id, ['fired delivered'])
    expect(new Set(all.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(new Set(all.map(({ text }) => text)).size).toBe(1)
    for (const { text, headers } of all) {
      new Webhook(secret).verify(text, headers as Record<string, string>)
    }
  })

  it('is tried again by the same sender, when that is soon', async () => {
    receiver.answer = (_, response) => {
      response.writeHead(receiver.received.length < 2 ? 503 : 200).end()
    }
    const { id } = await createChannel(stack.db, orgId, { url: receiver.url })
    await fireAlert(stack.db, orgId)
    await finished(id, ['fired delivered'])
    expect(await outbox(stack.db, id)).toMatchObject([{ attempts: 2 }])
  })

  it('with 410 is left alone from then on', async () => {
    receiver.answer = (_, response) => response.writeHead(410).end('we closed')
    const { id } = await createChannel(stack.db, orgId, { url: receiver.url })
    await fireAlert(stack.db, orgId)
    await finished(id, ['fired dead'])
    await fireAlert(stack.db, orgId)
    await finished(id, ['fired dead'])
    expect(await received(1)).toHaveLength(1)
  })

  it('with 404 is left alone from then on by Discord’s wish', async () => {
    receiver.answer = (_, response) => response.writeHead(404).end('{"message": "Unknown Webhook"}')
    const secret = `${receiver.url}/api/webhooks/42/x`
    const { id } = await createChannel(stack.db, orgId, { kind: 'discord', secret })
    await fireAlert(stack.db, orgId)
    await finished(id, ['fired dead'])
    await fireAlert(stack.db, orgId)
    expect(await states(stack.db, id)).toEqual(['fired dead'])
    expect(await received(1)).toHaveLength(1)
  })
})
