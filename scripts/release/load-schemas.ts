import postgres from 'postgres'
import { withRole } from '../stack/urls.ts'
import { fullRelease } from './full-release.ts'
import { readVersion } from './versions.ts'

/**
 * Makes the database of the schema files, in a project that has none of it, in one transaction.
 *
 * @param url the superuser's address; what is made belongs to `postgres`, as with migrations
 * @param groups in which order the files come; by default that of `schema_paths`
 */
export async function loadSchemas(url: string, groups?: string[][]): Promise<void> {
  await runSql(url, await fullRelease(await readVersion(), groups))
}

/** Runs the statements of a release in one transaction, as the role that runs migrations. */
export async function runSql(url: string, text: string): Promise<void> {
  const sql = postgres(withRole(url, 'postgres'), { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(text)
  } finally {
    await sql.end()
  }
}
