import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const library = fileURLToPath(new URL('supabase/functions/_shared/everwatch', import.meta.url))

export default defineConfig({
  // As in tsconfig.json: what the examples import is the package's source.
  resolve: { alias: [{ find: /^everwatch\/(.+)$/, replacement: `${library}/$1.ts` }] },
  test: {
    include: ['tests/**/*.test.ts'],
    // The first need a Chromium, the second fetch other runtimes, the others take minutes: `npm run
    // test:browser`, `test:package` and `test:tools`.
    exclude: ['tests/browser/**', 'tests/package/**', 'tests/check/**', 'tests/bench/**'],
    globalSetup: ['tests/support/global-setup.ts'],
    setupFiles: ['tests/support/each-file.ts'],
    // To import all again for each file took a third of the time.
    isolate: false,
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
