-- Finding statements that took too long and have finished.
create function everwatch_private.find_slow_statements(at timestamptz)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  threshold constant numeric := (
    select least(p.warning, p.critical) from everwatch_private.alert_policies as p where p.type = 'slow_query'
  );
  -- At the first look, and at one with a lower threshold, what is old cannot be told from what is new.
  comparable constant boolean := exists (
    select from everwatch_private.statement_looks as l where l.longer_than <= threshold
  );
  counted constant everwatch_private.statement_counts[] := array(
    select c from everwatch_private.statements_beyond(threshold) as c
  );
begin
  if comparable then
    perform everwatch_private.keep_slow_statements(
      array(select s from everwatch_private.slow_since_look(counted, threshold, find_slow_statements.at) as s)
    );
  end if;

  delete from everwatch_private.slow_statements as f
  where f.seen_at < find_slow_statements.at - interval '1 hour';

  perform everwatch_private.keep_statement_counts(counted);

  insert into everwatch_private.statement_looks (looked_at, longer_than)
  values (find_slow_statements.at, threshold)
  on conflict (id) do update
  set looked_at = excluded.looked_at, longer_than = excluded.longer_than;
end
$$;

comment on function everwatch_private.find_slow_statements(timestamptz)
  is 'Looks which statements have finished since the last look and took longer than the policy of slow_query allows; commands of scheduled jobs may.';

create function everwatch_private.keep_slow_statements(slow everwatch_private.slow_statements[])
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  if slow = '{}' then
    return;
  end if;
  -- Thousands of statements have a text: it is the slow ones' that are compared with the jobs.
  with worded as materialized (
    select s.queryid::text as query_id, s.query
    from extensions.pg_stat_statements(true) as s
    where s.queryid in (select f.query_id::bigint from unnest(slow) as f)
  )
  insert into everwatch_private.slow_statements as known
  select distinct on (f.query_id) f.*
  from unnest(slow) as f
  where not exists (
    select from worded as w where w.query_id = f.query_id and everwatch_private.is_scheduled(w.query)
  )
  order by f.query_id, f.seconds desc
  on conflict (query_id) do update
  set role = excluded.role, seconds = excluded.seconds, seen_at = excluded.seen_at;
end
$$;

comment on function everwatch_private.keep_slow_statements(everwatch_private.slow_statements[])
  is 'Keeps the newest time of each slow statement that no scheduled job runs.';

create function everwatch_private.keep_statement_counts(
  counted everwatch_private.statement_counts[]
)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  delete from everwatch_private.statement_counts as b
  where not exists (
    select from unnest(counted) as c
    where (c.user_id, c.query_id, c.top_level) = (b.user_id, b.query_id, b.top_level)
  );
  insert into everwatch_private.statement_counts as b
  select * from unnest(counted)
  on conflict (user_id, query_id, top_level) do update
  set calls = excluded.calls, total_ms = excluded.total_ms, longest_ms = excluded.longest_ms
  where b.calls <> excluded.calls;
end
$$;

comment on function everwatch_private.keep_statement_counts(everwatch_private.statement_counts[])
  is 'Keeps what is counted now, for the next look, and nothing else.';

create function everwatch_private.is_scheduled(query text)
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

comment on function everwatch_private.is_scheduled(text)
  is 'Whether a statement, as pg_stat_statements writes it, is the command of a scheduled job.';

revoke execute
  on function
    everwatch_private.find_slow_statements(timestamptz),
    everwatch_private.keep_slow_statements(everwatch_private.slow_statements[]),
    everwatch_private.keep_statement_counts(everwatch_private.statement_counts[]),
    everwatch_private.is_scheduled(text)
  from public;
