import { parseArgs } from 'node:util'
import { z } from 'zod'
import { findBenchmark, listBenchmarks } from './bench/harness/catalog.ts'
import { claimBenchmarks, releaseBenchmarks } from './bench/harness/claim.ts'
import { Lab } from './bench/harness/lab.ts'
import { formatReport, type Report } from './bench/harness/report.ts'
import { platform } from './stack/binaries.ts'
import { runCommand, UserError } from './stack/user-error.ts'

const rowsSchema = z.coerce.number().int().min(1000).max(1_000_000_000)

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      rows: { type: 'string' },
      corpus: { type: 'string' },
    },
  })
  const [name] = positionals
  if (name === undefined) return console.log(await describeBenchmarks())

  if (platform !== 'embedded') {
    throw new UserError('Benchmarks run on the embedded server: unset EVERWATCH_PLATFORM.')
  }
  const benchmark = await findBenchmark(name)
  const rows = rowsSchema.safeParse(values.rows ?? benchmark.rows.usually)
  if (!rows.success) throw new UserError('--rows must be a whole number from 1000 on.')
  await claimBenchmarks()
  const lab = new Lab(rows.data, values.corpus)
  stopWithSignals(lab)
  try {
    const figures = await benchmark.run(lab)
    const report: Report = { name, at: new Date().toISOString(), figures }
    console.log(values.json ? JSON.stringify(report) : formatReport(report))
  } finally {
    await lab.stop()
    await releaseBenchmarks()
  }
  process.exit()
})

async function describeBenchmarks(): Promise<string> {
  const lines = [
    'npm run bench -- <name> [--rows N] [--json]   (anomalies: [--corpus <folder>])',
    '',
  ]
  const names = await listBenchmarks()
  const width = Math.max(...names.map((name) => name.length))
  for (const name of names) {
    const { summary, rows } = await findBenchmark(name)
    const size = `${rows.usually.toLocaleString('en')} ${rows.of}`
    lines.push(`  ${name.padEnd(width)}  ${summary} (${size})`)
  }
  return lines.join('\n')
}

function stopWithSignals(lab: Lab): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      process.stderr.write('  Stopping …\n')
      void lab
        .stop()
        .then(releaseBenchmarks)
        .finally(() => process.exit(1))
    })
  }
}
