-- The windows of 24 hours and of 7 days end at the refresh. Their whole hours are added up in the totals,
-- where they change by what is added, and by the hours that they leave behind. What they hold of the
-- hour in which they begin is counted from raw rows.
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
  perform everwatch_private.touch_passed(before.at, after.at);
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
      coalesce(sum(of_span.rows) filter (where span.is_day), 0) as day_rows,
      coalesce(sum(of_span.failed) filter (where span.is_day), 0) as day_failed,
      coalesce(sum(of_span.rows) filter (where not span.is_day), 0) as week_rows,
      coalesce(sum(of_span.failed) filter (where not span.is_day), 0) as week_failed
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
      -- Nothing leaves an empty window.
      and (is_from < was_from or case when is_day then t.day_rows else t.week_rows end > 0)
    group by t.source, t.resource_id
  ) as change
  where t.source = change.source and t.resource_id = change.resource_id
    and (change.day_rows <> 0 or change.week_rows <> 0);
end
$$;

comment on function everwatch_private.move_windows(timestamptz)
  is 'Lets the windows of a day and of a week end at a moment: takes from the totals the hours that no longer belong to them.';

revoke execute on function everwatch_private.move_windows(timestamptz) from public;
