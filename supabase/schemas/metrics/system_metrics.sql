-- The part of monitoring_metrics that is about the monitoring itself, and the same for every org. What
-- counts rows counts those of all orgs, so that only those see it who may read every org.
create function everwatch_private.system_metrics()
  returns jsonb
  language plpgsql stable security definer set search_path = ''
  as $$
declare
  operator constant boolean := everwatch_private.reads_every_org();
begin
  return (
    select jsonb_build_object(
      'refresh', jsonb_build_object(
        'every_seconds', extract(epoch from h.every)::integer,
        'late', h.late,
        'failing', h.failures > 0,
        'lag_ms', floor(extract(epoch from now() - h.refreshed_at) * 1000),
        'backlog', case when operator then (select count(*) from everwatch_private.changes) end,
        'last_run', jsonb_build_object(
          'started_at', run.started_at,
          'duration_ms', run.duration_ms,
          'lag_ms', run.lag_ms,
          'folded_rows', case when operator then run.folded_rows end,
          'backlog', case when operator then run.backlog end,
          'error', case when operator then run.error end
        )
      ),
      'history', (
        select jsonb_build_object(
          'complete', count(*) = 0,
          'complete_since', max(b.done_since) filter (where isfinite(b.done_since))
        )
        from everwatch_private.backfills as b
        where b.finished_at is null
      )
    )
    from everwatch_private.refresh_health() as h
    join everwatch_private.refresh_runs as run on run.id = h.last_run
  );
end
$$;

comment on function everwatch_private.system_metrics()
  is 'How the refreshes of the views go, and whether all history is rolled up: if not, since when it is.';

revoke execute on function everwatch_private.system_metrics() from public;
