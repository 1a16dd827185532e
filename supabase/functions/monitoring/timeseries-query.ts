import { z } from 'zod'
import { seriesNames, seriesOf, type SeriesName } from '../_shared/catalog/series.ts'
import { fromSchema, toSchema } from './range.ts'

/** The lengths of a bucket, in seconds, by the name that `step` has for them. */
export const steps = {
  '1m': 60,
  '5m': 300,
  '15m': 900,
  '1h': 3600,
  '6h': 21_600,
  '1d': 86_400,
} as const

type Step = keyof typeof steps

const stepNames = Object.keys(steps) as Step[]
/** What a chart shows well; the step is chosen for it when none is given. */
const comfortablePoints = 200
/** In an answer, as the database holds it to. */
const mostPoints = 1000

const wrongMetric = `must be one or more of ${seriesNames.join(', ')}, separated by commas`

/** The query of `GET monitoring/timeseries`. */
export const timeseriesQuerySchema = z.strictObject({
  metric: z
    .string(wrongMetric)
    .transform((text) => text.split(','))
    .pipe(
      z
        .array(z.enum(seriesNames, wrongMetric))
        .refine((names) => new Set(names).size === names.length, 'must name each metric once'),
    )
    .meta({ description: 'What to measure: names, separated by commas' }),
  org_id: z
    .guid('must be a uuid')
    .optional()
    .meta({ description: 'Needed with a secret key, and by members of several orgs' }),
  resource: z
    .string()
    .min(1, 'must not be empty')
    .max(300, 'must be at most 300 characters')
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be text')
    .optional()
    .meta({
      description:
        'One alone: the id of a webhook or of a rule, a type of API resource, a rate limit as key_type:identifier; for custom_ metrics the name of one of your own, with labels if you like: emails.sent{"kind":"weekly"}',
    }),
  from: fromSchema.default('-24h'),
  to: toSchema,
  step: z
    .enum(stepNames, `must be one of ${stepNames.join(', ')}`)
    .optional()
    .meta({ description: 'Length of a bucket; when left out, for at most 200 of them' }),
})

export type TimeseriesQuery = z.infer<typeof timeseriesQuerySchema>

/**
 * The finest step of which a range has comfortably few for so many metrics, in seconds; at least an
 * hour for metrics of an org's own, which are kept by the hour.
 */
export function stepFor(from: Date, to: Date, metrics: readonly SeriesName[]): number {
  const seconds = (to.getTime() - from.getTime()) / 1000
  const most = Math.min(comfortablePoints, Math.floor(mostPoints / metrics.length) - 1)
  const least = metrics.some((metric) => seriesOf(metric).subject === 'custom') ? steps['1h'] : 0
  const fits = (step: number): boolean => step >= least && seconds / step <= most
  return Object.values(steps).find(fits) ?? steps['1d']
}
