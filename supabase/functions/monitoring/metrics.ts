import { z } from 'zod'
import { authenticate } from '../_shared/caller.ts'
import { fromDatabaseError } from '../_shared/database-error.ts'
import { HttpError } from '../_shared/errors.ts'
import { answers, type MetricsType } from '../_shared/metrics-answer.ts'

const types = Object.keys(answers) as MetricsType[]

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
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 500')
    .transform(Number)
    .pipe(
      z
        .int()
        .min(1, 'must be a whole number from 1 to 500')
        .max(500, 'must be a whole number from 1 to 500'),
    )
    .default(100)
    .meta({ description: 'The most rows of a list, from 1 to 500' }),
  after: z
    .string()
    .regex(/^[0-9a-f]{2,2000}$/, 'must be the `next` of an answer')
    .optional()
    .meta({ description: 'The `next` of the page before; with one type only' }),
})

/** `GET monitoring/metrics`: an org's metrics, from one call of the database. */
export async function getMetrics(request: Request): Promise<Response> {
  const { database } = await authenticate(request)
  const query = parseQuery(new URL(request.url).searchParams)
  const { data, error } = await database.rpc('monitoring_metrics', {
    type: query.type,
    page_limit: query.limit,
    ...(query.org_id && { org_id: query.org_id }),
    ...(query.after && { after: query.after }),
  })
  if (error) throw fromDatabaseError(error)
  return Response.json(data, { headers: { 'cache-control': 'no-store' } })
}

function parseQuery(parameters: URLSearchParams): z.infer<typeof metricsQuerySchema> {
  const names = [...parameters.keys()]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new HttpError(400, 'invalid_query', `${twice} must be given once.`, { field: twice })
  }
  const { data, error } = metricsQuerySchema.safeParse(Object.fromEntries(parameters))
  if (data) return data
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys') {
    const [field = ''] = issue.keys
    const known = Object.keys(metricsQuerySchema.shape).join(', ')
    throw new HttpError(400, 'invalid_query', `There are ${known}; not ${field}.`, { field })
  }
  const field = String(issue?.path[0] ?? '')
  const code = field === 'type' ? 'invalid_type' : 'invalid_query'
  throw new HttpError(400, code, `${field} ${issue?.message}.`, { field })
}
