import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { schemaFiles } from './schema-files.ts'

/**
 * The file that makes the whole database of a version in a project that has none of it: the schema
 * files one after the other.
 *
 * @param supabase the folder with `config.toml` and the schema files
 * @param groups in which order the files come; by default that of `schema_paths`
 */
export async function fullRelease(
  supabase: string,
  version: string,
  groups?: string[][],
): Promise<string> {
  const parts = [
    `-- Everwatch ${version}: the whole database, for a project that has none of it. Made by
-- \`npm run release\` of the files in supabase/schemas, which are the ones to edit.

-- Functions may be made before what they speak of.
set check_function_bodies = off;`,
  ]
  for (const path of (groups ?? (await schemaFiles(supabase))).flat()) {
    const text = await readFile(join(supabase, path), 'utf8')
    parts.push(`-- ${path}\n\n${text.trim()}`)
  }
  parts.push('reset check_function_bodies;')
  return closeRelease(`${parts.join('\n\n')}\n`, version)
}

/** A release's file ends by saying which it is, and by making what depends on the project. */
export function closeRelease(body: string, version: string): string {
  return `${body}
insert into
  everwatch.versions(version, checksum)
values
  ('${version}', '${checksumOf(body)}');

select everwatch.apply_aliases();
`
}

/** @returns SHA-256 as hexadecimal digits, as \`everwatch.versions\` has it */
export function checksumOf(body: string): string {
  return createHash('sha256').update(body).digest('hex')
}
