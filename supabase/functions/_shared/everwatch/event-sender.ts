import { backoffMs } from './backoff.ts'
import { keepAlive, unrefTimer } from './environment.ts'
import { EventQueue, type QueuedEvent } from './event-queue.ts'
import type { Logger } from './logger.ts'
import type { Sender } from './receipt.ts'
import type { TrackAnswer } from './tracked-event.ts'
import { isFinal, RefusedError } from './transport.ts'

export interface SenderOptions {
  /** How many events go without waiting for more. Default 500. */
  batchSize?: number | undefined
  /** How long an event waits for others, in milliseconds. Default 1000. */
  maxWaitMs?: number | undefined
  /** How many events may wait while the server does not answer. Default 10,000. */
  maxQueued?: number | undefined
  /** How long nothing is sent after so many failures. Default: `backoffMs`. */
  pauseMs?: typeof backoffMs | undefined
}

/** What became of events since the start. */
export interface SenderStats {
  /** Stored. */
  accepted: number
  /** Refused one by one, with a warning in the log. */
  rejected: number
  /** Not sent, or refused with all of their batch, with an error in the log. */
  failed: number
  /** Given up, the oldest first, because too many waited. */
  dropped: number
  /** On their way. */
  queued: number
}

/** An answer of 500 may be due to the batch itself: it is not tried more often than this. */
const mostFaults = 5

/** A batch that is all wrong says so in no more lines than this. */
const mostWarnings = 10

/**
 * Sends events in batches, one request at a time. After a failure nothing is sent for a while, each
 * time longer: a server that is down gets a request a minute, and what waits for it is bounded.
 */
export class EventSender implements Sender {
  readonly #post: (body: string) => Promise<TrackAnswer>
  readonly #batchSize: number
  readonly #maxWaitMs: number
  readonly #pauseMs: typeof backoffMs
  readonly #queue: EventQueue
  readonly #logger: Logger
  readonly #counts = { accepted: 0, rejected: 0, failed: 0 }
  readonly #waiters = new Set<{ number: number; resolve: () => void }>()
  /** How many events there were, and up to which they are due and have been tried. */
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
    options: SenderOptions,
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
    // What else is tracked now goes in the same batch.
    this.#wake(0)
  }

  attempted(number = this.#last): Promise<void> {
    if (this.#isPausing || number <= this.#triedTo) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.add({ number, resolve }))
  }

  stats(): SenderStats {
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

  #wake(delayMs: number): void {
    if (this.#isPausing) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#dueTo = this.#last
      this.#proceed()
    }, delayMs)
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
    clearTimeout(this.#timer)
    this.#isPausing = true
    // A program that has nothing else to do ends, and does not wait for a server.
    this.#timer = unrefTimer(
      setTimeout(() => {
        this.#timer = undefined
        this.#isPausing = false
        this.#dueTo = this.#last
        this.#proceed()
      }, delayMs),
    )
  }
}
