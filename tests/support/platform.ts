import type { TestOptions } from 'vitest'
import { platform, type Platform } from '../../scripts/stack/binaries.ts'

export { platform }

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test was skipped. */
    skipped?: string
  }
}

/** Options of tests that one platform alone can run: on the other one they are skipped, and say why. */
export function only(wanted: Platform, reason: string): TestOptions {
  if (platform === wanted) return {}
  return { skip: true, meta: { skipped: `only on ${wanted}: ${reason}` } }
}
