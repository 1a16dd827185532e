import type { TestDatabase } from './database.ts'

/**
 * Deliveries of a webhook, `counts[n]` of them in the hour that begins n hours after `from`, each at its
 * end; `durations[n]` milliseconds long, 100 by default.
 */
export async function addHours(
  db: TestDatabase,
  webhookId: string,
  from: Date,
  counts: number[],
  durations: number[] = counts.map(() => 100),
): Promise<void> {
  await db.sql`
    insert into everwatch.webhook_deliveries (webhook_id, status, duration_ms, sent_at)
    select ${webhookId}, 'sent', h.duration, ${from}::timestamptz + h.n * interval '1 hour' - interval '1 minute'
    from unnest(${counts}::integer[], ${durations}::integer[]) with ordinality as h (count, duration, n)
    cross join lateral generate_series(1, h.count)`
}

/** Refreshes as of a time, and scores what is new since. */
export async function scoreAt(db: TestDatabase, at: Date): Promise<Record<string, unknown>> {
  await db.sql`select everwatch_private.refresh_views(${at})`
  const [row] = await db.sql<[{ answer: Record<string, unknown> }]>`
    select everwatch_private.score_watched_series(${at}) as answer`
  return row.answer
}
