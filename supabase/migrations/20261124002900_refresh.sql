-- Keeping the materialized views fresh.
--
-- It waits for a lock only so long: a run that waited for ever would keep all later ones from starting.
create function monitoring.refresh_views(at timestamptz default now())
  returns jsonb
  language plpgsql security definer set search_path = '' set lock_timeout = '30s' set jit = off
  as $$
declare
  started constant timestamptz := clock_timestamp();
  before constant timestamptz := monitoring.refreshed_at();
  run monitoring.refresh_runs;
  folded bigint;
  counted jsonb;
  failure text;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('monitoring.refresh_views', 0)) then
    return jsonb_build_object('status', 'skipped', 'refreshed_at', before);
  end if;

  -- A failure undoes this block alone: rollups and views are as they were, and the run is recorded.
  begin
    -- History that is being rolled up is not for long.
    perform monitoring.lock_rollups();
    perform monitoring.move_windows(at);
    folded := monitoring.fold_changes();
    perform monitoring.forget_resources();
    refresh materialized view concurrently public.mv_webhook_performance;
    refresh materialized view concurrently public.mv_rule_performance;
    counted := jsonb_build_object(
      'mv_webhook_performance', (select count(*) from public.mv_webhook_performance),
      'mv_rule_performance', (select count(*) from public.mv_rule_performance)
    );
  exception
    when others or query_canceled then
      folded := null;
      failure := format('%s: %s', sqlstate, sqlerrm);
      raise warning 'refresh_monitoring_views failed: %', failure;
  end;

  insert into monitoring.refresh_runs (
    started_at, finished_at, lag_ms, folded_rows, backlog, view_rows, error, started_by
  )
  values (
    started, clock_timestamp(),
    (extract(epoch from started - before) * 1000)::bigint,
    folded,
    (select count(*) from monitoring.changes),
    counted, failure,
    coalesce(nullif(current_setting('role'), 'none'), session_user)
  )
  returning * into run;

  return jsonb_build_object(
    'status', case when run.error is null then 'refreshed' else 'failed' end,
    'refreshed_at', monitoring.refreshed_at(),
    'duration_ms', run.duration_ms,
    'folded_rows', run.folded_rows,
    'rows', run.view_rows,
    'error', run.error
  );
end
$$;

comment on function monitoring.refresh_views(timestamptz)
  is 'Adds what changed to the rollups and refreshes both materialized views, or does nothing, and records the run. The windows of 24 hours and of 7 days end at `at`. Only one runs at a time: a second returns at once as skipped. Never raises: a failure is in its answer, in refresh_runs and in the log.';

create function public.refresh_monitoring_views()
  returns jsonb
  language sql set search_path = ''
  as $$
  select monitoring.refresh_views()
$$;

comment on function public.refresh_monitoring_views()
  is 'Refreshes mv_webhook_performance and mv_rule_performance; for the schedule and the secret key. Returns status (refreshed, skipped or failed), refreshed_at, duration_ms, rows of each view, and error.';

revoke all
  on function monitoring.refresh_views(timestamptz), public.refresh_monitoring_views()
  from public, anon, authenticated, service_role;
grant execute
  on function monitoring.refresh_views(timestamptz), public.refresh_monitoring_views()
  to service_role;

-- From the first moment on there is an answer to when they were refreshed.
select public.refresh_monitoring_views();
