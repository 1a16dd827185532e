import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Packs a package's folder as npm would publish it; returns the file's path. */
export async function packPackage(folder: string, destination: string): Promise<string> {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { stdout } = await promisify(execFile)(
    npm,
    ['pack', '--silent', '--pack-destination', destination],
    { cwd: folder, shell: process.platform === 'win32' },
  )
  return join(destination, stdout.trim())
}
