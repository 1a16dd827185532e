/** How much is done: so many times, or for so long. */
export type Amount = { count: number } | { seconds: number }

/** What a load took. */
export interface LoadResult {
  /** Milliseconds of each operation. */
  times: number[]
  /** Operations a second, all workers together. */
  rate: number
}

/** Does something again and again, by several workers that each wait for one before the next. */
export async function load(
  options: { workers: number } & Amount,
  work: (number: number) => Promise<unknown>,
): Promise<LoadResult> {
  const times: number[] = []
  const began = performance.now()
  let next = 0
  const goesOn = (): boolean =>
    'count' in options ? next < options.count : performance.now() - began < options.seconds * 1000
  const run = async (): Promise<void> => {
    while (goesOn()) {
      const start = performance.now()
      await work(next++)
      times.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: options.workers }, run))
  return { times, rate: (1000 * times.length) / (performance.now() - began) }
}
