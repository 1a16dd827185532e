import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { findDeno } from '../stack/deno.ts'
import { projectRoot } from '../stack/project.ts'
import type { Step } from './step.ts'
import { runProgram, runTool, type Outcome } from './tool.ts'

const problemOf = ({ ok, output }: Outcome): string | undefined => (ok ? undefined : output)

const prettier = 'prettier/bin/prettier.cjs'

/** Every file that Prettier knows, SQL too. */
export const formatting: Step = {
  name: 'Formatting',
  howToMend: 'npm run check -- --fix lays the files out.',
  findProblem: async () => problemOf(await runTool(prettier, ['--check', '--log-level=warn', '.'])),
  mend: async () => void (await runTool(prettier, ['--write', '--log-level=error', '.'])),
}

const oxlint = 'oxlint/bin/oxlint'

export const lint: Step = {
  name: 'Lint',
  howToMend: 'npm run check -- --fix mends some of it; the rest is yours.',
  findProblem: async () => problemOf(await runTool(oxlint, ['--deny-warnings'])),
  mend: async () => void (await runTool(oxlint, ['--fix'])),
}

export const nodeTypes: Step = {
  name: 'Types, as Node sees them',
  howToMend: 'Mend the code.',
  findProblem: async () => problemOf(await runTool('typescript/bin/tsc', ['--noEmit'])),
}

/** Deno takes the packages from node_modules, so that this needs no network. */
export const functionTypes: Step = {
  name: 'Types of the edge functions, as Deno sees them',
  howToMend: 'Mend the code; what Deno does not know cannot be used in a function.',
  findProblem: async () =>
    problemOf(await runProgram(findDeno(), ['check', '--quiet', '--no-lock', ...functionFiles()])),
}

/** The functions, and what hosts them. */
function functionFiles(): string[] {
  const folder = join(projectRoot, 'supabase/functions')
  const files = readdirSync(folder).map((name) => join(folder, name, 'index.ts'))
  return [...files.filter(existsSync), join(projectRoot, 'scripts/stack/functions-host.ts')]
}
