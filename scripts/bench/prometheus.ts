import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { startApi } from '../stack/api.ts'
import { makeKeys } from '../stack/keys.ts'
import { projectRoot } from '../stack/project.ts'
import { requireSame } from './harness/agree.ts'
import { atMost, type Benchmark, type Figure } from './harness/benchmark.ts'
import { portalHistory } from './harness/fill-database.ts'
import { openReader } from './harness/http.ts'
import type { BenchDatabase } from './harness/lab.ts'
import { timeInTurn } from './harness/rounds.ts'

const keys = makeKeys()
const rounds = 15

const tenth = (count: number): number => Math.round(count / 10)

const benchmark: Benchmark = {
  summary: 'a scrape of every org, beside prom-client, a shorter history and fewer webhooks',
  rows: { of: 'deliveries of 1,000 webhooks', usually: 200_000 },
  run: async (lab) => {
    const webhooks = Math.min(1000, tenth(lab.rows))
    const histories = [
      { ...portalHistory(lab.rows), webhooks },
      { ...portalHistory(tenth(lab.rows)), webhooks },
      { ...portalHistory(lab.rows), webhooks: tenth(webhooks) },
    ]
    return lab.withHistories(histories, async (dbs) => {
      const reader = openReader(1, { apikey: keys.secretKey })
      const servers: Server[] = []
      try {
        for (const db of dbs) servers.push(await serveOurs(db))
        const [ours = '', shorter = '', fewer = ''] = servers.map(({ url }) => url)
        servers.push(await serveRegistry(await reader.read(ours)))
        const peer = servers.at(-1)?.url ?? ''
        const scrape = async (url: string): Promise<Record<string, number>> =>
          countSeries(await reader.read(url))
        const counts = await scrape(ours)
        requireSame('the number of series', counts, await scrape(peer))
        requireSame(
          'the number of webhooks',
          counts[perWebhook],
          (await scrape(shorter))[perWebhook],
        )

        const series = Object.values(counts).reduce((sum, count) => sum + count, 0)
        const beside = async (what: string, goal: number, url: string): Promise<Figure> => {
          lab.note(`Scraping beside ${what}`)
          const times = await timeInTurn(rounds, {
            ours: () => reader.read(ours),
            peer: () => reader.read(url),
          })
          const label = `${series.toLocaleString('en')} series, beside ${what}`
          return atMost(goal, { label, unit: 'ms', value: times.ours, peer: times.peer })
        }
        return [
          await beside('prom-client', 5, peer),
          await beside('a tenth of the history', 1.3, shorter),
          await beside('a tenth of the webhooks', 10, fewer),
        ]
      } finally {
        reader.close()
        for (const server of servers) await server.stop()
      }
    })
  },
}

export default benchmark

/** A family with one series for each webhook, whatever happened to it. */
const perWebhook = 'everwatch_webhook_info'

interface Server {
  url: string
  stop(): Promise<void>
}

async function serveOurs(db: BenchDatabase): Promise<Server> {
  await db.sql`select everwatch.refresh_monitoring_views()`
  await db.sql`select everwatch_private.measure_costs()`
  const api = await startApi(db.url, keys, { dataApi: 'postgrest' })
  return { url: `${api.functionsUrl}/monitoring/prometheus`, stop: () => api.stop() }
}

/** How many series there are of each name. */
function countSeries(exposition: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [, name = ''] of exposition.matchAll(/^([a-z_]+)[{ ]/gm))
    counts[name] = (counts[name] ?? 0) + 1
  return counts
}

const announcement = z.object({ port: z.number() })

/** As many series as an exposition has, by prom-client in a process of its own. */
async function serveRegistry(exposition: string): Promise<Server> {
  const program = join(import.meta.dirname, 'programs/serve-registry.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    cwd: projectRoot,
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.stdin.end(exposition)
  const [line] = (await once(createInterface(child.stderr), 'line')) as [string]
  const { port } = announcement.parse(JSON.parse(line))
  return { url: `http://127.0.0.1:${port}/metrics`, stop: async () => void child.kill() }
}
