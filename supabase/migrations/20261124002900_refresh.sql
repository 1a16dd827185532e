-- Keeping the materialized views fresh, and knowing how fresh they are.
create table monitoring.refresh_runs (
  id bigint generated always as identity primary key,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  duration_ms integer not null generated always as (
    (extract(epoch from finished_at - started_at) * 1000)::integer
  ) stored,
  view_rows jsonb,
  error text,
  started_by name not null,
  constraint refresh_runs_have_rows_or_an_error check ((view_rows is null) <> (error is null))
);

comment on table monitoring.refresh_runs
  is 'Each refresh of the materialized views; kept for 7 days, the last success for ever.';
comment on column monitoring.refresh_runs.duration_ms is 'Milliseconds, for all views together.';
comment on column monitoring.refresh_runs.view_rows
  is 'Rows of each view after the refresh, by the view''s name; null when it failed.';
comment on column monitoring.refresh_runs.error
  is 'Why it failed, with the SQLSTATE; the views kept the rows they had.';
comment on column monitoring.refresh_runs.started_by is 'The database role that asked for it.';

revoke all on monitoring.refresh_runs from public, anon, authenticated, service_role;
grant select on monitoring.refresh_runs to service_role;

create function monitoring.refreshed_at()
  returns timestamptz
  language sql stable security definer set search_path = ''
  as $$
  select r.started_at
  from monitoring.refresh_runs as r
  where r.error is null
  order by r.id desc
  limit 1
$$;

comment on function monitoring.refreshed_at()
  is 'Everything that was committed before this moment is in the materialized views: when their last successful refresh began.';

create function monitoring.refresh_views () returns jsonb language plpgsql security definer
set
  search_path = ''
  -- A run that waits for ever would keep all later ones from starting.
set
  lock_timeout = '30s' as $$
declare
  started constant timestamptz := clock_timestamp();
  run monitoring.refresh_runs;
  counted jsonb;
  failure text;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('monitoring.refresh_views', 0)) then
    return jsonb_build_object('status', 'skipped', 'refreshed_at', monitoring.refreshed_at());
  end if;

  -- A failure undoes this block alone: both views keep their rows, and the run is recorded.
  begin
    refresh materialized view concurrently public.mv_webhook_performance;
    refresh materialized view concurrently public.mv_rule_performance;
    counted := jsonb_build_object(
      'mv_webhook_performance', (select count(*) from public.mv_webhook_performance),
      'mv_rule_performance', (select count(*) from public.mv_rule_performance)
    );
  exception
    when others or query_canceled then
      failure := format('%s: %s', sqlstate, sqlerrm);
      raise warning 'refresh_monitoring_views failed: %', failure;
  end;

  insert into monitoring.refresh_runs (started_at, finished_at, view_rows, error, started_by)
  values (
    started, clock_timestamp(), counted, failure,
    coalesce(nullif(current_setting('role'), 'none'), session_user)
  )
  returning * into run;

  return jsonb_build_object(
    'status', case when run.error is null then 'refreshed' else 'failed' end,
    'refreshed_at', monitoring.refreshed_at(),
    'duration_ms', run.duration_ms,
    'rows', run.view_rows,
    'error', run.error
  );
end
$$;

comment on function monitoring.refresh_views()
  is 'Refreshes both materialized views, or neither, and records the run. Only one runs at a time: a second returns at once as skipped. Never raises: a failure is in its answer, in refresh_runs and in the log.';

create function public.refresh_monitoring_views()
  returns jsonb
  language sql set search_path = ''
  as $$
  select monitoring.refresh_views()
$$;

comment on function public.refresh_monitoring_views()
  is 'Refreshes mv_webhook_performance and mv_rule_performance; for the schedule and the secret key. Returns status (refreshed, skipped or failed), refreshed_at, duration_ms, rows of each view, and error.';

revoke all
  on function monitoring.refreshed_at(), monitoring.refresh_views(), public.refresh_monitoring_views()
  from public, anon, authenticated, service_role;
grant execute on function monitoring.refreshed_at() to authenticated, service_role;
grant execute
  on function monitoring.refresh_views(), public.refresh_monitoring_views()
  to service_role;

-- From the first moment on there is an answer to when they were refreshed.
select public.refresh_monitoring_views();
