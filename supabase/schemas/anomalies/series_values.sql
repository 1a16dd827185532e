-- What there is of watched series to score. It is long because it is one statement: with the hours in a
-- function of their own, a week of 3,000 series took nearly twice as long.
create function everwatch_private.series_values(
  series_ids bigint[],
  until timestamptz,
  since timestamptz default null
)
  returns table(series_id bigint, at timestamptz, value double precision)
  language plpgsql stable set search_path = '' set jit = off
  as $$
declare
  -- Of fewer finished rows a ratio or a percentile says nothing.
  sample constant bigint := 20;
begin
  return query
  with series as materialized (
    select w.id, w.org_id, w.source, w.resource_id, m.measure, m.unit,
      coalesce(series_values.since, w.scored_until) as since
    from everwatch_private.watched_series as w
    join everwatch_private.series as m on m.name = w.metric
    where w.id = any (series_ids)
  ),
  resource as materialized (
    select s.org_id, s.source, s.resource_id, min(s.since) as since,
      bool_or(s.measure = 'p95_ms') as percentiles
    from series as s
    group by s.org_id, s.source, s.resource_id
  ),
  part as materialized (
    select g.org_id, g.resource_id, g.percentiles, r.source, r.starts_at, r.pending, r.succeeded, r.failed, r.timed,
      r.duration_sum, r.affected, r.bins
    from resource as g
    cross join lateral everwatch_private.series_members(g.org_id, g.source, g.resource_id) as member
    cross join lateral (
      select x.*
      from everwatch_private.rollups as x
      where x.source = g.source
        and x.resource_id = member
        and x.starts_at >= g.since
        and x.starts_at < series_values.until
      offset 0
    ) as r
  ),
  hour as (
    select p.org_id, p.source, p.resource_id, p.starts_at,
      sum(p.pending) as pending,
      sum(p.succeeded) as succeeded,
      sum(p.failed) as failed,
      sum(p.succeeded + p.failed) as finished,
      sum(p.timed)::bigint as timed,
      sum(p.duration_sum) as duration_sum,
      sum(p.affected) as affected
    from part as p
    group by p.org_id, p.source, p.resource_id, p.starts_at
  ),
  durations as (
    select p.org_id, p.source, p.resource_id, p.starts_at, array_agg(element) as bins
    from part as p
    cross join lateral unnest(p.bins) as element
    where p.percentiles
    group by p.org_id, p.source, p.resource_id, p.starts_at
  )
  select s.id, h.at, v.value
  from series as s
  cross join lateral generate_series(
    s.since, series_values.until - interval '1 hour', interval '1 hour'
  ) as h (at)
  left join hour as k
    on k.org_id = s.org_id and k.source = s.source and k.resource_id = s.resource_id and k.starts_at = h.at
  left join durations as d
    on s.measure = 'p95_ms'
    and d.org_id = s.org_id and d.source = s.source and d.resource_id = s.resource_id and d.starts_at = h.at
  -- Of hours in which nothing happened a count is zero, and nothing else is known.
  cross join lateral (
    select case
      when k.starts_at is null then case when s.unit = 'count' then '0' end
      when s.unit = 'percent' and k.finished < sample then null
      when s.unit = 'milliseconds' and k.timed < sample then null
      else everwatch_private.activity_measures(
        k.pending, k.succeeded, k.failed, k.timed, k.duration_sum, k.affected,
        case when s.measure = 'p95_ms'
          then (everwatch_private.add_durations(null, null, null, d.bins, k.timed)).p95_ms
        end
      ) ->> s.measure
    end::double precision as value
  ) as v
  where v.value is not null;
end
$$;

comment on function everwatch_private.series_values(bigint[], timestamptz, timestamptz)
  is 'The hours of watched series that are not scored yet, or all from `since` on: from the rollups, so as of the last refresh. Counts are 0 in hours without any; ratios and percentiles are only of 20 finished rows or more.';

revoke execute
  on function everwatch_private.series_values(bigint[], timestamptz, timestamptz)
  from public;
