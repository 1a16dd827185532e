import { parseArgs } from 'node:util'
import { stackEnvironment } from './stack/environment.ts'
import { isPortFree } from './stack/ports.ts'
import { endOrphan } from './stack/postgres.ts'
import { readProjectConfig, type ProjectConfig } from './stack/project.ts'
import { runStack } from './stack/run-stack.ts'
import { claimRunning, prepareState, readRunningStack } from './stack/state.ts'
import { releaseRunning, stateFiles, type RunningStack } from './stack/state.ts'
import { runCommand, UserError } from './stack/user-error.ts'
import { welcome } from './stack/welcome.ts'

await runCommand(async () => {
  const { values } = parseArgs({ options: { 'no-demo': { type: 'boolean', default: false } } })
  const config = readProjectConfig()
  const claim: RunningStack = {
    pid: process.pid,
    apiUrl: `http://127.0.0.1:${config.api.port}`,
    databaseUrl: `postgres://supabase_admin@127.0.0.1:${config.db.port}/postgres`,
  }
  await prepareState()
  if (!(await claimRunning(claim))) {
    const other = await readRunningStack()
    throw new UserError(
      `Everwatch runs already, at ${(other ?? claim).apiUrl}. To stop it: npm stop`,
    )
  }
  try {
    await endOrphan(stateFiles.postgres)
    await requireFreePorts(config)
    await serve(claim, config, !values['no-demo'])
  } finally {
    await releaseRunning()
  }
  process.exit()
})

/** Runs until a signal asks to stop, or until a part breaks. */
async function serve(claim: RunningStack, config: ProjectConfig, demo: boolean): Promise<void> {
  const asked = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => asked.abort(new UserError('Stopped before it was up.')))
  }
  console.log('Starting Everwatch')
  const stack = await runStack(config, { demo, signal: asked.signal })
  console.log(welcome(await stackEnvironment(claim)))
  const broken = await Promise.race([untilAborted(asked.signal), stack.broken])
  console.log(broken ? `The ${broken} ended unexpectedly; stopping.` : 'Stopping …')
  await stack.stop()
  if (broken) throw new UserError('See the logs in .everwatch/, then start again: npm start')
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

async function requireFreePorts(config: ProjectConfig): Promise<void> {
  for (const section of ['api', 'db'] as const) {
    const { port } = config[section]
    if (await isPortFree(port)) continue
    throw new UserError(
      `Port ${port} is taken by another program. End it, or change [${section}] port in supabase/config.toml.`,
    )
  }
}
