import { defineConfig } from 'vitest/config'

/** The npm package on each runtime: what takes minutes, and fetches what it needs. */
export default defineConfig({
  test: {
    include: ['tests/package/**/*.test.ts'],
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    passWithNoTests: false,
  },
})
