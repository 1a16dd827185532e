import { requireSame, requireSameRows } from './harness/agree.ts'
import { atMost, timesLess, type Benchmark, type Figure } from './harness/benchmark.ts'
import { portalHistory } from './harness/fill-database.ts'
import type { BenchDatabase, Lab } from './harness/lab.ts'
import { addPeer } from './harness/peers.ts'
import { timeInTurn } from './harness/rounds.ts'

const rounds = 5
/** Of what takes milliseconds: enough that a pause of the machine is no outcome. */
const manyRounds = 25
const newRows = 10_000

/** The size at which a refresh is to be 50 times faster; a plain view's cost grows with the rows. */
const largest = 10_000_000

const benchmark: Benchmark = {
  summary: 'a refresh with and without new deliveries, beside materialized views',
  rows: { of: 'deliveries, and a half and a tenth of that', usually: largest },
  run: async (lab) => {
    const figures: Figure[] = []
    const own: number[] = []
    for (const rows of [lab.rows / 10, lab.rows / 2, lab.rows].map(Math.round)) {
      const { ours, peer } = await measure(lab, rows)
      const size = `${rows.toLocaleString('en')} deliveries`
      const times = Math.ceil((50 * rows) / largest)
      figures.push(timesLess(times, { label: `refresh, ${size}`, unit: 'ms', value: ours, peer }))
      own.push(ours)
      if (own.length === 1) continue
      const label = `refresh, ${size}, beside a tenth`
      figures.push(atMost(1.3, { label, unit: 'ms', value: ours, peer: own[0] ?? NaN }))
    }
    figures.push(...(await measureManyWebhooks(lab)))
    return figures
  },
}

export default benchmark

/**
 * What a refresh costs that has little to do, beside a concurrent refresh of a materialized view with the
 * same columns and rows. That one reads the same totals, so the difference is how rows are kept.
 */
function measureManyWebhooks(lab: Lab): Promise<Figure[]> {
  const deliveries = Math.round(lab.rows / 10)
  const history = { ...portalHistory(deliveries), webhooks: Math.min(10_000, deliveries) }
  return lab.withHistory(history, async (db) => {
    await addPeer(db.sql, 'kept_webhook_performance')
    const sides = {
      ours: () => refresh(db),
      peer: () => db.sql`refresh materialized view concurrently bench.kept_webhook_performance`,
    }
    const webhooks = history.webhooks.toLocaleString('en')
    lab.note(`Refreshing ${webhooks} webhooks`)
    const quiet = await timeInTurn(manyRounds, sides)
    const busy = await timeInTurn(manyRounds, sides, () => addToFew(db, history.webhooks / 100))
    await refresh(db)
    await sides.peer()
    requireSameRows(
      {
        ours: await rowsOf(db, 'everwatch.mv_webhook_performance'),
        peer: await rowsOf(db, 'bench.kept_webhook_performance'),
      },
      'webhook_id',
    )
    return [
      timesLess(20, figure(`refresh with nothing new, ${webhooks} webhooks`, quiet)),
      timesLess(5, figure(`refresh, 1% of ${webhooks} webhooks new`, busy)),
    ]
  })
}

const figure = (label: string, { ours, peer }: { ours: number; peer: number }) => ({
  label,
  unit: 'ms',
  value: ours,
  peer,
})

/** One delivery to each of some webhooks, in one batch. */
async function addToFew({ sql }: BenchDatabase, count: number): Promise<void> {
  await sql`
    insert into everwatch.webhook_deliveries (org_id, webhook_id, status, duration_ms)
    select org_id, id, 'sent', 20 + rank % 300
    from (select * from bench.webhooks order by random() limit ${count}) as few`
}

function measure(lab: Lab, rows: number): Promise<{ ours: number; peer: number }> {
  return lab.withHistory(portalHistory(rows), async (db) => {
    await addPeer(db.sql, 'webhook_performance')
    await addPeer(db.sql, 'rule_performance')
    lab.note(`Refreshing after ${newRows.toLocaleString('en')} new of ${rows.toLocaleString('en')}`)
    const times = await timeInTurn(
      rounds,
      { ours: () => refresh(db), peer: () => refreshPeers(db) },
      () => addDeliveries(db),
    )
    await requireSameViews(db)
    return times
  })
}

/** As they come in: batches of 1,000, and the newest five minutes old. */
async function addDeliveries({ sql }: BenchDatabase): Promise<void> {
  for (let first = 1; first <= newRows; first += 1000) {
    await sql`
      select bench.add_deliveries(${first}, ${first + 999}, ${newRows}, ${5 / 1440}, now())`
  }
}

async function refresh({ sql }: BenchDatabase): Promise<void> {
  const [row] = await sql`select everwatch.refresh_monitoring_views() ->> 'status' as status`
  requireSame('the status of a refresh', row?.['status'], 'refreshed')
}

async function refreshPeers({ sql }: BenchDatabase): Promise<void> {
  await sql`refresh materialized view concurrently bench.webhook_performance`
  await sql`refresh materialized view concurrently bench.rule_performance`
}

/** Both sides, as of one moment: `now()` is the same in all of a transaction. */
async function requireSameViews(db: BenchDatabase): Promise<void> {
  const { sql } = db
  await addDeliveries(db)
  await sql`begin`
  await refresh(db)
  await refreshPeers(db)
  await sql`commit`
  requireSameRows(
    {
      ours: await rowsOf(db, 'everwatch.mv_webhook_performance'),
      peer: await rowsOf(db, 'bench.webhook_performance'),
    },
    'webhook_id',
    'p95_duration_ms',
  )
  requireSameRows(
    {
      ours: await rowsOf(db, 'everwatch.mv_rule_performance'),
      peer: await rowsOf(db, 'bench.rule_performance'),
    },
    'rule_id',
  )
}

async function rowsOf({ sql }: BenchDatabase, name: string): Promise<Record<string, unknown>[]> {
  const rows = await sql<{ row: Record<string, unknown> }[]>`
    select to_jsonb(v) as row from ${sql(name)} as v`
  return rows.map(({ row }) => row)
}
