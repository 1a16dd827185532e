import { createRequire } from 'node:module'

/** The runtime's own binary: the package's command is a Node process that waits for it. */
export function findDeno(): string {
  const require = createRequire(import.meta.url)
  const { runInstall } = require('deno/install_api.cjs') as { runInstall(): string }
  return runInstall()
}
