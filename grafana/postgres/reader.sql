-- The role as which Grafana asks the database: it reads what the dashboard shows, of every org, and
-- writes nothing. Run as the owner of the database, any number of times; it cannot sign in until it has
-- a password: alter role everwatch_reader password '…'.
do $$
begin
  create role everwatch_reader login noinherit connection limit 10;
exception
  when duplicate_object then null;
end
$$;

alter role everwatch_reader set default_transaction_read_only = on;
alter role everwatch_reader set statement_timeout = '10s';

grant usage on schema public, monitoring to everwatch_reader;
grant select
  on public.orgs, public.webhooks, public.api_rate_limits, public.mv_webhook_performance, public.mv_rule_performance, public.v_alerts, public.v_api_usage_metrics, public.v_rate_limit_utilization, monitoring.alerts, monitoring.rollups, monitoring.changes, monitoring.rollup_state, monitoring.placed_changes, monitoring.changed_bins, monitoring.changed_breakdowns, monitoring.changed_rollups, monitoring.request_hours, monitoring.refresh_runs, monitoring.storage, monitoring.cost_state, monitoring.prices
  to everwatch_reader;

-- Neither where a channel leads nor what its receiver answers.
grant select (id, org_id, kind, name) on monitoring.channels to everwatch_reader;
grant select (id, org_id, channel_id, status, attempts, queued_at, due_at, finished_at, error)
  on monitoring.notifications
  to everwatch_reader;
grant execute
  on function monitoring.add_durations(bigint[], integer, bigint, bigint[], bigint), monitoring.bin_duration(integer), monitoring.used_units(text), monitoring.share_of_bill(text, numeric)
  to everwatch_reader;

-- Row level security lets it see every row of what it may read.
do $$
declare
  secured regclass;
begin
  foreach secured in array '{
    public.orgs, public.webhooks, public.api_rate_limits,
    monitoring.alerts, monitoring.rollups, monitoring.changes, monitoring.rollup_state,
    monitoring.channels, monitoring.notifications
  }'::regclass[] loop
    execute format('drop policy if exists "Grafana reads every org''s rows" on %s', secured);
    execute format(
      'create policy "Grafana reads every org''s rows" on %s for select to everwatch_reader using (true)',
      secured
    );
  end loop;
end
$$;
