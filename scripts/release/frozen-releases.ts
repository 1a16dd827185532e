import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { projectRoot } from '../stack/project.ts'
import { checksumOf } from './full-release.ts'
import { filesOf, type Release } from './release-files.ts'

/** The releases whose files do not change any more. */
const list = 'packages/everwatch/releases.json'

const checksum = z.string().regex(/^[0-9a-f]{64}$/)

const frozenSchema = z.object({
  version: z.string(),
  stamp: z.string().regex(/^\d{14}$/),
  full: checksum.describe('SHA-256 of the file that makes the whole database'),
  delta: checksum.describe('SHA-256 of the file that upgrades the release before').optional(),
})

export type FrozenRelease = z.infer<typeof frozenSchema>

/** @returns the oldest first */
export async function frozenReleases(): Promise<FrozenRelease[]> {
  return z.array(frozenSchema).parse(JSON.parse(await readFile(join(projectRoot, list), 'utf8')))
}

/** Freezes the files of a release as they are. */
export async function addFrozenRelease(release: Release): Promise<void> {
  const { version, stamp, files } = release
  const entry: FrozenRelease = { version, stamp, full: await checksumOfFile(files.full) }
  if (files.delta !== undefined) entry.delta = await checksumOfFile(files.delta)
  const all = [...(await frozenReleases()), entry]
  await writeFile(join(projectRoot, list), `${JSON.stringify(all, null, 2)}\n`)
}

/** Says which file of a frozen release is not what it was. */
export async function findChangedReleases(): Promise<string[]> {
  const problems: string[] = []
  for (const [index, release] of (await frozenReleases()).entries()) {
    const files = filesOf(release, index === 0)
    for (const kind of ['full', 'delta'] as const) {
      const path = files[kind]
      if (path === undefined) continue
      const found = await checksumOfFile(path).catch(() => undefined)
      if (found === release[kind]) continue
      const what = found === undefined ? 'is gone' : 'was changed'
      problems.push(`${path} ${what} since ${release.version} was released`)
    }
  }
  return problems
}

async function checksumOfFile(path: string): Promise<string> {
  return checksumOf(await readFile(join(projectRoot, path), 'utf8'))
}
