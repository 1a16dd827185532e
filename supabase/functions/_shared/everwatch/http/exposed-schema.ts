/** What to do where the Data API does not serve our schema: all that meet it say this, and not its code. */
export const notExposed =
  "Add the schema everwatch to 'Exposed schemas' in the project's Data API settings."

/** Whether this is how the Data API says so: an error of a client's, or the body of an answer. */
export function isNotExposed(error: unknown): boolean {
  if (typeof error === 'string') return error.includes('"PGRST106"')
  return error instanceof Object && 'code' in error && error.code === 'PGRST106'
}
