import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../stack/project.ts'
import { readText } from '../stack/state.ts'
import { tally, type Tally } from './tally.ts'

/** Each run of tests: the same files on two platforms, then what needs more than a database. */
const suites = [
  { name: 'Tests on the embedded Postgres 17', command: 'test', environment: {} },
  {
    name: 'Tests on Debian’s Postgres 15, with the real pg_cron, plpgsql_check and PostgREST',
    command: 'test',
    environment: { EVERWATCH_PLATFORM: 'debian' },
  },
  { name: 'Tests of the dashboard in Chromium', command: 'test:browser', environment: {} },
  { name: 'Tests of the npm package on each runtime', command: 'test:package', environment: {} },
  { name: 'Tests of the check and of the benchmarks', command: 'test:tools', environment: {} },
]

type Suite = (typeof suites)[number]

// All that must hold before a change lands; `.ci/run` installs what this needs. The last line says
// how many tests passed and failed, of all suites together.
console.log('\n━━ Check')
const isClean = (await run(['check'])) === 0
const tallies: Tally[] = []
for (const suite of suites) {
  console.log(`\n━━ ${suite.name}`)
  const result = await runSuite(suite)
  for (const [why, count] of Object.entries(result.skipped))
    console.log(`${count} × skipped: ${why}`)
  tallies.push(result)
}

const passed = tallies.reduce((sum, suite) => sum + suite.passed, 0)
const failed = tallies.reduce((sum, suite) => sum + suite.failed, isClean ? 0 : 1)
console.log(
  `\n${isClean ? '' : 'The check failed: see above.\n'}${passed} passed, ${failed} failed`,
)
process.exitCode = failed === 0 ? 0 : 1

async function runSuite({ command, environment }: Suite): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-ci-'))
  const report = join(folder, 'report.json')
  try {
    const flags = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const exitCode = await run([command, ...flags], environment)
    return tally(await readText(report), exitCode)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Runs one of the project's commands; returns its exit code, or null when a signal ended it. */
function run(command: string[], environment: NodeJS.ProcessEnv = {}): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['scripts/run.mjs', ...command], {
      cwd: projectRoot,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.once('error', reject)
    child.once('exit', resolve)
  })
}
