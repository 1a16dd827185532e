import type { Sql } from 'postgres'
import { z } from 'zod'
import { startApi, type ProjectApi } from '../stack/api.ts'
import { makeKeys } from '../stack/keys.ts'
import { requireSame } from './harness/agree.ts'
import { atMost, type Benchmark, type Figure } from './harness/benchmark.ts'
import { portalHistory } from './harness/fill-database.ts'
import { openReader } from './harness/http.ts'
import type { Lab } from './harness/lab.ts'
import { load } from './harness/load.ts'
import { inTurn, quantile } from './harness/rounds.ts'

const keys = makeKeys()
const rounds = 7

/** How long each of the two is asked in a round. */
const seconds = 2

const benchmark: Benchmark = {
  summary: 'GET monitoring/metrics?type=all, beside the same org’s webhooks through PostgREST',
  rows: { of: 'deliveries of 50 orgs', usually: 1_000_000 },
  run: (lab) =>
    lab.withHistory(portalHistory(lab.rows), async (db) => {
      await db.sql`select everwatch.refresh_monitoring_views()`
      const orgId = await findTypicalOrg(db.sql)
      const api = await startApi(db.url, keys, { dataApi: 'postgrest' })
      try {
        const figures: Figure[] = []
        for (const connections of [1, 16])
          figures.push(...(await measure(lab, api, orgId, connections)))
        return figures
      } finally {
        await api.stop()
      }
    }),
}

export default benchmark

/** The org whose number of webhooks is nearest to the 50 orgs' mean. */
async function findTypicalOrg(sql: Sql): Promise<string> {
  const [org] = await sql<[{ orgId: string }]>`
    select org_id as "orgId" from everwatch.webhooks group by org_id
    order by abs(count(*) - (select count(*) / 50 from everwatch.webhooks)), org_id limit 1`
  return org.orgId
}

async function measure(
  lab: Lab,
  api: ProjectApi,
  orgId: string,
  connections: number,
): Promise<Figure[]> {
  lab.note(`Reading by ${connections} connections`)
  const ours = `${api.functionsUrl}/monitoring/metrics?type=all&org_id=${orgId}`
  const peer = `${api.url}/rest/v1/mv_webhook_performance?org_id=eq.${orgId}`
  const reader = openReader(connections, { apikey: keys.secretKey, 'accept-profile': 'everwatch' })
  try {
    requireSame('what is read', countIn(await reader.get(ours)), countRows(await reader.get(peer)))
    const read = (url: string) => () =>
      load({ workers: connections, seconds }, () => reader.get(url))
    const found = await inTurn(rounds, { ours: read(ours), peer: read(peer) })
    const [times, peerTimes] = [found.ours, found.peer].map((each) =>
      each.flatMap((result) => result.times),
    )
    const by = connections === 1 ? '1 connection' : `${connections} connections`
    return [0.5, 0.99].map((share) =>
      atMost(2, {
        label: `p${100 * share}, ${by}`,
        unit: 'ms',
        value: quantile(times ?? [], share),
        peer: quantile(peerTimes ?? [], share),
      }),
    )
  } finally {
    reader.close()
  }
}

const webhookSchema = z.object({
  webhook_id: z.string(),
  total_deliveries: z.number(),
  p95_duration_ms: z.number().nullable(),
})

/** What both answers tell of the webhooks, in one order. */
function countIn(metrics: unknown): unknown[] {
  const { webhooks } = z
    .object({ webhooks: z.object({ webhooks: z.array(webhookSchema) }) })
    .parse(metrics)
  return inOrder(webhooks.webhooks)
}

function countRows(rows: unknown): unknown[] {
  return inOrder(z.array(webhookSchema).parse(rows))
}

function inOrder(webhooks: z.infer<typeof webhookSchema>[]): unknown[] {
  return webhooks.toSorted((a, b) => (a.webhook_id < b.webhook_id ? -1 : 1))
}
