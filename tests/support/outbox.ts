import type { Message } from '../../supabase/functions/notify/message.ts'
import type { TestDatabase } from './database.ts'

export interface OutboxRow {
  id: string
  channel_id: string
  event: string
  status: string
  message_id: string | null
  attempts: number
  due_at: Date
  status_code: number | null
  error: string | null
}

/** What is owed on a channel and what became of it, in order. */
export async function outbox(db: TestDatabase, channelId: string): Promise<OutboxRow[]> {
  return db.sql<OutboxRow[]>`
    select * from everwatch.v_notifications where channel_id = ${channelId} order by id`
}

/** The events and states of a channel's outbox, as `fired queued`. */
export async function states(db: TestDatabase, channelId: string): Promise<string[]> {
  return (await outbox(db, channelId)).map(({ event, status }) => `${event} ${status}`)
}

export interface Work {
  message?: Message
  next?: { notification_id: number; wait_ms: number }
}

/** Claims a notification as the notify function does, so many seconds from now. */
export async function claim(db: TestDatabase, id: string | number, inSeconds = 0): Promise<Work> {
  const [row] = await db.asService(
    (sql) => sql<[{ work: Work }]>`
      select everwatch.claim_notification(${id}, now() + make_interval(secs => ${inSeconds})) as work`,
  )
  return row.work
}

/** Says what became of a message, so many seconds from now. */
export async function finish(
  db: TestDatabase,
  { notification_id, attempt }: Message,
  outcome: Record<string, unknown>,
  inSeconds = 0,
): Promise<Work> {
  const [row] = await db.asService(
    (sql) => sql<[{ work: Work }]>`
      select everwatch.finish_notification(
        ${notification_id}, ${attempt}, ${sql.json(outcome as never)},
        now() + make_interval(secs => ${inSeconds})
      ) as work`,
  )
  return row.work
}

/** Claims a channel's first notification that is queued; throws when there is nothing to send. */
export async function claimFirst(
  db: TestDatabase,
  channelId: string,
  inSeconds = 0,
): Promise<Message> {
  const queued = (await outbox(db, channelId)).find(({ status }) => status === 'queued')
  const { message } = queued ? await claim(db, queued.id, inSeconds) : {}
  if (!message) throw new Error('there is nothing to send')
  return message
}
