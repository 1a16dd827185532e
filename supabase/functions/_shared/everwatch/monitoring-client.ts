import { isoTime } from './clock.ts'
import { EventSender, type SenderOptions, type SenderStats } from './event-sender.ts'
import { logger as defaultLogger, type Logger } from './logger.ts'
import { MetricAggregator, type MetricOptions } from './metric-aggregator.ts'
import { Receipt } from './receipt.ts'
import type { Metric, RateLimitUse, TrackAnswer, TrackedEvent } from './tracked-event.ts'
import { requestJson, type TransportOptions } from './transport.ts'

export interface MonitoringOptions extends TransportOptions, SenderOptions {
  /** Says what could not be tracked. Default: `logger`. */
  logger?: Logger | undefined
}

export type MonitoringStats = SenderStats

/** Talks to one project. */
export interface MonitoringClient {
  /** Takes events to send. Never throws: what cannot be tracked is logged and counted. */
  track(makeEvents: () => TrackedEvent[]): Promise<void>
  /** Takes a value of a metric, to be added up. Never throws: what cannot be is logged and counted. */
  measure(kind: Metric['kind'], name: string, value: number, options: MetricOptions): void
  /** Sends what waits; settles when that was tried. */
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

/**
 * An event with an id, so that it may be sent twice and is stored once, and with the time it happened,
 * because it is sent later.
 */
function complete(event: TrackedEvent, now: number): TrackedEvent {
  const id = event.id ?? crypto.randomUUID()
  switch (event.type) {
    case 'webhook_delivery':
      return { ...event, id, sent_at: event.sent_at ?? isoTime(now) }
    case 'rule_execution':
      return { ...event, id, executed_at: event.executed_at ?? isoTime(now) }
    case 'api_request':
      return { ...event, id, created_at: event.created_at ?? isoTime(now) }
    case 'rate_limit':
      return { ...event, id, window_start: event.window_start ?? windowStart(event, now) }
    case 'metric':
    case 'deploy':
      return { ...event, id, at: event.at ?? isoTime(now) }
    default:
      return event
  }
}

/** Windows without a start are those of the clock: the hour's minutes, the day's hours. */
function windowStart({ window_seconds: seconds }: RateLimitUse, now: number): string {
  const lengthMs = (seconds ?? 60) * 1000
  return new Date(Math.floor(now / lengthMs) * lengthMs).toISOString()
}

/** What a proxy answers in the place of the project is no answer. */
function parseAnswer(answer: unknown): TrackAnswer {
  const { accepted, rejected } = (answer ?? {}) as Partial<TrackAnswer>
  if (typeof accepted === 'number' && Array.isArray(rejected)) return { accepted, rejected }
  throw new TypeError('The answer is not that of track.')
}
