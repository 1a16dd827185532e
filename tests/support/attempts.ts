import type { TransactionSql } from 'postgres'
import type { TestDatabase } from './database.ts'

export interface Attempt {
  call: string
  /** What was answered, or how it was refused. */
  answer?: unknown
  code?: string
  message?: string
  detail?: string
}

const attempt = `
  create function pg_temp.attempt(call text, undo boolean) returns jsonb language plpgsql as $$
  declare
    answer jsonb;
    detail text;
  begin
    execute format('select jsonb_agg(to_jsonb(t)) from (%s) as t', call) into answer;
    if undo then
      raise sqlstate 'UNDO0';
    end if;
    return jsonb_build_object('answer', answer);
  exception
    when sqlstate 'UNDO0' then return jsonb_build_object('answer', answer);
    when others then
      get stacked diagnostics detail = pg_exception_detail;
      return jsonb_build_object('code', sqlstate, 'message', sqlerrm, 'detail', detail);
  end
  $$`

/**
 * Makes calls as a signed-in user, one after the other in one transaction that is undone.
 *
 * @param undo whether each call is undone before the next, too
 * @param watch looks at what they left, as the owner of the database, before it is undone
 */
export async function attemptAs<T>(
  db: TestDatabase,
  userId: string,
  calls: string[],
  { undo = false, watch }: { undo?: boolean; watch?: (sql: TransactionSql) => Promise<T> } = {},
): Promise<{ attempts: Attempt[]; after: T | undefined }> {
  const undone = new Error('undone')
  let result: { attempts: Attempt[]; after: T | undefined } | undefined
  await db.sql
    .begin(async (sql) => {
      await sql.unsafe(attempt)
      await sql`grant execute on function pg_temp.attempt(text, boolean) to authenticated`
      const claims = JSON.stringify({ role: 'authenticated', sub: userId })
      await sql`
        select set_config('role', 'authenticated', true),
          set_config('request.jwt.claims', ${claims}, true)`
      const rows = await sql<{ call: string; result: Omit<Attempt, 'call'> }[]>`
        select call, pg_temp.attempt(call, ${undo}) as result
        from unnest(${calls}::text[]) with ordinality as c (call, n) order by n`
      await sql`select set_config('role', 'none', true)`
      const after = await watch?.(sql)
      const attempts = rows.map(({ call, result: each }) => ({ call, ...each }))
      result = { attempts, after }
      throw undone
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error
    })
  return result!
}

/** What the tables hold that names one of these ids: for each table, a checksum of its rows. */
export async function checksumOf(
  sql: TransactionSql,
  ids: string[],
): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class as c
    where relkind in ('r', 'p') and not relispartition
      and (relnamespace in ('everwatch'::regnamespace, 'everwatch_private'::regnamespace)
        or c.oid = 'vault.secrets'::regclass)`
  const [row] = await sql.unsafe<[{ sums: Record<string, string> }]>(
    `select jsonb_object_agg(name, sum) as sums from (${tables
      .map(
        ({ name }) => `
          select '${name}' as name, md5(coalesce(string_agg(t::text, e'\\n' order by t::text), '')) as sum
          from ${name} as t where t::text ~ $1`,
      )
      .join(' union all ')}) as sums`,
    [ids.filter((id) => id.includes('-')).join('|')],
  )
  return row.sums
}
