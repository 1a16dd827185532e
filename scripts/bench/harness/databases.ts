import postgres, { type Sql } from 'postgres'
import { bootstrapDatabase } from '../../stack/bootstrap.ts'
import { pushMigrations } from '../../stack/migrations.ts'
import { withDatabase } from '../../stack/urls.ts'

/** After a day the last 24 hours of a history are over: it is made again. */
const longestAge = '1 day'

/** Whether a database was made, to its end, and is still fresh. */
export async function isKept(server: string, name: string): Promise<boolean> {
  return withServer(server, async (sql) => {
    const kept = await sql`
      select from pg_database
      where datname = ${name}
        and shobj_description(oid, 'pg_database')::timestamptz > now() - ${longestAge}::interval`
    return kept.length > 0
  })
}

/**
 * Makes a database that is kept between runs, from another or from nothing. It gets its name, and
 * the time of its making as its comment, when it is finished.
 */
export async function makeKept(
  server: string,
  name: string,
  work: (url: string) => Promise<void>,
  template = 'template0',
): Promise<void> {
  await withServer(server, async (sql) => {
    await clone(sql, template, 'unfinished')
    await work(withDatabase(server, 'unfinished'))
    await sql`drop database if exists ${sql(name)}`
    await sql`alter database unfinished rename to ${sql(name)}`
    const now = new Date().toISOString()
    await sql.unsafe(`comment on database ${name} is '${now}'`)
  })
}

/** An empty project: bootstrapped and migrated. */
export async function makeBase(server: string): Promise<void> {
  await makeKept(server, 'base', async (url) => {
    await bootstrapDatabase(url, 'strict')
    await pushMigrations(url)
  })
}

/** Does something with a copy of a database, which has a name of its own and is dropped afterwards. */
export async function withCopy<T>(
  server: string,
  template: string,
  name: string,
  work: (url: string) => Promise<T>,
): Promise<T> {
  await withServer(server, (sql) => clone(sql, template, name))
  try {
    return await work(withDatabase(server, name))
  } finally {
    await withServer(server, (sql) => sql`drop database ${sql(name)} with (force)`)
  }
}

/** File by file: for gigabytes that is faster than through the log. */
async function clone(sql: Sql, template: string, name: string): Promise<void> {
  // The bootstrap makes the role, and gives it the database.
  const owner = template === 'template0' ? 'supabase_admin' : 'postgres'
  await sql`drop database if exists ${sql(name)} with (force)`
  await sql`
    create database ${sql(name)} template ${sql(template)} owner ${sql(owner)} strategy file_copy`
}

async function withServer<T>(server: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres(server, { max: 1, onnotice: () => {} })
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}
