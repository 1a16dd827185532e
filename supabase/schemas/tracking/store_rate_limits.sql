-- A window's count only grows, so reports that arrive late or twice change nothing. Windows without a
-- start are those of the clock: the hour's minutes, the day's hours.
create function everwatch_private.store_rate_limits(rows everwatch.api_rate_limits[])
  returns everwatch_private.rejection[]
  language plpgsql set search_path = ''
  as $$
declare
  rejected constant everwatch_private.rejection[] := everwatch_private.judge_api_rate_limits(rows);
begin
  if rejected <> '{}' then
    rows := everwatch_private.set_aside(rows, array(select j.place from unnest(rejected) as j));
  end if;
  insert into everwatch.api_rate_limits as known (
    org_id, key_type, identifier, window_start, window_seconds, request_count, limit_max, updated_at
  )
  select distinct on (org_id, key_type, identifier, window_start)
    org_id, key_type, identifier, window_start, window_seconds,
    max(request_count) over (partition by org_id, key_type, identifier, window_start),
    limit_max, now()
  from (
    select l.ordinality as place, l.org_id, l.key_type, l.identifier, l.request_count, l.limit_max,
      length.seconds as window_seconds,
      coalesce(l.window_start, date_bin(make_interval(secs => length.seconds), now(), 'epoch')) as window_start
    from unnest(rows) with ordinality as l
    cross join lateral (select coalesce(l.window_seconds, 60)) as length (seconds)
    where l.org_id is not null
  ) as report
  -- In one order for all, so that batches with the same windows cannot deadlock.
  order by org_id, key_type, identifier, window_start, place desc
  on conflict (org_id, key_type, identifier, window_start) do update
  set window_seconds = excluded.window_seconds,
    request_count = greatest(known.request_count, excluded.request_count),
    limit_max = excluded.limit_max,
    updated_at = excluded.updated_at;
  return rejected;
end
$$;

comment on function everwatch_private.store_rate_limits(everwatch.api_rate_limits[])
  is 'Stores reports of rate limits of each window the highest count; returns those that cannot be stored.';

revoke execute
  on function everwatch_private.store_rate_limits(everwatch.api_rate_limits[])
  from public;
