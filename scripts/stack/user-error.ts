/** Something the person at the keyboard can mend: shown as its message alone, without a stack. */
export class UserError extends Error {
  override name = 'UserError'
}

/** Runs a command's main function; what goes wrong becomes one line and the exit code 1. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof UserError ? error.message : error)
    process.exit(1)
  }
}
