-- What is wrong with the refresh of the views: the operator's concern, and no org's.
create function everwatch_private.refresh_late_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
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
  from everwatch_private.alert_policies as p
  cross join everwatch_private.refresh_health(refresh_late_conditions.at) as h
  cross join lateral (
    select extract(epoch from refresh_late_conditions.at - h.refreshed_at) / extract(epoch from h.every)
  ) as age (intervals)
  where p.type = 'refresh_late'
    and p.enabled
    and age.intervals > least(p.warning, p.critical)
    and refresh_late_conditions.org_id is null
    and (select everwatch_private.reads_every_org());
end
$$;

comment on function everwatch_private.refresh_late_conditions(timestamptz, uuid)
  is 'Whether the views have not been refreshed for too long; nothing for callers who do not read every org.';

create function everwatch_private.refresh_failing_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
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
  from everwatch_private.alert_policies as p
  cross join everwatch_private.refresh_health(refresh_failing_conditions.at) as h
  join everwatch_private.refresh_runs as r on r.id = h.last_run
  where p.type = 'refresh_failing'
    and p.enabled
    and h.failures >= least(p.warning, p.critical)
    and refresh_failing_conditions.org_id is null
    and (select everwatch_private.reads_every_org());
end
$$;

comment on function everwatch_private.refresh_failing_conditions(timestamptz, uuid)
  is 'Whether the last refreshes of the views failed; nothing for callers who do not read every org.';

revoke execute
  on function
    everwatch_private.refresh_late_conditions(timestamptz, uuid),
    everwatch_private.refresh_failing_conditions(timestamptz, uuid)
  from public;
