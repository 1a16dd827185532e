import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { z } from 'zod'
import { projectRoot } from '../stack/project.ts'
import { atMost, type Benchmark, type Figure } from './harness/benchmark.ts'
import { inTurn, median } from './harness/rounds.ts'

const rounds = 3

const benchmark: Benchmark = {
  summary: 'tracked events with the server up and down, beside a list that keeps them all as JSON',
  rows: { of: 'events', usually: 100_000 },
  run: async (lab) => {
    const up = await serve(async (request, response) => {
      const { events } = (await json(request)) as { events: unknown[] }
      response.end(JSON.stringify({ accepted: events.length, rejected: [] }))
    })
    try {
      const figures: Figure[] = []
      for (const [state, url] of [
        ['up', up.url],
        ['down', 'http://127.0.0.1:9'],
      ] as const) {
        // prettier-ignore
        lab.note(`Tracking ${lab.rows.toLocaleString('en')} events with the server ${state}`)
        const found = await inTurn(rounds, {
          ours: () => track('everwatch', url, lab.rows),
          peer: () => track('list', url, lab.rows),
        })
        const of = (unit: 'us' | 'bytes'): { value: number; peer: number } => ({
          value: median(found.ours.map((each) => each[unit])),
          peer: median(found.peer.map((each) => each[unit])),
        })
        figures.push(atMost(2, { label: `time, server ${state}`, unit: 'µs/event', ...of('us') }))
        figures.push(atMost(0.5, { label: `memory, server ${state}`, unit: 'B/event', ...of('bytes') })) // prettier-ignore
      }
      return figures
    } finally {
      up.stop()
    }
  },
}

export default benchmark

async function serve(listener: RequestListener): Promise<{ url: string; stop(): void }> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const stop = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

const outcome = z.object({ us: z.number(), bytes: z.number() })

/** @throws when anything was thrown */
async function track(name: string, url: string, events: number): Promise<z.infer<typeof outcome>> {
  const program = join(import.meta.dirname, 'programs/track-events.ts')
  const args = ['--expose-gc', '--import', 'tsx', program, name, url, `${events}`]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: projectRoot })
  return outcome.parse(JSON.parse(stdout))
}
