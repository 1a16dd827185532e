import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { projectRoot } from './project.ts'
import { readText, stateFiles } from './state.ts'

const stampSchema = z.object({
  postgresMajor: z.number(),
  files: z.record(z.string(), z.string()),
})

/** What a data folder was made with: the server's major version and a checksum of each SQL file. */
export type Stamp = z.infer<typeof stampSchema>

/** The stamp that this version of the project would leave. */
export async function currentStamp(postgresMajor: number): Promise<Stamp> {
  const files: Stamp['files'] = {}
  for (const path of await sqlFiles()) {
    const text = await readFile(join(projectRoot, path))
    files[path] = createHash('sha256').update(text).digest('hex')
  }
  return { postgresMajor, files }
}

async function sqlFiles(): Promise<string[]> {
  const paths = ['scripts/stack/bootstrap.sql']
  for (const folder of ['supabase/migrations', 'scripts/stack/extensions']) {
    const names = await readdir(join(projectRoot, folder), { recursive: true })
    paths.push(...names.filter((name) => name.endsWith('.sql')).map((name) => `${folder}/${name}`))
  }
  return paths.toSorted()
}

/** The stamp of the data folder, or undefined when it was never finished. */
export async function readStamp(): Promise<Stamp | undefined> {
  const text = await readText(stateFiles.stamp)
  return text === undefined ? undefined : stampSchema.parse(JSON.parse(text))
}

export async function writeStamp(stamp: Stamp): Promise<void> {
  await writeFile(stateFiles.stamp, JSON.stringify(stamp, null, 2), { mode: 0o600 })
}

/**
 * Says what, if anything, keeps this version from using a data folder made with `old`. Migrations
 * that were added are no obstacle; ones that were edited in place are, and so is another major
 * version of Postgres.
 */
export function findObstacle(old: Stamp, now: Stamp): string | undefined {
  if (old.postgresMajor !== now.postgresMajor) {
    return `it was made by Postgres ${old.postgresMajor}, this is ${now.postgresMajor}`
  }
  const changed = Object.entries(old.files).find(([path, sum]) => now.files[path] !== sum)
  return changed && `${changed[0]} has changed since it was made`
}
