import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { projectRoot } from '../stack/project.ts'

/** How a program ended, and all that it printed. */
export interface Outcome {
  ok: boolean
  output: string
}

/** Runs a program from the project's folder. */
export function runProgram(program: string, args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' }
    const options = { cwd: projectRoot, env, maxBuffer: 64 * 1024 * 1024 }
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: `${stdout}${stderr}`.trim() || (error?.message ?? '') })
    })
  })
}

/** Runs the script of an installed package with this Node, for example `prettier/bin/prettier.cjs`. */
export function runTool(script: string, args: string[]): Promise<Outcome> {
  return runProgram(process.execPath, [join(projectRoot, 'node_modules', script), ...args])
}
