import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import type { PrivilegeRegime } from '../../scripts/stack/bootstrap.ts'
import { supabase } from '../../scripts/stack/supabase-cli.ts'
import { createDatabase, type TestDatabase } from './database.ts'

const run = promisify(execFile)

/** Where the second platform has `pg_dump` and `psql`. */
const programs = { ...process.env, PATH: `/usr/lib/postgresql/15/bin:${process.env['PATH']}` }
const maxBuffer = 256 * 1024 * 1024

/** What `supabase db dump` writes: the schema, and with `--data-only` the rows. */
export interface Dump {
  schema: string
  data: string
}

/**
 * Dumps a project with the script that the Supabase CLI prints and would else run in a container.
 * Without `data` it is what people have who keep the schema alone.
 */
export async function dumpProject(db: TestDatabase): Promise<Dump> {
  const url = `${db.urlAs('postgres')}?sslmode=disable`
  const dump = async (...flags: string[]): Promise<string> => {
    const script = await supabase(['db', 'dump', '--dry-run', '--db-url', url, ...flags])
    const { stdout } = await run('bash', ['-c', script.stdout], { env: programs, maxBuffer })
    return stdout
  }
  return { schema: await dump(), data: await dump('--data-only') }
}

/** Restores a dump into a new project, as Supabase's guide says: by psql, as `postgres`, all or nothing. */
export async function restoreProject(
  dump: Partial<Dump>,
  regime: PrivilegeRegime,
): Promise<TestDatabase> {
  const db = await createDatabase({ migrated: false, regime })
  await allowReplicationRole(db)
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-dump-'))
  try {
    const files: string[] = []
    for (const [name, text] of Object.entries(dump)) {
      const file = join(folder, `${name}.sql`)
      await writeFile(file, text)
      files.push('--file', file)
    }
    const options = ['--single-transaction', '--set', 'ON_ERROR_STOP=1', '--quiet', '--no-psqlrc']
    await run('psql', [...options, ...files, db.urlAs('postgres')], { env: programs, maxBuffer })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return db
}

/** Hosted projects let `postgres` switch triggers off for a restore. */
async function allowReplicationRole(db: TestDatabase): Promise<void> {
  const superuser = postgres(db.url, { max: 1, onnotice: () => {} })
  await superuser`grant set on parameter session_replication_role to postgres`
  await superuser.end()
}
