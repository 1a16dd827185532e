-- Whether the schedules run, and succeed. Who asks is mostly a scheduled job itself: that the scheduler
-- stopped altogether is noticed by those who track events (watch_scheduler), and outside, by the
-- heartbeat that does not come.
create function everwatch_private.cron_period(schedule text)
  returns interval
  language sql immutable set search_path = ''
  as $$
  select case
    when schedule ~ '^\*(/1)?( \*){4}$' then interval '1 minute'
    when schedule ~ '^\*/\d+( \*){4}$'
      then substring(schedule from '\d+')::integer * interval '1 minute'
    when schedule ~ '^\d+( \*){4}$' then interval '1 hour'
    when schedule ~ '^\d+ \d+( \*){3}$' then interval '1 day'
  end
$$;

comment on function everwatch_private.cron_period(text)
  is 'How often a job with this schedule runs, for the forms that are in use here; null for others.';

create function everwatch_private.job_health(at timestamptz)
  returns table(job_name text, period interval, last_success timestamptz, failures bigint, error text)
  language sql stable security definer set search_path = ''
  as $$
  with run as (
    select r.jobid, r.runid, r.status, r.start_time, r.return_message,
      max(r.runid) filter (where r.status = 'succeeded') over (partition by r.jobid) as last_good
    from cron.job_run_details as r
    where coalesce(r.start_time, '-infinity') <= job_health.at
  )
  select j.jobname::text, everwatch_private.cron_period(j.schedule),
    -- What never ran is late from the day of its installation on.
    coalesce(
      max(r.start_time) filter (where r.status = 'succeeded'),
      (select s.installed_at from everwatch_private.settings as s)
    ),
    count(r.runid) filter (where r.status = 'failed' and r.runid > coalesce(r.last_good, 0)),
    (array_agg(r.return_message order by r.runid desc) filter (where r.status = 'failed'))[1]
  from cron.job as j
  left join run as r on r.jobid = j.jobid
  where j.jobname like 'everwatch-%' and j.active
  group by j.jobid, j.jobname, j.schedule
$$;

comment on function everwatch_private.job_health(timestamptz)
  is 'Each of our scheduled jobs: how often it runs, when it last began and succeeded, how often it has failed since, and why.';

create function everwatch_private.cron_job_failing_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when j.failures >= p.critical then 'critical' else 'warning' end,
    'cron_job',
    j.job_name,
    j.job_name,
    format('%s failed %s times in a row: %s', j.job_name, j.failures, left(j.error, 500)),
    j.failures::numeric,
    case when j.failures >= p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join everwatch_private.job_health(cron_job_failing_conditions.at) as j
  where p.type = 'cron_job_failing'
    and p.enabled
    and j.failures >= least(p.warning, p.critical)
    and cron_job_failing_conditions.org_id is null
    and everwatch_private.reads_every_org()
    and everwatch_private.is_set_up(cron_job_failing_conditions.at);
end
$$;

comment on function everwatch_private.cron_job_failing_conditions(timestamptz, uuid)
  is 'Scheduled jobs whose last runs failed; nothing for callers who do not read every org.';

create function everwatch_private.cron_job_late_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when l.periods > p.critical then 'critical' else 'warning' end,
    'cron_job',
    j.job_name,
    j.job_name,
    format('%s has not succeeded for %s; it is to run every %s',
      j.job_name, date_trunc('second', cron_job_late_conditions.at - j.last_success), j.period),
    l.periods,
    case when l.periods > p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join everwatch_private.job_health(cron_job_late_conditions.at) as j
  cross join lateral (
    select round(extract(epoch from cron_job_late_conditions.at - j.last_success)
      / extract(epoch from j.period), 1)
  ) as l (periods)
  where p.type = 'cron_job_late'
    and p.enabled
    and l.periods > least(p.warning, p.critical)
    and cron_job_late_conditions.org_id is null
    and everwatch_private.reads_every_org()
    and everwatch_private.is_set_up(cron_job_late_conditions.at);
end
$$;

comment on function everwatch_private.cron_job_late_conditions(timestamptz, uuid)
  is 'Scheduled jobs that have not succeeded for several of their periods, or never; nothing for callers who do not read every org.';

create function everwatch_private.cron_stopped_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when r.minutes > p.critical then 'critical' else 'warning' end,
    'extension',
    'pg_cron',
    'pg_cron',
    format('No scheduled job has begun for %s minutes', r.minutes),
    r.minutes,
    case when r.minutes > p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join lateral (
    select round(extract(epoch from cron_stopped_conditions.at - coalesce(
      (
        -- By the id, for that alone is indexed.
        select d.start_time
        from cron.job_run_details as d
        where d.start_time <= cron_stopped_conditions.at
        order by d.runid desc
        limit 1
      ),
      (select s.installed_at from everwatch_private.settings as s)
    )) / 60, 1)
  ) as r (minutes)
  where p.type = 'cron_stopped'
    and p.enabled
    and r.minutes > least(p.warning, p.critical)
    and cron_stopped_conditions.org_id is null
    and everwatch_private.reads_every_org()
    and everwatch_private.is_set_up(cron_stopped_conditions.at);
end
$$;

comment on function everwatch_private.cron_stopped_conditions(timestamptz, uuid)
  is 'Whether the scheduler of pg_cron starts nothing any more; nothing for callers who do not read every org.';

revoke execute
  on function
    everwatch_private.cron_period(text),
    everwatch_private.job_health(timestamptz),
    everwatch_private.cron_job_failing_conditions(timestamptz, uuid),
    everwatch_private.cron_job_late_conditions(timestamptz, uuid),
    everwatch_private.cron_stopped_conditions(timestamptz, uuid)
  from public;
