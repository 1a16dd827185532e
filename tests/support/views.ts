import type { TestDatabase } from './database.ts'

/** Brings mv_webhook_performance and mv_rule_performance up to date. */
export async function refresh(db: TestDatabase): Promise<void> {
  await db.sql`select everwatch.refresh_monitoring_views()`
}

/** Has each refresh fail that writes a rule's row: it breaks a rule of that table. */
export async function breakRefresh(db: TestDatabase): Promise<void> {
  await db.sql`
    alter table everwatch.mv_rule_performance add constraint broken check (false) not valid`
}

export async function mendRefresh(db: TestDatabase): Promise<void> {
  await db.sql`alter table everwatch.mv_rule_performance drop constraint broken`
}

/** The rows of a view for an org, as the secret key's holder reads them, numbers as numbers. */
export async function readView(
  db: TestDatabase,
  view: string,
  orgId: string,
): Promise<Record<string, unknown>[]> {
  return db.asService(async (sql) => {
    const rows = await sql<{ row: Record<string, unknown> }[]>`
      select to_jsonb(v) as row from ${sql(view)} as v where v.org_id = ${orgId}`
    return rows.map(({ row }) => row)
  })
}

/** The names of a view's columns, in their order. */
export async function columnsOf(db: TestDatabase, view: string): Promise<string[]> {
  const rows = await db.sql<{ name: string }[]>`
    select attname as name from pg_attribute
    where attrelid = ${view}::text::regclass and attnum > 0 order by attnum`
  return rows.map(({ name }) => name)
}
