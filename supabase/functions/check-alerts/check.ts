import type { SupabaseClient } from '@supabase/supabase-js'
import { databaseTimeoutMs, fromDatabaseError } from '../_shared/database-error.ts'
import type { Database, Json } from '../_shared/database.types.ts'

/**
 * Evaluates an org's alerts now, and reads what is true (`checkAlertsAnswer` in `metrics-answer.ts`).
 *
 * @throws {HttpError} what the database says of the caller or the org; 503 when it does not answer
 */
export async function checkAlerts(
  database: SupabaseClient<Database>,
  orgId: string | undefined,
): Promise<Json> {
  const { data, error } = await database
    .rpc('check_alerts', orgId === undefined ? {} : { org_id: orgId })
    .abortSignal(AbortSignal.timeout(databaseTimeoutMs))
  if (error) throw fromDatabaseError(error)
  return data
}
