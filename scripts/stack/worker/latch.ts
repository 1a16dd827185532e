/** What one part of a program sets to wake another; a wake that comes early is not lost. */
export class Latch {
  #isSet = false
  #wake: () => void = () => {}

  /** Wakes who waits, or who waits next. */
  set(): void {
    this.#isSet = true
    this.#wake()
  }

  /** Waits until it is set, at most so many milliseconds, resets it and returns whether it was. */
  async wait(milliseconds?: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    if (!this.#isSet) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        if (milliseconds !== undefined) timer = setTimeout(resolve, milliseconds)
      })
    }
    clearTimeout(timer)
    const wasSet = this.#isSet
    this.#isSet = false
    return wasSet
  }
}
