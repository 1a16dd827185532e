-- The totals as they would be if the changes were added now.
create view everwatch_private.changed_totals
with
  (security_invoker = on) as
select
  c.source,
  c.resource_id,
  coalesce(t.pending, 0) + c.pending as pending,
  coalesce(t.succeeded, 0) + c.succeeded as succeeded,
  coalesce(t.failed, 0) + c.failed as failed,
  coalesce(t.timed, 0) + c.timed as timed,
  coalesce(t.duration_sum, 0) + c.duration_sum as duration_sum,
  coalesce(t.affected, 0) + c.affected as affected,
  coalesce(t.day_rows, 0) + c.day_rows as day_rows,
  coalesce(t.day_failed, 0) + c.day_failed as day_failed,
  coalesce(t.week_rows, 0) + c.week_rows as week_rows,
  coalesce(t.week_failed, 0) + c.week_failed as week_failed,
  greatest(t.duration_max, c.duration_max) as duration_max,
  greatest(t.last_success_at, c.last_success_at) as last_success_at,
  h.p95_ms,
  h.p95_bin,
  h.p95_above,
  h.histogram
from
  (
    select
      source,
      resource_id,
      sum(pending)::bigint as pending,
      sum(succeeded)::bigint as succeeded,
      sum(failed)::bigint as failed,
      sum(timed)::bigint as timed,
      sum(duration_sum)::bigint as duration_sum,
      sum(affected)::bigint as affected,
      coalesce(
        sum(pending + succeeded + failed) filter (where starts_at >= day_from),
        0
      )::bigint as day_rows,
      coalesce(sum(failed) filter (where starts_at >= day_from), 0)::bigint as day_failed,
      coalesce(
        sum(pending + succeeded + failed) filter (where starts_at >= week_from),
        0
      )::bigint as week_rows,
      coalesce(sum(failed) filter (where starts_at >= week_from), 0)::bigint as week_failed,
      max(duration_max) as duration_max,
      max(last_success_at) as last_success_at
    from
      everwatch_private.changes
      cross join everwatch_private.rollup_state
    where
      adds_to <> 'rollups'
    group by
      source,
      resource_id
  ) as c
  left join (
    select
      source,
      resource_id,
      array_agg(element) as bins
    from
      everwatch_private.changes
      cross join lateral unnest(bins) as element
    where
      adds_to <> 'rollups'
    group by
      source,
      resource_id
  ) as b using (source, resource_id)
  left join lateral (
    select
      *
    from
      everwatch_private.totals as k
    where
      k.source = c.source
      and k.resource_id = c.resource_id
    limit
      1
  ) as t on true
  cross join lateral everwatch_private.add_durations(t.histogram, t.p95_bin, t.p95_above, b.bins, coalesce(t.timed, 0) + c.timed) as h;

comment on view everwatch_private.changed_totals
  is 'Rows of the totals as they would be with the changes.';
