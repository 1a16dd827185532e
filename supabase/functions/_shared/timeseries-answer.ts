import * as z from 'zod/mini'
import { seriesNames, units } from './catalog/series.ts'
import { described } from './described.ts'

const time = z.iso.datetime({ offset: true })
const value = z.nullable(z.number())

const series = z.object({
  metric: z.enum(seriesNames),
  unit: z.enum(units),
  value: described(value, 'Over the whole range'),
  previous: described(value, 'Over the range of the same length before it'),
  points: z.array(
    z.object({
      at: described(time, 'Where the bucket begins'),
      value: described(value, 'Null when nothing was recorded: neither zero nor healthy'),
    }),
  ),
  band: described(
    z.nullable(
      z.array(
        z.object({
          at: described(time, 'Where the hour begins'),
          expected: z.number(),
          lower: z.number(),
          upper: z.number(),
        }),
      ),
    ),
    'What was expected of each hour that was scored, and between what it usually is; null for other steps than 1h, and for what is not watched',
  ),
})

/** What `GET monitoring/timeseries` answers. */
export const timeseriesAnswerSchema = z.object({
  org_id: z.guid(),
  timestamp: described(time, 'When this was asked'),
  refreshed_at: described(z.nullable(time), 'Up to when the numbers are complete'),
  resource: z.nullable(z.string()),
  from: described(time, 'Where the first bucket begins'),
  to: described(time, 'Where the last bucket ends, or is now'),
  step_seconds: z.int().check(z.positive()),
  series: z.array(series),
})

export type TimeseriesAnswer = z.infer<typeof timeseriesAnswerSchema>
export type Series = z.infer<typeof series>
