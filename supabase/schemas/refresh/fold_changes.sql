-- Adding the changes to the rollups and the totals. One statement takes them and writes what they make
-- of both, so that all is of one moment, and either done or not. Only one runs at a time.
create function everwatch_private.lock_rollups()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('everwatch_private.rollups', 0));
end
$$;

comment on function everwatch_private.lock_rollups()
  is 'Makes the caller the only one who writes rollups until its transaction ends.';

-- It is long because it is one statement: a part of it in a function of its own would read with a later
-- snapshot, and so changes that are not taken.
--
-- How many changes there are, statistics do not know, and a session keeps the plan of its first call. So
-- nothing in it may depend on that: planned for few changes, each of them would have all others added up
-- anew, and planned for few rollups, each of them would read all.
create function everwatch_private.fold_changes()
  returns bigint
  language plpgsql set search_path = '' set enable_nestloop = off set enable_seqscan = off set work_mem = '32MB' set jit = off
  as $$
declare
  folded bigint;
  rollups_with_less everwatch_private.rollup_key[];
  totals_with_less everwatch_private.rollup_key[];
begin
  if not exists (select from everwatch_private.changes) then
    return 0;
  end if;

  with taken as (
    delete from everwatch_private.changes where true returning *
  ),
  touched as (
    insert into everwatch_private.touched_resources (source, resource_id)
    select distinct source, resource_id from taken where adds_to <> 'rollups' and source <> 'request'
  ),
  -- What is about a resource that is gone is about nothing. The limit has each looked up, however many
  -- there are.
  present as materialized (
    select c.source, c.resource_id
    from (select distinct source, resource_id from taken) as c
    cross join lateral (
      select from everwatch_private.resources as r where r.source = c.source and r.id = c.resource_id limit 1
    ) as r
  ),
  rollup as materialized (
    select c.*
    from everwatch_private.changed_rollups as c
    join present as p using (source, resource_id)
  ),
  rolled_up as (
    insert into everwatch_private.rollups as r (
      source, resource_id, starts_at, pending, succeeded, failed, timed, duration_sum, affected,
      duration_max, last_success_at, bins, p95_ms, by_resource_type, by_error_code
    )
    select source, resource_id, starts_at, pending, succeeded, failed, timed, duration_sum,
      case when source = 'execution' then affected end,
      duration_max, last_success_at, bins, p95_ms, by_resource_type, by_error_code
    from rollup
    on conflict (source, resource_id, starts_at) do update
    set (
      pending, succeeded, failed, timed, duration_sum, affected,
      duration_max, last_success_at, bins, p95_ms, by_resource_type, by_error_code
    ) = (
      excluded.pending, excluded.succeeded, excluded.failed, excluded.timed, excluded.duration_sum, excluded.affected,
      excluded.duration_max, excluded.last_success_at, excluded.bins, excluded.p95_ms,
      excluded.by_resource_type, excluded.by_error_code
    )
  ),
  summed_up as (
    insert into everwatch_private.totals as t (
      source, resource_id, pending, succeeded, failed, timed, duration_sum, affected, day_rows, day_failed,
      week_rows, week_failed, duration_max, last_success_at, p95_ms, p95_bin, p95_above, histogram
    )
    select c.source, c.resource_id, c.pending, c.succeeded, c.failed, c.timed, c.duration_sum, c.affected,
      c.day_rows, c.day_failed, c.week_rows, c.week_failed, c.duration_max, c.last_success_at,
      c.p95_ms, c.p95_bin, c.p95_above, c.histogram
    from everwatch_private.changed_totals as c
    join present as p using (source, resource_id)
    on conflict (source, resource_id) do update
    set (
      pending, succeeded, failed, timed, duration_sum, affected, day_rows, day_failed,
      week_rows, week_failed, duration_max, last_success_at, p95_ms, p95_bin, p95_above, histogram
    ) = (
      excluded.pending, excluded.succeeded, excluded.failed, excluded.timed, excluded.duration_sum, excluded.affected,
      excluded.day_rows, excluded.day_failed, excluded.week_rows, excluded.week_failed,
      excluded.duration_max, excluded.last_success_at, excluded.p95_ms, excluded.p95_bin,
      excluded.p95_above, excluded.histogram
    )
  )
  select coalesce(sum(abs(pending) + abs(succeeded) + abs(failed)) filter (where adds_to = 'both'), 0),
    (
      select array_agg((r.source, r.resource_id, r.starts_at)::everwatch_private.rollup_key)
      from rollup as r
      where r.removed
    ),
    array_agg(distinct (source, resource_id, null)::everwatch_private.rollup_key) filter (where removed)
  into strict folded, rollups_with_less, totals_with_less
  from taken;

  perform everwatch_private.find_maxima_of_rollups(rollups_with_less),
    everwatch_private.find_maxima_of_totals(totals_with_less);
  return folded;
end
$$;

comment on function everwatch_private.fold_changes()
  is 'Adds all changes to the rollups and the totals, and has the next refresh look at the webhooks and rules that they are about; returns how many raw rows these are.';

revoke execute
  on function everwatch_private.lock_rollups(), everwatch_private.fold_changes()
  from public;
