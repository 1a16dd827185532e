import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../scripts/stack/project.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
let document: string
beforeAll(async () => {
  db = await createDatabase()
  document = await readFile(join(projectRoot, 'docs/alerts.md'), 'utf8')
})

/** The rows of the document's tables whose first cell is a name, by that name. */
function documented(): Map<string, string[]> {
  const rows = document.matchAll(/^\| `(\w+)` +\|(.*)\|$/gm)
  return new Map(
    Array.from(rows, ([, name = '', cells = '']) => [
      name,
      cells.split('|').map((cell) => cell.trim()),
    ]),
  )
}

describe('docs/alerts.md', () => {
  it('tells the thresholds, samples and times that are the defaults', async () => {
    const policies = await db.sql<{ type: string; cells: string[] }[]>`
      select type, array[
        coalesce(warning::text, ''), coalesce(critical::text, ''),
        coalesce(nullif(minimum_sample, 0)::text, ''),
        case when keep_firing_for > interval '0'
          then (extract(epoch from keep_firing_for) / 60)::integer || ' minutes' else '' end
      ] as cells
      from everwatch_private.alert_policies`
    for (const { type, cells } of policies) {
      const [warning, critical, , , sample = '', kept = ''] = documented().get(type) ?? []
      expect({ type, told: [warning, critical, sample.replace(/ \w+$/, ''), kept] }).toEqual({
        type,
        told: cells,
      })
    }
  })

  it.each([
    ['a policy', 'everwatch_private.alert_policy_overrides', ['org_id', 'type']],
    [
      'a channel',
      'everwatch.v_notification_channels',
      ['id', 'org_id', 'kind', 'name', 'target', 'created_at'],
    ],
    ['the operator', 'everwatch_private.settings', ['singleton', 'aliases', 'installed_at']],
  ])('explains every setting of %s', async (_whose, relation, others) => {
    const settings = await db.sql<{ name: string }[]>`
      select attname as name from pg_attribute
      where attrelid = ${relation}::regclass and attnum > 0 and not attname = any (${others})`
    const missing = settings.filter(({ name }) => !document.includes(`\`${name}\``))
    expect(missing).toEqual([])
  })
})
