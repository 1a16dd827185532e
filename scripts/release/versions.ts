import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { projectRoot } from '../stack/project.ts'

const manifestSchema = z.looseObject({ version: z.string() })

const lockSchema = manifestSchema.extend({
  packages: z.looseObject({ '': manifestSchema }),
})

const manifests = ['package.json', 'packages/everwatch/package.json']
const lock = 'package-lock.json'

/** The version that is being made, as `package.json` says. */
export async function readVersion(): Promise<string> {
  return (await readManifest('package.json')).version
}

/** Writes the version that is being made wherever it stands. */
export async function writeVersion(version: string): Promise<void> {
  for (const file of manifests) await write(file, { ...(await readManifest(file)), version })
  const locked = lockSchema.parse(await readJson(lock))
  locked.packages[''].version = version
  await write(lock, { ...locked, version })
}

/** Says which files name another version than `package.json`. */
export async function findOtherVersions(): Promise<string[]> {
  const version = await readVersion()
  const found: [string, string][] = []
  for (const file of manifests) found.push([file, (await readManifest(file)).version])
  const locked = lockSchema.parse(await readJson(lock))
  found.push([lock, locked.version], [lock, locked.packages[''].version])
  return found
    .filter(([, other]) => other !== version)
    .map(([file, other]) => `${file} says ${other}, package.json ${version}`)
}

async function readManifest(file: string): Promise<z.infer<typeof manifestSchema>> {
  return manifestSchema.parse(await readJson(file))
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(join(projectRoot, file), 'utf8'))
}

async function write(file: string, content: object): Promise<void> {
  await writeFile(join(projectRoot, file), `${JSON.stringify(content, null, 2)}\n`)
}
