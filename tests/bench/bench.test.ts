import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createCheckout, type Checkout } from '../support/checkout.ts'
import { only } from '../support/platform.ts'

const reportSchema = z.strictObject({
  name: z.string(),
  at: z.iso.datetime(),
  figures: z
    .array(
      z.strictObject({
        label: z.string().min(1),
        value: z.number().positive(),
        unit: z.string().min(1),
        peer: z.number().positive(),
        ratio: z.number().positive(),
        goal: z.string().regex(/^(>=|<=) [\d.]+$/),
        holds: z.boolean(),
      }),
    )
    .min(1),
})

const benchmarks = ['alert-latency', 'anomalies', 'api-usage', 'client', 'disk', 'evaluate', 'ingest', 'log', 'metrics', 'middleware', 'predict', 'prometheus', 'refresh', 'regressions', 'track'] // prettier-ignore

const options = { ...only('embedded', 'benchmarks start that one'), timeout: 120_000 }

describe('a person who measures', options, () => {
  let checkout: Checkout

  beforeAll(async () => {
    checkout = await createCheckout()
  })

  it('sees what can be measured', async () => {
    const { code, stdout } = await checkout.run('bench')
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^npm run bench -- <name> \[--rows N\] \[--json\] {3}\(anomalies: \[--corpus <folder>\]\)\n/,
    )
    expect(names(stdout)).toEqual(benchmarks)
  })

  it('is told what there is when a name is wrong', async () => {
    expect(await checkout.run('bench', 'refersh')).toEqual({
      code: 1,
      stdout: '',
      stderr: `There is no benchmark refersh. There are: ${benchmarks.join(', ')}\n`,
    })
  })

  it('may not choose a size that tells nothing', async () => {
    expect(await checkout.run('bench', 'disk', '--rows', '999')).toEqual({
      code: 1,
      stdout: '',
      stderr: '--rows must be a whole number from 1000 on.\n',
    })
  })

  it('gets one object alone with --json, goals reached or not', async () => {
    const { code, stdout } = await checkout.run('bench', 'api-usage', '--rows', '2000', '--json')
    expect(code).toBe(0)
    const report = reportSchema.parse(JSON.parse(stdout))
    expect(report.name).toBe('api-usage')
    const [figure] = report.figures
    expect(figure?.holds).toBe((figure?.ratio ?? NaN) >= 50)
  })

  it('waits for the rows once, and reads a table without --json', async () => {
    const { code, stdout, stderr } = await checkout.run('bench', 'api-usage', '--rows', '2000')
    expect(code).toBe(0)
    expect(stderr).not.toMatch('Making')
    expect(stdout).toMatch(/ everwatch +peer +ratio +goal +holds\n/)
    expect(stdout).toMatch(/^30 days, 2,000 requests .* (yes|no)$/m)
  })

  it('gets no ratio when the two sides do not agree', async () => {
    const peer = join(checkout.folder, 'scripts/bench/peers/api_usage_metrics.sql')
    const text = await readFile(peer, 'utf8')
    await writeFile(
      peer,
      text.replace('count(*) as total_requests', 'count(*) + 1 as total_requests'),
    )
    const { code, stdout, stderr } = await checkout.run('bench', 'api-usage', '--rows', '2000')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/The two sides do not agree, so no ratio is given/)
    expect(stderr).toMatch(/total_requests is \d+, not \d+/)
  })
})

function names(list: string): string[] {
  return [...list.matchAll(/^ {2}(\S+)/gm)].map(([, name = '']) => name)
}
