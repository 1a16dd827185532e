import type { SupabaseClient } from '@supabase/supabase-js'
import { z } from 'zod'
import { ask } from '../_shared/ask.ts'
import type { Database } from '../_shared/database.types.ts'
import { messageSchema } from './message.ts'
import type { Outcome } from './outcome.ts'
import type { SignedCall } from './signed-call.ts'

/** What the database gives a sender to do: a message to send now, something to claim later, or neither. */
const workSchema = z.object({
  message: messageSchema.optional(),
  next: z.object({ notification_id: z.number(), wait_ms: z.number() }).optional(),
})

export type Work = z.infer<typeof workSchema>

type Client = SupabaseClient<Database>

const callSchema = z.object({ at: z.string() })

/**
 * Has the database check that the call is its own, and takes on what it asks for.
 *
 * @returns the work, and the database's clock
 * @throws {HttpError} 401 unless the database signed the call; 503 when it does not answer
 */
export async function acceptCall(
  database: Client,
  call: SignedCall,
): Promise<{ work: Work; at: string }> {
  const work = await ask(database.rpc('accept_notification_call', { ...call }), workSchema)
  return { work, at: callSchema.parse(JSON.parse(call.body)).at }
}

/** Takes on a notification, as of `at` or now, whichever is later. */
export async function claim(database: Client, notificationId: number, at: string): Promise<Work> {
  return ask(
    database.rpc('claim_notification', { notification_id: notificationId, at }),
    workSchema,
  )
}

/** Says what became of an attempt, and is told what to go on with. */
export async function finish(
  database: Client,
  { notification_id, attempt }: { notification_id: number; attempt: number },
  outcome: Outcome,
  at: string,
): Promise<Work> {
  const args = { notification_id, attempt, outcome: { ...outcome }, at }
  return ask(database.rpc('finish_notification', args), workSchema)
}
