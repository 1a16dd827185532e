import { chownSync } from 'node:fs'

const nobody = 65_534

/**
 * Postgres refuses to run as root. As root on Linux it therefore runs as `nobody`, keeping just
 * the right to pass through folders that only root may enter (a checkout under /root, a private
 * temporary folder). Everyone else starts it as they are.
 */
export function asUnprivileged(command: string, args: string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return [command, args]
  const capabilities = '+dac_override,+dac_read_search'
  return [
    'setpriv',
    [
      `--reuid=${nobody}`,
      `--regid=${nobody}`,
      '--clear-groups',
      '--securebits=+no_setuid_fixup',
      `--inh-caps=${capabilities}`,
      `--ambient-caps=${capabilities}`,
      '--',
      command,
      ...args,
    ],
  ]
}

/** Gives a file or folder to the user that Postgres runs as. */
export function giveToUnprivileged(path: string): void {
  if (process.getuid?.() === 0) chownSync(path, nobody, nobody)
}
