import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  createMonitoring,
  type Monitoring,
} from '../../../supabase/functions/_shared/everwatch/metrics.ts'
import type { Metric } from '../../../supabase/functions/_shared/everwatch/track/event.ts'
import { captureLogger, type CapturedLogger } from '../../support/log-lines.ts'
import { startTrackServer, type TrackServer } from '../../support/track-server.ts'

const orgId = randomUUID()
let server: TrackServer
let log: CapturedLogger
let monitoring: Monitoring

beforeEach(async () => {
  server = await startTrackServer()
  log = captureLogger()
  monitoring = createMonitoring({ url: server.url, key: 'k', logger: log.logger, maxWaitMs: 100 })
})

async function sent(): Promise<Metric[]> {
  await monitoring.flush()
  return server.events() as Metric[]
}

describe('a counter', () => {
  it('sends one event per set of labels, however often it counts', async () => {
    for (let n = 0; n < 10_000; n += 1) {
      monitoring.counter('emails.sent', 2, {
        orgId,
        labels: { kind: n % 4 ? 'weekly' : 'welcome' },
      })
    }
    expect(await sent()).toEqual([
      expect.objectContaining({ type: 'metric', org_id: orgId, name: 'emails.sent', kind: 'counter', labels: { kind: 'welcome' }, value: 5000 }), // prettier-ignore
      expect.objectContaining({ labels: { kind: 'weekly' }, value: 15_000 }),
    ])
  })

  it('is the same whatever the order of its labels', async () => {
    monitoring.counter('a', 1, { orgId, labels: { x: '1', y: '2' } })
    monitoring.counter('a', 1, { orgId, labels: { y: '2', x: '1' } })
    expect(await sent()).toHaveLength(1)
  })

  it('is sent after a while without being asked', async () => {
    monitoring.counter('a', 1, { orgId })
    await expect.poll(() => server.events()).toMatchObject([{ name: 'a', value: 1 }])
    await expect.poll(() => monitoring.stats()).toMatchObject({ accepted: 1 })
  })

  it('starts again from zero once it was sent', async () => {
    monitoring.counter('a', 1, { orgId })
    await sent()
    monitoring.counter('a', 5, { orgId })
    expect((await sent()).map(({ value }) => value)).toEqual([1, 5])
  })
})

describe('a gauge', () => {
  it('sends its last value', async () => {
    for (const value of [3, -9, 4]) monitoring.gauge('queue.length', value, { orgId })
    expect(await sent()).toMatchObject([{ kind: 'gauge', value: 4 }])
  })
})

describe('a histogram', () => {
  it('sends an event per bin, within 1% of the measured values', async () => {
    const values = Array.from({ length: 5000 }, (_, n) => 0.5 + ((n * 7) % 1000))
    for (const value of values) monitoring.histogram('render.ms', value, { orgId })
    monitoring.histogram('render.ms', 0, { orgId })
    monitoring.histogram('render.ms', -5, { orgId })
    const events = await sent()
    expect(events.length).toBeLessThan(400)
    expect(events.reduce((sum, { count }) => sum + (count ?? 0), 0)).toBe(5002)
    expect(events).toContainEqual(expect.objectContaining({ value: 0, count: 2 }))
    for (const measured of values) {
      const nearest = Math.min(...events.map(({ value }) => Math.abs(value - measured)))
      expect(nearest / measured).toBeLessThan(0.0101)
    }
  })
})

describe('a value that cannot be added up', () => {
  it('is counted and logged, and never throws', async () => {
    monitoring.counter('a', Number.NaN, { orgId })
    monitoring.gauge('a', Infinity, { orgId })
    monitoring.histogram('a', '1' as unknown as number, { orgId })
    monitoring.counter('a', 1, undefined as never)
    expect(await sent()).toEqual([])
    expect(monitoring.stats()).toMatchObject({ failed: 4 })
    expect(log.raw).toHaveLength(4)
  })

  it('includes any series beyond the thousandth, to protect the app’s memory', async () => {
    for (let n = 0; n < 1002; n += 1) monitoring.counter('a', 1, { orgId, labels: { n: `${n}` } })
    expect(await sent()).toHaveLength(1000)
    expect(monitoring.stats()).toMatchObject({ failed: 2 })
  })
})
