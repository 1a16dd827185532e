import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  createMonitoring,
  type Monitoring,
  type MonitoringOptions,
} from '../../../supabase/functions/_shared/everwatch/metrics.ts'
import { EventSender } from '../../../supabase/functions/_shared/everwatch/track/sender.ts'
import {
  backoffMs,
  parseRetryAfter,
  RefusedError,
} from '../../../supabase/functions/_shared/everwatch/track/transport.ts'
import { captureLogger, type CapturedLogger } from '../../support/log-lines.ts'
import {
  acceptAll,
  answer,
  startTrackServer,
  type TrackServer,
} from '../../support/track-server.ts'

let server: TrackServer
const webhookId = randomUUID()
let log: CapturedLogger

beforeEach(async () => {
  server = await startTrackServer()
  log = captureLogger()
})

function monitor(options: MonitoringOptions = {}): Monitoring {
  return createMonitoring({
    url: server.url,
    key: 'sb_secret_test',
    logger: log.logger,
    ...options,
  })
}

/** How long it may take that a server is asked again. */
const patience = { timeout: 15_000 }

/** A port at which nothing listens. */
const nowhere = 'http://127.0.0.1:9'

describe('a server that is down', () => {
  it.each<[string, MonitoringOptions, TrackServer['reply']]>([
    ['refuses connections', { url: nowhere }, acceptAll],
    ['does not answer in time', { timeoutMs: 50 }, () => {}],
    ['hangs up', {}, (_events, response) => response.destroy()],
    ['has no room (503)', {}, answer(503)],
    ['has a fault (500)', {}, answer(500)],
    ['has enough for now (429)', {}, answer(429)],
    ['is a proxy that answers with a page', {}, answer(200, {}, '<html>')],
    ['answers what track would not', {}, answer(200, {}, '{"ok":true}')],
    ['answers nothing', {}, answer(204, {}, '')],
  ])('makes events wait, and shows in the log, when it %s', async (_what, options, reply) => {
    server.reply = reply
    const monitoring = monitor(options)
    await monitoring.trackWebhookDelivery(webhookId, 'sent', 1)
    await expect
      .poll(() => log.lines())
      .toMatchObject([
        {
          level: 'ERROR',
          message: 'Events could not be tracked yet',
          context: { queued: 1, dropped: 0, retryInMs: expect.any(Number) },
        },
      ])
    expect(monitoring.stats()).toEqual({
      accepted: 0,
      rejected: 0,
      failed: 0,
      dropped: 0,
      queued: 1,
    })
    expect(log.raw.join()).not.toContain('sb_secret_test')
  })

  it('is asked again later with the same ids, and then stores them', async () => {
    server.reply = answer(503)
    const monitoring = monitor()
    await monitoring.trackWebhookDelivery(webhookId, 'sent', 1)
    await expect.poll(() => log.raw.length).toBe(1)
    server.reply = acceptAll
    void monitoring.trackWebhookDelivery(webhookId, 'sent', 2)
    await expect.poll(() => monitoring.stats(), patience).toMatchObject({ accepted: 2, queued: 0 })
    const [first, second] = server.batches
    expect(second?.events).toHaveLength(2)
    expect(second?.events[0]).toEqual(first?.events[0])
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(490)
  })

  it('gets one request, however much is tracked and awaited, and delays nobody', async () => {
    server.reply = answer(503, { 'retry-after': '300' })
    const monitoring = monitor()
    await monitoring.trackWebhookDelivery(webhookId, 'sent', 0)
    await expect.poll(() => log.raw.length).toBe(1)
    // Were each of them waited for, this would take a quarter of an hour.
    for (let n = 0; n < 1000; n += 1) await monitoring.trackWebhookDelivery(webhookId, 'sent', n)
    await monitoring.flush()
    expect(server.batches).toHaveLength(1)
    expect(log.raw).toHaveLength(1)
    expect(monitoring.stats()).toMatchObject({ queued: 1001 })
  })

  it('drops and counts the oldest events when too many wait', async () => {
    server.reply = answer(503, { 'retry-after': '1' })
    const monitoring = monitor({ maxQueued: 10 })
    await monitoring.trackWebhookDelivery(webhookId, 'sent', 0)
    await expect.poll(() => log.raw.length).toBe(1)
    server.reply = acceptAll
    for (let n = 1; n < 25; n += 1) void monitoring.trackWebhookDelivery(webhookId, 'sent', n)
    expect(monitoring.stats()).toMatchObject({ queued: 10, dropped: 15 })
    await expect.poll(() => monitoring.stats(), patience).toMatchObject({ accepted: 10 })
    const sent = server.batches[1]?.events.map(
      (event) => 'duration_ms' in event && event.duration_ms,
    )
    expect(sent).toEqual(Array.from({ length: 10 }, (_, n) => n + 15))
  })

  it('drops events when together they are too long', async () => {
    server.reply = answer(503, { 'retry-after': '300' })
    const monitoring = monitor()
    await monitoring.trackWebhookDelivery(webhookId, 'sent', 0)
    await expect.poll(() => log.raw.length).toBe(1)
    const long = 'x'.repeat(10_000)
    for (let n = 0; n < 1000; n += 1) {
      void monitoring.trackWebhookDelivery(webhookId, 'failed', n, long)
    }
    const { queued, dropped } = monitoring.stats()
    expect(queued + dropped).toBe(1001)
    expect(queued).toBeGreaterThan(700)
    expect(queued).toBeLessThan(800)
  })

  it('that says when to come back is not asked earlier', async () => {
    server.reply = answer(429, { 'retry-after': '20' })
    await monitor().trackWebhookDelivery(webhookId, 'sent', 1)
    await expect.poll(() => log.lines()).toMatchObject([{ context: { retryInMs: 20_000 } }])
  })

  it('that answers 500 does not get the same batch for ever', async () => {
    server.reply = answer(500)
    const sender = new EventSender(
      () => Promise.reject(new RefusedError(500, 'fault', undefined)),
      log.logger,
      { pauseMs: () => 1 },
    )
    sender.add('{}')
    await expect.poll(() => sender.stats(), patience).toMatchObject({ failed: 1, queued: 0 })
    expect(log.lines().map(({ message }) => message)).toEqual([
      ...Array.from({ length: 4 }, () => 'Events could not be tracked yet'),
      'Events could not be tracked',
    ])
  })
})

