import type { ISql, TransactionSql } from 'postgres'

/** The names that `public` may have of ours, and no others. */
export const aliasNames = [
  'mv_rule_performance',
  'mv_webhook_performance',
  'refresh_monitoring_views',
  'v_alert_conditions',
  'v_api_usage_metrics',
  'v_rate_limit_utilization',
  'v_webhook_health',
  'webhook_deliveries',
]

export const aliasViews = aliasNames.filter((name) => name !== 'refresh_monitoring_views')

/** What a call answers, by alias. */
export async function outcomesOf(
  sql: ISql,
  call: 'apply_aliases' | 'make_aliases' | 'withdraw_aliases',
): Promise<Record<string, string>> {
  const rows = await sql<{ name: string; outcome: string }[]>`
    select * from ${sql(`everwatch.${call}`)}()`
  return Object.fromEntries(rows.map(({ name, outcome }) => [name, outcome]))
}

/** Whatever stands in `public`, of whichever kind, that no extension brought. */
export async function thingsInPublic(sql: ISql): Promise<string[]> {
  const rows = await sql<{ thing: string }[]>`
    select pg_describe_object(classid, objid, 0) as thing
    from pg_depend as thing
    where refclassid = 'pg_namespace'::regclass and refobjid = 'public'::regnamespace
      and deptype = 'n' and classid <> 'pg_extension'::regclass
      and not exists (
        select from pg_depend as part
        where part.classid = thing.classid and part.objid = thing.objid and part.deptype = 'e'
      )
    order by thing`
  return rows.map(({ thing }) => thing)
}

type Work<T> = (sql: TransactionSql) => Promise<T>

/** What a caller gets of an alias, or of what it is an alias of: rows, an answer, or an error's code. */
export async function readAlias(
  asCaller: (work: Work<unknown[]>) => Promise<unknown[]>,
  schema: string,
  name: string,
): Promise<unknown> {
  return asCaller((sql) => ask(sql, schema, name)).catch(({ code }: { code: string }) => code)
}

/** What a caller gets of an alias and of what it is an alias of, at one moment. */
export async function readBoth(
  asCaller: (work: Work<unknown[]>) => Promise<unknown[]>,
  name: string,
): Promise<unknown[]> {
  return asCaller(async (sql) => {
    const answers: unknown[] = []
    for (const schema of ['public', 'everwatch']) {
      const answer = sql.savepoint((point) => ask(point, schema, name))
      answers.push(await answer.catch(({ code }: { code: string }) => code))
    }
    return answers
  })
}

async function ask(sql: TransactionSql, schema: string, name: string): Promise<unknown[]> {
  const thing = sql(`${schema}.${name}`)
  const rows = !aliasViews.includes(name)
    ? await sql<{ answer: unknown }[]>`select ${thing}() as answer`
    : await sql<{ answer: unknown }[]>`
        select to_jsonb(t) as answer from ${thing} as t order by to_jsonb(t)::text`
  return rows.map(({ answer }) => answer)
}
