-- The rollups as they would be if the changes were added now. A refresh writes these rows; who wants to
-- see the running hour reads them before that.
create view everwatch_private.changed_rollups
with
  (security_invoker = on) as
select
  c.source,
  c.resource_id,
  c.starts_at,
  coalesce(r.pending, 0) + c.pending as pending,
  coalesce(r.succeeded, 0) + c.succeeded as succeeded,
  coalesce(r.failed, 0) + c.failed as failed,
  coalesce(r.timed, 0) + c.timed as timed,
  coalesce(r.duration_sum, 0) + c.duration_sum as duration_sum,
  coalesce(r.affected, 0) + c.affected as affected,
  greatest(r.duration_max, c.duration_max) as duration_max,
  greatest(r.last_success_at, c.last_success_at) as last_success_at,
  f.bins,
  case
    when c.source = 'request' then (
      select
        d.p95_ms
      from
        everwatch_private.add_durations(null, null, null, f.bins, coalesce(r.timed, 0) + c.timed) as d
    )
  end as p95_ms,
  k.by_resource_type,
  k.by_error_code,
  c.removed
from
  (
    select
      source,
      resource_id,
      starts_at,
      sum(pending)::bigint as pending,
      sum(succeeded)::bigint as succeeded,
      sum(failed)::bigint as failed,
      sum(timed)::bigint as timed,
      sum(duration_sum)::bigint as duration_sum,
      sum(affected)::bigint as affected,
      max(duration_max) as duration_max,
      max(last_success_at) as last_success_at,
      bool_or(removed) as removed
    from
      everwatch_private.placed_changes
    group by
      source,
      resource_id,
      starts_at
  ) as c
  left join lateral (
    select
      *
    from
      everwatch_private.rollups as k
    where
      k.source = c.source
      and k.resource_id = c.resource_id
      and k.starts_at = c.starts_at
    limit
      1
  ) as r on true
  left join everwatch_private.changed_bins as b on b.source = c.source
  and b.resource_id = c.resource_id
  and b.starts_at = c.starts_at
  left join everwatch_private.changed_breakdowns as k on c.source = 'request'
  and k.resource_id = c.resource_id
  and k.starts_at = c.starts_at
  cross join lateral (
    select
      case
        when cardinality(r.bins) > 200 then b.bins
        else array_cat(r.bins, b.bins)
      end
  ) as f (bins);

comment on view everwatch_private.changed_rollups
  is 'Rows of the rollups as they would be with the changes; `removed` says that maxima and the last success may be less.';

grant select on everwatch_private.changed_rollups to authenticated, service_role;
