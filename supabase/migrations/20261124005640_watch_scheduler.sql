-- A scheduler that has stopped judges nothing, and so cannot tell that it has. What still comes in are
-- events: whoever tracks some looks whether the schedule is alive.
create function monitoring.watch_scheduler()
  returns void
  language plpgsql security definer set search_path = ''
  as $$
declare
  evaluated_at constant timestamptz := (
    select r.at from monitoring.evaluation_runs as r order by r.id desc limit 1
  );
begin
  -- Nearly always it ends here, before anything is set up to catch an error.
  if evaluated_at > now() - interval '2 minutes' then
    return;
  end if;
  begin
    if not monitoring.is_set_up(now())
      or exists (
        select from monitoring.alerts as a where a.type = 'cron_stopped' and a.state <> 'resolved'
      )
      -- One at a time: nobody who tracks waits for another who looks.
      or not pg_try_advisory_xact_lock(hashtextextended('monitoring.watch_scheduler', 0))
    then
      return;
    end if;
    perform monitoring.judge(
      'cron_stopped', now(), '{}',
      array(select c from monitoring.cron_stopped_conditions(now()) as c)
    );
  exception
    -- What was tracked is tracked, whatever becomes of this.
    when others then raise warning 'cron_stopped could not be judged: %: %', sqlstate, sqlerrm;
  end;
end
$$;

comment on function monitoring.watch_scheduler()
  is 'Raises cron_stopped when nothing has been evaluated for two minutes and no scheduled job begins any more: track_events calls it. The next evaluation resolves it. Never raises.';

revoke all on function monitoring.watch_scheduler() from public, anon, authenticated, service_role;
grant execute on function monitoring.watch_scheduler() to service_role;
