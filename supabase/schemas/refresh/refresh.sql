-- Keeping mv_webhook_performance and mv_rule_performance fresh.
create function everwatch_private.count_performance_rows()
  returns jsonb
  language sql stable set search_path = ''
  as $$
  select jsonb_build_object(
    'mv_webhook_performance', (select count(*) from everwatch.mv_webhook_performance),
    'mv_rule_performance', (select count(*) from everwatch.mv_rule_performance)
  )
$$;

comment on function everwatch_private.count_performance_rows()
  is 'How many rows mv_webhook_performance and mv_rule_performance have, as refresh_runs keeps it.';

create function everwatch_private.describe_run(run_id bigint)
  returns jsonb
  language sql stable set search_path = ''
  as $$
  select jsonb_build_object(
    'status', case when run.error is null then 'refreshed' else 'failed' end,
    'refreshed_at', everwatch_private.refreshed_at(),
    'duration_ms', run.duration_ms,
    'folded_rows', run.folded_rows,
    'rows', run.view_rows,
    'error', run.error
  )
  from everwatch_private.refresh_runs as run
  where run.id = run_id
$$;

comment on function everwatch_private.describe_run(bigint)
  is 'What a refresh answers when it has ended.';

-- It waits for a lock only so long: a run that waited for ever would keep all later ones from starting.
create function everwatch_private.refresh_views(at timestamptz default now())
  returns jsonb
  language plpgsql security definer set search_path = '' set lock_timeout = '30s' set jit = off
  as $$
declare
  started constant timestamptz := clock_timestamp();
  before everwatch_private.refresh_runs;
  run_id bigint;
  folded bigint;
  rows_came_or_went boolean;
  counted jsonb;
  failure text;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.refresh_views', 0)) then
    return jsonb_build_object('status', 'skipped', 'refreshed_at', everwatch_private.refreshed_at());
  end if;
  select r.* into before
  from everwatch_private.refresh_runs as r
  where r.error is null
  order by r.id desc
  limit 1;

  -- A failure undoes this block alone: rollups and tables are as they were, and the run is recorded.
  begin
    -- History that is being rolled up is not for long.
    perform everwatch_private.lock_rollups();
    perform everwatch_private.move_windows(at);
    folded := everwatch_private.fold_changes();
    rows_came_or_went := everwatch_private.keep_performance();
    -- Counting them costs more than all else that a quiet refresh does.
    counted := before.view_rows;
    if counted is null or rows_came_or_went then
      counted := everwatch_private.count_performance_rows();
    end if;
  exception
    when others or query_canceled then
      folded := null;
      counted := null;
      failure := format('%s: %s', sqlstate, sqlerrm);
      raise warning 'refresh_monitoring_views failed: %', failure;
  end;

  insert into everwatch_private.refresh_runs (
    started_at, finished_at, lag_ms, folded_rows, backlog, view_rows, error, started_by
  )
  values (
    started, clock_timestamp(),
    (extract(epoch from started - before.started_at) * 1000)::bigint,
    folded,
    (select count(*) from everwatch_private.changes),
    counted, failure,
    coalesce(nullif(current_setting('role'), 'none'), session_user)
  )
  returning id into run_id;

  return everwatch_private.describe_run(run_id);
end
$$;

comment on function everwatch_private.refresh_views(timestamptz)
  is 'Adds what changed to the rollups and writes the rows of mv_webhook_performance and mv_rule_performance that are others now, or does nothing, and records the run. The windows of 24 hours and of 7 days end at `at`. Only one runs at a time: a second returns at once as skipped. Never raises: a failure is in its answer, in refresh_runs and in the log.';

create function everwatch.refresh_monitoring_views()
  returns jsonb
  language sql set search_path = ''
  as $$
  select everwatch_private.refresh_views()
$$;

comment on function everwatch.refresh_monitoring_views()
  is 'Refreshes mv_webhook_performance and mv_rule_performance; for the schedule and the secret key. Returns status (refreshed, skipped or failed), refreshed_at, duration_ms, rows of each view, and error.';

revoke execute
  on function
    everwatch_private.count_performance_rows(),
    everwatch_private.describe_run(bigint),
    everwatch_private.refresh_views(timestamptz),
    everwatch.refresh_monitoring_views()
  from public;
