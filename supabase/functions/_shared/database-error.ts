import { HttpError, unauthenticated } from './everwatch/http/errors.ts'
import { isNotExposed, notExposed } from './everwatch/http/exposed-schema.ts'

/** What the Data API says of a call that failed. */
export interface DatabaseError {
  code: string
  message: string
  details: string | null
  hint: string | null
}

/** How long the database may take for one request, in milliseconds: longer than its own limit of 8 s. */
export const databaseTimeoutMs = 10_000

/**
 * An error of the database as the caller is told of it. Ours carry the HTTP status in their code
 * (`PT403`), a machine code in `details` and the argument in `hint`; all others are the service's.
 */
export function fromDatabaseError(error: DatabaseError): HttpError {
  const [, status] = /^PT(4\d\d)$/.exec(error.code) ?? []
  if (status) {
    return new HttpError(Number(status), error.details ?? 'invalid', error.message, {
      ...(error.hint && { field: error.hint }),
    })
  }
  // A token that was good when the function looked, and expired on the way.
  if (/^PGRST30\d$/.test(error.code)) return unauthenticated()
  if (isNotExposed(error)) return new HttpError(500, 'schema_not_exposed', notExposed)
  return new HttpError(503, 'unavailable', 'The database did not answer. Try again in a moment.', {
    headers: { 'retry-after': '5' },
    cause: new Error(`${error.code}: ${error.message}`),
  })
}
