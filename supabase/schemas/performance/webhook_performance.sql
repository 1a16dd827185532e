-- How well each webhook delivers, as of the last refresh: from the totals of its rollups. A table, as row
-- level security is of tables; the refresh keeps it.
create table everwatch.mv_webhook_performance (
  webhook_id uuid primary key,
  org_id uuid not null,
  url text not null,
  enabled boolean not null,
  consecutive_failures integer not null,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  created_at timestamptz not null,
  total_deliveries bigint not null,
  successful_deliveries bigint not null,
  failed_deliveries bigint not null,
  pending_deliveries bigint not null,
  success_rate_pct numeric,
  avg_duration_ms numeric,
  p95_duration_ms numeric,
  max_duration_ms integer,
  deliveries_24h bigint not null,
  failures_24h bigint not null,
  deliveries_7d bigint not null,
  failures_7d bigint not null,
  -- Every reader asks by org.
  unique (org_id, webhook_id)
)
-- Room on each page for the rows that a refresh writes, so that no index is written with them.
with
  (fillfactor = 70);

comment on table everwatch.mv_webhook_performance
  is 'Deliveries of each webhook, of all time, as of everwatch_private.refreshed_at(); those that retention dropped count too. Only the refresh writes it.';
comment on column everwatch.mv_webhook_performance.success_rate_pct
  is 'Percent of finished deliveries that were sent; pending ones are not failures. Null when none is finished.';
comment on column everwatch.mv_webhook_performance.avg_duration_ms
  is 'Milliseconds, over finished deliveries whose duration is known; null when there is none.';
comment on column everwatch.mv_webhook_performance.p95_duration_ms
  is 'Milliseconds, over the same deliveries: as percentile_cont(0.95), within 1%.';
comment on column everwatch.mv_webhook_performance.deliveries_24h
  is 'Deliveries of any status in the 24 hours before the refresh.';
comment on column everwatch.mv_webhook_performance.deliveries_7d
  is 'Deliveries of any status in the 7 days before the refresh.';

alter table everwatch.mv_webhook_performance enable row level security;

grant select on everwatch.mv_webhook_performance to authenticated, service_role;

create policy "members read how their orgs' webhooks deliver"
  on everwatch.mv_webhook_performance
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create function everwatch_private.current_webhook_performance(webhook_ids uuid[])
  returns setof everwatch.mv_webhook_performance
  language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
begin
  return query
  select w.id, w.org_id, w.url, w.enabled, w.consecutive_failures,
    t.last_success_at,
    w.last_failure_at,
    w.created_at,
    coalesce(t.pending + t.succeeded + t.failed, 0),
    coalesce(t.succeeded, 0),
    coalesce(t.failed, 0),
    coalesce(t.pending, 0),
    round(100.0 * t.succeeded / nullif(t.succeeded + t.failed, 0), 2),
    round(1.0 * t.duration_sum / nullif(t.timed, 0), 1),
    least(t.p95_ms, t.duration_max),
    t.duration_max,
    coalesce(t.day_rows, 0) + coalesce(e.day_rows, 0),
    coalesce(t.day_failed, 0) + coalesce(e.day_failed, 0),
    coalesce(t.week_rows, 0) + coalesce(e.week_rows, 0),
    coalesce(t.week_failed, 0) + coalesce(e.week_failed, 0)
  from everwatch.webhooks as w
  left join everwatch_private.totals as t on t.source = 'delivery' and t.resource_id = w.id
    and (webhook_ids is null or t.resource_id = any (webhook_ids))
  left join everwatch_private.delivery_edges(webhook_ids) as e on e.resource_id = w.id
  where webhook_ids is null or w.id = any (webhook_ids);
end
$$;

comment on function everwatch_private.current_webhook_performance(uuid[])
  is 'The rows that mv_webhook_performance has of these webhooks after a refresh, if nothing changes until then; null asks for all.';

revoke execute on function everwatch_private.current_webhook_performance(uuid[]) from public;
