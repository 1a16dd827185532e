import { UserError } from '../stack/user-error.ts'
import { currentRelease } from './current-release.ts'
import { addFrozenRelease } from './frozen-releases.ts'
import { findReleaseProblems } from './guard.ts'
import { renewRelease } from './renew-release.ts'

/**
 * Lists the release that is being made among those that do not change any more.
 *
 * @returns its version
 * @throws {UserError} with what the guard finds, or when it is frozen already
 */
export async function freezeRelease(): Promise<string> {
  const release = await currentRelease()
  if (release.isFrozen) throw new UserError(`${release.version} is frozen already.`)
  await renewRelease()
  const problems = await findReleaseProblems()
  if (problems.length > 0) {
    throw new UserError(`${problems.join('\n')}\n${release.version} cannot be frozen like this.`)
  }
  await addFrozenRelease(release)
  return release.version
}
