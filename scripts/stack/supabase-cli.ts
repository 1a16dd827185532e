import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from './project.ts'

const run = promisify(execFile)

/** Runs the Supabase CLI that `package.json` pins, from the project's folder. */
export async function supabase(
  args: string[],
  environment: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  try {
    return await withCliHome((home) =>
      run(join(projectRoot, 'node_modules/.bin/supabase'), args, {
        cwd: projectRoot,
        env: { ...home, ...environment },
        maxBuffer: 64 * 1024 * 1024,
      }),
    )
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string }
    throw new Error(`supabase ${args[0]} ${args[1]} failed:\n${stderr}${stdout}`, { cause: error })
  }
}

/**
 * Hands `work` our environment, but with a home of its own for the CLI, so that it neither reads
 * nor writes the user's login; the home is removed afterwards.
 */
export async function withCliHome<T>(work: (env: NodeJS.ProcessEnv) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'everwatch-cli-'))
  try {
    return await work({
      ...process.env,
      HOME: home,
      XDG_CONFIG_HOME: home,
      DO_NOT_TRACK: '1',
      SUPABASE_TELEMETRY_DISABLED: '1',
    })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
