-- What is wrong with the refresh of the views: the operator's concern, and no org's.
create function monitoring.refresh_late_conditions(at timestamptz, org_id uuid default null)
  returns setof monitoring.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when age.intervals > p.critical then 'critical' else 'warning' end,
    'view',
    'refresh_monitoring_views',
    'refresh_monitoring_views',
    format('The views are as of %s; they are to be refreshed every %s', h.refreshed_at, h.every),
    round(age.intervals, 1),
    case when age.intervals > p.critical then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join monitoring.refresh_health(refresh_late_conditions.at) as h
  cross join lateral (
    select extract(epoch from refresh_late_conditions.at - h.refreshed_at) / extract(epoch from h.every)
  ) as age (intervals)
  where p.type = 'refresh_late'
    and p.enabled
    and age.intervals > least(p.warning, p.critical)
    and refresh_late_conditions.org_id is null
    and (select monitoring.reads_every_org());
end
$$;

comment on function monitoring.refresh_late_conditions(timestamptz, uuid)
  is 'Whether the views have not been refreshed for too long; nothing for callers who do not read every org.';

create function monitoring.refresh_failing_conditions(at timestamptz, org_id uuid default null)
  returns setof monitoring.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when h.failures >= p.critical then 'critical' else 'warning' end,
    'view',
    'refresh_monitoring_views',
    'refresh_monitoring_views',
    format('The last %s refreshes of the views failed: %s', h.failures, r.error),
    h.failures::numeric,
    case when h.failures >= p.critical then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join monitoring.refresh_health(refresh_failing_conditions.at) as h
  join monitoring.refresh_runs as r on r.id = h.last_run
  where p.type = 'refresh_failing'
    and p.enabled
    and h.failures >= least(p.warning, p.critical)
    and refresh_failing_conditions.org_id is null
    and (select monitoring.reads_every_org());
end
$$;

comment on function monitoring.refresh_failing_conditions(timestamptz, uuid)
  is 'Whether the last refreshes of the views failed; nothing for callers who do not read every org.';

revoke all
  on function monitoring.refresh_late_conditions(timestamptz, uuid), monitoring.refresh_failing_conditions(timestamptz, uuid)
  from public, anon, authenticated, service_role;
grant execute
  on function monitoring.refresh_late_conditions(timestamptz, uuid), monitoring.refresh_failing_conditions(timestamptz, uuid)
  to service_role;
