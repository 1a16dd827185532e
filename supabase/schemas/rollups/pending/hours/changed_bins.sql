-- Durations of each row of the rollups that changes add to, as bins.
create view everwatch_private.changed_bins
with
  (security_invoker = on) as
select
  source,
  resource_id,
  starts_at,
  case
  -- To make less of a few costs more than it saves.
    when count(*) > 32 then everwatch_private.sum_bins(array_agg(element))
    else array_agg(element)
  end as bins
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
      unnest(r.bins)
    from
      (select distinct source, resource_id, starts_at from everwatch_private.placed_changes) as c
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
  starts_at;

comment on view everwatch_private.changed_bins
  is 'The durations of changed rollups, as histograms.';

grant select on everwatch_private.changed_bins to authenticated, service_role;
