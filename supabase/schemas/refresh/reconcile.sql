-- Stable, so that it reads with the snapshot of the statement that asks.
create function everwatch_private.activity_of_raw_rows(
  source everwatch_private.source,
  since timestamptz,
  until timestamptz
)
  returns table(resource_id uuid, starts_at timestamptz, resource_type text, status_code integer, pending bigint, succeeded bigint, failed bigint, affected bigint, timed bigint, duration_sum bigint, duration_max integer, last_success_at timestamptz, bins bigint[])
  language plpgsql stable set search_path = '' set jit = off set plan_cache_mode = force_custom_plan
  as $$
begin
  return query
  with raw as (
    select a.resource_id, date_bin('1 hour', a.happened_at, 'epoch') as starts_at,
      a.resource_type, a.status_code, a.duration_ms,
      sum(a.pending) as pending,
      sum(a.succeeded) as succeeded,
      sum(a.failed) as failed,
      sum(a.affected) as affected,
      count(a.duration_ms) as timed,
      sum(a.duration_ms::bigint) as duration_sum,
      max(a.happened_at) filter (where a.succeeded > 0) as last_success_at
    from everwatch.orgs as o
    -- Org by org, as the raw tables' indexes on time begin with it.
    cross join lateral (
      select r.*
      from everwatch_private.raw_activity as r
      where r.source = activity_of_raw_rows.source and r.org_id = o.id
        and r.happened_at >= since and r.happened_at < until
      offset 0
    ) as a
    group by 1, 2, 3, 4, 5
  )
  select r.resource_id, r.starts_at, r.resource_type, r.status_code,
    sum(r.pending)::bigint, sum(r.succeeded)::bigint, sum(r.failed)::bigint, sum(r.affected)::bigint,
    sum(r.timed)::bigint, coalesce(sum(r.duration_sum), 0)::bigint,
    max(r.duration_ms), max(r.last_success_at),
    everwatch_private.count_values(array_agg(r.duration_ms::double precision), array_agg(r.timed))
  from raw as r
  group by r.resource_id, r.starts_at, r.resource_type, r.status_code;
end
$$;

comment on function everwatch_private.activity_of_raw_rows(everwatch_private.source, timestamptz, timestamptz)
  is 'What the raw rows of a span of time add up to: by hour, and requests by resource type and status code, too.';

-- Making the rollups of a span of time again, from its raw rows: where these came in without triggers, as
-- a bulk load or a restore brings them. One statement takes out what is known of the span, waiting
-- changes too, and puts in what is there; so rows that come in meanwhile are either in what it reads, or
-- their changes wait.
create function everwatch_private.reconcile(
  source everwatch_private.source,
  since timestamptz,
  until timestamptz
)
  returns bigint
  language plpgsql set search_path = '' set jit = off set plan_cache_mode = force_custom_plan
  as $$
begin
  perform everwatch_private.lock_rollups();

  with known as (
    delete from everwatch_private.rollups as r
    where r.source = reconcile.source and r.starts_at >= since and r.starts_at < until
    returning *
  ),
  waiting as (
    delete from everwatch_private.changes as c
    where c.source = reconcile.source and c.starts_at >= since and c.starts_at < until
  )
  insert into everwatch_private.changes (
    source, resource_id, starts_at, resource_type, status_code, pending, succeeded, failed,
    affected, timed, duration_sum, duration_max, last_success_at, bins, adds_to, removed
  )
  select reconcile.source, resource_id, starts_at, resource_type, status_code, pending, succeeded, failed,
    affected, timed, duration_sum, duration_max, last_success_at, bins, 'both', false
  from everwatch_private.activity_of_raw_rows(reconcile.source, since, until)
  union all
  select k.source, k.resource_id, k.starts_at, null, null, -k.pending, -k.succeeded, -k.failed,
    -coalesce(k.affected, 0), -k.timed, -k.duration_sum, null, null,
    everwatch_private.negate_bins(k.bins),
    'totals', true
  from known as k;

  return everwatch_private.fold_changes();
end
$$;

comment on function everwatch_private.reconcile(everwatch_private.source, timestamptz, timestamptz)
  is 'Makes the rollups of the raw rows from `since` until before `until`, both the start of a day in UTC, anew; returns how many raw rows were added to the rollups, others that waited included.';

revoke execute
  on function
    everwatch_private.activity_of_raw_rows(everwatch_private.source, timestamptz, timestamptz),
    everwatch_private.reconcile(everwatch_private.source, timestamptz, timestamptz)
  from public;
