import type { SupabaseClient } from '@supabase/supabase-js'
import { ask } from '../_shared/ask.ts'
import type { Database } from '../_shared/database.types.ts'
import { insightsAnswerSchema, type InsightsAnswer } from '../_shared/insights-answer.ts'
import type { InsightsQuery } from './insights-query.ts'

/**
 * One page of insights as the caller may see them, from one round trip to the database.
 *
 * @throws {HttpError} what the database says of the caller or the query; 503 when it does not answer
 */
export function readInsights(
  database: SupabaseClient<Database>,
  { org_id, kind, state, limit, after }: InsightsQuery,
): Promise<InsightsAnswer> {
  const call = database.rpc('monitoring_insights', {
    state,
    page_limit: limit,
    ...(org_id !== undefined && { org_id }),
    ...(kind !== undefined && { kind }),
    ...(after !== undefined && { after }),
  })
  return ask(call, insightsAnswerSchema)
}