describe('a batch that is wrong', () => {
  it.each([400, 401, 403, 404, 413])('is given up and counted: %i', async (status) => {
    server.reply = answer(status, {}, '{"error":{"code":"no"}}')
    const monitoring = monitor()
    await monitoring.flush()
    expect(monitoring.stats()).toMatchObject({ failed: 0, queued: 0 })
    void monitoring.trackWebhookDelivery(webhookId, 'sent', 1)
    await monitoring.flush()
    expect(monitoring.stats()).toMatchObject({ failed: 1, queued: 0 })
    expect(log.lines()).toMatchObject([
      {
        message: 'Events could not be tracked',
        error: { message: `${status}: {"error":{"code":"no"}}` },
      },
    ])
    // And the next is tried.
    server.reply = acceptAll
    void monitoring.trackWebhookDelivery(webhookId, 'sent', 2)
    await monitoring.flush()
    expect(monitoring.stats()).toMatchObject({ accepted: 1 })
  })

  it('in part is counted in part, and a few of the refusals are logged', async () => {
    server.reply = (events, response) => {
      const rejected = events.map((_, index) => ({ index, code: 'not_found', field: 'webhook_id', message: 'does not exist' })) // prettier-ignore
      response.end(JSON.stringify({ accepted: 0, rejected }))
    }
    const monitoring = monitor()
    for (let n = 0; n < 30; n += 1) void monitoring.trackWebhookDelivery(webhookId, 'sent', n)
    await monitoring.flush()
    expect(monitoring.stats()).toMatchObject({ rejected: 30, queued: 0 })
    expect(log.lines()).toHaveLength(10)
    expect(log.lines()[0]).toMatchObject({
      level: 'WARN',
      message: 'An event was refused',
      context: { index: 0, code: 'not_found', field: 'webhook_id' },
    })
  })
})

