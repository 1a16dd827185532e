import type { ServerResponse } from 'node:http'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  channelTestAnswerSchema,
  type ChannelTestAnswer,
} from '../../supabase/functions/_shared/channel-test.ts'
import { addMember, createOrg, type Role } from '../support/fixtures.ts'
import { createChannel, startNotifyStack } from '../support/notify-stack.ts'
import { states } from '../support/outbox.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'
import { ask, errorOf, type Answer, type Credential } from '../support/requests.ts'
import type { TestStack } from '../support/stack.ts'

let stack: TestStack
let receiver: Receiver
let elsewhere: Receiver
let secret: Credential
let orgId: string
beforeAll(async () => {
  stack = await startNotifyStack()
  receiver = await startReceiver()
  elsewhere = await startReceiver()
  secret = { apikey: stack.secretKey }
  orgId = await createOrg(stack.db)
  await stack.db.sql`update everwatch_private.settings set receiver_timeout_ms = 500`
})
beforeEach(() => {
  receiver.received.length = 0
  receiver.answer = (_, response) => response.end('ok')
})

function post(channelId: unknown, credential: Credential = secret): Promise<Answer> {
  return ask(stack, '/notify/test', credential, { body: { channel_id: channelId } })
}

async function tryChannel(channelId: string): Promise<ChannelTestAnswer> {
  const { status, body } = await post(channelId)
  expect(status).toBe(200)
  return channelTestAnswerSchema.parse(body)
}

describe('a test of a channel', () => {
  it('says that it was delivered, and what the receiver answered', async () => {
    const { id } = await createChannel(stack.db, orgId, { url: receiver.url })
    expect(await tryChannel(id)).toMatchObject({
      delivered: true,
      status_code: 200,
      answer: 'ok',
      error: null,
    })
    expect(receiver.received).toMatchObject([
      { body: { alerts: [{ labels: { alertname: 'test' } }] } },
    ])
    expect(await states(stack.db, id)).toEqual(['test delivered'])
  })

  const answers: [string, (response: ServerResponse) => void, Partial<ChannelTestAnswer>][] = [
    [
      'refuses it',
      (response) => response.writeHead(403).end('invalid_token'),
      { status_code: 403, answer: 'invalid_token', error: 'The receiver answered 403.' },
    ],
    ['breaks', (response) => response.writeHead(500).end(), { status_code: 500, answer: null }],
    [
      'redirects it',
      (response) => response.writeHead(307, { location: elsewhere.url }).end(),
      { status_code: 307, error: 'The receiver answered 307: a redirect, which is not followed.' },
    ],
    ['says nothing', () => {}, { status_code: null, error: 'There was no answer in time.' }],
    [
      'hangs up',
      (response) => response.socket?.resetAndDestroy(),
      { status_code: null, error: 'The connection was reset.' },
    ],
    [
      'does not speak HTTP',
      (response) => response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'),
      { status_code: null, error: 'The connection failed.' },
    ],
    [
      'talks for ever',
      (response) => {
        response.writeHead(500)
        const chatter = setInterval(() => response.write('x'.repeat(1000)), 1)
        response.on('close', () => clearInterval(chatter))
      },
      { status_code: 500, answer: 'x'.repeat(500) },
    ],
    [
      'never finishes its sentence',
      (response) => response.writeHead(500).write('I was about to'),
      { status_code: 500, answer: 'I was about to' },
    ],
    [
      'repeats what it was sent',
      (response) => response.writeHead(400).end(receiver.received[0]?.headers.authorization),
      { status_code: 400, answer: 'Bearer [redacted]' },
    ],
  ]

  it.each(answers)('says when the receiver %s', async (_what, answer, expected) => {
    receiver.answer = (_, response) => answer(response)
    const mail = { email_from: 'a@b.c', email_to: ['d@e.f'] }
    const fields = { kind: 'email', secret: 're_very_secret', url: receiver.url, ...mail } as const
    const { id } = await createChannel(stack.db, orgId, fields)
    expect(await tryChannel(id)).toMatchObject({ delivered: false, ...expected })
    expect(receiver.received).toHaveLength(1)
    expect(elsewhere.received).toHaveLength(0)
    expect(await states(stack.db, id)).toEqual(['test dead'])
  })

  it('counts as delivered once the receiver has said so, however slow its words are', async () => {
    receiver.answer = (_, response) => response.writeHead(200).write('thank')
    const { id } = await createChannel(stack.db, orgId, { url: receiver.url })
    expect(await tryChannel(id)).toMatchObject({ delivered: true, answer: 'thank' })
  })

  it.each([
    ['is not there', 'http://127.0.0.1:1/', 'The connection was refused.'],
    ['has no address', 'https://nowhere.invalid/', 'The name of the host was not found.'],
  ])('says when the receiver %s', async (_what, url, error) => {
    const { id } = await createChannel(stack.db, orgId, { url })
    expect(await tryChannel(id)).toMatchObject({ delivered: false, status_code: null, error })
  })

  it('is sent to a channel that is disabled: that is when one wants to know', async () => {
    const { id } = await createChannel(stack.db, orgId, { url: receiver.url })
    await stack.db.asService((sql) => sql`select everwatch.update_channel(${id}, enabled => false)`)
    expect(await tryChannel(id)).toMatchObject({ delivered: true })
  })
})

