import type { SupabaseClient } from '@supabase/supabase-js'
import { z } from 'zod'
import { ask } from '../_shared/ask.ts'
import { readJson } from '../_shared/body.ts'
import { channelTestSchema, type ChannelTestAnswer } from '../_shared/channel-test.ts'
import type { Database } from '../_shared/database.types.ts'
import { HttpError } from '../_shared/everwatch/http/errors.ts'
import { claim, finish } from './claim.ts'
import { send } from './send.ts'

/** @throws {HttpError} 400 that names what is wrong with the body; 413 */
export async function readTestRequest(request: Request): Promise<string> {
  const { data } = channelTestSchema.safeParse(await readJson(request, 1024))
  if (data) return data.channel_id
  const message = 'The body must be {"channel_id": "<uuid>"}, and nothing else.'
  throw new HttpError(400, 'invalid_body', message, { field: 'channel_id' })
}

/**
 * Sends a test of a channel and waits for the receiver.
 *
 * @param caller asks whether the caller may
 * @param service reads the channel's secrets
 * @throws {HttpError} 403 or 404 as the database says of the caller; 503 when it does not answer
 */
export async function testChannel(
  caller: SupabaseClient<Database>,
  service: SupabaseClient<Database>,
  channelId: string,
): Promise<ChannelTestAnswer> {
  const id = await ask(caller.rpc('queue_test', { channel_id: channelId }), z.number())
  const now = new Date().toISOString()
  const { message } = await claim(service, id, now)
  if (!message) throw new HttpError(409, 'test_in_progress', 'This test is being sent already.')
  const outcome = await send(message)
  await finish(service, message, outcome, now)
  const { result, status_code, answer, error: reason, duration_ms } = outcome
  return { delivered: result === 'delivered', status_code, answer, error: reason, duration_ms }
}
