import type { Sql } from 'postgres'
import { requireSame } from './harness/agree.ts'
import { atMost, type Benchmark } from './harness/benchmark.ts'
import { portalHistory } from './harness/fill-database.ts'

const benchmark: Benchmark = {
  summary: 'the bytes of what is made of 90 days of raw rows, beside those of the raw tables',
  rows: { of: 'deliveries', usually: 1_000_000 },
  run: (lab) =>
    lab.withHistory(portalHistory(lab.rows), async ({ sql }) => {
      await sql`select everwatch.refresh_monitoring_views()`
      await requireAllCounted(sql)
      const value = (await countBytes(sql, derived)) / 2 ** 20
      const peer = (await countBytes(sql, raw)) / 2 ** 20
      const label = `rollups of 90 days, ${lab.rows.toLocaleString('en')} deliveries`
      return [atMost(0.1, { label, unit: 'MiB', value, peer })]
    }),
}

export default benchmark

const raw = 'select oid from bench.raw_tables'

/** What is made of raw rows: all that is internal, and what the refresh keeps. */
const derived = `
  select oid from pg_class
  where relkind in ('r', 'm') and oid not in (${raw})
    and (relnamespace = 'everwatch_private'::regnamespace
      or relnamespace = 'everwatch'::regnamespace and relname like 'mv\\_%')`

/** Tables with their indexes and what is stored beside them. */
async function countBytes(sql: Sql, relations: string): Promise<number> {
  const [row] = await sql.unsafe<[{ bytes: number }]>(`
    select sum(pg_total_relation_size(oid))::float8 as bytes from (${relations}) as relation`)
  return row.bytes
}

async function requireAllCounted(sql: Sql): Promise<void> {
  const [counted] = await sql`
    select sum(total_deliveries)::float8 as deliveries from everwatch.mv_webhook_performance`
  const [there] = await sql`select count(*)::float8 as deliveries from everwatch.webhook_deliveries`
  requireSame('the number of deliveries', counted?.['deliveries'], there?.['deliveries'])
}
