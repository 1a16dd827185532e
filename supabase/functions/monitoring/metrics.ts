import type { Database, Json } from '../_shared/database.types.ts'
import type { SupabaseClient } from '@supabase/supabase-js'
import { databaseTimeoutMs, fromDatabaseError } from '../_shared/database-error.ts'
import type { MetricsQuery } from './metrics-query.ts'

/**
 * An org's metrics as the caller may see them (`answers` in `metrics-answer.ts`), from one round trip
 * to the database.
 *
 * @throws {HttpError} what the database says of the caller or the query; 503 when it does not answer
 */
export async function readMetrics(
  database: SupabaseClient<Database>,
  { type, limit, org_id, after }: MetricsQuery,
): Promise<Json> {
  const { data, error } = await database
    .rpc('monitoring_metrics', {
      type,
      page_limit: limit,
      ...(org_id !== undefined && { org_id }),
      ...(after !== undefined && { after }),
    })
    .abortSignal(AbortSignal.timeout(databaseTimeoutMs))
  if (error) throw fromDatabaseError(error)
  return data
}
