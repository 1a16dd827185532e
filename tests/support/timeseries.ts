import { expect } from 'vitest'
import {
  timeseriesAnswerSchema,
  type TimeseriesAnswer,
} from '../../supabase/functions/_shared/timeseries-answer.ts'
import { ask, type Answer, type Credential } from './requests.ts'
import type { TestStack } from './stack.ts'

/** Three hours of one morning. */
export const morning = 'from=2026-11-02T09:00:00Z&to=2026-11-02T12:00:00Z&step=1h'

/** A time of that day. */
export const at = (time: string): string => `2026-11-02T${time}Z`

export function askTimeseries(
  stack: TestStack,
  query: string,
  credential: Credential,
): Promise<Answer> {
  return ask(stack, `/monitoring/timeseries?${query}`, credential)
}

/** The answer, which has to be one. */
export async function readTimeseries(
  ...request: Parameters<typeof askTimeseries>
): Promise<TimeseriesAnswer> {
  const { status, body } = await askTimeseries(...request)
  expect({ status, body }).toMatchObject({ status: 200 })
  return timeseriesAnswerSchema.parse(body)
}

/** The values of each metric, bucket by bucket. */
export function valuesOf({ series }: TimeseriesAnswer): Record<string, (number | null)[]> {
  return Object.fromEntries(
    series.map(({ metric, points }) => [metric, points.map(({ value }) => value)]),
  )
}
