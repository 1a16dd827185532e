/** What a line says of something that was thrown. */
export interface ErrorMembers {
  name?: unknown
  message?: unknown
  stack?: unknown
  /** An error's own: a `code`, the `details` of a database. */
  [own: string]: unknown
}

/**
 * The members of an error, those that do not enumerate too, with its `cause` and, of an
 * AggregateError, its `errors`. Anything else that was thrown says what it is as its message, so that
 * a line's `error` is an object whatever happened.
 */
export function errorMembers(thrown: unknown): ErrorMembers {
  if (typeof thrown !== 'object' || thrown === null) return { message: String(thrown) }
  if (!(thrown instanceof Error)) return thrown as ErrorMembers
  const { name, message, stack, cause } = thrown
  const { errors } = thrown as { errors?: unknown }
  return { name, message, ...ownMembers(thrown), stack, errors, cause }
}

function ownMembers(error: Error): object {
  try {
    return { ...error }
  } catch {
    // A getter threw: what every error has is said all the same.
    return {}
  }
}
