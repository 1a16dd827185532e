import type { Sql } from 'postgres'
import { requireSame } from './harness/agree.ts'
import { atLeast, atMost, type Benchmark, type Figure } from './harness/benchmark.ts'
import {
  makeDelivery,
  readWebhooks,
  stored,
  toEvent,
  type Delivery,
  type Health,
  type Side,
  type Webhook,
} from './harness/deliveries.ts'
import { portalHistory } from './harness/fill-database.ts'
import type { BenchDatabase, Lab } from './harness/lab.ts'
import { load } from './harness/load.ts'
import { inTurn, mean, median } from './harness/rounds.ts'

const rounds = 7

/** Deliveries in each round, and by each of the two. */
const count = 1000

const benchmark: Benchmark = {
  summary: 'tracking one delivery, beside a bare insert of the same row into the same table',
  rows: { of: 'deliveries that are there before', usually: 1_000_000 },
  run: (lab) =>
    lab.withHistory(portalHistory(lab.rows), async (db) => {
      const webhooks = await readWebhooks(db.sql)
      const figures: Figure[] = []
      for (const connections of [1, 16]) {
        for (const health of ['healthy', 'failing'] as const) {
          const spread = await measure(lab, db, webhooks, connections, health)
          const hot = await measure(lab, db, webhooks.slice(0, 1), connections, health)
          figures.push(...describe(connections, health, spread, hot))
        }
      }
      return figures
    }),
}

export default benchmark

interface Measured {
  /** Milliseconds of one delivery. */
  ours: number
  peer: number
  /** Deliveries tracked a second. */
  rate: number
}

function describe(connections: number, health: Health, spread: Measured, hot: Measured): Figure[] {
  const by = [
    connections === 1 ? '1 connection' : `${connections} connections`,
    health === 'healthy' ? 'none fails' : '2% fail',
  ].join(', ')
  const cost = (label: string, { ours, peer }: Measured): Figure =>
    atMost(1.5, { label: `${label}, ${by}`, unit: 'ms', value: ours, peer })
  return [
    cost('one delivery, spread', spread),
    cost('one delivery, one webhook', hot),
    atLeast(0.8, {
      label: `one webhook beside spread, ${by}`,
      unit: '/s',
      value: hot.rate,
      peer: spread.rate,
    }),
  ]
}

async function measure(
  lab: Lab,
  db: BenchDatabase,
  webhooks: Webhook[],
  connections: number,
  health: Health,
): Promise<Measured> {
  const over = webhooks.length === 1 ? 'one webhook' : `${webhooks.length} webhooks`
  lab.note(`Tracking over ${over} by ${connections} connections, ${health}`)
  const sql = db.connect({ role: 'service_role', connections })
  const run = (side: Side, store: typeof track) => () =>
    load({ workers: connections, count }, (number) =>
      store(sql, makeDelivery(webhooks, number, side, health)),
    )
  const { ours, peer } = await inTurn(
    rounds,
    { ours: run('ours', track), peer: run('peer', insert) },
    // As the schedule does each minute: whoever tracks looks whether it still does.
    () => db.sql`select everwatch_private.evaluate_alerts()`,
  )
  requireSame('what is stored', await stored(db.sql, 'ours'), await stored(db.sql, 'peer'))
  return {
    ours: median(ours.map(({ times }) => mean(times))),
    peer: median(peer.map(({ times }) => mean(times))),
    rate: median(ours.map(({ rate }) => rate)),
  }
}

function track(sql: Sql, delivery: Delivery): Promise<unknown> {
  return sql`select everwatch.track_events(${sql.json([toEvent(delivery)])})`
}

function insert(sql: Sql, delivery: Delivery): Promise<unknown> {
  return sql`insert into everwatch.webhook_deliveries ${sql({ ...delivery })}`
}
