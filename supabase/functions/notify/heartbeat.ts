import type { SupabaseClient } from '@supabase/supabase-js'
import { z } from 'zod'
import { ask } from '../_shared/ask.ts'
import type { Database } from '../_shared/database.types.ts'
import { HttpError } from '../_shared/everwatch/http/errors.ts'
import { findAddresses } from './address-guard.ts'
import { judgeAnswer, judgeFailure, type Outcome } from './outcome.ts'
import type { SignedCall } from './signed-call.ts'
import { post } from './transport.ts'

const heartbeatSchema = z.object({
  /** Null when the operator has set none since the call was made. */
  url: z.string().nullable(),
  allowed_networks: z.array(z.string()),
  timeout_ms: z.number(),
})

type Heartbeat = z.infer<typeof heartbeatSchema>

/**
 * Gives the sign of life that the database asks for.
 *
 * @throws {HttpError} 401 unless the database signed the call; 502 when nobody took the sign; 503 when
 *   the database does not answer
 */
export async function sendHeartbeat(
  database: SupabaseClient<Database>,
  call: SignedCall,
): Promise<void> {
  const { url, ...limits } = await ask(
    database.rpc('accept_heartbeat_call', { ...call }),
    heartbeatSchema,
  )
  if (url === null) return
  const { result, error: reason } = await attempt(url, limits)
  if (result !== 'delivered') throw new HttpError(502, 'heartbeat_failed', reason ?? '')
}

async function attempt(
  url: string,
  { allowed_networks, timeout_ms }: Omit<Heartbeat, 'url'>,
): Promise<Outcome> {
  try {
    const addresses = await findAddresses(new URL(url), allowed_networks)
    const headers = { 'content-type': 'application/json' }
    const answer = await post({ url, headers, body: '{}' }, addresses, timeout_ms)
    return judgeAnswer(answer, [], new Date())
  } catch (error) {
    return judgeFailure(error)
  }
}
