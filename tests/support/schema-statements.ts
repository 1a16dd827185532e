import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { splitStatements } from '../../scripts/format/sql-statements.mjs'
import { schemaFiles } from '../../scripts/release/schema-files.ts'
import { projectRoot } from '../../scripts/stack/project.ts'

export interface SchemaStatement {
  /** Relative to the folder of the schema files. */
  file: string
  /** The comment above it. */
  comment: string
  text: string
}

/** Every statement of the schema files, in the order in which they are loaded. */
export async function schemaStatements(): Promise<SchemaStatement[]> {
  const folder = join(projectRoot, 'supabase')
  const statements: SchemaStatement[] = []
  for (const path of (await schemaFiles()).flat()) {
    const parts = splitStatements(await readFile(join(folder, path), 'utf8'))
    for (const { comments, statement: text } of parts) {
      const file = path.replace(/^(\.\/)?schemas\//, '')
      statements.push({ file, comment: comments.join('\n'), text })
    }
  }
  return statements
}

/** Whom `access.sql` lets run what: for each role the functions, as `regprocedure` takes them. */
export async function grantedFunctions(): Promise<Map<string, string[]>> {
  const granted = new Map<string, string[]>()
  for (const { file, text } of await schemaStatements()) {
    if (file !== 'access.sql' || !text.startsWith('grant')) continue
    const [, functions = '', roles = ''] =
      /^grant\s+execute\s+on\s+function([^]+)\sto\s([^]+)$/.exec(text)!
    const names = Array.from(functions.matchAll(/[\w.]+\([^)]*\)/g), ([name]) => name)
    for (const role of roles.split(',').map((each) => each.trim())) {
      granted.set(role, [...(granted.get(role) ?? []), ...names])
    }
  }
  return granted
}
