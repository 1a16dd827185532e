import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { Latch } from './latch.ts'

/** One connection to the database, listening. */
export interface Session {
  sql: Sql
  /** Set by each notification, and when the session is over. */
  latch: Latch
  /** What the notifications have said. */
  messages: Set<string>
  /** Aborted when the session is over. */
  signal: AbortSignal
}

export interface ServiceOptions {
  url: string
  /** What `pg_stat_activity` calls it. */
  name: string
  /** The channel that it listens to. */
  channel: string
  /** Serves until the session is over, or to be begun again; calls `ready` once it has begun. */
  serve(session: Session, ready: () => void): Promise<void>
  onError(error: unknown): void
}

export interface Service {
  /** Settles when it serves for the first time; rejects when it could not. */
  ready: Promise<void>
  stop(): Promise<void>
}

/** As the postmaster does it: a background worker that ended is started again after this. */
const restartMilliseconds = 1000

/** Keeps a service running: when its session is lost, it gets another. */
export function keepServing(options: ServiceOptions): Service {
  const stopping = new AbortController()
  let running = Promise.resolve()
  const ready = new Promise<void>((resolve, reject) => {
    let begun = false
    const begin = (): void => {
      begun = true
      resolve()
    }
    const run = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        try {
          await serveSession(options, stopping.signal, begin)
        } catch (error) {
          if (!begun) return reject(error)
          if (!stopping.signal.aborted) options.onError(error)
        }
        await sleep(restartMilliseconds, undefined, { signal: stopping.signal }).catch(() => {})
      }
    }
    running = run()
  })
  return {
    ready,
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

async function serveSession(
  { url, name, channel, serve }: ServiceOptions,
  stopping: AbortSignal,
  ready: () => void,
): Promise<void> {
  const lost = new AbortController()
  const signal = AbortSignal.any([stopping, lost.signal])
  const latch = new Latch()
  const messages = new Set<string>()
  signal.addEventListener('abort', () => latch.set())
  // `sql.listen` would reconnect by itself, unseen; the client's types do not know `onnotify`.
  const options: postgres.Options<Record<string, never>> & {
    onnotify(_: string, message: string): void
  } = {
    max: 1,
    max_lifetime: null,
    fetch_types: false,
    connection: { application_name: name },
    onnotice: () => {},
    onnotify: (_channel, message) => {
      messages.add(message)
      latch.set()
    },
    onclose: () => lost.abort(new Error(`${name}: the connection was lost`)),
  }
  const sql = postgres(url, options)
  try {
    await sql`listen ${sql(channel)}`
    await serve({ sql, latch, messages, signal }, ready)
    if (!stopping.aborted) lost.signal.throwIfAborted()
  } finally {
    await sql.end({ timeout: 0 })
  }
}
