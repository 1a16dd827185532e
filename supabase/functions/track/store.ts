import type { SupabaseClient } from '@supabase/supabase-js'
import { ask } from '../_shared/ask.ts'
import type { Database } from '../_shared/database.types.ts'
import { trackAnswerSchema, type TrackAnswer } from '../_shared/events.ts'
import { validate } from './validate.ts'

/**
 * Stores the good events of a batch, all in one transaction, and says of each bad one which field is
 * wrong: here where a field alone can tell, else in the database.
 *
 * @throws {HttpError} 503 when the database does not answer; the same batch may then be sent again
 */
export async function store(
  database: SupabaseClient<Database>,
  batch: unknown[],
): Promise<TrackAnswer> {
  const { events, rejected } = validate(batch)
  if (events.length === 0) return { accepted: 0, rejected }
  const stored = await ask(database.rpc('track_events', { events }), trackAnswerSchema)
  return {
    accepted: stored.accepted,
    rejected: [...rejected, ...stored.rejected].toSorted((a, b) => a.index - b.index),
  }
}
