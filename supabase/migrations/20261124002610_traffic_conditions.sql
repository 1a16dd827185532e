-- What is wrong with the API's traffic now.
create view monitoring.traffic_conditions
with
  (security_invoker = on) as
select
  o.id as org_id,
  'api_error_rate' as type,
  'critical' as severity,
  'org' as resource_type,
  o.id::text as resource_id,
  o.name as resource_name,
  format('%s%% of %s API requests failed in the last hour', p.failed_pct, r.total) as message,
  p.failed_pct as value,
  50::numeric as threshold
from
  public.orgs as o
  cross join lateral (
    select
      count(*) as total,
      count(*) filter (where l.status_code >= 400) as failed
    from
      public.api_audit_logs as l
    where
      l.org_id = o.id
      and l.created_at >= now() - interval '1 hour'
  ) as r
  cross join lateral (select round(100.0 * r.failed / nullif(r.total, 0), 1)) as p (failed_pct)
  -- Below 20 requests one bad client is not an outage.
where
  r.total >= 20
  and 2 * r.failed > r.total
union all
-- A key may have windows of several lengths: it is one condition, with its fullest window.
(
  select distinct
    on (l.org_id, l.key_type, l.identifier) l.org_id,
    'rate_limit',
    'warning',
    'rate_limit',
    l.key_type || ':' || l.identifier,
    l.identifier,
    format('Rate limit of %s %s is %s%% used', l.key_type, l.identifier, l.utilization_pct),
    l.utilization_pct,
    90
  from
    public.v_rate_limit_utilization as l
  where
    l.status in ('warning', 'throttled')
  order by
    l.org_id,
    l.key_type,
    l.identifier,
    l.utilization_pct desc
);

comment on view monitoring.traffic_conditions
  is 'The part of v_alert_conditions that is about API requests and rate limits.';

revoke all on monitoring.traffic_conditions from public, anon, authenticated, service_role;
grant select on monitoring.traffic_conditions to authenticated, service_role;
