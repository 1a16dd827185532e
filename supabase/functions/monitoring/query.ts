import type { z } from 'zod'
import { HttpError } from '../_shared/everwatch/http/errors.ts'

/**
 * A request's query as a schema reads it.
 *
 * @throws {HttpError} 400 that names the parameter which is wrong, unknown or given twice
 */
export function parseQuery<T extends z.ZodObject>(
  schema: T,
  parameters: URLSearchParams,
): z.infer<T> {
  const names = [...parameters.keys()]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw refuse('invalid_query', twice, 'must be given once')

  const result = schema.safeParse(Object.fromEntries(parameters))
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (issue?.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape)
    throw refuse('invalid_query', issue.keys[0] ?? '', 'is not a parameter', known)
  }
  const field = String(issue?.path[0] ?? '')
  const message = issue?.message ?? ''
  // One of a few values: the code says which parameter, and the answer which values.
  if (issue?.code === 'invalid_value') {
    throw refuse(`invalid_${field}`, field, message, issue.values.map(String))
  }
  throw refuse('invalid_query', field, message)
}

function refuse(code: string, field: string, message: string, expected?: string[]): HttpError {
  const details = { field, ...(expected && { expected }) }
  return new HttpError(400, code, `${field} ${message}.`, details)
}
