import { parseArgs } from 'node:util'
import { runCommand, UserError } from '../stack/user-error.ts'
import { dependencyList } from './dependency-list.ts'
import { functionVersions } from './function-versions.ts'
import { generatedFiles } from './generated-files.ts'
import type { Step } from './step.ts'
import { formatting, functionTypes, lint, nodeTypes } from './tool-steps.ts'

/** In the order in which they are mended: what is made is laid out, and then looked at. */
const steps = [
  functionVersions,
  dependencyList,
  generatedFiles,
  lint,
  formatting,
  nodeTypes,
  functionTypes,
]

// Everything that needs no running stack: `npm run check`, and `npm run check -- --fix` to mend what
// a machine can mend first.
await runCommand(async () => {
  const { values } = parseArgs({ options: { fix: { type: 'boolean', default: false } } })
  if (values.fix) for (const step of steps) await step.mend?.()
  const results = await Promise.all(steps.map((step) => look(step)))
  const problems = results.filter((result) => result !== undefined)
  if (problems.length === 0) return
  throw new UserError(`\n${problems.join('\n\n')}\n\n${problems.length} of ${steps.length} failed.`)
})

/** Says how a step went; returns its problem and what to do about it. */
async function look(step: Step): Promise<string | undefined> {
  const began = performance.now()
  const problem = await step.findProblem().catch((error: Error) => error.message)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${problem === undefined ? '✓' : '✗'} ${step.name} (${seconds} s)`)
  return problem === undefined ? undefined : `✗ ${step.name}\n${problem}\n→ ${step.howToMend}`
}
