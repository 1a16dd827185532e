import type { TransactionSql } from 'postgres'

type Row = Record<string, unknown>

/** What a database tells at one moment, by what it is asked: the rows of a table or view, or an answer. */
export type Numbers = Map<string, Row[]>

/** The answers that the Data API gives to a member of an org, as the functions behind it make them. */
const answers = {
  monitoring_metrics: `everwatch.monitoring_metrics($1, 'all')`,
  monitoring_timeseries: `everwatch.monitoring_timeseries(
    array['deliveries', 'delivery_p95_ms', 'executions', 'api_requests', 'api_p95_ms'],
    now() - interval '1 day', now(), 3600, $1
  )`,
  monitoring_costs: `everwatch.monitoring_costs(now() - interval '1 day', now(), $1)`,
  monitoring_insights: `everwatch.monitoring_insights($1)`,
  // Which jobs there are an upgrade changes.
  monitoring_prometheus: `everwatch.monitoring_prometheus($1) - 'jobs'`,
}

/** What an upgrade changes in any case: which releases there were, and what they take on the disk. */
const changing = new Set(['everwatch.versions', 'everwatch_private.relation_sizes'])

/** Reads all rows of our tables and views, and what the API answers a member of an org. */
export async function readNumbers(
  sql: TransactionSql,
  orgId: string,
  memberId: string,
): Promise<Numbers> {
  const numbers: Numbers = new Map()
  const relations = await sql<{ name: string }[]>`
    select format('%I.%I', relnamespace::regnamespace, relname) as name
    from pg_class
    where relnamespace::regnamespace::text in ('everwatch', 'everwatch_private')
      and relkind in ('r', 'p', 'v', 'm') and not relispartition
    order by 1`
  for (const { name } of relations.filter((relation) => !changing.has(relation.name))) {
    const rows = await sql.unsafe<{ row: Row }[]>(`select to_jsonb(t) as row from ${name} as t`)
    numbers.set(
      name,
      rows.map(({ row }) => row),
    )
  }
  await sql`
    select set_config('role', 'authenticated', true),
      set_config('request.jwt.claims', ${JSON.stringify({ role: 'authenticated', sub: memberId })}, true)`
  for (const [name, call] of Object.entries(answers)) {
    const [answer] = await sql.unsafe<[{ answer: Row }]>(`select ${call} as answer`, [orgId])
    numbers.set(name, [answer.answer])
  }
  await sql`select set_config('role', 'none', true)`
  return numbers
}

/** Says which of the numbers that were are others now; columns that came do not count, those that went do. */
export function findChangedNumbers(before: Numbers, after: Numbers): string[] {
  return [...before].flatMap(([name, rows]) => {
    const now = after.get(name)
    if (!now) return [`${name} is gone`]
    const columns = new Set(rows.flatMap(Object.keys))
    const [was, is] = [sorted(rows), sorted(now.map((row) => pick(row, columns)))]
    if (was.length !== is.length) return [`${name} has ${is.length} rows, had ${was.length}`]
    const index = was.findIndex((row, at) => row !== is[at])
    return index === -1 ? [] : [`${name} has ${is[index]}, had ${was[index]}`]
  })
}

function sorted(rows: Row[]): string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted()
}

function pick(row: Row, columns: Set<string>): Row {
  return Object.fromEntries(Object.entries(row).filter(([column]) => columns.has(column)))
}
