import { requireSame } from '../harness/agree.ts'
import { atMost, type Figure } from '../harness/benchmark.ts'
import type { BenchDatabase, Lab } from '../harness/lab.ts'
import { timeInTurn } from '../harness/rounds.ts'

const rounds = 9
const series = 1000

/** Ten days of which the webhooks are as busy as is worth watching. */
const history = {
  orgs: 50,
  webhooks: series,
  rules: 0,
  days: 10,
  deliveries: 200_000,
  executions: 0,
  requests: 0,
}

/** What it costs to score one new hour of each series, beside reading their last 24. */
export function scoreOneHour(lab: Lab): Promise<Figure> {
  return lab.withHistory(history, async (db) => {
    const ids = await watch(db)
    lab.note(`Scoring ${series.toLocaleString('en')} series hour by hour`)
    let hour = 0
    const { ours: value, peer } = await timeInTurn(
      rounds,
      { ours: () => score(db, ids, hour), peer: () => read(db, ids, hour) },
      async () => void hour++,
    )
    const label = `one new point of ${series.toLocaleString('en')} series, beside reading 24 hours`
    return atMost(3, { label, unit: 'ms', value, peer })
  })
}

/** Watches all webhooks, and scores their history up to twelve hours ago. */
async function watch(db: BenchDatabase): Promise<number[]> {
  await db.sql`
    insert into everwatch_private.watched_series
      (org_id, source, resource_id, metric, started_at, scored_until)
    select org_id, 'delivery', id, 'deliveries', first, first
    from everwatch.webhooks,
      date_bin('1 hour', now() - interval '9 days', 'epoch') as first`
  const rows = await db.sql<{ id: number }[]>`
    select id::integer from everwatch_private.watched_series order by id`
  const ids = rows.map(({ id }) => id)
  await score(db, ids, 0, 9 * 24 - 12)
  await db.sql`vacuum (analyze) everwatch_private.watched_series, everwatch_private.rollups`
  return ids
}

async function score(db: BenchDatabase, ids: number[], hour: number, hours = 1): Promise<void> {
  const [row] = await db.sql<[{ points: number }]>`
    select everwatch_private.score_some_series(${until(db, hour)}, ${ids}::bigint[]) as points`
  requireSame('how many points were scored', row.points, ids.length * hours)
}

async function read(db: BenchDatabase, ids: number[], hour: number): Promise<void> {
  const [row] = await db.sql<[{ points: number }]>`
    select count(value)::integer as points from everwatch_private.series_values(
      ${ids}::bigint[], ${until(db, hour)}, ${until(db, hour - 24)}
    )`
  requireSame('how many points were read', row.points, ids.length * 24)
}

const until = ({ sql }: BenchDatabase, hour: number) =>
  sql`date_bin('1 hour', now(), 'epoch') + ${hour - 12} * interval '1 hour'`
