import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { buildPackage } from '../package/build.ts'
import { findDeno } from '../stack/deno.ts'
import { projectRoot } from '../stack/project.ts'
import { atLeast, type Benchmark, type Figure } from './harness/benchmark.ts'
import { openReader } from './harness/http.ts'
import type { Lab } from './harness/lab.ts'
import { load } from './harness/load.ts'
import { inTurn, median } from './harness/rounds.ts'

const rounds = 5
const connections = 16
const libraryFolder = join(projectRoot, 'supabase/functions/_shared/everwatch')

type Runtime = 'node' | 'deno'

const benchmark: Benchmark = {
  summary: 'requests a second of a trivial handler with withMonitoring, beside without',
  rows: { of: 'requests in each round', usually: 20_000 },
  run: async (lab) => {
    const folder = await mkdtemp(join(tmpdir(), 'everwatch-package-'))
    try {
      // As an app has it: on Deno that is the source.
      await buildPackage(folder)
      return [
        await measure(lab, 'node', join(folder, 'dist/middleware.js')),
        await measure(lab, 'deno', join(libraryFolder, 'middleware.ts')),
      ]
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

export default benchmark

async function measure(lab: Lab, runtime: Runtime, middleware: string): Promise<Figure> {
  lab.note(`Asking a server on ${runtime}`)
  const [ours, bare] = [await start(runtime, middleware), await start(runtime)]
  const reader = openReader(connections, {})
  const ask = (url: string) => async () =>
    (await load({ workers: connections, count: lab.rows }, () => reader.get(url))).rate
  try {
    const rates = await inTurn(rounds, { ours: ask(ours.url), peer: ask(bare.url) })
    const [value, peer] = [median(rates.ours), median(rates.peer)]
    return atLeast(0.9, { label: `on ${runtime}`, unit: 'requests/s', value, peer })
  } finally {
    reader.close()
    ours.stop()
    bare.stop()
  }
}

const announcement = z.object({ port: z.number() })

async function start(
  runtime: Runtime,
  middleware?: string,
): Promise<{ url: string; stop(): void }> {
  const program = join(import.meta.dirname, 'programs/serve-trivial.ts')
  const [command, options] =
    runtime === 'node'
      ? [process.execPath, ['--import', 'tsx']]
      : [findDeno(), ['run', '--quiet', '--no-lock', '--allow-all']]
  const args = [...options, program, ...(middleware === undefined ? [] : [middleware])]
  const child = spawn(command, args, {
    cwd: projectRoot,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [line] = (await once(createInterface(child.stderr), 'line')) as [string]
  const { port } = announcement.parse(JSON.parse(line))
  return { url: `http://127.0.0.1:${port}/v1/contacts/42`, stop: () => void child.kill() }
}
