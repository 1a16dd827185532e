import type { SupabaseClient } from '@supabase/supabase-js'
import type { z } from 'zod'
import { ask } from '../_shared/ask.ts'
import type { Database } from '../_shared/database.types.ts'
import { answers, type MetricsType } from '../_shared/metrics-answer.ts'
import type { MetricsQuery } from './metrics-query.ts'

/**
 * An org's metrics as the caller may see them, from one round trip to the database.
 *
 * @throws {HttpError} what the database says of the caller or the query; 503 when it does not answer
 */
export function readMetrics(
  database: SupabaseClient<Database>,
  { type, limit, org_id, after }: MetricsQuery,
): Promise<z.infer<(typeof answers)[MetricsType]>> {
  const call = database.rpc('monitoring_metrics', {
    type,
    page_limit: limit,
    ...(org_id !== undefined && { org_id }),
    ...(after !== undefined && { after }),
  })
  return ask(call, answers[type])
}
