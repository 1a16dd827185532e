-- Each org's API traffic by the hour: of hours to which nothing was added since the last refresh what is
-- rolled up, of others what will be. So the running hour is live, and a month costs its hours.
create view everwatch_private.request_hours
with
  (security_invoker = on) as
select
  r.resource_id as org_id,
  r.starts_at as hour,
  r.succeeded,
  r.failed,
  r.timed,
  r.duration_sum,
  r.duration_max,
  r.p95_ms,
  r.bins,
  r.by_resource_type,
  r.by_error_code
from
  everwatch_private.rollups as r
where
  r.source = 'request'
  and r.starts_at > '-infinity'
  and not exists (
    select
    from
      everwatch_private.changes as c
    where
      c.source = 'request'
      and c.resource_id = r.resource_id
      and c.starts_at = r.starts_at
  )
union all
select
  c.resource_id,
  c.starts_at,
  c.succeeded,
  c.failed,
  c.timed,
  c.duration_sum,
  c.duration_max,
  c.p95_ms,
  c.bins,
  c.by_resource_type,
  c.by_error_code
from
  everwatch_private.changed_rollups as c
where
  c.source = 'request'
  and c.starts_at > '-infinity';

comment on view everwatch_private.request_hours is 'Requests of each org by the hour, live.';

grant select on everwatch_private.request_hours to authenticated, service_role;

create view everwatch.v_api_usage_metrics
with
  (security_invoker = on) as
select
  org_id,
  hour,
  succeeded + failed as total_requests,
  succeeded as successful_requests,
  failed as failed_requests,
  round(100.0 * succeeded / (succeeded + failed), 2) as success_rate_pct,
  round(1.0 * duration_sum / nullif(timed, 0), 1) as avg_response_time_ms,
  least(p95_ms, duration_max) as p95_response_time_ms,
  duration_max as max_response_time_ms,
  by_resource_type as requests_by_resource,
  coalesce(by_error_code, '{}') as errors_by_status_code
from
  everwatch_private.request_hours
where
  succeeded + failed > 0;

comment on view everwatch.v_api_usage_metrics
  is 'API requests of each org by the hour, live; an hour without requests has no row.';
comment on column everwatch.v_api_usage_metrics.hour is 'The start of the hour, in UTC.';
comment on column everwatch.v_api_usage_metrics.failed_requests
  is 'Requests answered with a status of 400 or more.';
comment on column everwatch.v_api_usage_metrics.success_rate_pct
  is 'Percent of requests answered with a status below 400.';
comment on column everwatch.v_api_usage_metrics.avg_response_time_ms
  is 'Milliseconds, over requests whose duration is known; null when none is, as the other two.';
comment on column everwatch.v_api_usage_metrics.p95_response_time_ms
  is 'Milliseconds: as percentile_cont(0.95), within 1%.';
comment on column everwatch.v_api_usage_metrics.requests_by_resource
  is 'Counts by resource type; requests without one count as "unknown".';
comment on column everwatch.v_api_usage_metrics.errors_by_status_code
  is 'Counts by status code, of 400 or more.';

grant select on everwatch.v_api_usage_metrics to authenticated, service_role;
