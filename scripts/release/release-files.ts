import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { projectRoot } from '../stack/project.ts'

/** What `supabase db push` applies: the first release, and from then on what changed. */
export const migrations = 'supabase/migrations'

/** Whole databases of later releases, for those who begin with one. */
const fullReleases = 'packages/everwatch/releases'

/** The files of a release, as paths in the project. */
export interface ReleaseFiles {
  /** Makes the whole database. */
  full: string
  /** Makes it of the release before; the first has none before. */
  delta?: string
}

export interface Release {
  version: string
  /** Its place in the order of migrations, as their file names have it: `20261201000000`. */
  stamp: string
  files: ReleaseFiles
}

/**
 * Where the files of a release lie. Both have one name, so that to a project that began with the full
 * file the next delta is the next migration, as it is to all others.
 */
export function filesOf(
  { version, stamp }: Omit<Release, 'files'>,
  isFirst: boolean,
): ReleaseFiles {
  const name = `${stamp}_everwatch_${version}.sql`
  if (isFirst) return { full: `${migrations}/${name}` }
  return { full: `${fullReleases}/${name}`, delta: `${migrations}/${name}` }
}

/** The stamp that a release's files have already, if there are any. */
export async function findStamp(version: string): Promise<string | undefined> {
  const name = (await migrationNames()).find((other) => other.endsWith(`_everwatch_${version}.sql`))
  return name?.slice(0, name.indexOf('_'))
}

/** The names of the files in `supabase/migrations`, in the order in which they are applied. */
export async function migrationNames(): Promise<string[]> {
  const names = await readdir(join(projectRoot, migrations))
  return names.filter((name) => name.endsWith('.sql')).toSorted()
}
