import postgres, { type Sql } from 'postgres'
import type { PostgresServer } from '../../stack/postgres.ts'
import { createProgressBar } from '../../stack/progress.ts'
import { withRole } from '../../stack/urls.ts'
import { isKept, makeBase, makeKept, withCopy } from './databases.ts'
import { makeHistory, nameOf, type History } from './fill-database.ts'
import { startServer, type Purpose } from './server.ts'

/** A database with a history, a benchmark's own to change. */
export interface BenchDatabase {
  /** The superuser's address. */
  url: string
  /** One connection of the role `postgres`, which owns our objects and sees every row. */
  sql: Sql
  /** Connections of a caller of the Data API. */
  connect(caller: Caller): Sql
}

export interface Caller {
  role: 'authenticated' | 'service_role'
  /** The signed-in user. In a history each org's id is its owner's, too. */
  userId?: string
  /** How many connections; one when it is left out. */
  connections?: number
}

/** Where a benchmark runs: a server of its own, and histories to measure with. */
export class Lab {
  /** What `--rows` chose. */
  readonly rows: number
  /** A folder of labelled series, which `--corpus` names. */
  readonly corpus: string | undefined
  #server: (PostgresServer & { purpose: Purpose }) | undefined

  constructor(rows: number, corpus?: string) {
    this.rows = rows
    this.corpus = corpus
  }

  /** Says what happens, on standard error: standard output belongs to the figures. */
  note(text: string): void {
    process.stderr.write(`  ${text}\n`)
  }

  /** Does something with a database of this history, on a durable server. */
  withHistory<T>(history: History, work: (db: BenchDatabase) => Promise<T>): Promise<T> {
    return this.withHistories([history], ([db]) => work(db as BenchDatabase))
  }

  /** The same with a database of each history, on one server, to be measured beside each other. */
  async withHistories<T>(
    histories: History[],
    work: (dbs: BenchDatabase[]) => Promise<T>,
  ): Promise<T> {
    const names: string[] = []
    for (const history of histories) {
      const name = await nameOf(history)
      if (!(await isKept(await this.#serve('measuring'), name))) await this.#make(name, history)
      names.push(name)
    }
    const server = await this.#serve('measuring')
    const openFrom = (index: number, open: BenchDatabase[]): Promise<T> => {
      const name = names[index]
      if (name === undefined) return work(open)
      return withCopy(server, name, `copy_${index}`, (url) =>
        withConnections(url, (db) => openFrom(index + 1, [...open, db])),
      )
    }
    return openFrom(0, [])
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    await server?.stop()
  }

  async #make(name: string, history: History): Promise<void> {
    const server = await this.#serve('loading')
    if (!(await isKept(server, 'base'))) await makeBase(server)
    const { deliveries, executions, requests } = history
    this.note(`Making ${(deliveries + executions + requests).toLocaleString('en')} rows, once …`)
    const progress = createProgressBar('Rows', process.stderr)
    await makeKept(server, name, (url) => makeHistory(url, history, progress), 'base')
  }

  /** The server's address; it starts again when it ran for another purpose. */
  async #serve(purpose: Purpose): Promise<string> {
    if (this.#server?.purpose !== purpose) {
      await this.stop()
      this.#server = { ...(await startServer(purpose)), purpose }
    }
    return this.#server.url
  }
}

async function withConnections<T>(
  url: string,
  work: (db: BenchDatabase) => Promise<T>,
): Promise<T> {
  const sql = postgres(withRole(url, 'postgres'), { max: 1, onnotice: () => {} })
  const open = [sql]
  try {
    return await work({
      url,
      sql,
      connect: (caller) => {
        const connections = connectAs(url, caller)
        open.push(connections)
        return connections
      },
    })
  } finally {
    await Promise.all(open.map((connections) => connections.end()))
  }
}

function connectAs(url: string, { role, userId, connections = 1 }: Caller): Sql {
  const claims = JSON.stringify({ role, ...(userId && { sub: userId }) })
  return postgres(withRole(url, 'authenticator'), {
    max: connections,
    onnotice: () => {},
    connection: { role, 'request.jwt.claims': claims },
  })
}
