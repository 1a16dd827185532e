-- Counts and sums go down by what was removed; a maximum has to be found again. Who adds the changes has
-- turned off what these few rows are looked up by.
create type everwatch_private.rollup_key as (source everwatch_private.source, resource_id uuid, starts_at timestamptz);

comment on type everwatch_private.rollup_key
  is 'Which row of the rollups; of the totals, without a start.';

create function everwatch_private.find_maxima_of_rollups(removed everwatch_private.rollup_key[])
  returns void
  language plpgsql set search_path = '' set enable_nestloop = on set enable_seqscan = on
  as $$
begin
  if removed is null then
    return;
  end if;

  -- Where retention has dropped raw rows, the rollups know of more than is there.
  update everwatch_private.rollups as r
  set duration_max = e.duration_max, last_success_at = e.last_success_at
  from unnest(removed) as k
  join everwatch_private.raw_tables as t on t.source = k.source and t.complete_since <= k.starts_at
  cross join everwatch_private.rollup_state as s
  cross join lateral everwatch_private.raw_extremes(
    k.source, k.resource_id, k.starts_at,
    k.starts_at + case
      when k.starts_at < s.daily_before and k.source <> 'request' then interval '24 hours'
      else interval '1 hour'
    end
  ) as e
  where (r.source, r.resource_id, r.starts_at) = (k.source, k.resource_id, k.starts_at)
    and k.starts_at > '-infinity';

  delete from everwatch_private.rollups as r
  using unnest(removed) as k
  where (r.source, r.resource_id, r.starts_at) = (k.source, k.resource_id, k.starts_at)
    and r.pending = 0 and r.succeeded = 0 and r.failed = 0;
end
$$;

comment on function everwatch_private.find_maxima_of_rollups(everwatch_private.rollup_key[])
  is 'Finds the maximum and the last success again, from raw rows, of rollups from which rows were removed; deletes those of which nothing is left.';

create function everwatch_private.find_maxima_of_totals(removed everwatch_private.rollup_key[])
  returns void
  language plpgsql set search_path = '' set enable_nestloop = on set enable_seqscan = on
  as $$
begin
  if removed is null then
    return;
  end if;

  update everwatch_private.totals as t
  set duration_max = e.duration_max, last_success_at = e.last_success_at
  from unnest(removed) as k
  cross join lateral (
    select max(r.duration_max) as duration_max, max(r.last_success_at) as last_success_at
    from everwatch_private.rollups as r
    where r.source = k.source and r.resource_id = k.resource_id
  ) as e
  where (t.source, t.resource_id) = (k.source, k.resource_id);
end
$$;

comment on function everwatch_private.find_maxima_of_totals(everwatch_private.rollup_key[])
  is 'Finds the maximum and the last success of totals again, from their rollups.';

revoke execute
  on function
    everwatch_private.find_maxima_of_rollups(everwatch_private.rollup_key[]),
    everwatch_private.find_maxima_of_totals(everwatch_private.rollup_key[])
  from public;
