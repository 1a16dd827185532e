import { between, type Benchmark, type Figure } from './harness/benchmark.ts'
import { predictBudgets } from './predict/budgets.ts'
import { predictCapacity } from './predict/capacity.ts'
import { predictLimits } from './predict/limits.ts'
import type { Outcome } from './predict/outcome.ts'

const nothing = { webhooks: 0, rules: 0, days: 1, deliveries: 0, executions: 0, requests: 0 }

const benchmark: Benchmark = {
  summary: 'predictions whose 80% interval holds the truth, beside all of them',
  rows: { of: 'predictions for each kind of load', usually: 1000 },
  run: (lab) =>
    lab.withHistory({ orgs: 1, ...nothing }, async ({ sql }) => {
      const figures: Figure[] = []
      const judge = async (label: string, predict: () => Promise<Outcome[]>): Promise<void> => {
        lab.note(`Predicting: ${label}`)
        figures.push(describe(label, await predict()))
      }
      for (const kind of ['by chance', 'in bursts', 'by a rate that swings'] as const)
        await judge(`rate limit, requests ${kind}`, () => predictLimits(sql, lab.rows, kind))
      await judge('disk', () => predictCapacity(sql, lab.rows, 'disk_bytes'))
      await judge('outbox', () => predictCapacity(sql, lab.rows, 'outbox_waiting'))
      for (const burst of [1, 8])
        await judge(`error budget, failures by ${burst}`, () =>
          predictBudgets(sql, lab.rows, burst),
        )
      return figures
    }),
}

export default benchmark

function describe(label: string, outcomes: Outcome[]): Figure {
  const held = outcomes.filter(
    ({ earliest, latest, truth }) => earliest <= truth && truth <= latest,
  )
  const figure = { label, unit: 'predictions', value: held.length, peer: outcomes.length }
  return between(0.75, 0.9, figure)
}
