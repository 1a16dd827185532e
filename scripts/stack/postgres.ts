import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, openSync, closeSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { findBinaries, platform } from './binaries.ts'
import { installExtensions } from './extensions/install.ts'
import { asUnprivileged, giveToUnprivileged } from './unprivileged.ts'
import { isProcessAlive, untilGone } from './processes.ts'

const run = promisify(execFile)

export interface PostgresOptions {
  /** The data folder; made when it is not there. */
  directory: string
  port: number
  /** Server settings beyond the usual ones, as `postgres -c name=value` takes them. */
  settings?: Record<string, string>
}

export interface PostgresServer {
  /** The superuser's address of the database `postgres`. */
  url: string
  /** Settles when the server has ended, whoever ended it. */
  exited: Promise<void>
  stop(): Promise<void>
}

/**
 * Starts a server like the hosted platform's: the superuser is `supabase_admin`, only 127.0.0.1
 * can reach it, and what `create extension` finds is what Supabase has.
 *
 * @throws with the end of the server's log when it does not come up
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const binaries = await findBinaries()
  installExtensions(binaries.share)
  await endOrphan(options.directory)
  if (!existsSync(join(options.directory, 'PG_VERSION'))) await initialise(binaries.initdb, options)
  return launch(binaries.postgres, options)
}

async function initialise(initdb: string, { directory }: PostgresOptions): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  giveToUnprivileged(directory)
  const locale =
    platform === 'embedded'
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale=C.UTF-8']
  const [command, args] = asUnprivileged(initdb, [
    `--pgdata=${directory}`,
    '--username=supabase_admin',
    '--auth=trust',
    '--encoding=UTF8',
    '--no-sync',
    '--no-instructions',
    ...locale,
  ])
  await run(command, args)
}

async function launch(binary: string, options: PostgresOptions): Promise<PostgresServer> {
  const preload = platform === 'debian' ? 'pg_cron,pg_stat_statements' : 'pg_stat_statements'
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(options.port),
    shared_preload_libraries: preload,
    wal_level: 'logical',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...options.settings,
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [command, args] = asUnprivileged(binary, ['-D', options.directory, ...flags])
  const log = join(dirname(options.directory), `${platform}-postgres.log`)
  const output = openSync(log, 'a', 0o600)
  // A group of its own: Ctrl-C in the terminal reaches us alone, and we end it in order.
  const child = spawn(command, args, { stdio: ['ignore', output, output], detached: true })
  closeSync(output)
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const url = `postgres://supabase_admin@127.0.0.1:${options.port}/postgres`
  await untilAnswering(url, child, exited, log)
  return { url, exited, stop: () => stop(child, exited) }
}

async function untilAnswering(
  url: string,
  child: ChildProcess,
  exited: Promise<void>,
  log: string,
): Promise<void> {
  const deadline = Date.now() + 60_000
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} })
  let ended = false
  void exited.then(() => (ended = true))
  try {
    for (;;) {
      if (ended) throw new Error(`Postgres did not start:\n${tail(log)}`)
      try {
        await sql`select 1`
        return
      } catch (cause) {
        if (Date.now() > deadline) {
          child.kill('SIGINT')
          throw new Error(`Postgres does not answer:\n${tail(log)}`, { cause })
        }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  } finally {
    await sql.end()
  }
}

function tail(log: string): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-5).join('\n')
}

/** SIGINT is Postgres's "fast" shutdown: sessions are ended, and everything is on disk. */
async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill('SIGINT')
  await exited
}

/**
 * A stack that was killed leaves its server running. Its data folder says which process that is;
 * two servers on one folder would destroy it, so the old one goes first.
 */
export async function endOrphan(directory: string): Promise<void> {
  const file = join(directory, 'postmaster.pid')
  if (!existsSync(file)) return
  const [pid = '', folder] = readFileSync(file, 'utf8').split('\n')
  if (folder !== directory || !isProcessAlive(Number(pid), 'postgres')) return
  process.kill(Number(pid), 'SIGINT')
  await untilGone(Number(pid))
}
