import { z } from 'zod'
import { HttpError } from '../_shared/everwatch/errors.ts'
import { answers, type MetricsType } from '../_shared/metrics-answer.ts'

const types = Object.keys(answers) as MetricsType[]
const wrongLimit = 'must be a whole number from 1 to 500'

/** The query of `GET monitoring/metrics`. */
export const metricsQuerySchema = z.strictObject({
  type: z
    .enum(types, `must be one of ${types.join(', ')}`)
    .default('all')
    .meta({ description: 'Which part to answer' }),
  org_id: z
    .guid('must be a uuid')
    .optional()
    .meta({ description: 'Needed with a secret key, and by members of several orgs' }),
  limit: z.coerce
    .number(wrongLimit)
    .int(wrongLimit)
    .min(1, wrongLimit)
    .max(500, wrongLimit)
    .default(100)
    .meta({ description: 'The most rows of a list' }),
  after: z
    .string()
    .regex(/^[0-9a-f]{2,2000}$/, 'must be the `next` of an answer')
    .optional()
    .meta({ description: 'The `next` of the page before; with one type only' }),
})

export type MetricsQuery = z.infer<typeof metricsQuerySchema>

/** @throws {HttpError} 400 that names the parameter which is wrong, unknown or given twice */
export function parseQuery(parameters: URLSearchParams): MetricsQuery {
  const names = [...parameters.keys()]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw refuse('invalid_query', twice, 'must be given once')

  const { data, error } = metricsQuerySchema.safeParse(Object.fromEntries(parameters))
  if (data) return data
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys') {
    const known = Object.keys(metricsQuerySchema.shape)
    throw refuse('invalid_query', issue.keys[0] ?? '', 'is not a parameter', known)
  }
  const field = String(issue?.path[0] ?? '')
  const message = issue?.message ?? ''
  if (field === 'type') throw refuse('invalid_type', field, message, types)
  throw refuse('invalid_query', field, message)
}

function refuse(code: string, field: string, message: string, expected?: string[]): HttpError {
  const details = { field, ...(expected && { expected }) }
  return new HttpError(400, code, `${field} ${message}.`, details)
}
