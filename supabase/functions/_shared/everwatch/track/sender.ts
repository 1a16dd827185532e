import type { Logger } from '../logger.ts'
import { keepAlive, unrefTimer } from '../runtime/environment.ts'
import type { TrackAnswer } from './event.ts'
import type { MonitoringOptions, MonitoringStats } from './options.ts'
import { EventQueue, type QueuedEvent } from './queue.ts'
import type { Sender } from './receipt.ts'
import { backoffMs, isFinal, RefusedError } from './transport.ts'

/** The batch itself may cause an answer of 500, so it is tried at most this often. */
const mostFaults = 5

/** The most warnings that one batch writes to the log. */
const mostWarnings = 10

/**
 * Sends events in batches, one request at a time. After a failure nothing is sent for a while, each
 * time longer: a server that is down gets a request a minute, and what waits for it is bounded.
 */
export class EventSender implements Sender {
  readonly #post: (body: string) => Promise<TrackAnswer>
  readonly #batchSize: number
  readonly #maxWaitMs: number
  readonly #pauseMs: NonNullable<MonitoringOptions['pauseMs']>
  readonly #queue: EventQueue
  readonly #logger: Logger
  readonly #counts = { accepted: 0, rejected: 0, failed: 0 }
  readonly #waiters = new Set<{ number: number; resolve: () => void }>()
  /** The number of the last event, of the last that is due, and of the last that was tried. */
  #last = 0
  #dueTo = 0
  #triedTo = 0
  #sending = 0
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #isPausing = false

  constructor(
    post: (body: string) => Promise<TrackAnswer>,
    logger: Logger,
    options: MonitoringOptions,
  ) {
    this.#post = post
    this.#logger = logger
    this.#batchSize = options.batchSize ?? 500
    this.#maxWaitMs = options.maxWaitMs ?? 1000
    this.#pauseMs = options.pauseMs ?? backoffMs
    this.#queue = new EventQueue(options.maxQueued ?? 10_000)
  }

  /** Takes an event as JSON; returns its number. */
  add(json: string): number {
    this.#last += 1
    this.#queue.add({ number: this.#last, json })
    if (this.#queue.size >= this.#batchSize) this.#dueTo = this.#last
    this.#proceed()
    return this.#last
  }

  hurry(): void {
    this.#dueTo = this.#last
    // Everything else that is tracked in this turn goes into the same batch.
    this.#wake(0)
  }

  attempted(number = this.#last): Promise<void> {
    if (this.#isPausing || number <= this.#triedTo) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.add({ number, resolve }))
  }

  stats(): MonitoringStats {
    const queued = this.#queue.size + this.#sending
    return { ...this.#counts, dropped: this.#queue.dropped, queued }
  }

  /** Sends what is due; wakes later for what is not. */
  #proceed(): void {
    if (this.#isPausing || this.#sending > 0 || this.#queue.size === 0) return
    if (this.#queue.first <= this.#dueTo) void this.#send(this.#queue.take())
    else if (this.#timer === undefined) {
      this.#wake(this.#maxWaitMs)
      keepAlive(this.attempted())
    }
  }

  /** Lets more events come before it sends. */
  #wake(delayMs: number): void {
    if (!this.#isPausing) this.#proceedIn(delayMs)
  }

  #proceedIn(delayMs: number): ReturnType<typeof setTimeout> {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#isPausing = false
      this.#dueTo = this.#last
      this.#proceed()
    }, delayMs)
    return this.#timer
  }

  async #send(batch: QueuedEvent[]): Promise<void> {
    this.#sending = batch.length
    try {
      this.#count(await this.#post(`{"events":[${batch.map(({ json }) => json).join(',')}]}`))
      this.#failures = 0
    } catch (error) {
      this.#fail(batch, error)
    }
    this.#sending = 0
    this.#triedTo = batch.at(-1)?.number ?? this.#triedTo
    for (const waiter of this.#waiters) {
      if (!this.#isPausing && waiter.number > this.#triedTo) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
    this.#proceed()
  }

  #count({ accepted, rejected }: TrackAnswer): void {
    this.#counts.accepted += accepted
    this.#counts.rejected += rejected.length
    for (const rejection of rejected.slice(0, mostWarnings)) {
      this.#logger.warn('An event was refused', { ...rejection })
    }
  }

  #fail(batch: QueuedEvent[], error: unknown): void {
    if (isFinal(error)) return this.#giveUp(batch, error)
    this.#failures += 1
    const refusal = error instanceof RefusedError ? error : undefined
    const delayMs = Math.round(this.#pauseMs(this.#failures, refusal?.retryAfterMs))
    this.#pause(delayMs)
    if (refusal?.status === 500 && this.#failures >= mostFaults) return this.#giveUp(batch, error)
    this.#queue.putBack(batch)
    const { dropped, size: queued } = this.#queue
    this.#logger.error('Events could not be tracked yet', error, {
      queued,
      dropped,
      retryInMs: delayMs,
    })
  }

  #giveUp(batch: QueuedEvent[], error: unknown): void {
    this.#counts.failed += batch.length
    this.#logger.error('Events could not be tracked', error, { events: batch.length })
  }

  #pause(delayMs: number): void {
    this.#isPausing = true
    // A program with nothing else to do may end without waiting for the server.
    unrefTimer(this.#proceedIn(delayMs))
  }
}
