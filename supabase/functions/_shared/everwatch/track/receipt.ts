/** How long a caller who awaits an event waits at most, in milliseconds. */
const patienceMs = 1000

/** What a receipt needs from the sender. */
export interface Sender {
  /** Sends what waits soon. */
  hurry(): void
  /** Settles when the event of that number was sent, or will not be for now. */
  attempted(number: number): Promise<void>
}

/**
 * A promise for an event that waits to be sent. It never rejects. Awaiting it sends the event at once
 * and takes a second at most; otherwise it costs nothing, and the event goes with others.
 */
export class Receipt implements Promise<void> {
  readonly [Symbol.toStringTag] = 'Promise'
  readonly #sender: Sender
  readonly #number: number

  constructor(sender: Sender, number: number) {
    this.#sender = sender
    this.#number = number
  }

  // oxlint-disable-next-line unicorn/no-thenable -- It is a promise.
  then<A = void, B = never>(
    onSent?: ((value: void) => A | PromiseLike<A>) | null,
    onFailed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return patiently(this.#sender, this.#number).then(onSent, onFailed)
  }

  /** It never rejects, so there is nothing to catch. */
  catch(): this {
    return this
  }

  finally(onSettled?: (() => void) | null): Promise<void> {
    return patiently(this.#sender, this.#number).finally(onSettled)
  }
}

async function patiently(sender: Sender, number: number): Promise<void> {
  sender.hurry()
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs)
  })
  await Promise.race([sender.attempted(number), patience])
  clearTimeout(timer)
}
