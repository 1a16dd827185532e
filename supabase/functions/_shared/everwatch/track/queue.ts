/** An event that waits to be sent, as JSON. */
export interface QueuedEvent {
  /** Events are numbered as they come, from 1. */
  number: number
  json: string
}

/** How much one batch holds: as many events as `track` takes, and well below its 4 MiB. */
const largestBatch = 1000
const largestBatchCharacters = 1_000_000

/** The most characters that wait, whatever the number of events. */
const mostCharacters = 8_000_000

/** Events that wait, oldest first. When there is no more room the oldest, worth the least, are dropped. */
export class EventQueue {
  /** How many events were dropped because there was no room. */
  dropped = 0
  #events: QueuedEvent[] = []
  #first = 0
  #characters = 0
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#events.length - this.#first
  }

  /** The number of the oldest. */
  get first(): number {
    return this.#events[this.#first]?.number ?? 0
  }

  add(event: QueuedEvent): void {
    this.#events.push(event)
    this.#characters += event.json.length
    this.#makeRoom()
  }

  /** Takes the oldest events out, as many as one batch holds; at least one, if there is one. */
  take(): QueuedEvent[] {
    const batch: QueuedEvent[] = []
    let characters = 0
    while (batch.length < largestBatch) {
      const event = this.#events[this.#first]
      if (!event || (batch.length > 0 && characters + event.json.length > largestBatchCharacters)) {
        break
      }
      batch.push(event)
      characters += event.json.length
      this.#first += 1
    }
    this.#characters -= characters
    this.#tidy()
    return batch
  }

  /** Puts a batch back that was taken last. */
  putBack(batch: QueuedEvent[]): void {
    this.#events = [...batch, ...this.#events.slice(this.#first)]
    this.#first = 0
    for (const { json } of batch) this.#characters += json.length
    this.#makeRoom()
  }

  #makeRoom(): void {
    while (this.size > this.#most || this.#characters > mostCharacters) {
      this.#characters -= this.#events[this.#first]?.json.length ?? 0
      this.#first += 1
      this.dropped += 1
    }
    this.#tidy()
  }

  /** Removes what was taken now and then, all at once: moving the rest each time would be slow. */
  #tidy(): void {
    if (this.#first < 1000 || this.#first < this.size) return
    this.#events = this.#events.slice(this.#first)
    this.#first = 0
  }
}
