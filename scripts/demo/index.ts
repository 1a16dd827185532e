import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { createProgressBar } from '../stack/progress.ts'
import type { Keys } from '../stack/keys.ts'
import { readOrMakeDemoState, writeDemoState } from './account.ts'
import { makeHistory } from './past-traffic.ts'
import { startReceiver } from './receiver.ts'
import { deployedBefore } from './scenario.ts'
import { makeTenants } from './tenants.ts'

export interface DemoOptions {
  apiUrl: string
  functionsUrl: string
  /** The superuser's. */
  databaseUrl: string
  keys: Keys
  /** Where the demo remembers what it made. */
  stateFile: string
  /** Where the demo's application logs. */
  logFile: string
  signal: AbortSignal
}

export interface Demo {
  stop(): Promise<void>
}

/** Makes the two orgs and their history, where that is not done yet, and starts the live traffic. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { apiUrl, functionsUrl, databaseUrl, keys, stateFile, signal } = options
  const state = await readOrMakeDemoState(stateFile)
  const receiver = await startReceiver(deployedBefore(state.historyUntil))
  try {
    const orgIds = await makeTenants(apiUrl, keys, state.password, receiver.url)
    if (!state.historyIsMade) {
      await makeHistory({
        functionsUrl,
        secretKey: keys.secretKey,
        orgIds,
        until: state.historyUntil,
        signal,
        progress: createProgressBar('History'),
      })
      await refresh(apiUrl, keys)
      await measureCosts(databaseUrl)
    }
    await writeDemoState(stateFile, { ...state, orgIds, historyIsMade: true })
    const traffic = startTraffic(options, receiver.url, orgIds)
    return {
      stop: async () => {
        await traffic.stop()
        await receiver.stop()
      },
    }
  } catch (error) {
    await receiver.stop()
    throw error
  }
}

/** The history is new to the views, and their next refresh may be minutes away. */
async function refresh(apiUrl: string, { secretKey }: Keys): Promise<void> {
  const response = await fetch(`${apiUrl}/rest/v1/rpc/refresh_monitoring_views`, {
    method: 'POST',
    headers: { apikey: secretKey, 'content-profile': 'everwatch' },
  })
  if (!response.ok) throw new Error(`the refresh failed: ${await response.text()}`)
}

/** What it holds is measured at night, which may be many hours away. */
async function measureCosts(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  try {
    await sql`select everwatch_private.report_savings()`
  } finally {
    await sql.end()
  }
}

function startTraffic(
  { apiUrl, keys, logFile }: DemoOptions,
  receiverUrl: string,
  orgIds: Record<string, string>,
): Demo {
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'traffic.ts')],
    {
      env: {
        ...process.env,
        SUPABASE_URL: apiUrl,
        SUPABASE_SECRET_KEY: keys.secretKey,
        DEMO_RECEIVER_URL: receiverUrl,
        DEMO_ORG_IDS: JSON.stringify(orgIds),
      },
      stdio: ['pipe', log, log],
      // A group of its own: Ctrl-C in the terminal reaches us alone, and we end it in order.
      detached: true,
    },
  )
  closeSync(log)
  let isStopping = false
  const exited = new Promise<void>((resolve) =>
    child.once('exit', () => {
      if (!isStopping) console.error(`The demo traffic ended by itself; see ${logFile}`)
      resolve()
    }),
  )
  return {
    stop: async () => {
      isStopping = true
      child.stdin?.end()
      await exited
    },
  }
}
