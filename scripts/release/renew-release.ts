import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { projectRoot } from '../stack/project.ts'
import { currentRelease } from './current-release.ts'
import { closeRelease, fullRelease, openRelease } from './full-release.ts'

/**
 * What the files of the release that is being made should say: the full one is made of the schema
 * files, and what a person wrote in the delta gets its ending. A frozen release keeps its files.
 *
 * @returns the text of each file, by its path
 */
export async function releaseTexts(): Promise<[path: string, text: string][]> {
  const { version, isFrozen, files } = await currentRelease()
  const texts: [string, string][] = [[versionFile, versionText(version)]]
  if (isFrozen) return texts
  texts.push([files.full, await fullRelease(version)])
  if (files.delta !== undefined) {
    const delta = await readFile(join(projectRoot, files.delta), 'utf8').catch(() => undefined)
    if (delta !== undefined) texts.push([files.delta, closeRelease(openRelease(delta), version)])
  }
  return texts
}

/** Edge functions cannot read `package.json` where they are hosted. */
const versionFile = 'supabase/functions/_shared/version.ts'

const versionText = (version: string): string =>
  `// Made by \`npm run release\` of the version in package.json.\nexport const version = '${version}'\n`

/** Writes them. */
export async function renewRelease(): Promise<void> {
  for (const [path, text] of await releaseTexts()) {
    const file = join(projectRoot, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}
