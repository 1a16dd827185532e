import { z } from 'zod'
import { readJson } from '../_shared/body.ts'
import { HttpError } from '../_shared/everwatch/http/errors.ts'

/** What `POST check-alerts` takes, as its body or as its query. */
export const checkAlertsSchema = z.strictObject({
  org_id: z
    .guid('must be a uuid')
    .optional()
    .meta({ description: 'Needed with a secret key, and by members of several orgs' }),
})

const largestBodyBytes = 1024

/**
 * The org that a request names, in its body or its query; undefined when it names none.
 *
 * @throws {HttpError} 400 that names the field which is wrong, unknown or given twice; 413
 */
export async function readOrgId(request: Request): Promise<string | undefined> {
  const query = [...new URL(request.url).searchParams]
  const body = await readJson(request, largestBodyBytes, {})
  const fromBody = parse(body, 'invalid_body').org_id
  const fromQuery = parse(Object.fromEntries(query), 'invalid_query').org_id
  if (query.length > 1 || (fromBody !== undefined && fromQuery !== undefined)) {
    throw refuse('invalid_query', 'org_id', 'must be given once')
  }
  return fromBody ?? fromQuery
}

function parse(given: unknown, code: string): z.infer<typeof checkAlertsSchema> {
  const { data, error } = checkAlertsSchema.safeParse(given)
  if (data) return data
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys') throw refuse(code, issue.keys[0] ?? '', 'is not a field')
  const field = String(issue?.path[0] ?? 'body')
  throw refuse(code, field, field === 'body' ? 'must be an object' : (issue?.message ?? ''))
}

function refuse(code: string, field: string, message: string): HttpError {
  return new HttpError(400, code, `${field} ${message}.`, { field })
}
