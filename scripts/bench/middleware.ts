import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { findDeno } from '../stack/deno.ts'
import { projectRoot } from '../stack/project.ts'
import { atLeast, type Benchmark, type Figure } from './harness/benchmark.ts'
import { openReader } from './harness/http.ts'
import { load } from './harness/load.ts'
import { inTurn, median } from './harness/rounds.ts'

const rounds = 5
const connections = 16
const runtimes = ['node', 'deno'] as const

const benchmark: Benchmark = {
  summary: 'requests a second of a trivial handler with withMonitoring, beside without',
  rows: { of: 'requests in each round', usually: 20_000 },
  run: async (lab) => {
    const figures: Figure[] = []
    for (const runtime of runtimes) {
      lab.note(`Asking a server on ${runtime}`)
      const [ours, bare] = [await start(runtime, 'with'), await start(runtime, 'without')]
      const reader = openReader(connections, {})
      const ask = (url: string) => async () =>
        (await load({ workers: connections, count: lab.rows }, () => reader.get(url))).rate
      try {
        const rates = await inTurn(rounds, { ours: ask(ours.url), peer: ask(bare.url) })
        const [value, peer] = [median(rates.ours), median(rates.peer)]
        figures.push(atLeast(0.9, { label: `on ${runtime}`, unit: 'requests/s', value, peer }))
      } finally {
        reader.close()
        ours.stop()
        bare.stop()
      }
    }
    return figures
  },
}

export default benchmark

const announcement = z.object({ port: z.number() })

async function start(
  runtime: (typeof runtimes)[number],
  which: 'with' | 'without',
): Promise<{ url: string; stop(): void }> {
  const program = join(import.meta.dirname, 'programs/serve-trivial.ts')
  const [command, args] =
    runtime === 'node'
      ? [process.execPath, ['--import', 'tsx', program, which]]
      : [findDeno(), ['run', '--quiet', '--no-lock', '--allow-all', program, which]]
  const child = spawn(command, args, {
    cwd: projectRoot,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [line] = (await once(createInterface(child.stderr), 'line')) as [string]
  const { port } = announcement.parse(JSON.parse(line))
  return { url: `http://127.0.0.1:${port}/v1/contacts/42`, stop: () => void child.kill() }
}
