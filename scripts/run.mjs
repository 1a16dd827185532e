// Runs one of the project's commands: `node scripts/run.mjs start`. Plain JavaScript without any
// package, because it must work on a fresh clone: it installs what is missing, then becomes the
// command, in this very process, so that signals and exit codes are the command's own.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { installPackages } from './install.mjs'

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
  release: () => runScript('./release.ts'),
  test: () => runVitest(),
  'test:browser': () => runVitest('--config', 'vitest.browser.config.ts'),
  'test:tools': () => runVitest('--config', 'vitest.tools.config.ts'),
  'test:package': () => runVitest('--config', 'vitest.package.config.ts'),
}

requireNode()
process.chdir(root)
install()
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

function install() {
  try {
    installPackages(root)
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
