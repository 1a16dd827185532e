import { beforeAll, describe, expect, it } from 'vitest'
import { retentions } from '../../supabase/functions/_shared/catalog/retentions.ts'
import { series, type SeriesKind } from '../../supabase/functions/_shared/catalog/series.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

describe('the database', () => {
  it('has the series of the catalog, and no others', async () => {
    const rows =
      await db.sql`select name, subject, measure, unit, anomaly from everwatch_private.series`
    const listed = (series as readonly SeriesKind[]).map((each) => ({
      name: each.name,
      subject: each.subject,
      measure: each.measure,
      unit: each.unit,
      anomaly: each.anomaly ?? null,
    }))
    expect(byKey(rows)).toEqual(byKey(listed))
  })

  it('has the retentions of the catalog, of which the owner has set none yet', async () => {
    const rows = await db.sql`
      select kind, usual = listed.length as is_usual, kept_for
      from everwatch_private.retentions
      join unnest(${retentions.map(({ kind }) => kind)}::text[], ${retentions.map(({ usual }) => usual)}::interval[])
        as listed (name, length) on name = kind`
    const [all] = await db.sql`select count(*)::integer as count from everwatch_private.retentions`
    expect(all!['count']).toBe(retentions.length)
    expect(byKey(rows)).toEqual(
      byKey(retentions.map(({ kind }) => ({ kind, is_usual: true, kept_for: null }))),
    )
  })

  it('begins with the usual settings', async () => {
    const settings = retentions.filter(({ setting }) => setting !== undefined)
    for (const { setting, usual } of settings) {
      const [row] = await db.sql`
        select ${db.sql(setting!)} = ${usual}::interval as is_usual from everwatch_private.rollup_settings`
      expect({ setting, ...row }).toEqual({ setting, is_usual: true })
    }
  })
})

function byKey(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted()
}
