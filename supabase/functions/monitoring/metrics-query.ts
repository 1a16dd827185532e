import { z } from 'zod'
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
