import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { writeSettings } from '../../scripts/stack/settings.ts'
import { createOrg } from '../support/fixtures.ts'
import { createChannel, fireAlert } from '../support/notify-stack.ts'
import { states } from '../support/outbox.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'
import { ask, errorOf, type Answer } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'

const patience = { timeout: 10_000 }

let stack: TestStack
let receiver: Receiver
let channelId: string
let secret: string
let orgId: string

// Nothing takes requests out of the queue here: it shows what is in them.
beforeAll(async () => {
  stack = await startStack()
  await writeSettings(stack.db.url, stack.functionsUrl)
  receiver = await startReceiver()
})
beforeEach(async () => {
  receiver.received.length = 0
  orgId = await createOrg(stack.db)
  const channel = await createChannel(stack.db, orgId, {
    url: `${receiver.url}/?token=very-secret`,
  })
  channelId = channel.id
  secret = channel.secret ?? ''
})

interface Queued {
  url: string
  headers: Record<string, string>
  body: string
}

/** What the database has queued for the alert that has just fired. */
async function fireAndTake(): Promise<Queued> {
  await stack.db.sql`delete from net.http_request_queue`
  await fireAlert(stack.db, orgId)
  const [request] = await stack.db.sql<[Queued]>`
    select url, headers, convert_from(body, 'UTF8') as body from net.http_request_queue`
  return request
}

const send = ({ headers, body }: Queued, path = '/notify'): Promise<Answer> =>
  ask(stack, path, undefined, { body, headers })

async function requestKey(): Promise<string> {
  const [row] = await stack.db.sql<[{ key: string }]>`
    select decrypted_secret as key from vault.decrypted_secrets where name = 'everwatch_request_key'`
  return row.key
}

describe('what the database asks of the notify function', () => {
  it('is a Standard Webhook, signed with a key of its own', async () => {
    const { url, headers, body } = await fireAndTake()
    expect(url).toBe(`${stack.functionsUrl}/notify`)
    const key = await requestKey()
    expect(Buffer.from(key, 'base64')).toHaveLength(32)
    expect(new Webhook(key).verify(body, headers)).toEqual({
      notification_id: expect.any(Number) as number,
      at: expect.any(String) as string,
    })
  })

  it('holds no secret, for every role may read the queue', async () => {
    const request = JSON.stringify(await fireAndTake())
    for (const hidden of ['very-secret', secret.slice(6), await requestKey(), stack.secretKey]) {
      expect(request).not.toContain(hidden)
    }
  })

  it('is done', async () => {
    expect(await send(await fireAndTake())).toMatchObject({ status: 202, body: { accepted: true } })
    await expect.poll(() => states(stack.db, channelId), patience).toEqual(['fired delivered'])
  })

  it('is done once, however often it is sent', async () => {
    const request = await fireAndTake()
    const answers = await Promise.all([send(request), send(request), send(request)])
    expect(answers.filter(({ body }) => (body as { accepted: boolean }).accepted)).toHaveLength(1)
    await expect.poll(() => states(stack.db, channelId), patience).toEqual(['fired delivered'])
    expect((await send(request)).body).toEqual({ accepted: false })
    expect(receiver.received).toHaveLength(1)
  })
})

describe('what others ask of it', () => {
  const otherKey = randomBytes(32).toString('base64')

  const forgeries: [string, (request: Queued) => Queued | Promise<Queued>][] = [
    ['with another body', (request) => ({ ...request, body: request.body.replace(/\d+/, '1') })],
    [
      'with another id',
      ({ headers, ...rest }) => ({ ...rest, headers: { ...headers, 'webhook-id': 'req_other' } }),
    ],
    [
      'with another key’s signature',
      ({ headers, body, ...rest }) => {
        const at = new Date(Number(headers['webhook-timestamp']) * 1000)
        const signature = new Webhook(otherKey).sign(headers['webhook-id'] ?? '', at, body)
        return { ...rest, body, headers: { ...headers, 'webhook-signature': signature } }
      },
    ],
    [
      'that was signed six minutes ago',
      async ({ headers, body, ...rest }) => {
        const at = new Date(Date.now() - 6 * 60_000)
        const signature = new Webhook(await requestKey()).sign(
          headers['webhook-id'] ?? '',
          at,
          body,
        )
        const timestamp = String(Math.floor(at.getTime() / 1000))
        return {
          ...rest,
          body,
          headers: { ...headers, 'webhook-timestamp': timestamp, 'webhook-signature': signature },
        }
      },
    ],
  ]

  it.each(forgeries)('%s is refused', async (_what, forge) => {
    const request = await forge(await fireAndTake())
    expect(errorOf(await send(request))).toMatchObject({ status: 401 })
    expect(errorOf(await send(request, '/notify/heartbeat'))).toMatchObject({ status: 401 })
    expect(await states(stack.db, channelId)).toEqual(['fired queued'])
  })

  it.each([
    ['webhook-id', ''],
    ['webhook-id', 'a b'],
    ['webhook-timestamp', 'now'],
    ['webhook-timestamp', '9'.repeat(40)],
    ['webhook-signature', 'v1a,x'],
    ['webhook-signature', `v1,${'x'.repeat(44)} v1,${'y'.repeat(44)}`],
  ])('with %s of %j is refused before anyone is asked', async (field, value) => {
    const { headers, ...rest } = await fireAndTake()
    const answer = await send({ ...rest, headers: { ...headers, [field]: value } })
    expect(errorOf(answer)).toMatchObject({ status: 400, code: 'invalid_header', field })
  })

  it('with a long body is refused', async () => {
    const request = await fireAndTake()
    const answer = await send({ ...request, body: 'x'.repeat(1025) })
    expect(errorOf(answer)).toMatchObject({ status: 413 })
  })

  it('with the secret key alone is refused: the database signs', async () => {
    const answer = await ask(stack, '/notify', { apikey: stack.secretKey }, { body: {} })
    expect(errorOf(answer)).toMatchObject({ status: 400, field: 'webhook-id' })
  })
})
