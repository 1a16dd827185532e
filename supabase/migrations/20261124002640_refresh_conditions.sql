-- What is wrong with the monitoring itself: the operator's concern, and no org's.
create function monitoring.refresh_problems()
  returns table(type text, severity text, message text, value numeric, threshold numeric)
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  if not monitoring.reads_every_org() then
    return;
  end if;

  return query
  select 'refresh_late', 'critical',
    format('The views were last refreshed %s seconds ago, not %s', age.seconds, extract(epoch from h.every)::integer),
    age.seconds, 2 * extract(epoch from h.every)
  from monitoring.refresh_health() as h
  cross join lateral (select floor(extract(epoch from now() - h.refreshed_at))) as age (seconds)
  where h.late
  union all
  select 'refresh_failing', 'warning',
    format('The last %s refreshes of the views failed: %s', h.failures, (h.run).error),
    h.failures, 1
  from monitoring.refresh_health() as h
  where h.failures >= 1;
end
$$;

comment on function monitoring.refresh_problems()
  is 'Whether refreshes are late (seconds since the last, of twice the time between two) or failing (how many in a row); nothing for callers who do not read every org.';

revoke all on function monitoring.refresh_problems() from public, anon, authenticated, service_role;

-- v_alert_conditions calls it as whoever reads the view.
grant execute on function monitoring.refresh_problems() to authenticated, service_role;

create view monitoring.refresh_conditions
with
  (security_invoker = on) as
select
  null::uuid as org_id,
  p.type,
  p.severity,
  'view' as resource_type,
  'refresh_monitoring_views' as resource_id,
  'refresh_monitoring_views' as resource_name,
  p.message,
  p.value,
  p.threshold
from
  monitoring.refresh_problems() as p;

comment on view monitoring.refresh_conditions
  is 'The part of v_alert_conditions that is about the refresh of the views; empty for members.';

revoke all on monitoring.refresh_conditions from public, anon, authenticated, service_role;
grant select on monitoring.refresh_conditions to authenticated, service_role;
