import postgres, { type Sql } from 'postgres'
import { vi } from 'vitest'
import { startWorker, type Worker } from '../../scripts/stack/worker/index.ts'
import { atEndOfFile } from './cleanup.ts'
import { createDatabase } from './database.ts'

/** A row of `net._http_response`. */
export interface NetResponse {
  id: string
  status_code: number | null
  content_type: string | null
  headers: Record<string, string> | null
  content: string | null
  timed_out: boolean | null
  error_msg: string | null
  created: Date
}

/** A database whose pg_net works. */
export interface PgNet {
  /** Acts as `postgres`. */
  sql: Sql
  superuser: Sql
  /** Stops what sends the requests. */
  stopWorker(): Promise<void>
  startWorker(): Promise<void>
  /** Waits for the response to a request. */
  responseTo(id: string): Promise<NetResponse>
}

/** Makes a database with pg_net and starts the worker that serves it; both end with the test file. */
export async function startPgNet(): Promise<PgNet> {
  const db = await createDatabase()
  const superuser = postgres(db.url, { max: 2, onnotice: () => {} })
  let worker: Worker | undefined
  const net: PgNet = {
    sql: db.sql,
    superuser,
    startWorker: async () => {
      worker = await startWorker({ url: db.url, onError: () => {} })
    },
    stopWorker: async () => {
      await worker?.stop()
    },
    responseTo: (id) =>
      vi.waitFor(
        async () => {
          const [row] = await db.sql<
            NetResponse[]
          >`select * from net._http_response where id = ${id}`
          if (!row) throw new Error(`there is no response to request ${id}`)
          return row
        },
        { timeout: 25_000, interval: 20 },
      ),
  }
  await net.startWorker()
  atEndOfFile(async () => {
    await net.stopWorker()
    await superuser.end()
  })
  return net
}

/** Queues a request with `net.<call>`, and returns its id. */
export async function queue(net: PgNet, call: string, ...args: string[]): Promise<string> {
  const [row] = await net.sql.unsafe<[{ id: string }]>(`select net.${call} as id`, args)
  return row.id
}
