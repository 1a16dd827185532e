import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withScratchDatabase } from '../check/scratch-database.ts'
import { projectRoot } from '../stack/project.ts'
import { compareCatalogs } from './catalog/compare-catalogs.ts'
import { readCatalog } from './catalog/read-catalog.ts'
import { currentRelease } from './current-release.ts'
import { findChangedReleases, frozenReleases } from './frozen-releases.ts'
import { fullRelease } from './full-release.ts'
import { loadSchemas } from './load-schemas.ts'
import { filesOf, migrationNames, migrations } from './release-files.ts'
import { findOtherVersions } from './versions.ts'

/**
 * Says what keeps the releases from being right: one applied after the other they make the same
 * database as the schema files, and those that are frozen are what they were.
 */
export async function findReleaseProblems(): Promise<string[]> {
  const problems = [
    ...(await findOtherVersions()),
    ...(await findChangedReleases()),
    ...(await findStrayMigrations()),
  ]
  // Of files that are not the ones that were released there is no database to speak of.
  return problems.length > 0 ? problems : findDifferences()
}

/** Files of `supabase/migrations` that belong to no release, and the release's that is not there. */
async function findStrayMigrations(): Promise<string[]> {
  const current = await currentRelease()
  const all = (await frozenReleases()).map((release, index) => filesOf(release, index === 0))
  const wanted = [...all, ...(current.isFrozen ? [] : [current.files])].map(
    ({ full, delta }) => delta ?? full,
  )
  const found = (await migrationNames()).map((name) => `${migrations}/${name}`)
  return [
    ...found
      .filter((path) => !wanted.includes(path))
      .map((path) => `${path} belongs to no release: change the schema files instead`),
    ...wanted
      .filter((path) => !found.includes(path))
      .map((path) => `${path} is not there: npm run release -- ${current.version}`),
  ]
}

async function findDifferences(): Promise<string[]> {
  if (await isMadeOfTheSchemaFiles()) return []
  const wanted = await withScratchDatabase(readCatalog, loadSchemas)
  const found = await withScratchDatabase(readCatalog)
  return compareCatalogs(found, wanted, { found: 'the releases', wanted: 'the schema files' })
}

/** Whether there is one release alone, which has the schema files as they are. */
async function isMadeOfTheSchemaFiles(): Promise<boolean> {
  const { version, files } = await currentRelease()
  if (files.delta !== undefined) return false
  const text = await readFile(join(projectRoot, files.full), 'utf8').catch(() => '')
  return text === (await fullRelease(version))
}
