import { findReleaseProblems } from '../release/guard.ts'
import type { Step } from './step.ts'

/** The longest list of differences that is worth reading. */
const most = 40

/** One release after the other makes what the schema files say, and what was released stays. */
export const releases: Step = {
  name: 'Releases, beside the schema files',
  howToMend:
    'Take back what was changed in a frozen release; write what is missing into the one that is being made.',
  findProblem: async () => {
    const problems = await findReleaseProblems()
    if (problems.length === 0) return undefined
    const more = problems.length - most
    return [...problems.slice(0, most), ...(more > 0 ? [`… ${more} more`] : [])].join('\n')
  },
}
