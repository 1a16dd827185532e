import { createWriteStream } from 'node:fs'
import { startDemo } from '../demo/index.ts'
import { startApi } from './api.ts'
import { buildDashboard } from './dashboard.ts'
import { startLocalDatabase } from './local-database.ts'
import { step } from './progress.ts'
import type { ProjectConfig } from './project.ts'
import { writeSettings } from './settings.ts'
import { readOrMakeKeys, stateFiles } from './state.ts'
import { startWorker } from './worker/index.ts'

export interface Stack {
  /** Settles when a part ended by itself, with that part's name. */
  broken: Promise<string>
  stop(): Promise<void>
}

/**
 * Starts the parts in the order in which each needs the ones before it. When `signal` is aborted
 * meanwhile, what has begun is ended, and the reason is thrown.
 */
export async function runStack(
  config: ProjectConfig,
  options: { demo: boolean; signal: AbortSignal },
): Promise<Stack> {
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end()
  }
  try {
    const database = await step('Database', () => startLocalDatabase(config.db.port))
    stops.push(database.stop)
    options.signal.throwIfAborted()
    const worker = await startWorker({ url: database.url })
    stops.push(worker.stop)
    const keys = await readOrMakeKeys()
    const dashboard = await step('Dashboard', () => buildDashboard())
    options.signal.throwIfAborted()
    const log = createWriteStream(stateFiles.functionsLog, { flags: 'a', mode: 0o600 })
    const api = await step('API', () =>
      startApi(database.url, keys, {
        port: config.api.port,
        dashboard,
        log: (line) => log.write(`${line}\n`),
      }),
    )
    stops.push(api.stop)
    await writeSettings(database.url, api.functionsUrl)
    options.signal.throwIfAborted()
    if (options.demo) {
      const demo = await step('Demo', () =>
        startDemo({
          apiUrl: api.url,
          functionsUrl: api.functionsUrl,
          databaseUrl: database.url,
          keys,
          stateFile: stateFiles.demo,
          logFile: stateFiles.demoLog,
          signal: options.signal,
        }),
      )
      stops.push(demo.stop)
    }
    const broken = Promise.race([
      database.exited.then(() => 'database'),
      api.exited.then(() => 'edge functions'),
    ])
    return { broken, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
