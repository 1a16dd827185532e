import { parseArgs } from 'node:util'
import { runCommand, UserError } from '../stack/user-error.ts'
import { dependencyList } from './dependency-list.ts'
import { functionVersions } from './function-versions.ts'
import { generatedFiles } from './generated-files.ts'
import { grafanaDashboards } from './grafana-dashboards.ts'
import { releases } from './releases.ts'
import type { Step } from './step.ts'
import { formatting, functionTypes, lint, nodeTypes } from './tool-steps.ts'

/** In the order in which they are mended: of what was laid out other files are made. */
const steps: Record<string, Step> = {
  versions: functionVersions,
  dependencies: dependencyList,
  lint,
  formatting,
  generated: generatedFiles,
  releases,
  grafana: grafanaDashboards,
  types: nodeTypes,
  functions: functionTypes,
}

// Everything that needs no running stack: `npm run check`. With --fix, what a machine can mend is
// mended first. With names of steps, those alone: `npm run check -- --fix generated`.
await runCommand(async () => {
  const options = { fix: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  positionals.forEach(requireStep)
  const isChosen = (name: string): boolean => positionals.length === 0 || positionals.includes(name)
  const chosen = Object.entries(steps).flatMap(([name, step]) => (isChosen(name) ? [step] : []))
  // What cannot be mended is found below.
  if (values.fix) for (const step of chosen) await step.mend?.().catch(() => {})
  const results = await Promise.all(chosen.map(look))
  const problems = results.filter((result) => result !== undefined)
  if (problems.length === 0) return
  throw new UserError(
    `\n${problems.join('\n\n')}\n\n${problems.length} of ${chosen.length} failed.`,
  )
})

function requireStep(name: string): void {
  if (steps[name]) return
  throw new UserError(`There is no check ${name}, but these: ${Object.keys(steps).join(', ')}.`)
}

/** Says how a step went; returns its problem and what to do about it. */
async function look(step: Step): Promise<string | undefined> {
  const began = performance.now()
  const problem = await step.findProblem().catch((error: Error) => error.message)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${problem === undefined ? '✓' : '✗'} ${step.name} (${seconds} s)`)
  return problem === undefined ? undefined : `✗ ${step.name}\n${problem}\n→ ${step.howToMend}`
}
