import { afterAll } from 'vitest'

const cleanups: (() => Promise<unknown>)[] = []

/**
 * Does something when the test file ends, after its own hooks; what was asked for last comes first.
 * A hook that is registered while another hook runs would never be called.
 */
export function atEndOfFile(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup)
}

afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup()
})
