import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { compareCatalogs } from '../../scripts/release/catalog/compare-catalogs.ts'
import type { Catalog } from '../../scripts/release/catalog/catalog.ts'
import { readCatalog } from '../../scripts/release/catalog/read-catalog.ts'
import { frozenReleases } from '../../scripts/release/frozen-releases.ts'
import { loadSchemas, runSql } from '../../scripts/release/load-schemas.ts'
import { filesOf, migrationNames, migrations } from '../../scripts/release/release-files.ts'
import { projectRoot } from '../../scripts/stack/project.ts'
import { claimJobs, createDatabase, type TestDatabase } from '../support/database.ts'
import { addOneOfEach, createOrg, createWebhook, delivery, track } from '../support/fixtures.ts'
import { createFullOrg, type FullOrg } from '../support/full-org.ts'
import { findChangedNumbers, readNumbers } from '../support/numbers.ts'
import { platform } from '../support/platform.ts'
import { differences } from '../support/truth.ts'
import { delta, seededTables, takeBack } from './made-up-release.ts'

interface Upgrade {
  from: string
  /** Makes the earlier release in a new project. */
  install(url: string): Promise<void>
  /** The statements of each release that came since. */
  deltas: string[]
  /** The tables of which an upgrade changes rows that are there. */
  seededTables: string[]
}

const madeUp: Upgrade = {
  from: 'a made-up release',
  install: async (url) => {
    await loadSchemas(url)
    await runSql(url, takeBack)
  },
  deltas: [delta],
  seededTables,
}

/** Rows that a release changes, because that is what it is for: by its version, with the reason. */
const seededBy: Record<string, string[]> = {}

const read = (path: string): Promise<string> => readFile(join(projectRoot, path), 'utf8')

/** Each release that somebody may have, from its own files; the newest upgrades by nothing. */
async function frozenUpgrades(): Promise<Upgrade[]> {
  const frozen = await frozenReleases()
  const names = await migrationNames()
  return Promise.all(
    frozen.map(async (release, index) => {
      const later = names.filter(
        (name) => name > `${release.stamp}_everwatch_${release.version}.sql`,
      )
      return {
        from: release.version,
        install: async (url) => runSql(url, await read(filesOf(release, index === 0).full)),
        deltas: await Promise.all(later.map((name) => read(`${migrations}/${name}`))),
        seededTables: frozen.slice(index + 1).flatMap(({ version }) => seededBy[version] ?? []),
      }
    }),
  )
}

let fresh: Catalog

beforeAll(async () => {
  fresh = await readCatalog((await createDatabase()).url)
})

/** Of a database that is used all is compared but what people put in: rows, and secrets of channels. */
const withoutRows = (catalog: Catalog): Catalog =>
  new Map([...catalog].filter(([object]) => !/^(row of|secret) /.test(object)))

const names = { found: 'the upgraded one', wanted: 'a fresh install' }

describe.each([madeUp, ...(await frozenUpgrades())])('upgraded from $from', (upgrade) => {
  it('a database without data is as a fresh install, the rows of its seed too', async () => {
    const { url } = await createDatabase({ migrated: false })
    await upgrade.install(url)
    for (const text of upgrade.deltas) await runSql(url, text)
    if (platform === 'debian') await claimJobs(url)
    expect(compareCatalogs(await readCatalog(url), fresh, names)).toEqual([])
  })

  describe('a database with data', () => {
    let db: TestDatabase
    let org: FullOrg
    let changed: string[]

    beforeAll(async () => {
      db = await createDatabase({ migrated: false })
      await upgrade.install(db.url)
      org = await createFullOrg(db, 'before')
      await createFullOrg(db, 'neighbour')
      // In one transaction it is the same moment before and after.
      await db.sql.begin(async (sql) => {
        const before = await readNumbers(sql, org.orgId, org.ownerId)
        for (const text of upgrade.deltas) await sql.unsafe(text)
        const after = await readNumbers(sql, org.orgId, org.ownerId)
        for (const table of upgrade.seededTables) before.delete(table)
        changed = findChangedNumbers(before, after)
      })
      if (platform === 'debian') await claimJobs(db.url)
    })

    it('has everything that a fresh install has', async () => {
      const catalog = withoutRows(await readCatalog(db.url))
      expect(compareCatalogs(catalog, withoutRows(fresh), names)).toEqual([])
    })

    it('tells the same numbers as before', () => {
      expect(changed).toEqual([])
    })

    it('counts what comes in from then on, as what was there', async () => {
      const orgId = await createOrg(db)
      await addOneOfEach(db, orgId)
      const webhookId = await createWebhook(db, orgId)
      await track(db, delivery(webhookId), delivery(webhookId, { status: 'failed' }))
      await db.sql`select everwatch.refresh_monitoring_views()`
      const [{ at }] = await db.sql<[{ at: Date }]>`select at from everwatch_private.rollup_state`
      for (const id of [orgId, org.orgId]) expect(await differences(db.sql, id, at)).toEqual([])
    })
  })
})

describe('comparing numbers', () => {
  const before = new Map([['orders', [{ id: 1, total: 5 }]]])

  it.each([
    ['a row that is another', [{ id: 1, total: 6 }]],
    ['a row that is gone', []],
    [
      'a row more',
      [
        { id: 1, total: 5 },
        { id: 2, total: 5 },
      ],
    ],
    ['a column that is gone', [{ id: 1 }]],
  ])('finds %s', (_what, rows) => {
    expect(findChangedNumbers(before, new Map([['orders', rows]]))).toHaveLength(1)
  })

  it('finds a table that is gone, and does not mind a column more', () => {
    expect(findChangedNumbers(before, new Map())).toEqual(['orders is gone'])
    const more = new Map([['orders', [{ id: 1, total: 5, tax: 1 }]]])
    expect(findChangedNumbers(before, more)).toEqual([])
  })
})
