import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { z } from 'zod'
import { projectRoot } from './project.ts'

export interface FunctionsServer {
  url: string
  /** Settles when the process has ended, whoever ended it. */
  exited: Promise<void>
  stop(): Promise<void>
}

export interface FunctionsOptions {
  /** What the functions may read of their environment: this, and nothing of ours. */
  env: Record<string, string>
  /** Takes each line that the functions log. */
  log?: (line: string) => void
}

const announcement = z.object({ port: z.number() })

/** Starts the edge functions in the real runtime. @throws with its last words when it does not start */
export async function startFunctions({ env, log }: FunctionsOptions): Promise<FunctionsServer> {
  const child = spawn(
    join(projectRoot, 'node_modules/.bin/deno'),
    [
      'run',
      '--no-prompt',
      '--allow-net',
      '--allow-env',
      `--allow-read=${projectRoot}`,
      join(import.meta.dirname, 'functions-host.ts'),
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
  const port = await readPort(child, log ?? ignore)
  return {
    url: `http://127.0.0.1:${port}`,
    exited,
    stop: async () => {
      child.stdin.end()
      await exited
    },
  }
}

function ignore(): void {}

/** The first line says the port; the others are logs. */
function readPort(child: ChildProcess, log: (line: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    if (!child.stdout || !child.stderr) throw new Error('no output')
    const errors: string[] = []
    let started = false
    createInterface(child.stderr).on('line', (line) => {
      errors.push(line)
      if (started) log(line)
    })
    createInterface(child.stdout).on('line', (line) => {
      if (started) return log(line)
      started = true
      resolve(announcement.parse(JSON.parse(line)).port)
    })
    child.once('exit', () => reject(new Error(`Deno did not start:\n${errors.join('\n')}`)))
    child.once('error', reject)
  })
}
