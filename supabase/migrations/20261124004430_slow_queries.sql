-- Queries that run for too long: those that run right now, from pg_stat_activity, and those that have
-- finished since the last look, from what pg_stat_statements has counted meanwhile. They belong to no
-- org, and their text may hold anyone's data: members see none of them, and nobody sees the text here.
create function monitoring.running_queries(longer_than numeric)
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

comment on function monitoring.running_queries(numeric)
  is 'Queries that have been running for more than so many seconds. query_id is that of pg_stat_statements.';

create table monitoring.statement_counts (
  user_id oid not null,
  query_id bigint not null,
  top_level boolean not null,
  calls bigint not null,
  total_ms double precision not null,
  longest_ms double precision not null,
  primary key (user_id, query_id, top_level)
);

comment on table monitoring.statement_counts
  is 'What pg_stat_statements had counted at the last look, of statements that had ever been slow.';

create table monitoring.slow_statements (
  query_id text primary key,
  role name not null,
  seconds numeric not null,
  seen_at timestamptz not null
);

comment on table monitoring.slow_statements
  is 'Statements that were slow between two looks: the newest time of each. Kept for an hour.';
comment on column monitoring.slow_statements.seconds is 'How long one execution took at least.';
comment on column monitoring.slow_statements.seen_at is 'The look that found it.';

create table monitoring.statement_looks (
  looked_at timestamptz not null,
  longer_than numeric not null,
  id boolean primary key default true check (id)
);

comment on table monitoring.statement_looks
  is 'One row: when monitoring.find_slow_statements last looked, and for executions of how many seconds.';

revoke all
  on monitoring.statement_counts, monitoring.slow_statements, monitoring.statement_looks
  from public, anon, authenticated, service_role;

create function monitoring.is_scheduled(query text)
  returns boolean
  language sql stable set search_path = ''
  as $$
  select exists (
    select
    from cron.job as j
    -- pg_stat_statements writes $1 where the command has a constant.
    where j.command ~ (
      '^\s*' || regexp_replace(
        regexp_replace(is_scheduled.query, '([.^$*+?()\[\]{}|\\])', '\\\1', 'g'), '\\\$\d+', '.+', 'g'
      ) || '\s*;?\s*$'
    )
  )
$$;

comment on function monitoring.is_scheduled(text)
  is 'Whether a statement, as pg_stat_statements writes it, is the command of a scheduled job.';

create function monitoring.find_slow_statements(at timestamptz)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  threshold constant numeric := (
    select least(p.warning, p.critical) from monitoring.alert_policies as p where p.type = 'slow_query'
  );
  -- At the first look, and at one with a lower threshold, what is old cannot be told from what is new.
  comparable constant boolean := exists (
    select from monitoring.statement_looks as l where l.longer_than <= threshold
  );
  counted monitoring.statement_counts[];
  slow monitoring.slow_statements[];
begin
  select array_agg(
    row(s.userid, s.queryid, s.toplevel, s.calls, s.total_exec_time, s.max_exec_time)::monitoring.statement_counts
  )
  into counted
  -- Without the texts, which are a file.
  from extensions.pg_stat_statements(false) as s
  where s.dbid = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
    and s.max_exec_time > 1000 * threshold;

  select array_agg(
    row(c.query_id::text, r.rolname, round(m.ms::numeric / 1000, 1), find_slow_statements.at)::monitoring.slow_statements
  )
  into slow
  from unnest(counted) as c
  join pg_catalog.pg_roles as r on r.oid = c.user_id
  left join monitoring.statement_counts as b using (user_id, query_id, top_level)
  -- One execution took at least this long: a new longest one, or else the mean of the new ones. Counts
  -- that fell were reset.
  cross join lateral (
    select case
      when b.calls is null or c.calls < b.calls or c.longest_ms > b.longest_ms then c.longest_ms
      else (c.total_ms - b.total_ms) / nullif(c.calls - b.calls, 0)
    end
  ) as m (ms)
  where comparable and m.ms > 1000 * threshold;

  if slow is not null then
    insert into monitoring.slow_statements as known
    select distinct on (f.query_id) f.*
    from unnest(slow) as f
    where not exists (
      select
      from extensions.pg_stat_statements(true) as s
      where s.queryid::text = f.query_id and monitoring.is_scheduled(s.query)
    )
    order by f.query_id, f.seconds desc
    on conflict (query_id) do update
    set role = excluded.role, seconds = excluded.seconds, seen_at = excluded.seen_at;
  end if;

  delete from monitoring.slow_statements as f
  where f.seen_at < find_slow_statements.at - interval '1 hour';

  delete from monitoring.statement_counts as b
  where not exists (
    select from unnest(counted) as c
    where (c.user_id, c.query_id, c.top_level) = (b.user_id, b.query_id, b.top_level)
  );
  insert into monitoring.statement_counts as b
  select * from unnest(counted)
  on conflict (user_id, query_id, top_level) do update
  set calls = excluded.calls, total_ms = excluded.total_ms, longest_ms = excluded.longest_ms
  where b.calls <> excluded.calls;

  insert into monitoring.statement_looks (looked_at, longer_than)
  values (find_slow_statements.at, threshold)
  on conflict (id) do update
  set looked_at = excluded.looked_at, longer_than = excluded.longer_than;
end
$$;

comment on function monitoring.find_slow_statements(timestamptz)
  is 'Looks which statements have finished since the last look and took longer than the policy of slow_query allows; commands of scheduled jobs may.';

create function monitoring.slow_query_conditions(at timestamptz, org_id uuid default null)
  returns setof monitoring.condition
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
  from monitoring.alert_policies as p
  cross join lateral (
    select r.query_id, r.seconds,
      format('Query of %s has been running for %s seconds (pid %s)', r.role, r.seconds, r.pid) as message
    from monitoring.running_queries(least(p.warning, p.critical)) as r
    union all
    select f.query_id, f.seconds, format('Query of %s took %s seconds', f.role, f.seconds)
    from monitoring.slow_statements as f
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
    and (select monitoring.reads_every_org())
  order by q.query_id, q.seconds desc;
end
$$;

comment on function monitoring.slow_query_conditions(timestamptz, uuid)
  is 'Queries that run for too long now, or did in the last minute; nothing for callers who do not read every org. resource_id is the query''s id in pg_stat_statements.';

revoke all
  on function monitoring.running_queries(numeric), monitoring.is_scheduled(text), monitoring.find_slow_statements(timestamptz), monitoring.slow_query_conditions(timestamptz, uuid)
  from public, anon, authenticated, service_role;
grant execute on function monitoring.slow_query_conditions(timestamptz, uuid) to service_role;
