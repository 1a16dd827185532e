import type { TestDatabase } from './database.ts'

/** The tables of raw rows, with the column by whose month they are partitioned. */
export const rawTables = [
  ['api_audit_logs', 'created_at'],
  ['rule_executions', 'executed_at'],
  ['webhook_deliveries', 'sent_at'],
] as const

/** The partitions of a table, without its name: months as `2026_11`, and `default`. */
export async function partitionsOf(db: TestDatabase, table: string): Promise<string[]> {
  const rows = await db.sql<{ name: string }[]>`
    select replace(relname, ${`${table}_`}, '') as name
    from pg_inherits join pg_class as c on c.oid = inhrelid
    where inhparent = ${`everwatch.${table}`}::regclass
    order by name`
  return rows.map(({ name }) => name)
}

/** How many rows are in each partition that has some. */
export async function rowsByPartition(
  db: TestDatabase,
  table: string,
): Promise<Record<string, number>> {
  const rows = await db.sql<{ name: string; rows: number }[]>`
    select replace(c.relname, ${`${table}_`}, '') as name, count(*)::integer as rows
    from ${db.sql(`everwatch.${table}`)} as r join pg_class as c on c.oid = r.tableoid
    group by 1 order by 1`
  return Object.fromEntries(rows.map(({ name, rows: count }) => [name, count]))
}

/** A month as partitions are named, so many after the one of a date. */
export function monthOf(date: Date, later = 0): string {
  const month = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later))
  return month.toISOString().slice(0, 7).replace('-', '_')
}
