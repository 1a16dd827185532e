-- The logs of what ran by itself are for finding out what went wrong lately, not for ever.
create function everwatch_private.trim_run_logs()
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  runs_since constant timestamptz := now() - everwatch_private.kept_for('cron_runs');
begin
  -- Only runid is indexed there, and a run that could not start has no times: so cut at a runid. The
  -- newest 50,000 are the most that is kept, whatever their times.
  delete from cron.job_run_details
  where runid <= greatest(
    (select runid from cron.job_run_details where start_time < runs_since order by runid desc limit 1),
    (select max(runid) - 50000 from cron.job_run_details)
  );

  -- The last success stays: it says how old the views are.
  delete from everwatch_private.refresh_runs
  where started_at < now() - everwatch_private.kept_for('refresh_runs')
    and id is distinct from (select max(id) from everwatch_private.refresh_runs where error is null);
end
$$;

comment on function everwatch_private.trim_run_logs()
  is 'Deletes what cron.job_run_details and refresh_runs hold of longer ago than retentions says.';

revoke execute on function everwatch_private.trim_run_logs() from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-trim-run-logs', '17 3 * * *', 'select everwatch_private.trim_run_logs()');
