import { defineConfig } from 'vitest/config'

/** `npm run check` and `npm run bench` themselves, in a checkout of their own: what takes minutes. */
export default defineConfig({
  test: {
    include: ['tests/check/**/*.test.ts', 'tests/bench/**/*.test.ts'],
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    passWithNoTests: false,
  },
})
