import { requireSame, requireSameRows } from './harness/agree.ts'
import { atMost, timesLess, type Benchmark, type Figure } from './harness/benchmark.ts'
import { portalHistory } from './harness/history.ts'
import type { BenchDatabase, Lab } from './harness/lab.ts'
import { addPeer } from './harness/peers.ts'
import { timeInTurn } from './harness/rounds.ts'

const rounds = 5
const newRows = 10_000

/** The size at which a refresh is to be 50 times faster; a plain view's cost grows with the rows. */
const largest = 10_000_000

const benchmark: Benchmark = {
  summary: 'a refresh after 10,000 new deliveries, beside plain materialized views',
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
    return figures
  },
}

export default benchmark

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
  const rowsOf = async (view: string): Promise<Record<string, unknown>[]> =>
    (await sql`select to_jsonb(v) as row from ${sql(view)} as v`).map(({ row }) => row)
  requireSameRows(
    {
      ours: await rowsOf('everwatch.mv_webhook_performance'),
      peer: await rowsOf('bench.webhook_performance'),
    },
    'webhook_id',
    'p95_duration_ms',
  )
  requireSameRows(
    {
      ours: await rowsOf('everwatch.mv_rule_performance'),
      peer: await rowsOf('bench.rule_performance'),
    },
    'rule_id',
  )
}
