import { afterAll, vi } from 'vitest'
import { cleanUp } from './cleanup.ts'

// Files run in one process after another: what one changed there is not the next one's.
afterAll(async () => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  await cleanUp()
})
