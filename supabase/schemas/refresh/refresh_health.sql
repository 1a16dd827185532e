-- Whether the monitors themselves work.
create function everwatch_private.refresh_health(
  at timestamptz default now(),
  out every interval,
  out refreshed_at timestamptz,
  out late_after interval,
  out late boolean,
  out failures bigint,
  out last_run bigint
)
  language plpgsql stable security definer set search_path = ''
  as $$
declare
  success bigint;
begin
  select s.refresh_every into every from everwatch_private.rollup_settings as s;
  select r.id, r.started_at into success, refreshed_at
  from everwatch_private.refresh_runs as r
  where r.error is null
  order by r.id desc
  limit 1;
  select count(*) into failures from everwatch_private.refresh_runs as r where r.id > success;
  select max(r.id) into last_run from everwatch_private.refresh_runs as r;
  select every * nullif(least(p.warning, p.critical), 'Infinity')::float8 into late_after
  from everwatch_private.alert_policies as p
  where p.type = 'refresh_late' and p.enabled;
  late := coalesce(at - refreshed_at > late_after, false);
end
$$;

comment on function everwatch_private.refresh_health(timestamptz)
  is 'How often the views are to be refreshed, when they last were, after how long the next is late by the policy refresh_late (null: never), whether it is at `at`, how many runs failed since, and which refresh_runs has of the last run.';

revoke execute on function everwatch_private.refresh_health(timestamptz) from public;
