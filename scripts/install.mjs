// Installs the packages that the project needs, where they are missing. Plain JavaScript without any
// package, as `run.mjs` is.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Returns once they are there, be it because another command of this checkout has installed them. */
export function installPackages(root) {
  if (isComplete(root)) return
  const claim = join(root, '.everwatch/installing.pid')
  mkdirSync(join(root, '.everwatch'), { recursive: true, mode: 0o700 })
  while (!take(claim)) {
    if (!isHeld(claim)) rmSync(claim, { force: true })
    pause(200)
  }
  try {
    if (!isComplete(root)) install(root)
  } finally {
    rmSync(claim, { force: true })
  }
}

/** npm keeps a copy of the lock beside what it installed: a package that differs is missing. */
function isComplete(root) {
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const file = join(root, 'node_modules/.package-lock.json')
  const found = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {}
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || (optional && !found[path]) || found[path]?.version === version,
  )
}

function install(root) {
  console.error('Installing packages (a minute or so, once) …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    // Standard output belongs to the command itself: `npm run -s status` prints variables alone.
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error('The packages could not be installed; npm’s words are above.')
}

/** Writes this process's id where no other has written its own. @returns whether it did */
function take(claim) {
  try {
    writeFileSync(claim, String(process.pid), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** Whether the process that took it lives. One that was killed has left it behind. */
function isHeld(claim) {
  try {
    process.kill(Number(readFileSync(claim, 'utf8')), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
