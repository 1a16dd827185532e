import type { TestDatabase } from './database.ts'

export interface Cost {
  resource_type: 'org' | 'webhook' | 'rule' | 'route'
  resource_id: string
  resource_name: string
  raw_rows: number | null
  bytes_at_rest: number | null
  events: number
  function_calls: number | null
  function_ms: number
  bytes_out: number | null
  disk_cost: number | null
  function_cost: number | null
  egress_cost: number | null
  currency: string | null
}

/** Refreshes the rollups and measures what everyone uses, as the schedules do. */
export async function measure(db: TestDatabase, at = new Date()): Promise<void> {
  await db.sql`select everwatch.refresh_monitoring_views()`
  await db.sql`select everwatch_private.measure_costs(${at})`
}

/** What an org's resources used and cost, by default in the last 30 days, as the secret key reads it. */
export async function costsOf(
  db: TestDatabase,
  orgId: string,
  { since = '30 days', until = '0' }: { since?: string; until?: string } = {},
): Promise<Cost[]> {
  const [{ costs }] = await db.asService(
    (sql) => sql<[{ costs: Cost[] }]>`
      select coalesce(jsonb_agg(c order by c.resource_type, c.resource_name), '[]') as costs
      from everwatch_private.org_costs(
        ${orgId}, now() - ${since}::text::interval, now() - ${until}::text::interval
      ) as c`,
  )
  return costs
}

/** Of one resource. */
export async function costOf(db: TestDatabase, orgId: string, resourceId: string): Promise<Cost> {
  const found = (await costsOf(db, orgId)).find(({ resource_id }) => resource_id === resourceId)
  if (!found) throw new Error(`${resourceId} costs nothing.`)
  return found
}

/** All bytes of the project's tables, of which the database has no others in the test. */
export async function bytesOfTables(db: TestDatabase): Promise<number> {
  const [{ bytes }] = await db.sql<[{ bytes: string }]>`
    select sum(pg_total_relation_size(oid)) as bytes from pg_class
    where relnamespace in ('everwatch'::regnamespace, 'everwatch_private'::regnamespace)
      and relkind in ('r', 'm', 'p')`
  return Number(bytes)
}
