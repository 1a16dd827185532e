import type { TestDatabase } from './database.ts'

/**
 * Waits until some session of the database waits for a lock of a kind (`pg_locks.locktype`).
 *
 * @throws when none does within ten seconds
 */
export async function waitingFor(db: TestDatabase, kind: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline) {
    const waiting = await db.sql`
      select from pg_catalog.pg_locks
      join pg_catalog.pg_stat_activity as session using (pid)
      where not granted and locktype = ${kind} and datname = current_database()`
    if (waiting.length > 0) return
  }
  throw new Error(`nobody waits for a lock of kind ${kind}`)
}
