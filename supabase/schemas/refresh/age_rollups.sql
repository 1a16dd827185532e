-- Old rollups are made coarser: hours become days and, past the retention, one row for all that was. They
-- are taken out and added again, where they belong by then.
create function everwatch_private.age_rollups(at timestamptz default now())
  returns bigint
  language plpgsql set search_path = ''
  as $$
declare
  before everwatch_private.rollup_state;
  after everwatch_private.rollup_state;
  aged bigint;
begin
  perform everwatch_private.lock_rollups();
  select * into strict before from everwatch_private.rollup_state;
  update everwatch_private.rollup_state as s
  set daily_before = greatest(s.daily_before, date_bin('1 day', age_rollups.at - w.hourly_for, 'epoch')),
    forgotten_before = greatest(s.forgotten_before, date_bin('1 day', age_rollups.at - w.rollup_retention, 'epoch'))
  from everwatch_private.rollup_settings as w
  where s.singleton
  returning s.* into strict after;

  with old as (
    delete from everwatch_private.rollups as r
    where r.starts_at > '-infinity' and r.starts_at < after.forgotten_before
      -- The row of a day's first hour becomes the day's.
      or r.starts_at >= before.daily_before and r.starts_at < after.daily_before
        and r.source <> 'request' and r.starts_at <> date_bin('1 day', r.starts_at, 'epoch')
    returning r.*
  )
  insert into everwatch_private.changes (
    source, resource_id, starts_at, pending, succeeded, failed, timed, duration_sum, duration_max,
    last_success_at, affected, bins, adds_to
  )
  select source, resource_id, starts_at, pending, succeeded, failed, timed, duration_sum, duration_max,
    last_success_at, coalesce(affected, 0), bins, 'rollups'
  from old;
  get diagnostics aged = row_count;
  perform everwatch_private.fold_changes();
  return aged;
end
$$;

comment on function everwatch_private.age_rollups(timestamptz)
  is 'Makes days of the hours that are older than hourly_for of rollup_settings, and one row of what is older than rollup_retention; returns how many rows it took out.';

revoke execute on function everwatch_private.age_rollups(timestamptz) from public;

-- From the first moment on, late rows go where they belong.

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-age-rollups', '27 0 * * *', 'select everwatch_private.age_rollups()');
