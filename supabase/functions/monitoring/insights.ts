import type { SupabaseClient } from '@supabase/supabase-js'
import type { Database, Json } from '../_shared/database.types.ts'
import { databaseTimeoutMs, fromDatabaseError } from '../_shared/database-error.ts'
import type { InsightsQuery } from './insights-query.ts'

/**
 * One page of insights as the caller may see them (`insightsAnswerSchema`), from one round trip to the
 * database.
 *
 * @throws {HttpError} what the database says of the caller or the query; 503 when it does not answer
 */
export async function readInsights(
  database: SupabaseClient<Database>,
  { org_id, kind, state, limit, after }: InsightsQuery,
): Promise<Json> {
  const { data, error } = await database
    .rpc('monitoring_insights', {
      state,
      page_limit: limit,
      ...(org_id !== undefined && { org_id }),
      ...(kind !== undefined && { kind }),
      ...(after !== undefined && { after }),
    })
    .abortSignal(AbortSignal.timeout(databaseTimeoutMs))
  if (error) throw fromDatabaseError(error)
  return data
}
