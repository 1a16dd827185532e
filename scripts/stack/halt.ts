import { endOrphan } from './postgres.ts'
import { untilGone } from './processes.ts'
import { readRunningStack, releaseRunning, stateFiles } from './state.ts'

/**
 * Ends the stack that runs from this checkout, and what one that was killed left behind.
 *
 * @returns whether a stack was running
 */
export async function haltStack(): Promise<boolean> {
  const running = await readRunningStack()
  if (running) {
    process.kill(running.pid, 'SIGTERM')
    await untilGone(running.pid)
  }
  await endOrphan(stateFiles.postgres)
  await releaseRunning()
  return running !== undefined
}
