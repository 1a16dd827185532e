-- Deliveries, executions and requests over time. Whole hours come from the rollups and from the changes
-- that wait to be added to them, which together are what raw rows amount to; raw rows are read for the
-- rest, and where buckets are shorter than what is rolled up.
create function everwatch_private.rolled_up_span(
  source everwatch_private.source,
  since timestamptz,
  until timestamptz,
  step interval,
  out first timestamptz,
  out last timestamptz
)
  language plpgsql stable set search_path = ''
  as $$
declare
  state everwatch_private.rollup_state;
  unit interval;
begin
  select * into strict state from everwatch_private.rollup_state;
  if source = 'request' then
    state.daily_before := '-infinity';
  end if;
  if step >= interval '1 hour' then
    unit := case when since < state.daily_before and step = interval '24 hours' then interval '24 hours' else interval '1 hour' end;
    first := greatest(
      date_bin(unit, since - interval '1 microsecond', 'epoch') + unit,
      case when unit = interval '1 hour' then state.daily_before end,
      state.forgotten_before
    );
    unit := case when until < state.daily_before then interval '24 hours' else interval '1 hour' end;
    last := date_bin(unit, until, 'epoch');
  end if;
  if (first < last) is not true then
    first := until;
    last := until;
  end if;
end
$$;

comment on function everwatch_private.rolled_up_span(everwatch_private.source, timestamptz, timestamptz, interval)
  is 'The part of a range whose rollups begin and end where it does and lie in one bucket of `step` each; empty, at the end of the range, where there is none.';

create function everwatch_private.activity_series(
  source everwatch_private.source,
  org_id uuid,
  resource_id uuid,
  resource_type text,
  before_start timestamptz,
  range_start timestamptz,
  range_end timestamptz,
  step interval,
  percentiles boolean
)
  returns table(is_before boolean, bucket timestamptz, pending bigint, succeeded bigint, failed bigint, timed bigint, duration_sum bigint, affected bigint, p95_ms numeric)
  language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan set jit = off
  as $$
#variable_conflict use_column
declare
  span record;
begin
  if not everwatch_private.may_read(activity_series.org_id) then
    return;
  end if;
  span := everwatch_private.rolled_up_span(
    -- Rollups do not tell the types of resources apart.
    source, before_start, range_end, case when activity_series.resource_type is null then step else interval '0' end
  );

  return query
  with resource as materialized (
    select r.id
    from everwatch_private.resources as r
    where r.source = activity_series.source and r.org_id = activity_series.org_id
      and (activity_series.resource_id is null or r.id = activity_series.resource_id)
  ),
  known as (
    select r.starts_at, r.pending, r.succeeded, r.failed, r.timed, r.duration_sum, r.affected, r.bins
    from resource
    join everwatch_private.rollups as r
      on r.source = activity_series.source and r.resource_id = resource.id
      and r.starts_at >= span.first and r.starts_at < span.last
    union all
    select c.starts_at, c.pending, c.succeeded, c.failed, c.timed, c.duration_sum, c.affected, c.bins
    from resource
    join everwatch_private.changes as c
      on c.source = activity_series.source and c.resource_id = resource.id
      and c.starts_at >= span.first and c.starts_at < span.last
    union all
    select date_bin(step, a.happened_at, 'epoch'), sum(a.pending), sum(a.succeeded), sum(a.failed),
      count(a.duration_ms), coalesce(sum(a.duration_ms), 0), sum(a.affected),
      everwatch_private.count_values(
        array_agg(a.duration_ms::double precision) filter (where percentiles),
        array_agg(1::bigint) filter (where percentiles)
      )
    from (values (before_start, span.first), (span.last, range_end)) as rest (since, until)
    cross join lateral (
      select r.*
      from everwatch_private.raw_activity as r
      where r.source = activity_series.source and r.org_id = activity_series.org_id
        and (activity_series.resource_id is null or r.resource_id = activity_series.resource_id)
        and (activity_series.resource_type is null or r.resource_type = activity_series.resource_type)
        and r.happened_at >= rest.since and r.happened_at < rest.until
      offset 0
    ) as a
    group by a.happened_at < range_start, 1
  ),
  part as materialized (
    select k.*, k.starts_at < range_start as is_before, date_bin(step, k.starts_at, 'epoch') as bucket
    from known as k
  ),
  counted as (
    select p.is_before, p.bucket,
      sum(p.pending)::bigint as pending,
      sum(p.succeeded)::bigint as succeeded,
      sum(p.failed)::bigint as failed,
      sum(p.timed)::bigint as timed,
      sum(p.duration_sum)::bigint as duration_sum,
      sum(p.affected)::bigint as affected
    from part as p
    group by grouping sets ((p.is_before), (p.is_before, p.bucket))
    having (grouping(p.bucket) = 1 or not p.is_before) and sum(p.pending + p.succeeded + p.failed) > 0
  ),
  bucketed as materialized (
    select p.is_before, p.bucket, everwatch_private.sum_bins(array_agg(element)) as bins
    from part as p
    cross join lateral unnest(p.bins) as element
    where percentiles
    group by p.is_before, p.bucket
  ),
  durations as (
    select b.is_before, b.bucket, b.bins from bucketed as b
    union all
    select b.is_before, null, everwatch_private.sum_bins(array_agg(element))
    from bucketed as b
    cross join lateral unnest(b.bins) as element
    group by b.is_before
  )
  select c.is_before, c.bucket, c.pending, c.succeeded, c.failed, c.timed, c.duration_sum, c.affected, h.p95_ms
  from counted as c
  left join durations as d on d.is_before = c.is_before and d.bucket is not distinct from c.bucket
  left join lateral everwatch_private.add_durations(null, null, null, d.bins, c.timed) as h on percentiles;
end
$$;

comment on function everwatch_private.activity_series(everwatch_private.source, uuid, uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean)
  is 'What happened to an org''s webhooks, rules or API (or to one of them, or for one type of API resource), for those who may read the org: one row a bucket of `step` that has any, and one with a null bucket for the range and for the range before. Live. Milliseconds; the percentile is within 1%, and null unless asked for.';

revoke execute
  on function
    everwatch_private.rolled_up_span(everwatch_private.source, timestamptz, timestamptz, interval),
    everwatch_private.activity_series(everwatch_private.source, uuid, uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean)
  from public;
