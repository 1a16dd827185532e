/** What a caller is told who may not write. */
export const denied = '42501'

/** `ok` when a statement did something; else why not: an error's code, or no row was in reach. */
export async function outcome(statement: Promise<{ count: number }>): Promise<string> {
  return statement.then(
    ({ count }) => (count > 0 ? 'ok' : 'no row'),
    ({ code }: { code: string }) => code,
  )
}
