import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { makeKeys, parseKeys, type Keys } from './keys.ts'
import { isProcessAlive } from './processes.ts'
import { stateDirectory } from './project.ts'

/** The files in `.everwatch/`: all that is kept between runs, readable by its owner alone. */
export const stateFiles = {
  postgres: join(stateDirectory, 'postgres'),
  keys: join(stateDirectory, 'keys.json'),
  demo: join(stateDirectory, 'demo.json'),
  demoLog: join(stateDirectory, 'demo.log'),
  functionsLog: join(stateDirectory, 'functions.log'),
  stamp: join(stateDirectory, 'stamp.json'),
  running: join(stateDirectory, 'running.json'),
  benchmarking: join(stateDirectory, 'benchmarking.pid'),
  benchPostgres: join(stateDirectory, 'bench/postgres'),
}

const runningSchema = z.object({
  pid: z.number().int(),
  apiUrl: z.url(),
  databaseUrl: z.string(),
})

/** What is known of a running stack. */
export type RunningStack = z.infer<typeof runningSchema>

/** Makes `.everwatch/`. */
export async function prepareState(): Promise<void> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
}

export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The project's keys: made once, then kept, so that what a person copied stays valid. */
export async function readOrMakeKeys(): Promise<Keys> {
  const text = await readText(stateFiles.keys)
  if (text) return parseKeys(text)
  const keys = makeKeys()
  await writeFile(stateFiles.keys, JSON.stringify(keys, null, 2), { mode: 0o600 })
  return keys
}

/**
 * The stack that runs from this checkout, if one does. A file left behind by one that was killed
 * names a process that is gone, and counts as none.
 */
export async function readRunningStack(): Promise<RunningStack | undefined> {
  const text = await readText(stateFiles.running)
  if (!text) return undefined
  const running = runningSchema.parse(JSON.parse(text))
  return isProcessAlive(running.pid, 'run.mjs') ? running : undefined
}

/**
 * Takes the checkout for this process. @returns false when another process took it first
 */
export async function claimRunning(running: RunningStack): Promise<boolean> {
  if (await readRunningStack()) return false
  await rm(stateFiles.running, { force: true })
  try {
    await writeFile(stateFiles.running, JSON.stringify(running), { mode: 0o600, flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

export async function releaseRunning(): Promise<void> {
  await rm(stateFiles.running, { force: true })
}
