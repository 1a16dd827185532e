import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sql } from 'postgres'
import { startApi } from '../stack/api.ts'
import { makeKeys } from '../stack/keys.ts'
import { writeSettings } from '../stack/settings.ts'
import { startWorker } from '../stack/worker/index.ts'
import type { Benchmark, Figure } from './harness/benchmark.ts'
import { portalHistory } from './harness/fill-database.ts'
import type { BenchDatabase, Lab } from './harness/lab.ts'
import { inTurn, median, quantile } from './harness/rounds.ts'

const trials = 100

/** From the commit of the tenth failure to the receiver, in milliseconds. */
const goalMs = 2000

const benchmark: Benchmark = {
  summary: 'from the tenth failure to the receiver, beside a bare request by pg_net to the same',
  rows: { of: 'deliveries that are there before', usually: 100_000 },
  run: (lab) =>
    lab.withHistory(portalHistory(lab.rows), async (db) => {
      const keys = makeKeys()
      const api = await startApi(db.url, keys)
      const worker = await startWorker({ url: db.url })
      const receiver = await startReceiver()
      try {
        await writeSettings(db.url, api.functionsUrl)
        return [
          ...(await measure(lab, db, receiver, { label: 'a message about each event', wait: 0 })),
          ...(await measure(lab, db, receiver, { label: 'as channels are made', wait: 1 })),
        ]
      } finally {
        receiver.server.close()
        await worker.stop()
        await api.stop()
      }
    }),
}

export default benchmark

interface Receiver {
  url: string
  server: Server
  /** Settles with the time at which a request for this path has come whole. */
  arrival(path: string): Promise<number>
}

async function startReceiver(): Promise<Receiver> {
  const waiting = new Map<string, (at: number) => void>()
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      waiting.get(request.url ?? '')?.(performance.now())
      response.end('ok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    arrival: (path) => new Promise((resolve) => waiting.set(path, resolve)),
  }
}

async function measure(
  lab: Lab,
  { sql }: BenchDatabase,
  receiver: Receiver,
  { label, wait }: { label: string; wait: number },
): Promise<Figure[]> {
  lab.note(`${trials} alerts: ${label}`)
  const sends: number[] = []
  let number = 0
  const { ours, peer } = await inTurn(trials, {
    ours: async () => {
      const path = `/${wait}/${(number += 1)}`
      const orgId = await makeOrg(sql, receiver.url + path, wait)
      const webhookId = await failNineTimes(sql, orgId)
      const arrival = receiver.arrival(path)
      await fail(sql, webhookId, 1)
      const committed = performance.now()
      const took = (await arrival) - committed
      sends.push(await sendDuration(sql, orgId))
      return took
    },
    peer: async () => {
      const path = `/peer/${wait}/${(number += 1)}`
      const arrival = receiver.arrival(path)
      await sql`select net.http_post(${receiver.url + path}, '{}')`
      const committed = performance.now()
      return (await arrival) - committed
    },
  })
  const parts = { pg_net: median(peer), grouping: wait * 1000, sending: median(sends) }
  const claiming = median(ours) - parts.pg_net - parts.grouping - parts.sending
  lab.note(
    Object.entries({ ...parts, 'function and claim': claiming })
      .map(([name, ms]) => `${name} ${Math.round(ms)} ms`)
      .join(', '),
  )
  return [0.5, 0.95].map((share) => {
    const value = quantile(ours, share)
    return {
      label: `${label}, p${share * 100}`,
      value,
      unit: 'ms',
      peer: quantile(peer, share),
      ratio: value / goalMs,
      goal: `<= 1 of ${goalMs} ms`,
      holds: value <= goalMs,
    }
  })
}

/** An org with a webhook and one channel, which is told of critical alerts: of the tenth failure. */
async function makeOrg(sql: Sql, url: string, wait: number): Promise<string> {
  const [org] = await sql<[{ id: string }]>`
    with org as (insert into everwatch.orgs (name) values ('Bench') returning id)
    insert into everwatch.webhooks (org_id, url) select id, 'https://example.com/' from org
    returning org_id as id`
  await sql`
    select everwatch.create_channel(
      ${org.id}, 'webhook', 'Bench', url => ${url}, min_severity => 'critical',
      group_seconds => ${wait}
    )`
  return org.id
}

async function failNineTimes(sql: Sql, orgId: string): Promise<string> {
  const [webhook] = await sql<[{ id: string }]>`
    select id from everwatch.webhooks where org_id = ${orgId}`
  await fail(sql, webhook.id, 9)
  return webhook.id
}

async function fail(sql: Sql, webhookId: string, times: number): Promise<void> {
  await sql`
    insert into everwatch.webhook_deliveries (webhook_id, status, duration_ms)
    select ${webhookId}, 'failed', 100 from generate_series(1, ${times})`
}

/** Milliseconds from the function's look at the address to the receiver's answer. */
async function sendDuration(sql: Sql, orgId: string): Promise<number> {
  for (;;) {
    const [row] = await sql<{ duration: number | null }[]>`
      select duration_ms as duration from everwatch_private.notifications where org_id = ${orgId}`
    if (typeof row?.duration === 'number') return row.duration
  }
}
