type Value = string | number | boolean | null | string[]

/** A file of SQL that adds rows to a table; each row has the columns of the first. */
export function insertRows(table: string, rows: Record<string, Value>[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const tuples = rows.map((row) => `(${columns.map((name) => literal(row[name])).join(', ')})`)
  return `-- Made of supabase/functions/_shared/catalog by \`npm run check -- --fix generated\`.
insert into ${table} (${columns.join(', ')}) values ${tuples.join(', ')};
`
}

function literal(value: Value | undefined): string {
  if (value === undefined || value === null) return 'null'
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (!Array.isArray(value)) return String(value)
  return value.length > 0 ? `array[${value.map(literal).join(', ')}]` : "'{}'"
}
