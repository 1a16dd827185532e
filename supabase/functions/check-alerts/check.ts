import type { SupabaseClient } from '@supabase/supabase-js'
import type { z } from 'zod'
import { ask } from '../_shared/ask.ts'
import type { Database } from '../_shared/database.types.ts'
import { checkAlertsAnswer } from '../_shared/metrics-answer.ts'

/**
 * Evaluates an org's alerts now, and reads what is true.
 *
 * @throws {HttpError} what the database says of the caller or the org; 503 when it does not answer
 */
export function checkAlerts(
  database: SupabaseClient<Database>,
  orgId: string | undefined,
): Promise<z.infer<typeof checkAlertsAnswer>> {
  const call = database.rpc('check_alerts', orgId === undefined ? {} : { org_id: orgId })
  return ask(call, checkAlertsAnswer)
}
