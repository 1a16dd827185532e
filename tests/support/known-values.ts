import type { TestDatabase } from './database.ts'

/** What the database knows of an org, and words that arguments may take. */
export interface KnownValues {
  orgId: string
  marker: string
  /** The ids of the org's things, by their table. */
  ids: Map<string, string>
  /** What only the org may be told. */
  secrets: string[]
  /** Distinct values of columns, by the column's name, without the org's secrets. */
  words: Map<string, string[]>
  /** Rows of the org as literals, by the relation. */
  rows: Map<string, string[]>
  /** Defaults of arguments, by the argument's name. */
  defaults: Map<string, string>
  /** The names of arguments that are null by default. */
  optional: Set<string>
}

/** Columns of our tables and views, and of the lists that functions return. */
const columns = `
  select format('%I.%I', nspname, relname) as relation, relname::text as table, attname::text as column,
    format_type(coalesce(nullif(typbasetype, 0), t.oid), null) as type
  from pg_attribute
  join pg_type as t on t.oid = atttypid
  join pg_class as c on c.oid = attrelid
  join pg_namespace as n on n.oid = relnamespace
  where nspname in ('everwatch', 'everwatch_private') and not relispartition and attnum > 0
    and not attisdropped and relkind in ('r', 'p', 'v')`

interface Column {
  relation: string
  table: string
  column: string
  type: string
}

const group = <T extends object>(
  rows: T[],
  key: keyof T,
  value: keyof T,
): Map<string, string[]> => {
  const groups = new Map<string, string[]>()
  for (const row of rows) {
    const name = String(row[key])
    groups.set(name, [...(groups.get(name) ?? []), String(row[value])])
  }
  return groups
}

const isNull = ({ value }: { value: string }): boolean => value.startsWith('NULL')

/**
 * @param orgId an org with rows in every table
 * @param marker what stands in the text of its rows
 */
export async function knownValues(
  db: TestDatabase,
  orgId: string,
  marker: string,
): Promise<KnownValues> {
  const all = await db.sql.unsafe<Column[]>(columns)
  const has = (relation: string, column: string, type: string): boolean =>
    all.some((c) => c.relation === relation && c.column === column && c.type === type)
  const ofOrgs = [...new Map(all.map((c) => [c.relation, c])).values()].filter((c) =>
    has(c.relation, 'org_id', 'uuid'),
  )

  const ids = new Map([['orgs', orgId]])
  const rows = new Map<string, string[]>()
  for (const { relation, table } of ofOrgs) {
    const found = await db.sql.unsafe<{ row: string }[]>(
      `select t::text as row from ${relation} as t where org_id = $1 order by 1 limit 20`,
      [orgId],
    )
    rows.set(relation, found.map(({ row }) => row)) // prettier-ignore
    const id = ['uuid', 'bigint'].find((type) => has(relation, 'id', type))
    if (!id || table.startsWith('v_')) continue
    const [first] = await db.sql.unsafe<{ id: string }[]>(
      `select id::text from ${relation} where org_id = $1 order by 1 limit 1`,
      [orgId],
    )
    if (first) ids.set(table, first.id)
  }
  const secrets = [marker, ...ids.values()].filter((secret) => !/^\d+$/.test(secret))

  const values = await db.sql.unsafe<{ name: string; value: string }[]>(
    all
      .filter(({ type, table }) => ['text', 'jsonb'].includes(type) && !table.startsWith('v_'))
      .map(
        ({ relation, column }) => `
        (select '${column}' as name, "${column}"::text as value from ${relation}
        where "${column}"::text !~ $1 group by 2 order by 2 limit 30)`,
      ) // prettier-ignore
      .join(' union '),
    [secrets.join('|')],
  )
  const defaults = await db.sql<{ name: string; value: string }[]>`
    select distinct name, value
    from pg_proc as p
    cross join lateral unnest(proargnames) with ordinality as a (name, n)
    cross join lateral pg_get_function_arg_default(p.oid, n::integer) as d (value)
    where pronamespace in ('everwatch'::regnamespace, 'everwatch_private'::regnamespace)
      and value is not null`
  return {
    orgId,
    marker,
    ids,
    secrets,
    rows,
    words: group(values.toSorted((a, b) => a.value.localeCompare(b.value)), 'name', 'value'), // prettier-ignore
    defaults: new Map(defaults.filter((d) => !isNull(d)).map(({ name, value }) => [name, value])),
    optional: new Set(defaults.filter(isNull).map(({ name }) => name)),
  }
}
