import type { SupabaseClient } from '@supabase/supabase-js'
import { ask } from '../_shared/ask.ts'
import { costsAnswerSchema, type CostsAnswer } from '../_shared/costs-answer.ts'
import type { Database } from '../_shared/database.types.ts'
import type { CostsQuery } from './costs-query.ts'
import { rangeOf } from './range.ts'

/**
 * What an org used and what it costs, as the caller may see it, from one round trip to the database.
 *
 * @throws {HttpError} 400 for a range that is none; what the database says of the caller or the query;
 *   503 when it does not answer
 */
export async function readCosts(
  database: SupabaseClient<Database>,
  query: CostsQuery,
): Promise<CostsAnswer> {
  const { org_id, limit, after } = query
  const { from, to } = rangeOf(query, new Date())
  const call = database.rpc('monitoring_costs', {
    range_start: from.toISOString(),
    range_end: to.toISOString(),
    page_limit: limit,
    ...(org_id !== undefined && { org_id }),
    ...(after !== undefined && { after }),
  })
  return ask(call, costsAnswerSchema)
}
