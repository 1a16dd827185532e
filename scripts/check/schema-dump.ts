import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { runTool } from './tool.ts'

/** What goes before the objects. */
const heading = `-- The schema that the migrations make, object by object, for reading and for comparing: what a change
-- to a migration does can be seen here. Made by \`npm run check -- --fix\`; nothing reads it.
`

/**
 * All that the migrations make, schedules and privileges included. Partitions are left out, because
 * which there are depends on the day.
 */
export async function dumpSchema(databaseUrl: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-schema-'))
  try {
    const objects = await exportSchema(databaseUrl, folder)
    for (const name of await listFiles(folder)) {
      const text = await readFile(join(folder, name), 'utf8')
      if (/^create table .* partition of /im.test(text)) continue
      objects.push(`-- ${name.replace(/\.sql$/, '')}\n\n${text.trim()}\n`)
    }
    return [heading, ...objects].join('\n')
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Returns a comment for each kind of object that there is and that the exporter does not know. */
async function exportSchema(databaseUrl: string, folder: string): Promise<string[]> {
  const { ok, output } = await runTool('@supabase/pg-delta/dist/cli/main.js', [
    'schema',
    'export',
    '--source',
    databaseUrl,
    '--out-dir',
    folder,
    '--profile',
    'supabase',
    '--format-options',
    JSON.stringify({ keywordCase: 'lower', maxWidth: 100 }),
  ])
  if (!ok) throw new Error(`The schema could not be exported:\n${output}`)
  const lines = output.split('\n')
  return lines.filter((line) => line.includes('[unmodeled_kind]')).map((line) => `-- ${line}\n`)
}

/** Paths in the folder, in one order on every machine. */
async function listFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  const files = names.filter((name) => name.endsWith('.sql'))
  return files.map((name) => name.replaceAll(sep, '/')).toSorted()
}
