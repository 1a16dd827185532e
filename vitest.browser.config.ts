import { defineConfig } from 'vitest/config'

// What a person does with the dashboard, in a real Chromium.
export default defineConfig({
  test: {
    include: ['tests/browser/**/*.test.ts'],
    globalSetup: ['tests/support/browser-setup.ts', 'tests/support/global-setup.ts'],
    setupFiles: ['tests/support/each-file.ts'],
    // A browser and a stack each: two cores carry one such file at a time.
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests provoke refusals and look at the answers.
    onConsoleLog: (log) => !log.startsWith('The Data API refused: '),
    passWithNoTests: false,
  },
})
