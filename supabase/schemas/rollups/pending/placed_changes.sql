-- Where each change is to be added, and the durations that are there then.
create view everwatch_private.placed_changes
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
  c.timed,
  c.duration_sum,
  c.duration_max,
  c.last_success_at,
  c.affected,
  c.resource_type,
  c.status_code,
  c.bins,
  c.removed
from
  everwatch_private.changes as c
  cross join everwatch_private.rollup_state as s
where
  c.adds_to <> 'totals';

comment on view everwatch_private.placed_changes
  is 'Changes that add to the rollups, each with the start of the row to which it is to be added.';

grant select on everwatch_private.placed_changes to authenticated, service_role;
