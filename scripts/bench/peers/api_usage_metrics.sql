-- v_api_usage_metrics as a plain view, which reads every request of the hours asked for.
create view bench.api_usage_metrics
with
  (security_invoker = on) as
select
  o.id as org_id,
  h.hour,
  u.total_requests,
  u.successful_requests,
  u.failed_requests,
  round(100.0 * u.successful_requests / u.total_requests, 2) as success_rate_pct,
  u.avg_response_time_ms,
  u.p95_response_time_ms,
  u.max_response_time_ms,
  (
    select
      jsonb_object_agg(c.resource_type, c.requests)
    from
      (
        select
          coalesce(l.resource_type, 'unknown') as resource_type,
          count(*) as requests
        from
          everwatch.api_audit_logs as l
        where
          l.org_id = o.id
          and l.created_at >= h.hour
          and l.created_at < h.hour + interval '1 hour'
        group by
          1
      ) as c
  ) as requests_by_resource,
  (
    select
      coalesce(jsonb_object_agg(c.status_code, c.requests), '{}')
    from
      (
        select
          l.status_code,
          count(*) as requests
        from
          everwatch.api_audit_logs as l
        where
          l.org_id = o.id
          and l.created_at >= h.hour
          and l.created_at < h.hour + interval '1 hour'
          and l.status_code >= 400
        group by
          1
      ) as c
  ) as errors_by_status_code
from
  everwatch.orgs as o
  cross join lateral (
    select
      min(l.created_at) as first,
      max(l.created_at) as last
    from
      everwatch.api_audit_logs as l
    where
      l.org_id = o.id
  ) as span
  cross join lateral generate_series(
    date_bin(interval '1 hour', span.first, timestamptz 'epoch'),
    span.last,
    interval '1 hour'
  ) as h (hour)
  cross join lateral (
    select
      count(*) as total_requests,
      count(*) filter (where l.status_code < 400) as successful_requests,
      count(*) filter (where l.status_code >= 400) as failed_requests,
      round(avg(l.duration_ms), 1) as avg_response_time_ms,
      round(
        (percentile_cont(0.95) within group (order by l.duration_ms))::numeric,
        1
      ) as p95_response_time_ms,
      max(l.duration_ms) as max_response_time_ms
    from
      everwatch.api_audit_logs as l
    where
      l.org_id = o.id
      and l.created_at >= h.hour
      and l.created_at < h.hour + interval '1 hour'
  ) as u
where
  u.total_requests > 0;

grant select on bench.api_usage_metrics to authenticated, service_role;
