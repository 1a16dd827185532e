import { gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** What a first visit may load before the sign-in page or the Overview shows: bytes, gzipped. */
const firstLoadBudget = 250_000

export default defineConfig({
  root: import.meta.dirname,
  // Relative, and pages are named in the fragment: so it is served from any folder of any host.
  base: './',
  build: {
    target: 'es2022',
    // Data in style sheets and scripts would need a laxer content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    rollupOptions: {
      onwarn: (warning, warn) => {
        // Directives for servers that render React, of which there is none.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning)
      },
    },
  },
  plugins: [limitFirstLoad(firstLoadBudget)],
})

/** Fails the build when the entry, with all that it imports at once, is larger than the budget. */
function limitFirstLoad(budget: number): Plugin {
  return {
    name: 'limit-first-load',
    generateBundle(_options, bundle) {
      const first = new Map<string, number>()
      const add = (fileName: string): void => {
        const file = bundle[fileName]
        if (!file || first.has(fileName)) return
        const content = file.type === 'chunk' ? file.code : file.source
        first.set(fileName, gzipSync(content).length)
        if (file.type !== 'chunk') return
        for (const name of file.imports) add(name)
        for (const name of file.viteMetadata?.importedCss ?? []) add(name)
      }
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk' && file.isEntry) add(file.fileName)
      }
      const bytes = [...first.values()].reduce((sum, size) => sum + size, 0)
      const words = `The first load is ${bytes} bytes gzipped; at most ${budget} are allowed.`
      if (bytes > budget) this.error(words)
      this.info(words)
    },
  }
}
