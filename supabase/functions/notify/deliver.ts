import type { SupabaseClient } from '@supabase/supabase-js'
import type { Database } from '../_shared/database.types.ts'
import { logger } from '../_shared/everwatch/logger.ts'
import { claim, finish, type Work } from './claim.ts'
import { send } from './send.ts'

/** How long one call goes on for, at most: the platform ends it at some time after this. */
const longestMs = 90_000

/**
 * Does what the database has given to do, and what it gives after that: a group that is not complete
 * is waited for, and a first attempt that failed is followed by the second. Whatever is left undone,
 * because this ends or fails, the database gives to another call.
 *
 * @param at the database's clock at the beginning
 */
export async function deliver(
  database: SupabaseClient<Database>,
  first: Work,
  at: string,
): Promise<void> {
  const started = Date.now()
  let clock = at
  try {
    for (let work = first; work.message || work.next;) {
      const { message, next } = work
      if (message) {
        work = await finish(database, message, await send(message), clock)
      } else if (next) {
        if (Date.now() - started + next.wait_ms > longestMs) return
        await new Promise((resolve) => setTimeout(resolve, next.wait_ms))
        clock = new Date(Date.parse(clock) + next.wait_ms).toISOString()
        work = await claim(database, next.notification_id, clock)
      }
    }
  } catch (error) {
    logger.error('A delivery was left to the schedule', error)
  }
}
