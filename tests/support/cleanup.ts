const cleanups: (() => Promise<unknown>)[] = []

/**
 * Does something when the test file ends, after its own hooks; what was asked for last comes first.
 * A hook that is registered while another hook runs would never be called.
 */
export function atEndOfFile(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup)
}

export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
}
