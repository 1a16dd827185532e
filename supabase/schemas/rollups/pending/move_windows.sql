-- The windows of 24 hours and of 7 days end at the refresh. Their whole hours are added up in the totals,
-- where they change by what is added, and by the hours that they leave behind. What they hold of the
-- hour in which they begin the views count from raw rows.
create function everwatch_private.move_windows(at timestamptz)
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
declare
  before everwatch_private.rollup_state;
  after everwatch_private.rollup_state;
begin
  select * into strict before from everwatch_private.rollup_state for update;
  update everwatch_private.rollup_state as s
  set at = move_windows.at,
    day_from = date_bin('1 hour', move_windows.at - interval '24 hours', 'epoch') + interval '1 hour',
    week_from = date_bin('1 hour', move_windows.at - interval '7 days', 'epoch') + interval '1 hour'
  where s.singleton
  returning * into after;
  if (before.day_from, before.week_from) = (after.day_from, after.week_from) then
    return;
  end if;

  update everwatch_private.totals as t
  set day_rows = t.day_rows + change.day_rows,
    day_failed = t.day_failed + change.day_failed,
    week_rows = t.week_rows + change.week_rows,
    week_failed = t.week_failed + change.week_failed
  from (
    select t.source, t.resource_id,
      sum(of_span.rows) filter (where span.is_day) as day_rows,
      sum(of_span.failed) filter (where span.is_day) as day_failed,
      sum(of_span.rows) filter (where not span.is_day) as week_rows,
      sum(of_span.failed) filter (where not span.is_day) as week_failed
    from everwatch_private.totals as t
    cross join (
      values (true, before.day_from, after.day_from), (false, before.week_from, after.week_from)
    ) as span (is_day, was_from, is_from)
    -- A clock that was set back gives hours back.
    cross join lateral (
      select
        coalesce(sum(pending + succeeded + failed), 0) * case when is_from > was_from then -1 else 1 end as rows,
        coalesce(sum(failed), 0) * case when is_from > was_from then -1 else 1 end as failed
      from everwatch_private.rollups as r
      where r.source = t.source and r.resource_id = t.resource_id
        and r.starts_at >= least(was_from, is_from) and r.starts_at < greatest(was_from, is_from)
    ) as of_span
    where t.source <> 'request'
    group by t.source, t.resource_id
  ) as change
  where t.source = change.source and t.resource_id = change.resource_id
    and (change.day_rows <> 0 or change.week_rows <> 0);
end
$$;

comment on function everwatch_private.move_windows(timestamptz)
  is 'Lets the windows of a day and of a week end at a moment: takes from the totals the hours that no longer belong to them.';

revoke execute on function everwatch_private.move_windows(timestamptz) from public;

create view everwatch_private.window_edges
with
  (security_invoker = on) as
with
  edges as (
    select
      edge.*
    from
      everwatch_private.rollup_state as s
      cross join lateral (
        values
          (true, s.at - interval '24 hours', s.day_from),
          (false, s.at - interval '7 days', s.week_from)
      ) as edge (is_day, since, until)
  ),
  -- Org by org, and rule by rule: as the indexes of the raw tables begin, so that a month of rows is not
  -- looked through for an hour of them.
  activity as (
    select
      edge.is_day,
      a.*
    from
      edges as edge
      cross join everwatch.orgs as o
      cross join lateral (
        select
          r.source,
          r.resource_id,
          count(*) as rows,
          sum(r.failed) as failed
        from
          everwatch_private.raw_activity as r
        where
          r.source = 'delivery'
          and r.org_id = o.id
          and r.happened_at >= edge.since
          and r.happened_at < edge.until
        group by
          r.source,
          r.resource_id
      ) as a
    union all
    select
      edge.is_day,
      a.*
    from
      edges as edge
      cross join everwatch.automation_rules as rule
      cross join lateral (
        select
          r.source,
          r.resource_id,
          count(*),
          sum(r.failed)
        from
          everwatch_private.raw_activity as r
        where
          r.source = 'execution'
          and r.org_id = rule.org_id
          and r.resource_id = rule.id
          and r.happened_at >= edge.since
          and r.happened_at < edge.until
        group by
          r.source,
          r.resource_id
      ) as a
  )
select
  source,
  resource_id,
  sum(rows) filter (where is_day)::bigint as day_rows,
  sum(failed) filter (where is_day)::bigint as day_failed,
  sum(rows) filter (where not is_day)::bigint as week_rows,
  sum(failed) filter (where not is_day)::bigint as week_failed
from
  activity
group by
  source,
  resource_id;

comment on view everwatch_private.window_edges
  is 'Raw rows, of deliveries and executions, in the part of an hour with which the windows of 24 hours and of 7 days begin.';
