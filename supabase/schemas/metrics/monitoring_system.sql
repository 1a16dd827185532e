-- Whether the system itself works, for everyone who relies on its numbers: nothing in it is an org's.
create function everwatch_private.system_status()
  returns jsonb
  language sql stable security definer set search_path = ''
  as $$
  -- Only runid is indexed there: the newest few thousand are some days of all jobs together.
  with runs as (
    select r.jobid, r.runid, r.status, r.start_time
    from cron.job_run_details as r
    order by r.runid desc
    limit 5000
  ),
  newest as (
    select distinct on (r.jobid) r.jobid, r.status, r.start_time from runs as r order by r.jobid, r.runid desc
  ),
  succeeded as (
    select r.jobid, max(r.start_time) as at from runs as r where r.status = 'succeeded' group by r.jobid
  )
  select jsonb_build_object(
    'timestamp', now(),
    'refreshed_at', everwatch_private.refreshed_at(),
    'late_after_seconds', (select extract(epoch from h.late_after) from everwatch_private.refresh_health() as h),
    'refresh_runs', (
      select coalesce(jsonb_agg(
        jsonb_build_object(
          'started_at', r.started_at,
          'duration_ms', r.duration_ms,
          -- The words of an error may quote a row; its code cannot.
          'error_code', substring(r.error from '^[0-9A-Z]{5}')
        )
        order by r.id desc
      ), '[]')
      from (select * from everwatch_private.refresh_runs order by id desc limit 50) as r
    ),
    'jobs', (
      select coalesce(jsonb_agg(
        jsonb_build_object(
          'name', j.jobname,
          'schedule', j.schedule,
          'active', j.active,
          'last_status', n.status,
          'last_started_at', n.start_time,
          'last_succeeded_at', s.at
        )
        order by j.jobname
      ), '[]')
      from cron.job as j
      left join newest as n on n.jobid = j.jobid
      left join succeeded as s on s.jobid = j.jobid
      where j.jobname like 'everwatch-%'
    ),
    'http_requests_waiting', (select count(*) from net.http_request_queue)
  )
$$;

comment on function everwatch_private.system_status()
  is 'What everwatch.monitoring_system answers; reads the logs of pg_cron and pg_net as their owner.';

create function everwatch.monitoring_system()
  returns jsonb
  language sql stable set search_path = ''
  as $$
  select everwatch_private.system_status()
$$;

comment on function everwatch.monitoring_system()
  is 'How fresh the views are, their last 50 refreshes (newest first, milliseconds), each scheduled job with its last run, and how many HTTP requests wait to be sent. The same for everyone who is signed in.';

revoke execute
  on function everwatch_private.system_status(), everwatch.monitoring_system()
  from public;
