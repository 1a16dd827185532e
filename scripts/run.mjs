// Runs one of the project's commands: `node scripts/run.mjs start`. Plain JavaScript without any
// package, because it must work on a fresh clone: it installs what is missing, then becomes the
// command, in this very process, so that signals and exit codes are the command's own.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

const root = fileURLToPath(new URL('..', import.meta.url))
const [name, ...rest] = process.argv.slice(2)

const commands = {
  start: () => runScript('./start.ts'),
  status: () => runScript('./status.ts'),
  stop: () => runScript('./stop.ts'),
  reset: () => runScript('./reset.ts'),
  check: () => runScript('./check/index.ts'),
  bench: () => runScript('./bench.ts'),
  package: () => runScript('./package.ts'),
  test: () => runVitest(),
  'test:browser': () => runVitest('--config', 'vitest.browser.config.ts'),
  'test:package': () => runVitest('--config', 'vitest.package.config.ts'),
}

requireNode()
process.chdir(root)
installPackages()
await commands[name]()

async function runScript(path) {
  process.argv.splice(2, Infinity, ...rest)
  const { register } = await import('tsx/esm/api')
  register()
  await import(path)
}

function runVitest(...options) {
  process.argv.splice(2, Infinity, 'run', ...options, ...rest)
  return import('../node_modules/vitest/vitest.mjs')
}

/** One line that says what to do, where an older Node would print a stack trace. */
function requireNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.slice(2)
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number)
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return
  console.error(`Everwatch needs Node ${wanted} or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

/** npm keeps a copy of the lock beside what it installed: a package that differs is missing. */
function installPackages() {
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const file = join(root, 'node_modules/.package-lock.json')
  const found = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {}
  const complete = Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || (optional && !found[path]) || found[path]?.version === version,
  )
  if (complete) return
  console.error('Installing packages (a minute or so, once) …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    // Standard output belongs to the command itself: `npm run -s status` prints variables alone.
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status === 0) return
  console.error('The packages could not be installed; npm’s words are above.')
  process.exit(1)
}
