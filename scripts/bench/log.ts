import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { projectRoot } from '../stack/project.ts'
import { atMost, type Benchmark, type Figure } from './harness/benchmark.ts'
import { inTurn, median } from './harness/rounds.ts'

const rounds = 5
const peers = ['pino', 'logtape', 'winston', 'console'] as const

const benchmark: Benchmark = {
  summary: 'a line with context by a child logger, beside pino, LogTape, winston and the console',
  rows: { of: 'lines in each round', usually: 200_000 },
  run: async (lab) => {
    const figures: Figure[] = []
    for (const sink of ['null', 'stdout'] as const) {
      for (const peer of peers) {
        lab.note(`Writing to ${sink}, beside ${peer}`)
        const { ours, peer: theirs } = await inTurn(rounds, {
          ours: () => write('everwatch', sink, lab.rows),
          peer: () => write(peer, sink, lab.rows),
        })
        const label = `to ${sink}, beside ${peer}`
        figures.push(
          atMost(1, { label, unit: 'ns/line', value: median(ours), peer: median(theirs) }),
        )
      }
    }
    return figures
  },
}

export default benchmark

const outcome = z.object({ ns: z.number() })

/** A process for each: loggers that share one make one another's code slow. */
async function write(logger: string, sink: string, lines: number): Promise<number> {
  const program = join(import.meta.dirname, 'programs/log-lines.ts')
  const args = ['--import', 'tsx', program, logger, sink, `${lines}`]
  const child = spawn(process.execPath, args, {
    cwd: projectRoot,
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
    // What is printed goes nowhere, by the same calls of the system.
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return outcome.parse(JSON.parse(await text(child.stderr))).ns
}
