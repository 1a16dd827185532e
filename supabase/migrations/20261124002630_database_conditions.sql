-- Queries that run for too long right now. They belong to no org, and their text may hold anyone's
-- data: members see none of them, and nobody sees the text here.
create function monitoring.slow_queries()
  returns table(query_id text, pid integer, role name, seconds numeric)
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select coalesce(a.query_id::text, 'pid:' || a.pid), a.pid, a.usename, s.seconds
  from pg_catalog.pg_stat_activity as a
  cross join lateral (
    select round(extract(epoch from clock_timestamp() - a.query_start), 1)
  ) as s (seconds)
  where (select monitoring.reads_every_org())
    and a.datname = current_database()
    and a.backend_type = 'client backend'
    and a.state = 'active'
    and a.pid <> pg_backend_pid()
    -- A scheduled job may take its time: nobody waits for it.
    and a.application_name not like 'pg_cron%'
    and s.seconds > 5;
end
$$;

comment on function monitoring.slow_queries()
  is 'Queries that have been running for more than 5 seconds; nothing for callers who do not read every org. query_id is that of pg_stat_statements.';

revoke all on function monitoring.slow_queries() from public, anon, authenticated, service_role;

-- v_alert_conditions calls it as whoever reads the view.
grant execute on function monitoring.slow_queries() to authenticated, service_role;

create view monitoring.database_conditions
with
  (security_invoker = on) as
select distinct
  on (q.query_id) null::uuid as org_id,
  'slow_query' as type,
  'critical' as severity,
  'database' as resource_type,
  q.query_id as resource_id,
  current_database()::text as resource_name,
  format('Query of %s has been running for %s seconds (pid %s)', q.role, q.seconds, q.pid) as message,
  q.seconds as value,
  5::numeric as threshold
from
  monitoring.slow_queries() as q
order by
  q.query_id,
  q.seconds desc;

comment on view monitoring.database_conditions
  is 'The part of v_alert_conditions that is about the database itself; empty for members.';

revoke all on monitoring.database_conditions from public, anon, authenticated, service_role;
grant select on monitoring.database_conditions to authenticated, service_role;
