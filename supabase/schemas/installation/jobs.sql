-- What pg_cron runs for us. Each job's row stands beside its function; pg_cron follows the rows, and
-- whoever looks for a job that is missing reads them. A dump keeps them, and not pg_cron's own.
create table everwatch_private.jobs (
  name text primary key check (name like 'everwatch-%'),
  schedule text not null,
  command text not null
);

comment on table everwatch_private.jobs is 'Our scheduled jobs, as they should be in cron.job.';
comment on column everwatch_private.jobs.name is 'The jobname in cron.job.';

create function everwatch_private.follow_job()
  returns trigger
  language plpgsql set search_path = ''
  as $$
begin
  if new.name is distinct from old.name then
    perform cron.unschedule(j.jobid) from cron.job as j where j.jobname = old.name and j.username = current_user;
  end if;
  if new.name is not null then
    perform cron.schedule(new.name, new.schedule, new.command);
  end if;
  return null;
end
$$;

comment on function everwatch_private.follow_job()
  is 'Schedules a job as its row says, and unschedules it when the row goes.';

create trigger follow_job
  after insert or update or delete on everwatch_private.jobs
  for each row
  execute function everwatch_private.follow_job();

create function everwatch_private.schedule_jobs()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform cron.schedule(wanted.name, wanted.schedule, wanted.command) from everwatch_private.jobs as wanted;
  perform cron.alter_job(job.jobid, active => true)
  from everwatch_private.jobs as wanted
  join cron.job as job on job.jobname = wanted.name and job.username = current_user
  where not job.active;
end
$$;

comment on function everwatch_private.schedule_jobs()
  is 'Schedules all jobs again, also those that somebody changed or switched off.';

create function everwatch_private.missing_jobs()
  returns table(part text, detail text, remedy text)
  language plpgsql stable set search_path = ''
  as $$
begin
  if to_regclass('cron.job') is null then
    return;
  end if;
  return query
  select 'job', wanted.name || found.fault, 'select everwatch.repair()'
  from everwatch_private.jobs as wanted
  left join cron.job as job on job.jobname = wanted.name and job.username = current_user
  cross join lateral (
    select case
      when job.jobid is null then ' is not scheduled'
      when not job.active then ' is switched off'
      when job.command <> wanted.command then ' runs another command'
      when job.schedule <> wanted.schedule then format(' runs at %s, not at %s', job.schedule, wanted.schedule)
    end
  ) as found (fault)
  where found.fault is not null
  order by wanted.name;
end
$$;

comment on function everwatch_private.missing_jobs()
  is 'Jobs that pg_cron does not run as their rows say.';

revoke execute
  on function
    everwatch_private.follow_job(),
    everwatch_private.schedule_jobs(),
    everwatch_private.missing_jobs()
  from public;