describe('nothing that is tracked throws into the caller', () => {
  const { logger } = captureLogger()
  const monitoring = createMonitoring({ url: nowhere, key: 'k', maxWaitMs: 60_000, logger })
  const odd = { toString: () => { throw new Error('no') } } as unknown as string // prettier-ignore
  const loop: Record<string, unknown> = {}
  loop['self'] = loop

  it.each<[string, () => Promise<void>]>([
    [
      'no URL',
      () => createMonitoring({ key: 'k', logger }).trackWebhookDelivery(webhookId, 'sent', 1),
    ],
    [
      'no key',
      () => createMonitoring({ url: nowhere, logger }).trackWebhookDelivery(webhookId, 'sent', 1),
    ],
    ['no valid URL', () => createMonitoring({ url: 'nowhere', key: 'k', logger }).track([])],
    ['a fetch that throws', () => createMonitoring({ url: nowhere, key: 'k', logger, fetch: () => { throw new Error('no') } }).trackWebhookDelivery(webhookId, 'sent', 1)], // prettier-ignore
    [
      'an error that is no text',
      () => monitoring.trackWebhookDelivery(webhookId, 'failed', 1, odd),
    ],
    ['an error that loops', () => monitoring.trackRuleExecution(webhookId, 'failed', 1, 0, loop as never)], // prettier-ignore
    ['no events', () => monitoring.track(undefined as never)],
    ['an event that is none', () => monitoring.track([null as never, 7 as never])],
    ['an event that loops', () => monitoring.track([loop as never])],
    ['a BigInt', () => monitoring.track([{ type: 'x', n: 1n } as never])],
    ['a deploy of nothing', () => monitoring.trackDeploy(webhookId, undefined as never, odd)],
    ['a deploy at no time', () => monitoring.trackDeploy(webhookId, 'api', 'v2', new Date(NaN))],
    ['a request that is none', () => monitoring.trackAPIRequest(undefined as never)],
    [
      'a duration that is none',
      () => monitoring.trackWebhookDelivery(webhookId, 'sent', Number.NaN),
    ],
  ])('with %s', async (_what, track) => {
    await expect(track()).resolves.toBeUndefined()
  })

  it('and what could not be tracked is counted and logged', async () => {
    const own = createMonitoring({ key: 'k', logger: log.logger })
    void own.track([loop as never])
    await own.trackWebhookDelivery(webhookId, 'sent', 1)
    expect(own.stats()).toMatchObject({ failed: 2, queued: 0 })
    expect(log.lines().map(({ message }) => message)).toEqual([
      'Events could not be tracked',
      'Events could not be tracked',
    ])
    expect(log.lines()[1]).toMatchObject({
      error: { message: 'Set SUPABASE_URL and SUPABASE_SECRET_KEY.' },
    })
  })
})

describe('the pause after failures', () => {
  it.each([
    [1, 500, 1000],
    [2, 1000, 2000],
    [5, 8000, 16_000],
    [7, 30_000, 60_000],
    [1000, 30_000, 60_000],
  ])('is, after %i of them, from %i to %i ms', (failures, least, most) => {
    expect(backoffMs(failures, 0, 0)).toBe(least)
    expect(backoffMs(failures, 0, 1)).toBe(most)
  })

  it.each([
    ['5', 5000],
    ['0', undefined],
    ['-1', undefined],
    ['soon', undefined],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 30_000],
    [null, undefined],
  ])('is at least what a server asks for: %s', (header, ms) => {
    expect(parseRetryAfter(header, 30_000)).toBe(ms)
  })

  it('is no longer than five minutes, whatever a server asks for', () => {
    expect(backoffMs(1, 1e12, 0)).toBe(300_000)
  })
})
