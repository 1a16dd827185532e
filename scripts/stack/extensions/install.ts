import { copyFileSync, existsSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Puts the stand-ins of pg_cron, pg_net and Vault where a server looks for extensions. A real one
 * that is installed there stays.
 *
 * @param shareDirectory the server's share folder, as `pg_config --sharedir` prints it
 * @throws when the folder cannot be written to
 */
export function installExtensions(shareDirectory: string): void {
  const target = join(shareDirectory, 'extension')
  for (const entry of readdirSync(import.meta.dirname, { withFileTypes: true })) {
    if (!entry.isDirectory() || isReal(join(target, `${entry.name}.control`))) continue
    const source = join(import.meta.dirname, entry.name)
    // The control file last: it is what makes the extension known.
    for (const file of readdirSync(source).toSorted(controlLast)) {
      // Under another name first: someone else may be installing, or creating the extension, now.
      const temporary = join(target, `.${file}.${process.pid}`)
      copyFileSync(join(source, file), temporary)
      renameSync(temporary, join(target, file))
    }
  }
}

function isReal(controlFile: string): boolean {
  return existsSync(controlFile) && !readFileSync(controlFile, 'utf8').includes('local stand-in')
}

function controlLast(left: string, right: string): number {
  return Number(left.endsWith('.control')) - Number(right.endsWith('.control'))
}
