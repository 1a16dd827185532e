import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { glob } from 'tinyglobby'
import { z } from 'zod'
import { projectRoot } from '../stack/project.ts'

const configSchema = z.object({
  db: z.object({ migrations: z.object({ schema_paths: z.array(z.string()) }) }),
})

/**
 * The files of the declarative source in the order in which they are loaded: one entry of
 * `schema_paths` after the other, each entry's files by name. A file that no entry names is missing
 * from every release, which a test finds.
 *
 * @returns groups of paths, relative to `supabase/`; within a group any order makes the same database
 */
export async function schemaFiles(): Promise<string[][]> {
  const supabase = join(projectRoot, 'supabase')
  const text = await readFile(join(supabase, 'config.toml'), 'utf8')
  const { db } = configSchema.parse(parse(text))
  const groups: string[][] = []
  for (const pattern of db.migrations.schema_paths) {
    groups.push((await glob(pattern, { cwd: supabase })).toSorted())
  }
  return groups
}
