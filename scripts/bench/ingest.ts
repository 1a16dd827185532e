import { pipeline } from 'node:stream/promises'
import type { Sql } from 'postgres'
import { startApi } from '../stack/api.ts'
import { makeKeys } from '../stack/keys.ts'
import { requireSame } from './harness/agree.ts'
import { atLeast, type Benchmark } from './harness/benchmark.ts'
import {
  makeDelivery,
  readWebhooks,
  stored,
  toEvent,
  type Delivery,
  type Side,
  type Webhook,
} from './harness/deliveries.ts'
import { portalHistory } from './harness/fill-database.ts'
import type { BenchDatabase } from './harness/lab.ts'
import { load } from './harness/load.ts'
import { inTurn, median } from './harness/rounds.ts'

const keys = makeKeys()
const rounds = 5
const batch = 1000

/** Batches in each round, and by each of the two. */
const batches = 10

const benchmark: Benchmark = {
  summary: 'batches of 1,000 deliveries, through SQL and through `track`, beside COPY',
  rows: { of: 'deliveries that are there before', usually: 1_000_000 },
  run: (lab) =>
    lab.withHistory(portalHistory(lab.rows), async (db) => {
      const webhooks = await readWebhooks(db.sql)
      const sql = db.connect({ role: 'service_role' })
      const api = await startApi(db.url, keys, { dataApi: 'postgrest' })
      try {
        const post = (rows: Delivery[]) => postEvents(api.functionsUrl, rows)
        lab.note('Storing batches through SQL, and by COPY')
        const direct = await measure(
          db,
          webhooks,
          (rows) => track(sql, rows),
          (rows) => copy(sql, rows),
        )
        lab.note('Storing batches through the function, and through SQL')
        const remote = await measure(db, webhooks, post, (rows) => track(sql, rows))
        return [
          atLeast(0.4, { label: 'through SQL, beside COPY', unit: 'rows/s', ...direct }),
          atLeast(0.5, { label: 'through the function, beside SQL', unit: 'rows/s', ...remote }),
        ]
      } finally {
        await api.stop()
      }
    }),
}

export default benchmark

type Store = (rows: Delivery[]) => Promise<unknown>

/** Rows a second of two ways, which must have stored the same. */
async function measure(
  { sql }: BenchDatabase,
  webhooks: Webhook[],
  ours: Store,
  peer: Store,
): Promise<{ value: number; peer: number }> {
  const run = (side: Side, store: Store) => async () => {
    const { rate } = await load({ workers: 1, count: batches }, (number) =>
      store(
        Array.from({ length: batch }, (_, index) =>
          makeDelivery(webhooks, number * batch + index, side),
        ),
      ),
    )
    return rate * batch
  }
  const rates = await inTurn(rounds, { ours: run('ours', ours), peer: run('peer', peer) })
  requireSame('what is stored', await stored(sql, 'ours'), await stored(sql, 'peer'))
  return { value: median(rates.ours), peer: median(rates.peer) }
}

function track(sql: Sql, rows: Delivery[]): Promise<unknown> {
  return sql`select everwatch.track_events(${sql.json(rows.map(toEvent))})`
}

async function copy(sql: Sql, rows: Delivery[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const text = rows.map((row) => `${Object.values(row).join('\t')}\n`).join('')
  const target =
    await sql`copy everwatch.webhook_deliveries (${sql(columns)}) from stdin`.writable()
  await pipeline([text], target)
}

async function postEvents(functionsUrl: string, rows: Delivery[]): Promise<void> {
  const response = await fetch(`${functionsUrl}/track`, {
    method: 'POST',
    headers: { apikey: keys.secretKey, 'content-type': 'application/json' },
    body: JSON.stringify({ events: rows.map(toEvent) }),
  })
  requireSame('what track answers', await response.json(), { accepted: rows.length, rejected: [] })
}
