import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestOptions } from 'vitest'
import { z } from 'zod'
import { findFreePort } from '../../scripts/stack/ports.ts'
import { atEndOfFile } from './cleanup.ts'

const programs = { promtool: '/usr/bin/promtool', prometheus: '/usr/bin/prometheus' }

/** Options of tests that need Prometheus itself: without it they are skipped, and say why. */
export const withPrometheus = needing('prometheus', ...Object.values(programs))

/** As `withPrometheus`, for the strict parser of OpenMetrics that its authors keep, in Python. */
export const withStrictParser = needing(
  'python3-prometheus-client',
  '/usr/lib/python3/dist-packages/prometheus_client/openmetrics/parser.py',
)

function needing(debianPackage: string, ...paths: string[]): TestOptions {
  if (paths.every((path) => existsSync(path))) return {}
  return { skip: true, meta: { skipped: `it needs Debian’s package ${debianPackage}` } }
}

export interface Ran {
  exitCode: number | null
  /** Both streams, as they came. */
  output: string
}

/** Runs a program to its end with a text as its input. */
export function run(command: string, args: string[], input = ''): Promise<Ran> {
  const child = spawn(command, args)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => resolve({ exitCode, output }))
  })
}

export const promtool = (args: string[], input?: string): Promise<Ran> =>
  run(programs.promtool, args, input)

/** What the strict parser says of an OpenMetrics text: nothing when it is one. */
export async function parseStrictly(text: string): Promise<string> {
  const parser = 'prometheus_client.openmetrics.parser'
  const program = `import sys; from ${parser} import text_string_to_metric_families as parse; list(parse(sys.stdin.buffer.read().decode()))`
  return (await run('/usr/bin/python3', ['-c', program], text)).output
}

export interface Prometheus {
  /** The value of a query that has one sample; undefined while it has none. */
  query(promql: string): Promise<number | undefined>
}

const answer = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
})

/** Starts Prometheus with a configuration, in YAML (so JSON will do); it ends with the file. */
export async function startPrometheus(configuration: object): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-prometheus-'))
  const file = join(folder, 'prometheus.yml')
  await writeFile(file, JSON.stringify(configuration), { mode: 0o600 })
  const address = `127.0.0.1:${await findFreePort()}`
  const child = spawn(
    programs.prometheus,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  )
  const ended = new Promise((resolve) => child.once('exit', resolve))
  atEndOfFile(async () => {
    child.kill()
    await ended
    await rm(folder, { recursive: true })
  })
  return {
    query: async (promql) => {
      const url = `http://${address}/api/v1/query?query=${encodeURIComponent(promql)}`
      // Until it listens there is nobody to ask.
      const response = await fetch(url).catch(() => undefined)
      if (!response?.ok) return undefined
      const [sample] = answer.parse(await response.json()).data.result
      return sample && Number(sample.value[1])
    },
  }
}
