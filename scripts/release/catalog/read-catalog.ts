import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres, { type Sql } from 'postgres'
import type { Catalog, Thing } from './catalog.ts'
import { readSeedRows } from './seed-rows.ts'

/** What is ours; in `public` that is the aliases, and in a project that has nothing else, all. */
const schemas = ['everwatch', 'everwatch_private', 'public']

/** Reads what is there, each kind of thing with the query in this folder that is named after it. */
export async function readCatalog(superuserUrl: string): Promise<Catalog> {
  const connection = { TimeZone: 'UTC' }
  const sql = postgres(superuserUrl, { max: 1, onnotice: () => {}, connection })
  try {
    // Without a search path, all that Postgres prints has its schema.
    await sql`select set_config('search_path', '', false)`
    const catalog: Catalog = new Map()
    for (const { object, ...facts } of [
      ...(await runQueries(sql)),
      ...(await readSeedRows(sql, schemas)),
    ]) {
      if (catalog.has(object)) throw new Error(`Two things in the catalog are called ${object}.`)
      catalog.set(object, facts)
    }
    return catalog
  } finally {
    await sql.end()
  }
}

async function runQueries(sql: Sql): Promise<Thing[]> {
  const things: Thing[] = []
  const names = await readdir(import.meta.dirname)
  for (const name of names.filter((file) => file.endsWith('.sql'))) {
    const query = await readFile(join(import.meta.dirname, name), 'utf8')
    const takesSchemas = query.includes('$1')
    things.push(...(await sql.unsafe<Thing[]>(query, takesSchemas ? [schemas] : [])))
  }
  return things
}
