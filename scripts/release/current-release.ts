import { frozenReleases } from './frozen-releases.ts'
import { filesOf, findStamp, type Release } from './release-files.ts'
import { readVersion } from './versions.ts'

export interface CurrentRelease extends Release {
  isFrozen: boolean
  /** The version that it upgrades; the first upgrades none. */
  before?: string
}

/** The release that is being made: that of the version in `package.json`. */
export async function currentRelease(): Promise<CurrentRelease> {
  const version = await readVersion()
  const frozen = await frozenReleases()
  const index = frozen.findIndex((release) => release.version === version)
  const before = frozen.at(index === -1 ? -1 : index - 1)
  const isFirst = index === 0 || frozen.length === 0
  const stamp = frozen[index]?.stamp ?? (await findStamp(version)) ?? newStamp(before?.stamp)
  const release = { version, stamp, files: filesOf({ version, stamp }, isFirst) }
  const isFrozen = index !== -1
  return isFirst || !before
    ? { ...release, isFrozen }
    : { ...release, isFrozen, before: before.version }
}

/** The time, unless that is no later than the release before. */
function newStamp(before = ''): string {
  const now = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
  return now > before ? now : String(BigInt(before) + 1n)
}
