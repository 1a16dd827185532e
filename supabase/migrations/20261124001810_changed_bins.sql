-- Where each change is to be added, and the durations that are there then.
create view monitoring.placed_changes
with
  (security_invoker = on) as
select
  c.source,
  c.resource_id,
  case
    when c.starts_at < s.forgotten_before then '-infinity'
    when c.starts_at < s.daily_before
    and c.source <> 'request' then date_bin('1 day', c.starts_at, 'epoch')
    else c.starts_at
  end as starts_at,
  c.pending,
  c.succeeded,
  c.failed,
  c.duration_sum,
  c.duration_max,
  c.last_success_at,
  c.affected,
  c.resource_type,
  c.status_code,
  c.bins,
  c.removed
from
  monitoring.changes as c
  cross join monitoring.rollup_state as s
where
  c.adds_to <> 'totals';

comment on view monitoring.placed_changes
  is 'Changes that add to the rollups, each with the start of the row to which it is to be added.';

create view monitoring.changed_bins
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
          monitoring.placed_changes
        union all
        select
          c.source,
          c.resource_id,
          c.starts_at,
          unnest(r.bins)::bigint
        from
          (select distinct source, resource_id, starts_at from monitoring.placed_changes) as c
          -- The limit says that these few rows are to be looked up, however many there are.
          cross join lateral (
            select
              k.bins
            from
              monitoring.rollups as k
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

comment on view monitoring.changed_bins
  is 'The durations of changed rollups, each element count * 2048 + bin.';

revoke all
  on monitoring.placed_changes, monitoring.changed_bins
  from public, anon, authenticated, service_role;
grant select on monitoring.placed_changes, monitoring.changed_bins to authenticated, service_role;
