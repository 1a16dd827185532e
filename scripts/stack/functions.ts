import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { findDeno } from './deno.ts'
import { projectRoot } from './project.ts'

export interface FunctionsServer {
  url: string
  port: number
  pid: number
  /** Settles when the process has ended, whoever ended it. */
  exited: Promise<void>
  stop(): Promise<void>
}

export interface FunctionsOptions {
  /** What the functions may read of their environment: this, and nothing of ours. */
  env: Record<string, string>
  /** Default 0: a free one. */
  port?: number
  /** Where the functions are, one folder each. Default: the project's. */
  folder?: string
  /** The `deno.json` that says what imports mean. Default: the project's `package.json` does. */
  config?: string
  /** Takes each line that the functions log. */
  log?: (line: string) => void
}

/** Where the project's own edge functions are, one folder each; `_shared` is none. */
export const functionsFolder = join(projectRoot, 'supabase/functions')

/** How long the functions may take to finish what they do when they are stopped. */
const graceMs = 5000

const announcementSchema = z.object({ port: z.number() })

/**
 * Starts the edge functions in the real runtime, all in one process, which ends with ours.
 *
 * @throws with its last words when it does not start
 */
export async function startFunctions(options: FunctionsOptions): Promise<FunctionsServer> {
  const { env, port = 0, folder = functionsFolder, config, log } = options
  const child = spawn(
    findDeno(),
    [
      'run',
      '--quiet',
      '--no-prompt',
      '--no-lock',
      ...(config ? [`--config=${config}`, '--node-modules-dir=manual'] : []),
      // What a hosted function may: its own files, its own environment, and the network.
      `--allow-read=${folder}`,
      '--allow-env',
      '--allow-net',
      join(import.meta.dirname, 'functions-host.ts'),
      folder,
      String(port),
    ],
    {
      cwd: projectRoot,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C in the terminal reaches us alone, and we end it in order.
      detached: true,
    },
  )
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const taken = await readPort(child, log)
  return {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    pid: child.pid ?? 0,
    exited,
    stop: async () => {
      child.stdin.end()
      const late = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await exited
      clearTimeout(late)
    },
  }
}

/** The first line says the port; the others are logs. */
function readPort(child: ChildProcess, log?: (line: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    if (!child.stdout || !child.stderr) throw new Error('no output')
    const lastWords: string[] = []
    let started = false
    createInterface(child.stderr).on('line', (line) => {
      if (!started) lastWords.push(line)
      log?.(line)
    })
    createInterface(child.stdout).on('line', (line) => {
      if (started) return log?.(line)
      started = true
      resolve(announcementSchema.parse(JSON.parse(line)).port)
    })
    child.once('exit', () => reject(new Error(`Deno did not start:\n${lastWords.join('\n')}`)))
    child.once('error', reject)
  })
}
