import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from './project.ts'

const run = promisify(execFile)

/**
 * Runs the Supabase CLI that `package.json` pins, from the project's folder, in a home of its own
 * so that it neither reads nor writes the user's login.
 */
export async function supabase(
  args: string[],
  environment: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  const home = await mkdtemp(join(tmpdir(), 'everwatch-cli-'))
  try {
    return await run(join(projectRoot, 'node_modules/.bin/supabase'), args, {
      cwd: projectRoot,
      env: {
        ...process.env,
        HOME: home,
        XDG_CONFIG_HOME: home,
        DO_NOT_TRACK: '1',
        SUPABASE_TELEMETRY_DISABLED: '1',
        ...environment,
      },
      maxBuffer: 64 * 1024 * 1024,
    })
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string }
    throw new Error(`supabase ${args[0]} ${args[1]} failed:\n${stderr}${stdout}`, { cause: error })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
