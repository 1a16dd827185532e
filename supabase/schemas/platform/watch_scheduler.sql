-- A scheduler that has stopped judges nothing, and so cannot tell that it has. What still comes in are
-- events: whoever tracks some looks whether the schedule is alive.
create function everwatch_private.watch_scheduler()
  returns void
  language plpgsql security definer set search_path = ''
  as $$
declare
  evaluated_at constant timestamptz := (
    select r.at from everwatch_private.evaluation_runs as r order by r.id desc limit 1
  );
begin
  -- Nearly always it ends here, before anything is set up to catch an error.
  if evaluated_at > now() - interval '2 minutes' then
    return;
  end if;
  begin
    if not everwatch_private.is_set_up(now())
      or exists (
        select from everwatch_private.alerts as a where a.type = 'cron_stopped' and a.state <> 'resolved'
      )
      -- One at a time: nobody who tracks waits for another who looks.
      or not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.watch_scheduler', 0))
    then
      return;
    end if;
    perform everwatch_private.judge(
      'cron_stopped', now(), '{}',
      array(select c from everwatch_private.cron_stopped_conditions(now()) as c)
    );
  exception
    -- What was tracked is tracked, whatever becomes of this.
    when others then raise warning 'cron_stopped could not be judged: %: %', sqlstate, sqlerrm;
  end;
end
$$;

comment on function everwatch_private.watch_scheduler()
  is 'Raises cron_stopped when nothing has been evaluated for two minutes and no scheduled job begins any more: track_events calls it. The next evaluation resolves it. Never raises.';

revoke execute on function everwatch_private.watch_scheduler() from public;
