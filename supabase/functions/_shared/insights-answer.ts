import * as z from 'zod/mini'
import { described } from './described.ts'

const time = z.iso.datetime({ offset: true })
const answeredBy = described(z.nullable(z.guid()), 'Null for a secret key, and for nobody')

/** The kinds of insights, as `everwatch_private.insight_kinds()` lists them. */
export const insightKinds = ['anomaly', 'cost', 'prediction', 'regression'] as const

const insight = z.object({
  id: z.guid(),
  kind: z.enum(insightKinds),
  severity: z.enum(['info', 'warning', 'critical']),
  resource_type: z.string(),
  resource_id: z.string(),
  resource_name: z.string(),
  metric: described(z.string(), 'What of the resource it is about'),
  sentence: described(z.string(), 'What is so'),
  detail: described(z.record(z.string(), z.unknown()), 'The numbers behind it, by kind'),
  first_stated_at: time,
  last_stated_at: time,
  ended_at: described(z.nullable(time), 'Null while it is true'),
  acknowledged_by: answeredBy,
  acknowledged_at: described(z.nullable(time), 'When somebody has seen it'),
  expected_by: answeredBy,
  expected_at: described(z.nullable(time), 'When somebody said that it was expected'),
})

/** What `GET monitoring/insights` answers. */
export const insightsAnswerSchema = z.object({
  org_id: described(z.nullable(z.guid()), 'Null for the operator’s own'),
  timestamp: described(time, 'When this was asked'),
  insights: described(z.array(insight), 'Newest first'),
  next: described(z.nullable(z.string()), 'Where the next page begins'),
})

export type InsightsAnswer = z.infer<typeof insightsAnswerSchema>
