-- How well each webhook delivers, as of the last refresh.
create materialized view public.mv_webhook_performance as
select
  w.id as webhook_id,
  w.org_id,
  w.url,
  w.enabled,
  w.consecutive_failures,
  d.last_success_at,
  w.last_failure_at,
  w.created_at,
  coalesce(d.total, 0) as total_deliveries,
  coalesce(d.successful, 0) as successful_deliveries,
  coalesce(d.failed, 0) as failed_deliveries,
  coalesce(d.pending, 0) as pending_deliveries,
  round(100.0 * d.successful / nullif(d.successful + d.failed, 0), 2) as success_rate_pct,
  d.avg_duration_ms,
  d.p95_duration_ms,
  d.max_duration_ms,
  coalesce(d.deliveries_24h, 0) as deliveries_24h,
  coalesce(d.failures_24h, 0) as failures_24h,
  coalesce(d.deliveries_7d, 0) as deliveries_7d,
  coalesce(d.failures_7d, 0) as failures_7d
from
  public.webhooks as w
  left join (
    select
      webhook_id,
      count(*) as total,
      count(*) filter (where status = 'sent') as successful,
      count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status = 'pending') as pending,
      max(sent_at) filter (where status = 'sent') as last_success_at,
      round(avg(duration_ms), 1) as avg_duration_ms,
      round(
        (percentile_cont(0.95) within group (order by duration_ms))::numeric,
        1
      ) as p95_duration_ms,
      max(duration_ms) as max_duration_ms,
      count(*) filter (where sent_at >= now() - interval '24 hours') as deliveries_24h,
      count(*) filter (
        where
          status = 'failed'
          and sent_at >= now() - interval '24 hours'
      ) as failures_24h,
      count(*) filter (where sent_at >= now() - interval '7 days') as deliveries_7d,
      count(*) filter (
        where
          status = 'failed'
          and sent_at >= now() - interval '7 days'
      ) as failures_7d
    from
      public.webhook_deliveries
    group by
      webhook_id
  ) as d on d.webhook_id = w.id;

-- Unique, as a concurrent refresh needs it; the org first, as every reader asks by org.
create unique index mv_webhook_performance_key
  on public.mv_webhook_performance (org_id, webhook_id);

comment on materialized view public.mv_webhook_performance
  is 'Deliveries of each webhook, from webhook_deliveries, as of monitoring.refreshed_at(). Members read it through monitoring.webhook_performance().';
comment on column public.mv_webhook_performance.success_rate_pct
  is 'Percent of finished deliveries that were sent; pending ones are not failures. Null when none is finished.';
comment on column public.mv_webhook_performance.avg_duration_ms
  is 'Milliseconds, over finished deliveries; null when none is finished.';
comment on column public.mv_webhook_performance.p95_duration_ms
  is 'Milliseconds, interpolated, over finished deliveries; null when none is finished.';
comment on column public.mv_webhook_performance.deliveries_24h
  is 'Deliveries of any status in the 24 hours before the refresh.';
comment on column public.mv_webhook_performance.deliveries_7d
  is 'Deliveries of any status in the 7 days before the refresh.';

revoke all on public.mv_webhook_performance from public, anon, authenticated, service_role;
grant select on public.mv_webhook_performance to service_role;

create function monitoring.webhook_performance(org_id uuid)
  returns setof public.mv_webhook_performance
  language sql stable security definer set search_path = ''
  as $$
  select p.*
  from public.mv_webhook_performance as p
  where p.org_id = webhook_performance.org_id
    and (select monitoring.may_read(webhook_performance.org_id))
$$;

comment on function monitoring.webhook_performance(uuid)
  is 'The rows of mv_webhook_performance of one org, for those who may read that org; nothing for others.';

revoke all
  on function monitoring.webhook_performance(uuid)
  from public, anon, authenticated, service_role;
grant execute on function monitoring.webhook_performance(uuid) to authenticated, service_role;
