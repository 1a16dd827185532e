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

grant usage on schema everwatch, everwatch_private to everwatch_reader;
grant select
  on everwatch.orgs, everwatch.webhooks, everwatch.api_rate_limits, everwatch.mv_webhook_performance, everwatch.mv_rule_performance, everwatch.v_alerts, everwatch.v_api_usage_metrics, everwatch.v_rate_limit_utilization, everwatch.v_alert_policies, everwatch_private.alert_levels, everwatch_private.alert_policies, everwatch_private.alert_policy_overrides, everwatch_private.alerts, everwatch_private.rollups, everwatch_private.changes, everwatch_private.rollup_state, everwatch_private.placed_changes, everwatch_private.changed_bins, everwatch_private.changed_breakdowns, everwatch_private.changed_rollups, everwatch_private.request_hours, everwatch_private.refresh_runs, everwatch_private.storage, everwatch_private.cost_state, everwatch_private.prices
  to everwatch_reader;

-- Neither where a channel leads nor what its receiver answers.
grant select (id, org_id, kind, name) on everwatch_private.channels to everwatch_reader;
grant select (id, org_id, channel_id, status, attempts, queued_at, due_at, finished_at, error)
  on everwatch_private.notifications
  to everwatch_reader;
grant execute
  on function
    everwatch_private.add_durations(bigint[], integer, bigint, bigint[], bigint),
    everwatch_private.bin_duration(integer),
    everwatch_private.bin_growth(),
    everwatch_private.sum_bins(bigint[]),
    everwatch_private.used_units(text),
    everwatch_private.share_of_bill(text, numeric)
  to everwatch_reader;

-- Row level security lets it see every row of what it may read.
do $$
declare
  secured regclass;
begin
  foreach secured in array '{
    everwatch.orgs, everwatch.webhooks, everwatch.api_rate_limits,
    everwatch.mv_webhook_performance, everwatch.mv_rule_performance,
    everwatch_private.alert_policy_overrides, everwatch_private.alerts, everwatch_private.rollups, everwatch_private.changes, everwatch_private.rollup_state,
    everwatch_private.channels, everwatch_private.notifications
  }'::regclass[] loop
    execute format('drop policy if exists "Grafana reads every org''s rows" on %s', secured);
    execute format(
      'create policy "Grafana reads every org''s rows" on %s for select to everwatch_reader using (true)',
      secured
    );
  end loop;
end
$$;
