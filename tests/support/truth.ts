import type postgres from 'postgres'

/** A row that is not as raw rows have it: which, and both. */
export interface Difference {
  key: string
  column: string
  ours: unknown
  raw: unknown
}

type Row = Record<string, unknown> & { key: string }

/** What raw rows amount to, worked out anew; $1 is an org, $2 the moment at which windows end. */
const truths = {
  mv_webhook_performance: `
    select w.id::text as key,
      count(d.id)::integer as total_deliveries,
      count(*) filter (where status = 'sent')::integer as successful_deliveries,
      count(*) filter (where status = 'failed')::integer as failed_deliveries,
      count(*) filter (where status = 'pending')::integer as pending_deliveries,
      extract(epoch from max(sent_at) filter (where status = 'sent'))::text as last_success_at,
      round(avg(duration_ms), 1)::float8 as avg_duration_ms,
      percentile_cont(0.95) within group (order by duration_ms) as p95_duration_ms,
      max(duration_ms) as max_duration_ms,
      count(*) filter (where sent_at >= $2::timestamptz - interval '24 hours')::integer as deliveries_24h,
      count(*) filter (where status = 'failed' and sent_at >= $2::timestamptz - interval '24 hours')::integer as failures_24h,
      count(*) filter (where sent_at >= $2::timestamptz - interval '7 days')::integer as deliveries_7d,
      count(*) filter (where status = 'failed' and sent_at >= $2::timestamptz - interval '7 days')::integer as failures_7d
    from everwatch.webhooks as w
    left join everwatch.webhook_deliveries as d on d.webhook_id = w.id
    where w.org_id = $1
    group by w.id`,
  mv_rule_performance: `
    select r.id::text as key,
      count(e.id)::integer as total_executions,
      count(*) filter (where status = 'success')::integer as successful_executions,
      count(*) filter (where status = 'failed')::integer as failed_executions,
      round(avg(duration_ms), 1)::float8 as avg_duration_ms,
      coalesce(sum(affected_contacts), 0)::integer as total_affected_contacts,
      count(*) filter (where executed_at >= $2::timestamptz - interval '24 hours')::integer as executions_24h,
      count(*) filter (where executed_at >= $2::timestamptz - interval '7 days')::integer as executions_7d
    from everwatch.automation_rules as r
    left join everwatch.rule_executions as e on e.rule_id = r.id
    where r.org_id = $1
    group by r.id`,
  v_api_usage_metrics: `
    select hour::text as key,
      count(*)::integer as total_requests,
      count(*) filter (where status_code < 400)::integer as successful_requests,
      count(*) filter (where status_code >= 400)::integer as failed_requests,
      round(avg(duration_ms), 1)::float8 as avg_response_time_ms,
      percentile_cont(0.95) within group (order by duration_ms) as p95_response_time_ms,
      max(duration_ms) as max_response_time_ms,
      (
        select jsonb_object_agg(type, n)
        from (
          select coalesce(resource_type, 'unknown') as type, count(*) as n
          from everwatch.api_audit_logs as t
          where t.org_id = $1 and date_bin('1 hour', t.created_at, 'epoch') = hour
          group by 1
        ) as by_type
      ) as requests_by_resource,
      (
        select coalesce(jsonb_object_agg(status_code, n), '{}')
        from (
          select status_code, count(*) as n
          from everwatch.api_audit_logs as t
          where t.org_id = $1 and date_bin('1 hour', t.created_at, 'epoch') = hour and status_code >= 400
          group by 1
        ) as by_code
      ) as errors_by_status_code
    from everwatch.api_audit_logs
    cross join lateral (select date_bin('1 hour', created_at, 'epoch')) as h (hour)
    where org_id = $1 and $2::timestamptz is not null
      -- What is older is in no hour any more.
      and created_at >= (select forgotten_before from everwatch_private.rollup_state)
    group by hour`,
} as const

const keys = {
  mv_webhook_performance: 'webhook_id',
  mv_rule_performance: 'rule_id',
  v_api_usage_metrics: 'hour',
} as const

/**
 * How the views differ from a recomputation from raw rows, of one org: counts, sums, maxima and times
 * must be equal, percentiles within 1% (they are rounded to a tenth of a millisecond). And how the
 * tables that the refresh keeps differ from all rows worked out anew, of every org.
 *
 * @param at when the windows of the last refresh ended
 */
export async function differences(
  sql: postgres.ISql,
  orgId: string,
  at: Date,
): Promise<Difference[]> {
  const found: Difference[] = [...(await staleRows(sql))]
  for (const [view, query] of Object.entries(truths)) {
    const raw = await sql.unsafe<Row[]>(query, [orgId, at])
    const ours = new Map(
      (await readView(sql, view as keyof typeof truths, orgId)).map((row) => [row.key, row]),
    )
    for (const row of raw) {
      for (const [column, value] of Object.entries(row)) {
        const other = ours.get(row.key)?.[column]
        if (!agree(column, other, value))
          found.push({ key: row.key, column, ours: other, raw: value })
      }
      ours.delete(row.key)
    }
    for (const key of ours.keys()) found.push({ key, column: view, ours: 'a row', raw: 'none' })
  }
  return found
}

/** Rows that the refresh should have written, and did not: url, name and segment belong to them, too. */
async function staleRows(sql: postgres.ISql): Promise<Difference[]> {
  return sql<Difference[]>`
    select coalesce(kept.webhook_id, fresh.webhook_id)::text as key, 'mv_webhook_performance' as column,
      to_jsonb(kept) as ours, to_jsonb(fresh) as raw
    from everwatch.mv_webhook_performance as kept
    full join everwatch_private.current_webhook_performance(null) as fresh using (webhook_id)
    where kept is distinct from fresh
    union all
    select coalesce(kept.rule_id, fresh.rule_id)::text, 'mv_rule_performance', to_jsonb(kept), to_jsonb(fresh)
    from everwatch.mv_rule_performance as kept
    full join everwatch_private.current_rule_performance(null) as fresh using (rule_id)
    where kept is distinct from fresh`
}

async function readView(
  sql: postgres.ISql,
  view: keyof typeof truths,
  orgId: string,
): Promise<Row[]> {
  const success =
    view === 'mv_webhook_performance' ? 'extract(epoch from last_success_at)::text' : 'null'
  const rows = await sql.unsafe<{ row: Row }[]>(
    `select to_jsonb(v) || jsonb_build_object('key', v.${keys[view]}::text, 'last_success_at', ${success}) as row
    from everwatch.${view} as v where org_id = $1`,
    [orgId],
  )
  return rows.map(({ row }) => row)
}

function agree(column: string, ours: unknown, raw: unknown): boolean {
  if (column.startsWith('p95') && typeof ours === 'number' && typeof raw === 'number') {
    return Math.abs(ours - raw) <= 0.01 * raw + 0.051
  }
  return JSON.stringify(ours) === JSON.stringify(raw)
}
