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
  -- From the counts: the rounded percentage may be below a threshold that they are above.
  case
    when l.request_count >= l.limit_max then 'throttled'
    when 100::bigint * l.request_count > least(level.warning, level.critical) * l.limit_max then 'warning'
    else 'normal'
  end as status
from
  everwatch.api_rate_limits as l
  join everwatch_private.alert_levels as level on level.org_id = l.org_id
  and level.type = 'rate_limit'
where
  l.window_end > now();

comment on view everwatch.v_rate_limit_utilization
  is 'Use of each rate limit in its open windows, live from api_rate_limits and the policies of their orgs.';
comment on column everwatch.v_rate_limit_utilization.utilization_pct
  is 'Percent of limit_max; over 100 when requests were turned away.';
comment on column everwatch.v_rate_limit_utilization.seconds_until_reset
  is 'Whole seconds, rounded up, until the window ends; at least 1.';
comment on column everwatch.v_rate_limit_utilization.status
  is 'throttled from 100 percent on, warning above what the org''s policy rate_limit allows, else normal.';

grant select on everwatch.v_rate_limit_utilization to authenticated, service_role;
