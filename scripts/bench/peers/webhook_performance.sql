-- mv_webhook_performance as a plain materialized view, which reads every delivery at each refresh.
create materialized view bench.webhook_performance as
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
  everwatch.webhooks as w
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
      everwatch.webhook_deliveries
    group by
      webhook_id
  ) as d on d.webhook_id = w.id;

create unique index webhook_performance_key on bench.webhook_performance (org_id, webhook_id);
