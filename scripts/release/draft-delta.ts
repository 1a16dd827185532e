import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withScratchDatabase } from '../check/scratch-database.ts'
import { runTool } from '../check/tool.ts'
import { splitStatements } from '../format/sql-statements.mjs'
import { layOutSql } from '../format/sql-plugin.mjs'
import { UserError } from '../stack/user-error.ts'
import { closeRelease, framed } from './full-release.ts'
import { loadSchemas } from './load-schemas.ts'

/**
 * Drafts the statements that make of the releases so far what the schema files say. It is a draft: a
 * renamed column is dropped and added, data stays as it is, and what the catalogs still differ in is
 * to be written by hand.
 */
export async function draftDelta(version: string, before: string): Promise<string> {
  const draft = await withScratchDatabase((source) =>
    withScratchDatabase((desired) => renderPlan(source, desired), loadSchemas),
  )
  const statements = splitStatements(draft).flatMap(({ statement }) => correct(statement))
  const heading = `-- Everwatch ${version}, for a project that has ${before}. Drafted by \`npm run release\`, finished by hand.`
  const body = framed(heading, [layOutSql(`${statements.join(';\n')};`, 100).trim()])
  return closeRelease(body, version)
}

const pgDelta = '@supabase/pg-delta/dist/cli/main.js'

async function renderPlan(source: string, desired: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-delta-'))
  try {
    const [plan, file] = [join(folder, 'plan.json'), join(folder, 'delta.sql')]
    const databases = ['--source', source, '--desired', desired, '--profile', 'supabase']
    await run(['plan', ...databases, '--out', plan])
    await run(['render', '--plan', plan, '--out', file, '--allow-drops'])
    return await readFile(file, 'utf8')
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function run(args: string[]): Promise<void> {
  const { ok, output } = await runTool(pgDelta, args)
  if (!ok) throw new UserError(`pg-delta could not draft the delta:\n${output}`)
}

/**
 * What pg-delta is known to get wrong, or to say that every release has around its statements; a
 * statement of which nothing is left is none.
 */
const corrections: [wrong: RegExp, right: string][] = [
  // It would be invalid: the index of a partitioned table is made with those of its partitions.
  [/^(create (?:unique )?index \S+ on) only /i, '$1 '],
  // It names the database in which the draft was made.
  [/^(select cron\.schedule)_in_database\((.*), '\w+', null, true\)$/is, '$1($2)'],
  // apply_aliases() makes them, where they are wanted.
  [/^(?:create|comment|grant|revoke|drop|alter)\b[^']*? "?public"?\."?\w.*$/is, ''],
  // The owner has every right already, and Postgres 15 does not know all of them.
  [/^grant .* to "postgres"$/is, ''],
  [/^set local check_function_bodies = off$/i, ''],
]

function correct(statement: string): string[] {
  const corrected = corrections.reduce(
    (text, [wrong, right]) => text.replace(wrong, right),
    statement,
  )
  return corrected === '' ? [] : [corrected]
}
