-- A window's count only grows, so reports that arrive late or twice change nothing. Windows without a
-- start are those of the clock: the hour's minutes, the day's hours.
create function everwatch_private.store_rate_limits(events jsonb, checked boolean)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  insert into everwatch.api_rate_limits as known (
    org_id, key_type, identifier, window_start, window_seconds, request_count, limit_max, updated_at
  )
  select distinct on (org_id, key_type, identifier, window_start)
    org_id, key_type, identifier, window_start, window_seconds,
    max(request_count) over (partition by org_id, key_type, identifier, window_start),
    limit_max, now()
  from (
    select position, e.org_id, e.key_type, e.identifier, e.request_count, e.limit_max,
      length.window_seconds,
      coalesce(
        e.window_start, date_bin(make_interval(secs => length.window_seconds), now(), 'epoch')
      ) as window_start
    from jsonb_array_elements(events) with ordinality as _ (body, position)
    cross join lateral jsonb_to_record(body) as e (
      id uuid, org_id uuid, key_type text, identifier text, window_start timestamptz,
      window_seconds integer, request_count integer, limit_max integer
    )
    cross join lateral (select coalesce(e.window_seconds, 60)) as length (window_seconds)
    where body ->> 'type' = 'rate_limit'
      and case
        when checked
          or to_jsonb(e) @> body - '{type,index,window_start}'::text[]
            and (
              body ->> 'window_start' is null
              or body ->> 'window_start' like '____-__-__T__:__:__%'
              and translate(body ->> 'window_start', '0123456789', '') in ('--T::Z', '--T::.Z', '--T::+:', '--T::.+:')
              and e.window_start <= now() + interval '5 minutes'
            )
          then true
        else everwatch_private.refuse_batch()
      end
  ) as report
  -- In one order for all, so that batches with the same windows cannot deadlock.
  order by org_id, key_type, identifier, window_start, position desc
  on conflict (org_id, key_type, identifier, window_start) do update
  set window_seconds = excluded.window_seconds,
    request_count = greatest(known.request_count, excluded.request_count),
    limit_max = excluded.limit_max,
    updated_at = excluded.updated_at;
end
$$;

comment on function everwatch_private.store_rate_limits(jsonb, boolean)
  is 'Stores the use of rate limits among events: of each window, the highest count reported.';

revoke execute on function everwatch_private.store_rate_limits(jsonb, boolean) from public;
