import { z } from 'zod'
import { metricsQuerySchema } from './metrics-query.ts'
import { fromSchema, toSchema } from './range.ts'

/** The query of `GET monitoring/costs`. */
export const costsQuerySchema = z.strictObject({
  org_id: metricsQuerySchema.shape.org_id,
  from: fromSchema.default('-30d'),
  to: toSchema,
  limit: metricsQuerySchema.shape.limit,
  after: metricsQuerySchema.shape.after.meta({ description: 'The `next` of the page before' }),
})

export type CostsQuery = z.infer<typeof costsQuerySchema>