describe('an address of this machine that the operator has not allowed', () => {
  it.each([
    [
      'by its number',
      (port: string) => `http://127.0.0.1:${port}/`,
      '127.0.0.1 is not a public address',
    ],
    [
      'by its name',
      (port: string) => `http://localhost:${port}/`,
      'localhost is not a public address',
    ],
    [
      'over https',
      (port: string) => `https://localhost:${port}/`,
      'localhost is not a public address',
    ],
  ])('is refused %s', async (_how, url, error) => {
    await stack.db.sql`update everwatch_private.settings set allowed_networks = '{}'`
    const { id } = await createChannel(stack.db, orgId, { url: url(new URL(receiver.url).port) })
    expect(await tryChannel(id)).toMatchObject({ delivered: false, status_code: null, error })
    expect(receiver.received).toHaveLength(0)
  })
})

describe('who may try a channel', () => {
  it.each<[Role, number]>([
    ['owner', 200],
    ['admin', 200],
    ['member', 403],
    ['viewer', 403],
  ])('%s: %i', async (role, status) => {
    const { userId, accessToken } = await stack.signUp()
    await addMember(stack.db, orgId, role, userId)
    const { id } = await createChannel(stack.db, orgId, { url: receiver.url })
    expect((await post(id, { token: accessToken })).status).toBe(status)
  })

  it('an owner of another org: 403', async () => {
    const { userId, accessToken } = await stack.signUp()
    await addMember(stack.db, await createOrg(stack.db), 'owner', userId)
    const { id } = await createChannel(stack.db, orgId, { url: receiver.url })
    const answer = await post(id, { token: accessToken })
    expect(errorOf(answer)).toMatchObject({ status: 403, code: 'not_an_admin' })
    expect(receiver.received).toHaveLength(0)
  })

  it('nobody without a credential', async () => {
    expect(errorOf(await ask(stack, '/notify/test', undefined, { body: {} }))).toMatchObject({
      status: 401,
    })
  })

  it.each([
    ['is no uuid', { channel_id: 'x' }],
    ['is missing', {}],
    ['has company', { channel_id: crypto.randomUUID(), url: 'https://example.com' }],
  ])('is told when the channel’s id %s', async (_reason, body) => {
    const answer = await ask(stack, '/notify/test', secret, { body })
    expect(errorOf(answer)).toMatchObject({ status: 400, field: 'channel_id' })
  })

  it('is told when there is no such channel', async () => {
    expect(errorOf(await post(crypto.randomUUID()))).toMatchObject({ status: 404 })
  })
})
