import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectRoot } from '../stack/project.ts'
import { runTool } from '../check/tool.ts'
import { UserError } from '../stack/user-error.ts'

const source = join(projectRoot, 'packages/everwatch')

/**
 * Builds the npm package into a folder: the library's modules, the same ones that the edge functions
 * use, with their types.
 *
 * @throws {UserError} with what the compiler says when the library does not compile
 */
export async function buildPackage(folder: string): Promise<void> {
  const dist = join(folder, 'dist')
  const { ok, output } = await runTool('typescript/bin/tsc', ['-p', source, '--outDir', dist])
  if (!ok) throw new UserError(output)
  await mkdir(folder, { recursive: true })
  for (const file of ['package.json', 'README.md']) await cp(join(source, file), join(folder, file))
  await cp(join(projectRoot, 'LICENSE'), join(folder, 'LICENSE'))
  for (const file of await readdir(dist, { recursive: true })) {
    if (file.endsWith('.d.ts')) await nameModules(join(dist, file))
  }
}

/** The compiler renames imports to `.js` in code, but not in types. */
async function nameModules(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replaceAll(/(from '\.[\w./-]+)\.ts'/g, "$1.js'"))
}
