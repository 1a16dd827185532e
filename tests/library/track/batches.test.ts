import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  createMonitoring,
  type Monitoring,
  type MonitoringOptions,
} from '../../../supabase/functions/_shared/everwatch/metrics.ts'
import { captureLogger } from '../../support/log-lines.ts'
import { acceptAll, startTrackServer, type TrackServer } from '../../support/track-server.ts'

let server: TrackServer
const webhookId = randomUUID()

beforeEach(async () => {
  server = await startTrackServer()
})

function monitor(options: MonitoringOptions = {}): Monitoring {
  const { logger } = captureLogger()
  return createMonitoring({ url: server.url, key: 'sb_secret_test', logger, ...options })
}

describe('an event that is awaited', () => {
  it('is sent at once, and has arrived afterwards', async () => {
    const monitoring = monitor({ maxWaitMs: 60_000 })
    const before = Date.now()
    await monitoring.trackWebhookDelivery(webhookId, 'sent', 145.4)
    expect(server.batches[0]?.apikey).toBe('sb_secret_test')
    expect(server.events()).toEqual([
      {
        type: 'webhook_delivery',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        webhook_id: webhookId,
        status: 'sent',
        duration_ms: 145,
        sent_at: expect.any(String),
      },
    ])
    const [event] = server.events() as { sent_at: string }[]
    expect(Date.parse(event?.sent_at ?? '')).toBeGreaterThanOrEqual(before)
    expect(monitoring.stats()).toEqual({ accepted: 1, rejected: 0, failed: 0, dropped: 0, queued: 0 }) // prettier-ignore
  })

  it('goes together with everything else that is tracked at that moment', async () => {
    const monitoring = monitor({ maxWaitMs: 60_000 })
    void monitoring.trackWebhookDelivery(webhookId, 'sent', 1)
    await Promise.all([
      monitoring.trackWebhookDelivery(webhookId, 'failed', 2, 'timeout'),
      monitoring.trackRuleExecution(webhookId, 'success', 3, 4),
      monitoring.trackAPIRequest({ orgId: webhookId, method: 'GET', path: '/', statusCode: 200, durationMs: 5 }), // prettier-ignore
    ])
    expect(server.batches).toHaveLength(1)
    expect(server.events().map(({ type }) => type)).toEqual([
      'webhook_delivery',
      'webhook_delivery',
      'rule_execution',
      'api_request',
    ])
  })

  it('keeps its caller waiting a second at most, even if the server does not answer', async () => {
    server.reply = () => {}
    const monitoring = monitor({ timeoutMs: 20_000 })
    const start = performance.now()
    await monitoring.trackWebhookDelivery(webhookId, 'sent', 1)
    expect(performance.now() - start).toBeGreaterThan(990)
    expect(monitoring.stats()).toMatchObject({ queued: 1, failed: 0 })
  })

  it('behaves like any promise', async () => {
    const monitoring = monitor()
    const receipt = monitoring.trackWebhookDelivery(webhookId, 'sent', 1)
    let done = 0
    expect(await receipt.then(() => (done += 1))).toBe(1)
    await receipt.finally(() => (done += 1))
    await receipt.catch(() => (done += 100))
    expect(done).toBe(2)
  })
})

describe('events that are not awaited', () => {
  it('are sent when enough of them wait', async () => {
    const monitoring = monitor({ batchSize: 3, maxWaitMs: 60_000 })
    for (let n = 0; n < 3; n += 1) void monitoring.trackWebhookDelivery(webhookId, 'sent', n)
    await expect.poll(() => server.batches.length).toBe(1)
    expect(server.events().map((event) => 'duration_ms' in event && event.duration_ms)).toEqual([0, 1, 2]) // prettier-ignore
  })

  it('are sent when the first has waited long enough', async () => {
    const monitoring = monitor({ batchSize: 100, maxWaitMs: 50 })
    void monitoring.trackWebhookDelivery(webhookId, 'sent', 1)
    void monitoring.trackWebhookDelivery(webhookId, 'sent', 2)
    expect(server.batches).toHaveLength(0)
    await expect.poll(() => server.batches.length).toBe(1)
    expect(server.events()).toHaveLength(2)
  })

  it('are sent on flush, one batch at a time, each small enough for track', async () => {
    let open = 0
    let most = 0
    server.reply = (events, response) => {
      most = Math.max(most, (open += 1))
      setImmediate(() => {
        open -= 1
        acceptAll(events, response)
      })
    }
    const monitoring = monitor({ batchSize: 5000, maxWaitMs: 60_000 })
    for (let n = 0; n < 2500; n += 1) void monitoring.trackWebhookDelivery(webhookId, 'sent', n)
    await monitoring.flush()
    expect(server.batches.map(({ events }) => events.length)).toEqual([1000, 1000, 500])
    expect(most).toBe(1)
    expect(monitoring.stats()).toMatchObject({ accepted: 2500, queued: 0 })
    expect(new Set(server.events().map(({ id }) => id)).size).toBe(2500)
  })

  it('are sent in more batches when they are long', async () => {
    const monitoring = monitor()
    const long = 'x'.repeat(10_000)
    for (let n = 0; n < 250; n += 1)
      void monitoring.trackWebhookDelivery(webhookId, 'failed', n, long)
    await monitoring.flush()
    expect(server.events()).toHaveLength(250)
    for (const { events } of server.batches) {
      expect(JSON.stringify(events).length).toBeLessThan(1_100_000)
    }
  })

  it('say when they happened, not when they were sent', async () => {
    const monitoring = monitor({ maxWaitMs: 200 })
    const before = Date.now()
    void monitoring.track([
      { type: 'rule_execution', rule_id: webhookId, status: 'success', duration_ms: 1, affected_contacts: 0 }, // prettier-ignore
      { type: 'rate_limit', org_id: webhookId, key_type: 'org', identifier: 'a', request_count: 1, limit_max: 2 }, // prettier-ignore
    ])
    const after = Date.now()
    await expect.poll(() => server.batches.length).toBe(1)
    const [run, limit] = server.events() as unknown as Record<string, string>[]
    const time = Date.parse(run?.['executed_at'] ?? '')
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThanOrEqual(after)
    const window = Date.parse(limit?.['window_start'] ?? '')
    expect(window % 60_000).toBe(0)
    expect(before - window).toBeLessThan(60_000)
  })
})
