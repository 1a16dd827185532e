import { readFileSync } from 'node:fs'

/**
 * Whether a process lives. A number is reused after a restart of the machine, so where the system
 * tells (Linux), the process must also carry `name` in its command line.
 */
export function isProcessAlive(pid: number, name: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    // A process that has ended and was not yet collected by its parent has none.
    return commandLine !== '' && commandLine.includes(name)
  } catch {
    return true
  }
}

/** Waits until a process has ended. @throws after `timeoutMs` */
export async function untilGone(pid: number, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (isProcessAlive(pid, '')) {
    if (Date.now() > deadline) throw new Error(`Process ${pid} does not end. End it by hand.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
