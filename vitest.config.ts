import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // They need a Chromium: `npm run test:browser`.
    exclude: ['tests/browser/**'],
    globalSetup: ['tests/support/global-setup.ts'],
    // Each file has a database of its own, so files run side by side; two cores carry two of them.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Tests provoke refusals by the dozen and look at the answers.
    onConsoleLog: (log) => !log.startsWith('The Data API refused: '),
    // A run that found no test is a failure, never a success.
    passWithNoTests: false,
  },
})
