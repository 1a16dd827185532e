import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isProcessAlive } from '../../stack/processes.ts'
import { readText, stateFiles } from '../../stack/state.ts'
import { UserError } from '../../stack/user-error.ts'

/**
 * Takes the benchmarks' server for this process: two that measure at once would measure each other.
 *
 * @throws {UserError} when another process has it
 */
export async function claimBenchmarks(): Promise<void> {
  const holder = Number(await readText(stateFiles.benchmarking))
  if (isProcessAlive(holder, 'run.mjs')) {
    throw new UserError('Another benchmark runs already: wait for its end.')
  }
  await mkdir(dirname(stateFiles.benchmarking), { recursive: true, mode: 0o700 })
  await writeFile(stateFiles.benchmarking, String(process.pid), { mode: 0o600 })
}

export async function releaseBenchmarks(): Promise<void> {
  await rm(stateFiles.benchmarking, { force: true })
}
