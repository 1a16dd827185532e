import { setTimeout as sleep } from 'node:timers/promises'

const cleanups: (() => Promise<unknown>)[] = []

/**
 * Does something when the test file ends, after its own hooks; what was asked for last comes first.
 * A hook that is registered while another hook runs would never be called.
 */
export function atEndOfFile(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup)
}

/** Less than a hook may take, whose timeout would not say what was not done. */
const patienceMs = 45_000

/**
 * One that fails keeps no other from its turn.
 *
 * @throws the first failure; with the source of what does not come to an end
 */
export async function cleanUp(): Promise<void> {
  const failures: unknown[] = []
  for (const cleanup of cleanups.splice(0).toReversed()) {
    const done = new AbortController()
    const late = sleep(patienceMs, undefined, { signal: done.signal }).then(() => {
      throw new Error(`It does not end: ${cleanup.toString()}`)
    })
    await Promise.race([cleanup(), late]).catch((error: unknown) => failures.push(error))
    done.abort()
  }
  if (failures.length > 0) throw failures[0]
}
