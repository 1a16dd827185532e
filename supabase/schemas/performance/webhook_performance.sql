-- How well each webhook delivers, as of the last refresh: from the totals of its rollups.
create materialized view everwatch.mv_webhook_performance as
select
  w.id as webhook_id,
  w.org_id,
  w.url,
  w.enabled,
  w.consecutive_failures,
  t.last_success_at,
  w.last_failure_at,
  w.created_at,
  coalesce(t.pending + t.succeeded + t.failed, 0) as total_deliveries,
  coalesce(t.succeeded, 0) as successful_deliveries,
  coalesce(t.failed, 0) as failed_deliveries,
  coalesce(t.pending, 0) as pending_deliveries,
  round(100.0 * t.succeeded / nullif(t.succeeded + t.failed, 0), 2) as success_rate_pct,
  round(1.0 * t.duration_sum / nullif(t.timed, 0), 1) as avg_duration_ms,
  least(t.p95_ms, t.duration_max) as p95_duration_ms,
  t.duration_max as max_duration_ms,
  coalesce(t.day_rows, 0) + coalesce(e.day_rows, 0) as deliveries_24h,
  coalesce(t.day_failed, 0) + coalesce(e.day_failed, 0) as failures_24h,
  coalesce(t.week_rows, 0) + coalesce(e.week_rows, 0) as deliveries_7d,
  coalesce(t.week_failed, 0) + coalesce(e.week_failed, 0) as failures_7d
from
  everwatch.webhooks as w
  left join everwatch_private.totals as t on t.source = 'delivery'
  and t.resource_id = w.id
  left join everwatch_private.window_edges as e on e.source = 'delivery'
  and e.resource_id = w.id;

-- Unique, as a concurrent refresh needs it; the org first, as every reader asks by org.
create unique index mv_webhook_performance_key
  on everwatch.mv_webhook_performance (org_id, webhook_id);

comment on materialized view everwatch.mv_webhook_performance
  is 'Deliveries of each webhook, of all time, as of everwatch_private.refreshed_at(); those that retention dropped count too. Members read it through everwatch_private.webhook_performance().';
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

grant select on everwatch.mv_webhook_performance to service_role;

create function everwatch_private.webhook_performance(org_id uuid)
  returns setof everwatch.mv_webhook_performance
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select p.*
  from everwatch.mv_webhook_performance as p
  where p.org_id = webhook_performance.org_id
    and (select everwatch_private.may_read(webhook_performance.org_id));
end
$$;

comment on function everwatch_private.webhook_performance(uuid)
  is 'The rows of mv_webhook_performance of one org, for those who may read that org; nothing for others.';

revoke execute on function everwatch_private.webhook_performance(uuid) from public;
