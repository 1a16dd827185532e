import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectRoot } from '../stack/project.ts'
import { schemaFiles } from './schema-files.ts'

/**
 * The file that makes the whole database of a version in a project that has none of it: the schema
 * files one after the other.
 *
 * @param groups in which order the files come; by default that of `schema_paths`
 */
export async function fullRelease(version: string, groups?: string[][]): Promise<string> {
  const heading = `-- Everwatch ${version}: the whole database, for a project that has none of it. Made by
-- \`npm run release\` of the files in supabase/schemas, which are the ones to edit.`
  const parts: string[] = []
  for (const path of (groups ?? (await schemaFiles())).flat()) {
    const text = await readFile(join(projectRoot, 'supabase', path), 'utf8')
    parts.push(`-- ${path}\n\n${text.trim()}`)
  }
  return closeRelease(framed(heading, parts), version)
}

/** The statements of a release, among those that every release has around them. */
export function framed(heading: string, parts: string[]): string {
  const begin = `-- Functions may be made before what they speak of.
set check_function_bodies = off;`
  return `${[heading, begin, ...parts, 'reset check_function_bodies;'].join('\n\n')}\n`
}

/** A release's file ends by saying which it is, and by making what depends on the project. */
export function closeRelease(body: string, version: string): string {
  return `${body}${ending}('${version}', '${checksumOf(body)}');

select everwatch.apply_aliases();
`
}

/** A release's file without its ending. */
export function openRelease(text: string): string {
  const at = text.lastIndexOf(ending)
  return at === -1 ? text : text.slice(0, at)
}

const ending = `
insert into
  everwatch.versions(version, checksum)
values
  `

/** @returns SHA-256 as hexadecimal digits, as \`everwatch.versions\` has it */
export function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
