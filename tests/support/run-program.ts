import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { projectRoot } from '../../scripts/stack/project.ts'

export interface ProgramOutput {
  stdout: string
  stderr: string
  exitCode: number | null
}

export type Runtime = 'node' | 'deno'

const require = createRequire(import.meta.url)

/** How a program in TypeScript is run, below the project's root, with all permissions. */
function commandOf(runtime: Runtime, program: string): [command: string, args: string[]] {
  const file = join(projectRoot, program)
  if (runtime === 'node') return [process.execPath, ['--import', require.resolve('tsx'), file]]
  const { runInstall } = require('deno/install_api.cjs') as { runInstall(): string }
  const options = ['--quiet', '--no-prompt', '--no-lock', '--allow-all']
  return [runInstall(), ['run', ...options, file]]
}

/** Runs a program to its end, in this environment alone, with pipes for its output. */
export function runProgram(
  runtime: Runtime,
  program: string,
  env: Record<string, string> = {},
): Promise<ProgramOutput> {
  const [command, args] = commandOf(runtime, program)
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(command, args, { cwd: projectRoot, env: { PATH, HOME, ...env } })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => resolve({ ...output, exitCode }))
  })
}
