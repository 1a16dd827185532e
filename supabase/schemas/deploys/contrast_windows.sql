-- How durations and failures differ from what was two hours before, at a deploy and at moments without one.
create function everwatch_private.bins_beside(org_id uuid, deployed_at timestamptz, length interval)
  returns table(resource_type text, resource_id text, day integer, back integer, bin integer, before double precision, after double precision, rows_before numeric, rows_after numeric, failed_before numeric, failed_after numeric)
  language sql stable set search_path = ''
  as $$
  with traffic as materialized (
    select *
    from everwatch_private.traffic_around_deploy(
      bins_beside.org_id, bins_beside.deployed_at, bins_beside.length
    )
  ),
  side as (
    select t.resource_type, t.resource_id, t.day, -t.hour - h.hours as back, t.bin,
      t.count as before, 0 as after, t.failed as failed_before, 0 as failed_after
    from traffic as t
    cross join (values (1), (2)) as h (hours)
    where -t.hour - h.hours between 0 and 5
    union all
    select resource_type, resource_id, day, -hour, bin, 0, count, 0, failed
    from traffic
    where is_early and hour > -6
  )
  select resource_type, resource_id, day, back, bin,
    coalesce(sum(before) filter (where bin is not null), 0)::float8,
    coalesce(sum(after) filter (where bin is not null), 0)::float8,
    sum(before), sum(after), sum(failed_before), sum(failed_after)
  from side
  group by resource_type, resource_id, day, back, bin
$$;

comment on function everwatch_private.bins_beside(uuid, timestamptz, interval)
  is 'Rows of the two hours before a deploy and of the time of `length` after it, by duration, and as much of moments so many days and hours before (day, back): before and after count those whose duration is known.';

create function everwatch_private.contrast_windows(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns setof everwatch_private.contrast
  language sql stable set search_path = ''
  as $$
  with ranked as (
    select b.*,
      sum(before) over up_to as before_up_to, sum(after) over up_to as after_up_to,
      nullif(sum(before) over whole, 0) as all_before, nullif(sum(after) over whole, 0) as all_after
    from everwatch_private.bins_beside(
      contrast_windows.org_id, contrast_windows.deployed_at, contrast_windows.length
    ) as b
    window whole as (partition by resource_type, resource_id, day, back),
      up_to as (partition by resource_type, resource_id, day, back order by bin)
  ),
  contrast as (
    select resource_type, resource_id, day, back, sum(rows_before)::bigint as rows_before,
      sum(rows_after)::bigint as rows_after, sum(failed_before)::bigint as failed_before,
      sum(failed_after)::bigint as failed_after,
      min(bin) filter (where before_up_to >= 0.5 * all_before) as p50_before,
      min(bin) filter (where after_up_to >= 0.5 * all_after) as p50_after,
      min(bin) filter (where before_up_to >= 0.95 * all_before) as p95_before,
      min(bin) filter (where after_up_to >= 0.95 * all_after) as p95_after,
      sum(after / all_after * (before_up_to - before / 2) / all_before) - 0.5 as longer,
      -- Of the bin in which a percentile lies, the part above it.
      sum(after / all_after * (
        least(1, greatest(0, before_up_to - 0.9 * all_before) / greatest(before, 1e-9))
          + least(1, greatest(0, before_up_to - 0.95 * all_before) / greatest(before, 1e-9))
      )) - 0.15 as above
    from ranked
    group by resource_type, resource_id, day, back
    having sum(rows_before) > 0 and sum(rows_after) > 0
  )
  select resource_type, resource_id, day, back, rows_before, rows_after, failed_before, failed_after,
    everwatch_private.bin_duration(p50_before), everwatch_private.bin_duration(p50_after),
    everwatch_private.bin_duration(p95_before), everwatch_private.bin_duration(p95_after),
    longer,
    -- Of a row that is above q of the others with the place u among them, the covariance of both over
    -- the variance of u is 6 q (1 - q); here of 0.9 and 0.95.
    above - 0.825 * longer
  from contrast
$$;

comment on function everwatch_private.contrast_windows(uuid, timestamptz, interval)
  is 'Each two hours beside the time of `length` after them, of the deploy (day 0, back 0) and of moments so many days and hours before: milliseconds at percentiles; how much more often than half the time a later row takes longer; and how many more than 10 and 5% take longer than the 90th and the 95th percentile before, less what goes with the former. Of rows whose duration is known; null where of either side there is none.';

revoke execute
  on function
    everwatch_private.bins_beside(uuid, timestamptz, interval),
    everwatch_private.contrast_windows(uuid, timestamptz, interval)
  from public;
