-- What pg_stat_statements counts, and what that says of the time since the last look.
create function everwatch_private.statements_beyond(seconds numeric)
  returns setof everwatch_private.statement_counts
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select s.userid, s.queryid, s.toplevel, s.calls, s.total_exec_time, s.max_exec_time
  -- Without the texts, which are a file.
  from extensions.pg_stat_statements(false) as s
  where s.dbid = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
    and s.max_exec_time > 1000 * statements_beyond.seconds;
end
$$;

comment on function everwatch_private.statements_beyond(numeric)
  is 'What pg_stat_statements counts of this database''s statements that ever took longer than so many seconds.';

create function everwatch_private.slow_since_look(
  counted everwatch_private.statement_counts[],
  threshold numeric,
  at timestamptz
)
  returns setof everwatch_private.slow_statements
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select c.query_id::text, r.rolname, round(m.ms::numeric / 1000, 1), slow_since_look.at
  from unnest(counted) as c
  join pg_catalog.pg_roles as r on r.oid = c.user_id
  left join everwatch_private.statement_counts as b using (user_id, query_id, top_level)
  -- One execution took at least this long: a new longest one, or else the mean of the new ones. Counts
  -- that fell were reset.
  cross join lateral (
    select case
      when b.calls is null or c.calls < b.calls or c.longest_ms > b.longest_ms then c.longest_ms
      else (c.total_ms - b.total_ms) / nullif(c.calls - b.calls, 0)
    end
  ) as m (ms)
  where m.ms > 1000 * threshold;
end
$$;

comment on function everwatch_private.slow_since_look(everwatch_private.statement_counts[], numeric, timestamptz)
  is 'Of counted statements those that took longer than so many seconds since the last look, as of what that had counted.';

revoke execute
  on function
    everwatch_private.statements_beyond(numeric),
    everwatch_private.slow_since_look(everwatch_private.statement_counts[], numeric, timestamptz)
  from public;
