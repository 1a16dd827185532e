import type { SupabaseClient } from '@supabase/supabase-js'
import { ask } from '../_shared/ask.ts'
import type { Database } from '../_shared/database.types.ts'
import { timeseriesAnswerSchema, type TimeseriesAnswer } from '../_shared/timeseries-answer.ts'
import { rangeOf } from './range.ts'
import { stepFor, steps, type TimeseriesQuery } from './timeseries-query.ts'

/**
 * An org's metrics over time as the caller may see them, from one round trip to the database.
 *
 * @throws {HttpError} 400 for a range that is none; what the database says of the
 *   caller or the query, for example that the answer would be too long; 503 when it does not answer
 */
export async function readTimeseries(
  database: SupabaseClient<Database>,
  query: TimeseriesQuery,
): Promise<TimeseriesAnswer> {
  const { metric: metrics, org_id, resource, step } = query
  const { from, to } = rangeOf(query, new Date())
  const call = database.rpc('monitoring_timeseries', {
    metrics,
    range_start: from.toISOString(),
    range_end: to.toISOString(),
    step: step === undefined ? stepFor(from, to, metrics) : steps[step],
    ...(org_id !== undefined && { org_id }),
    ...(resource !== undefined && { resource }),
  })
  return ask(call, timeseriesAnswerSchema)
}
