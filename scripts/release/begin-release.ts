import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectRoot } from '../stack/project.ts'
import { UserError } from '../stack/user-error.ts'
import { currentRelease } from './current-release.ts'
import { draftDelta } from './draft-delta.ts'
import { frozenReleases } from './frozen-releases.ts'
import { renewRelease } from './renew-release.ts'
import { writeVersion } from './versions.ts'

/**
 * Makes the files of a release: the full one, and the draft of its delta unless that is there already.
 *
 * @returns the paths of the files
 * @throws {UserError} when the version is none, or none that can come next
 */
export async function beginRelease(version: string): Promise<string[]> {
  const known = await currentRelease()
  if (version !== known.version) {
    await requireNext(version, known.isFrozen ? undefined : known.version)
    await writeVersion(version)
  }
  const { before, isFrozen, files } = await currentRelease()
  if (isFrozen) throw new UserError(`${version} is frozen: its files do not change any more.`)
  if (files.delta !== undefined && before !== undefined) {
    const path = join(projectRoot, files.delta)
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (!isThere) await writeFile(path, await draftDelta(version, before))
  }
  await renewRelease()
  return Object.values(files) as string[]
}

async function requireNext(version: string, unfinished: string | undefined): Promise<void> {
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw new UserError(`A version has three numbers, as in 0.3.0; ${version} has not.`)
  }
  const last = (await frozenReleases()).at(-1)?.version
  if (unfinished !== undefined) {
    throw new UserError(`${unfinished} is not frozen yet: npm run release -- --freeze`)
  }
  if (last !== undefined && !isLater(version, last)) {
    throw new UserError(`${version} does not come after ${last}, which was released.`)
  }
}

function isLater(version: string, other: string): boolean {
  return version.localeCompare(other, 'en', { numeric: true }) > 0
}
