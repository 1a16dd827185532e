import { logger as defaultLogger } from '../logger.ts'
import { MetricAggregator, type MetricOptions } from './aggregator.ts'
import type { Metric, TrackAnswer, TrackedEvent } from './event.ts'
import { complete } from './make-event.ts'
import type { MonitoringOptions, MonitoringStats } from './options.ts'
import { Receipt } from './receipt.ts'
import { EventSender } from './sender.ts'
import { requestJson } from './transport.ts'

/** Talks to one project. */
export interface MonitoringClient {
  /** Takes events to send. Never throws: failures are logged and counted. */
  track(makeEvents: () => TrackedEvent[]): Promise<void>
  /** Adds a value to a metric. Never throws: failures are logged and counted. */
  measure(kind: Metric['kind'], name: string, value: number, options: MetricOptions): void
  /** Sends what waits; settles once that was tried. */
  flush(): Promise<void>
  /** Reads JSON below the project's address. @throws when it cannot be read */
  read(path: string): Promise<unknown>
  stats(): MonitoringStats
}

export function createClient(options: MonitoringOptions): MonitoringClient {
  const post = async (body: string): Promise<TrackAnswer> =>
    parseAnswer(await requestJson(options, '/functions/v1/track', { method: 'POST', body }))
  const { logger = defaultLogger } = options
  const sender = new EventSender(post, logger, options)
  let unwritable = 0

  const refuse = (error: unknown): void => {
    unwritable += 1
    logger.error('Events could not be tracked', error, { events: 1 })
  }

  const add = (event: TrackedEvent): number => {
    try {
      return sender.add(JSON.stringify(complete(event, Date.now())))
    } catch (error) {
      refuse(error)
      return 0
    }
  }

  const aggregator = new MetricAggregator()
  let timer: ReturnType<typeof setTimeout> | undefined

  const sendMetrics = (): void => {
    clearTimeout(timer)
    timer = undefined
    for (const event of aggregator.take()) add(event)
  }

  return {
    track: (makeEvents) => {
      let last = 0
      try {
        for (const event of makeEvents()) last = Math.max(last, add(event))
      } catch (error) {
        refuse(error)
      }
      return new Receipt(sender, last)
    },
    measure: (kind, name, value, metric) => {
      try {
        aggregator.add(kind, name, value, metric)
        timer ??= setTimeout(sendMetrics, options.maxWaitMs ?? 1000)
      } catch (error) {
        refuse(error)
      }
    },
    flush: () => {
      sendMetrics()
      sender.hurry()
      return sender.attempted()
    },
    read: (path) => requestJson(options, path, { method: 'GET' }),
    stats: () => {
      const { failed, ...others } = sender.stats()
      return { ...others, failed: failed + unwritable }
    },
  }
}

/** A proxy may answer instead of the project, with something else. */
function parseAnswer(answer: unknown): TrackAnswer {
  const { accepted, rejected } = (answer ?? {}) as Partial<TrackAnswer>
  if (typeof accepted === 'number' && Array.isArray(rejected)) return { accepted, rejected }
  throw new TypeError('The answer is not that of track.')
}

let shared: MonitoringClient | undefined

/** The client of the project that the environment names; made when it is first needed. */
export function defaultClient(): MonitoringClient {
  shared ??= createClient({})
  return shared
}
