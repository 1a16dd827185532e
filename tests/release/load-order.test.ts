import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { compareCatalogs } from '../../scripts/release/catalog/compare-catalogs.ts'
import type { Catalog } from '../../scripts/release/catalog/catalog.ts'
import { readCatalog } from '../../scripts/release/catalog/read-catalog.ts'
import { loadSchemas } from '../../scripts/release/load-schemas.ts'
import { schemaFiles } from '../../scripts/release/schema-files.ts'
import { seededRandom, type Random } from '../../scripts/random.ts'
import { projectRoot } from '../../scripts/stack/project.ts'
import { claimJobs, createDatabase } from '../support/database.ts'
import { platform } from '../support/platform.ts'

/** Fisher and Yates. */
function shuffle<T>(items: T[], random: Random): T[] {
  const shuffled = [...items]
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!]
  }
  return shuffled
}

async function load(groups: string[][]): Promise<Catalog> {
  const { url } = await createDatabase({ migrated: false })
  await loadSchemas(url, groups)
  if (platform === 'debian') await claimJobs(url)
  return readCatalog(url)
}

describe('the schema files', () => {
  let groups: string[][]
  let released: Catalog

  beforeAll(async () => {
    groups = await schemaFiles()
    released = await readCatalog((await createDatabase()).url)
  })

  it('are each named by schema_paths once', async () => {
    const names = await readdir(join(projectRoot, 'supabase/schemas'), { recursive: true })
    const files = names.filter((name) => name.endsWith('.sql')).map((name) => `schemas/${name}`)
    expect(groups.flat().toSorted()).toEqual(files.toSorted())
  })

  const names = { found: 'the shuffled files', wanted: 'the release' }

  it('make the same database when each folder is loaded backwards', async () => {
    const catalog = await load(groups.map((files) => files.toReversed()))
    expect(compareCatalogs(catalog, released, names)).toEqual([])
  })

  it.each([1, 2, 3])(
    'make the same database when each folder is shuffled, seed %i',
    async (seed) => {
      const random = seededRandom(seed)
      const catalog = await load(groups.map((files) => shuffle(files, random)))
      expect(compareCatalogs(catalog, released, names)).toEqual([])
    },
  )
})
