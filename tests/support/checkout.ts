import { spawn, type ChildProcess } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { findFreePort } from '../../scripts/stack/ports.ts'
import { projectRoot } from '../../scripts/stack/project.ts'
import { atEndOfFile } from './cleanup.ts'

export interface CommandResult {
  code: number | null
  stdout: string
  stderr: string
}

/** A copy of the project in a folder of its own, with ports of its own: another person's clone. */
export interface Checkout {
  folder: string
  apiPort: number
  databasePort: number
  /** Runs one of the project's commands to its end. */
  run(command: string, ...args: string[]): Promise<CommandResult>
  /** Begins one of the project's commands. */
  launch(command: string, ...args: string[]): RunningCommand
  /** Starts the stack, and returns when it says that it is up. */
  start(...args: string[]): Promise<RunningCommand>
}

export interface RunningCommand {
  process: ChildProcess
  /** What it has printed so far. */
  output(): string
  ended: Promise<CommandResult>
}

/** What a clone does not have. */
const notCloned = new Set(['.git', 'node_modules', '.everwatch', '.temp', 'dist'])

/** Copies the project, with the packages that are installed, into a folder that goes with the test file. */
export async function copyProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-checkout-'))
  atEndOfFile(() => rm(folder, { recursive: true, force: true }))
  await cp(projectRoot, folder, {
    recursive: true,
    filter: (path) => !notCloned.has(basename(path)),
  })
  await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** Makes the copy; whatever runs in it is ended, and it is removed, when the test file ends. */
export async function createCheckout(): Promise<Checkout> {
  const folder = await copyProject()
  const [apiPort, databasePort] = [await findFreePort(), await findFreePort()]
  const config = join(folder, 'supabase/config.toml')
  const text = await readFile(config, 'utf8')
  await writeFile(
    config,
    text
      .replace('port = 54321', `port = ${apiPort}`)
      .replace('port = 54322', `port = ${databasePort}`),
  )

  const launch = (...args: string[]): RunningCommand => {
    const child = spawn(process.execPath, ['scripts/run.mjs', ...args], { cwd: folder })
    const result: CommandResult = { code: null, stdout: '', stderr: '' }
    child.stdout.on('data', (chunk: Buffer) => (result.stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (result.stderr += chunk.toString()))
    const ended = new Promise<CommandResult>((resolve) => {
      child.once('close', (code) => resolve({ ...result, code }))
    })
    return { process: child, output: () => result.stdout, ended }
  }
  const run = (...args: string[]): Promise<CommandResult> => launch(...args).ended

  atEndOfFile(() => run('stop'))

  return {
    folder,
    apiPort,
    databasePort,
    run,
    launch,
    start: async (...args) => {
      const command = launch('start', ...args)
      await untilUp(command)
      return command
    },
  }
}

/** Settles when the stack has said how to stop it, which is its last line. */
function untilUp(command: RunningCommand): Promise<void> {
  return new Promise((resolve, reject) => {
    command.process.stdout?.on('data', () => {
      if (command.output().includes('Ctrl-C stops everything')) resolve()
    })
    void command.ended.then(({ stdout, stderr }) =>
      reject(new Error(`the stack ended before it was up:\n${stdout}${stderr}`)),
    )
  })
}
