import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sql } from 'postgres'

/** Makes a relation of `peers/<name>.sql` in the schema `bench`: the plain way to the same rows. */
export async function addPeer(sql: Sql, name: string): Promise<void> {
  const file = join(import.meta.dirname, `../peers/${name}.sql`)
  await sql.unsafe(await readFile(file, 'utf8'))
  await sql`analyze ${sql(`bench.${name}`)}`
}
