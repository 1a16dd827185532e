import type { Sql } from 'postgres'
import type { Thing } from './catalog.ts'

/** What installing itself leaves behind: rows of these tables say nothing about what was installed. */
const logs = new Set(['everwatch.versions', 'everwatch_private.refresh_runs'])

/**
 * The rows that are in our tables, each called by its key; right after install these are the seed. Keys
 * that are made then are the same in all rows: those are numbered.
 */
export async function readSeedRows(sql: Sql, schemas: string[]): Promise<Thing[]> {
  const tables = await sql<{ name: string; key: string[] }[]>`
    select c.oid::regclass::text as name, array(
      select attname::text from pg_attribute
      where attrelid = c.oid and attnum = any (i.indkey)
      order by attnum
    ) as key
    from pg_class as c
    left join pg_index as i on i.indrelid = c.oid and i.indisprimary
    where c.relnamespace::regnamespace::text = any (${schemas})
      and c.relkind in ('r', 'p') and not c.relispartition
    order by 1`
  const things: Thing[] = []
  for (const { name, key } of tables.filter((table) => !logs.has(table.name))) {
    const rows = await sql.unsafe<{ row: Record<string, unknown> }[]>(
      `select to_jsonb(t) as row from ${name} as t`,
    )
    const times = new Map<string, number>()
    for (const row of rows.map((found) => withoutWhatIsMadeThen(found.row)).toSorted(byContent)) {
      const called = key.map((column) => `${column} ${JSON.stringify(row[column])}`).join(', ')
      const object = `row of ${name} with ${called || JSON.stringify(row)}`
      const count = (times.get(object) ?? 0) + 1
      times.set(object, count)
      things.push({ ...row, object: count === 1 ? object : `${object}, number ${count}` })
    }
  }
  return things
}

const byContent = (one: object, other: object): number =>
  JSON.stringify(one) < JSON.stringify(other) ? -1 : 1

const time = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^"]*"/g
const uuid = /"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"/g

/** A moment and a uuid are others with each install; infinity and a date are not. */
function withoutWhatIsMadeThen(row: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(row).replaceAll(time, '"a moment"').replaceAll(uuid, '"a uuid"')
  return JSON.parse(text) as Record<string, unknown>
}
