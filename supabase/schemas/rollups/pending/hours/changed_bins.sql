-- Durations of each row of the rollups that changes add to, as bins.
create view everwatch_private.changed_bins
with
  (security_invoker = on) as
select
  source,
  resource_id,
  starts_at,
  array_agg((part * 2048 + bin)::integer) as bins
from
  (
    select
      source,
      resource_id,
      starts_at,
      element & 2047 as bin,
      sum(element >> 11)::bigint as count
    from
      (
        select
          source,
          resource_id,
          starts_at,
          unnest(bins) as element
        from
          everwatch_private.placed_changes
        union all
        select
          c.source,
          c.resource_id,
          c.starts_at,
          unnest(r.bins)::bigint
        from
          (
            select distinct
              source,
              resource_id,
              starts_at
            from
              everwatch_private.placed_changes
          ) as c
          -- The limit says that these few rows are to be looked up, however many there are.
          cross join lateral (
            select
              k.bins
            from
              everwatch_private.rollups as k
            where
              k.source = c.source
              and k.resource_id = c.resource_id
              and k.starts_at = c.starts_at
              and cardinality(k.bins) > 200
            limit
              1
          ) as r
      ) as known
    group by
      source,
      resource_id,
      starts_at,
      bin
    having
      sum(element >> 11) <> 0
  ) as counted
  -- An element has room for a count of a million.
  cross join lateral (
    select
      least(count - 1000000 * n, 1000000) as part
    from
      generate_series(0, (count - 1) / 1000000) as n
  ) as divided
group by
  source,
  resource_id,
  starts_at;

comment on view everwatch_private.changed_bins
  is 'The durations of changed rollups, each element count * 2048 + bin.';

grant select on everwatch_private.changed_bins to authenticated, service_role;
