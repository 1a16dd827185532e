import { z } from 'zod'
import { insightKinds } from '../_shared/insights-answer.ts'
import { metricsQuerySchema } from './metrics-query.ts'

const states = ['open', 'all'] as const

/** The query of `GET monitoring/insights`. */
export const insightsQuerySchema = z.strictObject({
  org_id: z.guid('must be a uuid').optional().meta({
    description:
      'Needed by members of several orgs; without it, a secret key reads the operator’s own',
  }),
  kind: z
    .enum(insightKinds, `must be one of ${insightKinds.join(', ')}`)
    .optional()
    .meta({ description: 'Of one kind alone' }),
  state: z
    .enum(states, `must be one of ${states.join(', ')}`)
    .default('open')
    .meta({ description: 'What is true, or all of the last year' }),
  limit: metricsQuerySchema.shape.limit,
  after: metricsQuerySchema.shape.after.meta({ description: 'The `next` of the page before' }),
})

export type InsightsQuery = z.infer<typeof insightsQuerySchema>
