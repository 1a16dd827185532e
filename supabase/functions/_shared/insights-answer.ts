import { z } from 'zod'

const time = z.iso.datetime({ offset: true })
const answeredBy = z
  .guid()
  .nullable()
  .meta({ description: 'Null for a secret key, and for nobody' })

/** The kinds of insights, as `everwatch_private.insight_kinds()` lists them. */
export const insightKinds = ['anomaly', 'cost', 'prediction', 'regression'] as const

const insight = z.strictObject({
  id: z.guid(),
  kind: z.enum(insightKinds),
  severity: z.enum(['info', 'warning', 'critical']),
  resource_type: z.string(),
  resource_id: z.string(),
  resource_name: z.string(),
  metric: z.string().meta({ description: 'What of the resource it is about' }),
  sentence: z.string().meta({ description: 'What is so' }),
  detail: z.record(z.string(), z.unknown()).meta({ description: 'The numbers behind it, by kind' }),
  first_stated_at: time,
  last_stated_at: time,
  ended_at: time.nullable().meta({ description: 'Null while it is true' }),
  acknowledged_by: answeredBy,
  acknowledged_at: time.nullable().meta({ description: 'When somebody has seen it' }),
  expected_by: answeredBy,
  expected_at: time.nullable().meta({ description: 'When somebody said that it was expected' }),
})

/** What `GET monitoring/insights` answers. */
export const insightsAnswerSchema = z.strictObject({
  org_id: z.guid().nullable().meta({ description: 'Null for the operator’s own' }),
  timestamp: time.meta({ description: 'When this was asked' }),
  insights: z.array(insight).meta({ description: 'Newest first' }),
  next: z.string().nullable().meta({ description: 'Where the next page begins' }),
})

export type InsightsAnswer = z.infer<typeof insightsAnswerSchema>
