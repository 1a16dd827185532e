-- Queries that run for too long: those that run right now, and those that have finished since the last
-- look. They belong to no org: members see none of them, and nobody sees the text here.
create function everwatch_private.running_queries(longer_than numeric)
  returns table(query_id text, pid integer, role name, seconds numeric)
  language sql stable set search_path = ''
  as $$
  select coalesce(a.query_id::text, 'pid:' || a.pid), a.pid, a.usename, s.seconds
  from pg_catalog.pg_stat_activity as a
  cross join lateral (
    select round(extract(epoch from clock_timestamp() - a.query_start), 1)
  ) as s (seconds)
  where a.datname = current_database()
    and a.backend_type = 'client backend'
    and a.state = 'active'
    and a.pid <> pg_backend_pid()
    -- A scheduled job may take its time: nobody waits for it.
    and a.application_name not like 'pg_cron%'
    and s.seconds > running_queries.longer_than
$$;

comment on function everwatch_private.running_queries(numeric)
  is 'Queries that have been running for more than so many seconds. query_id is that of pg_stat_statements.';

create function everwatch_private.slow_query_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select distinct on (q.query_id)
    null::uuid,
    p.type,
    s.severity,
    'database',
    q.query_id,
    current_database()::text,
    q.message,
    q.seconds,
    case s.severity when 'critical' then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join lateral (
    select r.query_id, r.seconds,
      format('Query of %s has been running for %s seconds (pid %s)', r.role, r.seconds, r.pid) as message
    from everwatch_private.running_queries(least(p.warning, p.critical)) as r
    union all
    select f.query_id, f.seconds, format('Query of %s took %s seconds', f.role, f.seconds)
    from everwatch_private.slow_statements as f
    where f.seen_at > slow_query_conditions.at - interval '1 minute'
      and f.seen_at <= slow_query_conditions.at
  ) as q
  -- All are over one of the thresholds, if only by what rounding took away.
  cross join lateral (
    select case when q.seconds > p.critical or p.warning is null then 'critical' else 'warning' end
  ) as s (severity)
  where p.type = 'slow_query'
    and p.enabled
    and slow_query_conditions.org_id is null
    and (select everwatch_private.reads_every_org())
  order by q.query_id, q.seconds desc;
end
$$;

comment on function everwatch_private.slow_query_conditions(timestamptz, uuid)
  is 'Queries that run for too long now, or did in the last minute; nothing for callers who do not read every org. resource_id is the query''s id in pg_stat_statements.';

revoke execute
  on function
    everwatch_private.running_queries(numeric),
    everwatch_private.slow_query_conditions(timestamptz, uuid)
  from public;
