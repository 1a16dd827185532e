import postgres from 'postgres'
import { atEndOfFile } from './cleanup.ts'
import type { TestDatabase } from './database.ts'

/** A row as it was written: column names and their values as text. */
export interface LoggedRow {
  table: string
  columns: Record<string, string>
}

export interface CommitLog {
  /** The rows that each transaction wrote, transactions in the order of their commits. */
  read(): Promise<LoggedRow[][]>
}

/**
 * Follows a database's commits from now on, through logical decoding: the server's own order of
 * commits, which owes nothing to the locks that a test is about. It ends with the file.
 */
export async function followCommits(db: TestDatabase): Promise<CommitLog> {
  const sql = postgres(db.url, { max: 1, onnotice: () => {} })
  const slot = db.name
  await sql`select pg_create_logical_replication_slot(${slot}, 'test_decoding')`
  // A database that has a slot cannot be dropped; the last cleanup asked for comes first.
  atEndOfFile(async () => {
    await sql`select pg_drop_replication_slot(${slot})`
    await sql.end()
  })
  return {
    read: async () => {
      // Only what is on disk is decoded, and test servers do not wait for the disk: this commit does.
      await sql`select set_config('synchronous_commit', 'on', false)`
      await sql`select pg_logical_emit_message(true, 'test', 'flush')`
      const changes = await sql<{ data: string }[]>`
        select data from pg_logical_slot_peek_changes(${slot}, null, null)`
      const transactions: LoggedRow[][] = []
      for (const { data } of changes) {
        if (data.startsWith('BEGIN')) transactions.push([])
        const row = /^table (\S+): (?:INSERT|UPDATE): (.*)$/s.exec(data)
        if (row) transactions.at(-1)?.push({ table: row[1]!, columns: parseColumns(row[2]!) })
      }
      return transactions
    },
  }
}

/** Reads `id[uuid]:'…' attempt[integer]:1 error[text]:null`. */
function parseColumns(text: string): Record<string, string> {
  const columns = text.matchAll(/(\w+)\[[^\]]+\]:(?:'((?:[^']|'')*)'|(\S+))/g)
  return Object.fromEntries(
    Array.from(columns, ([, name, quoted, plain]) => [name, quoted ?? plain ?? '']),
  )
}
