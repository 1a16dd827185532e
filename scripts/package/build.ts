import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectRoot } from '../stack/project.ts'
import { runTool } from '../check/tool.ts'
import { UserError } from '../stack/user-error.ts'

const source = join(projectRoot, 'packages/everwatch')

/**
 * Builds the npm package into a folder: one module for each of the library, as the edge functions use
 * them, with types.
 *
 * @throws {UserError} with the compiler's words when it does not compile
 */
export async function buildPackage(folder: string): Promise<void> {
  const dist = join(folder, 'dist')
  const { ok, output } = await runTool('typescript/bin/tsc', ['-p', source, '--outDir', dist])
  if (!ok) throw new UserError(output)
  await mkdir(folder, { recursive: true })
  for (const file of ['package.json', 'README.md']) await cp(join(source, file), join(folder, file))
  await cp(join(projectRoot, 'LICENSE'), join(folder, 'LICENSE'))
  for (const file of await readdir(dist)) {
    if (file.endsWith('.d.ts')) await nameModules(join(dist, file))
  }
}

/** The compiler changes what code imports, and leaves what types import as it is. */
async function nameModules(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replaceAll(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'"))
}
