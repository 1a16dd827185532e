import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { isProcessAlive } from '../../scripts/stack/processes.ts'
import { projectRoot } from '../../scripts/stack/project.ts'
import { atEndOfFile } from '../support/cleanup.ts'

const run = promisify(execFile)
const installer = join(projectRoot, 'scripts/install.mjs')

let folder: string
const claim = (): string => join(folder, '.everwatch/installing.pid')

// A project whose one package lies beside it: npm needs no registry for it.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everwatch-install-'))
  atEndOfFile(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'part'))
  const write = (path: string, content: unknown): Promise<void> =>
    writeFile(join(folder, path), JSON.stringify(content))
  await write('package.json', { name: 'whole', dependencies: { part: 'file:part' } })
  await write('part/package.json', { name: 'part', version: '1.0.0' })
  await run('npm', ['install', '--package-lock-only', '--offline'], { cwd: folder })
})

/** Runs the installer as a command of the project would. @returns what it says */
async function install(): Promise<string> {
  const program = `import(${JSON.stringify(installer)}).then((m) => m.installPackages(${JSON.stringify(folder)}))`
  return (await run(process.execPath, ['-e', program])).stderr
}

const uninstall = (): Promise<void> => rm(join(folder, 'node_modules'), { recursive: true })

describe('Two commands of a clone without packages', () => {
  it('install them once, and both go on when they are there', async () => {
    const said = await Promise.all([install(), install(), install()])
    expect(said.filter((text) => text.includes('Installing packages'))).toHaveLength(1)
    expect(existsSync(join(folder, 'node_modules/part'))).toBe(true)
    expect(existsSync(claim())).toBe(false)
  })

  it('say nothing when nothing is missing', async () => {
    expect(await install()).toBe('')
  })

  it('do not wait for one that was killed', async () => {
    await uninstall()
    const { pid } = run(process.execPath, ['-e', '']).child
    await expect.poll(() => isProcessAlive(pid!, '')).toBe(false)
    await writeFile(claim(), String(pid))
    expect(await install()).toContain('Installing packages')
  })

  it('are told when npm fails, and leave the way free', async () => {
    await uninstall()
    await rm(join(folder, 'package.json'))
    await expect(install()).rejects.toThrow('The packages could not be installed')
    expect(existsSync(claim())).toBe(false)
  })
})
