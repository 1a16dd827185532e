-- How much of each rate limit is used, in the windows that are open now.
create view everwatch.v_rate_limit_utilization
with
  (security_invoker = on) as
select
  l.org_id,
  l.key_type,
  l.identifier,
  l.window_start,
  l.request_count,
  l.limit_max,
  round(100.0 * l.request_count / l.limit_max, 2) as utilization_pct,
  ceil(extract(epoch from l.window_end - now()))::integer as seconds_until_reset,
  -- From the counts, not from the rounded percentage: 90.004% is above 90%.
  case
    when l.request_count >= l.limit_max then 'throttled'
    when 10::bigint * l.request_count > 9::bigint * l.limit_max then 'warning'
    else 'normal'
  end as status
from
  everwatch.api_rate_limits as l
where
  l.window_end > now();

comment on view everwatch.v_rate_limit_utilization
  is 'Use of each rate limit in its open windows, live from api_rate_limits.';
comment on column everwatch.v_rate_limit_utilization.utilization_pct
  is 'Percent of limit_max; over 100 when requests were turned away.';
comment on column everwatch.v_rate_limit_utilization.seconds_until_reset
  is 'Whole seconds, rounded up, until the window ends; at least 1.';
comment on column everwatch.v_rate_limit_utilization.status
  is 'throttled from 100 percent on, warning above 90 percent, else normal.';

grant select on everwatch.v_rate_limit_utilization to authenticated, service_role;
