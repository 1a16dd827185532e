-- Who may run what: every grant on a function, with its reason. A function that is not here is run by the
-- owner alone, as each is followed by its own `revoke execute … from public`, or by functions that run as
-- their owner. What may be read and written stands beside each table, with its policies. `anon` may do
-- nothing.

-- Policies ask who calls. The answers are about the caller alone.
grant execute
  on function everwatch_private.my_org_ids(text[]), everwatch_private.reads_every_org()
  to authenticated, service_role;

-- Whoever signs up makes an org of their own; everwatch_private.create_org() adds its owner.
grant execute
  on function everwatch.create_org(text), everwatch_private.create_org(text)
  to authenticated;

-- These compute from their arguments alone.
grant execute
  on function
    everwatch_private.activity_measures(numeric, numeric, numeric, numeric, numeric, numeric, numeric),
    everwatch_private.add_durations(bigint[], integer, bigint, bigint[], bigint),
    everwatch_private.bin_duration(integer),
    everwatch_private.bin_growth(),
    everwatch_private.bin_value(integer),
    everwatch_private.burn_severity(everwatch.v_alert_policies, bigint[], numeric[]),
    everwatch_private.check_insight_kind(text),
    everwatch_private.check_matchers(jsonb),
    everwatch_private.count_values(double precision[], bigint[]),
    everwatch_private.course_bounds(double precision, double precision, double precision, double precision, double precision),
    everwatch_private.decode_cursor(text, text),
    everwatch_private.describe_amount(text, double precision),
    everwatch_private.describe_anomaly(text, everwatch_private.series_score, double precision),
    everwatch_private.encode_cursor(text, jsonb),
    everwatch_private.fingerprint(uuid, text, text, text),
    everwatch_private.is_threshold(numeric),
    everwatch_private.next_state(text, timestamptz, boolean, boolean, interval, interval, timestamptz),
    everwatch_private.overdispersion(bigint[]),
    everwatch_private.page(text, jsonb, integer),
    everwatch_private.parse_metric_resource(text),
    everwatch_private.quantile_of_bins(bigint[], double precision),
    everwatch_private.regression_size(text, jsonb),
    everwatch_private.sum_bins(bigint[]),
    everwatch_private.time_to_reach(double precision, double precision, double precision, double precision, boolean),
    everwatch_private.unpack_bins(bigint[]),
    everwatch_private.webhook_health(boolean, integer, numeric, numeric, timestamptz, timestamptz, timestamptz, numeric)
  to authenticated, service_role;

-- How the system itself is, and lists: the answers are the same for everyone.
grant execute
  on function
    everwatch.monitoring_system(),
    everwatch_private.costs_measured_at(),
    everwatch_private.insight_kinds(),
    everwatch_private.refreshed_at(),
    everwatch_private.system_metrics(),
    everwatch_private.system_status()
  to authenticated, service_role;

-- The read path of metrics. metrics_org checks membership, webhook_performance and rule_performance do so
-- again before they read as their owner; the others read as the caller.
grant execute
  on function
    everwatch.monitoring_metrics(uuid, text, integer, text),
    everwatch_private.alert_metrics(uuid, integer, text),
    everwatch_private.api_metrics(uuid, integer, text),
    everwatch_private.api_page(uuid, integer, text),
    everwatch_private.metrics_org(uuid),
    everwatch_private.rate_limit_metrics(uuid, integer, text),
    everwatch_private.request_summary(uuid, timestamptz),
    everwatch_private.rule_metrics(uuid, integer, text),
    everwatch_private.webhook_metrics(uuid, integer, text),
    everwatch_private.webhook_summary(uuid)
  to authenticated, service_role;

-- The read path over time. activity_series reads rollups as their owner and checks membership itself;
-- the others read as the caller.
grant execute
  on function
    everwatch.monitoring_timeseries(text[], timestamptz, timestamptz, integer, uuid, text),
    everwatch_private.activity_series(everwatch_private.source, uuid, uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean),
    everwatch_private.check_series_resource(uuid, text[], text),
    everwatch_private.custom_series(uuid, text, timestamptz, timestamptz, timestamptz, interval),
    everwatch_private.expected_series(uuid, text, text, timestamptz, timestamptz, integer),
    everwatch_private.measured_activity(text, uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean),
    everwatch_private.rate_limit_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  to authenticated, service_role;

-- The read path of scrapes. It reads totals as their owner, and checks membership itself.
grant execute
  on function everwatch.monitoring_prometheus(uuid), everwatch_private.prometheus(uuid)
  to authenticated, service_role;

-- The read path of costs. It reads rollups and sizes as their owner, and checks membership itself.
grant execute
  on function
    everwatch.monitoring_costs(timestamptz, timestamptz, uuid, integer, text),
    everwatch_private.org_costs(uuid, timestamptz, timestamptz)
  to authenticated, service_role;

-- What v_alert_conditions shows, read as the caller.
grant execute
  on function
    everwatch_private.alert_conditions(timestamptz, uuid),
    everwatch_private.anomaly_conditions(timestamptz, uuid),
    everwatch_private.api_error_rate_conditions(timestamptz, uuid),
    everwatch_private.api_failures(timestamptz, uuid[]),
    everwatch_private.conditions_of(text, timestamptz, uuid),
    everwatch_private.error_budget_burn_conditions(timestamptz, uuid),
    everwatch_private.orgs_asked(uuid),
    everwatch_private.rate_limit_conditions(timestamptz, uuid),
    everwatch_private.regression_conditions(timestamptz, uuid),
    everwatch_private.rule_not_triggering_conditions(timestamptz, uuid),
    everwatch_private.series_name(everwatch_private.watched_series),
    everwatch_private.unusual_series(timestamptz, uuid[]),
    everwatch_private.webhook_failure_conditions(timestamptz, uuid),
    everwatch_private.webhook_failures(uuid[]),
    everwatch_private.webhook_inactive_conditions(timestamptz, uuid)
  to authenticated, service_role;

-- What a policy would have done: backtest_policy checks membership, and all of it reads as the caller.
grant execute
  on function
    everwatch.backtest_policy(text, jsonb, timestamptz, timestamptz, uuid),
    everwatch_private.anomaly_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.api_error_rate_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.error_budget_burn_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.failures_in_a_row(everwatch.webhooks, timestamptz),
    everwatch_private.outcome_course(uuid, timestamptz, timestamptz),
    everwatch_private.rate_limit_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.regression_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.replay(everwatch_private.condition_step[], interval, interval, timestamptz),
    everwatch_private.rule_not_triggering_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.steps_until(everwatch_private.condition_step[], timestamptz),
    everwatch_private.webhook_failure_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.webhook_inactive_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  to authenticated, service_role;

-- Evaluates one org now, as the owner, once evaluate_org has checked membership.
grant execute
  on function everwatch.check_alerts(uuid), everwatch_private.evaluate_org(uuid)
  to authenticated, service_role;

-- All members but viewers answer alerts: row level security decides.
grant execute
  on function
    everwatch.acknowledge_alert(uuid, timestamptz),
    everwatch.end_silence(uuid),
    everwatch.silence_alerts(jsonb, timestamptz, text, uuid),
    everwatch.unacknowledge_alert(uuid),
    everwatch_private.set_acknowledgement(uuid, uuid, timestamptz, timestamptz)
  to authenticated, service_role;

-- Owners and admins set policies and objectives: row level security decides.
grant execute
  on function
    everwatch.set_alert_policy(text, jsonb, uuid),
    everwatch.set_objective(text, numeric, uuid),
    everwatch_private.changed_policy(everwatch.v_alert_policies, jsonb),
    everwatch_private.policy_of(uuid, text)
  to authenticated, service_role;

-- What v_error_budgets and v_rate_limit_forecast show. outcomes reads rollups as their owner and checks
-- membership itself; the others read as the caller.
grant execute
  on function
    everwatch_private.burn_rates(timestamptz, uuid),
    everwatch_private.error_budgets(timestamptz, uuid),
    everwatch_private.outcomes(text, uuid, timestamptz, interval[]),
    everwatch_private.rate_limit_forecast(timestamptz, uuid)
  to authenticated, service_role;

-- Members read insights and answer them, owners and admins switch kinds. expect_anomaly changes a model
-- as its owner and checks the role itself.
grant execute
  on function
    everwatch.acknowledge_insight(uuid, boolean),
    everwatch.expect_insight(uuid, boolean),
    everwatch.monitoring_insights(uuid, text, text, integer, text),
    everwatch.set_insight_kind(text, boolean, uuid),
    everwatch_private.check_answered(uuid, boolean),
    everwatch_private.expect_anomaly(uuid, uuid, text),
    everwatch_private.insights_org(uuid)
  to authenticated, service_role;

-- Owners and admins manage channels. The functions outside `everwatch` check the role themselves, since
-- they reach the Vault.
grant execute
  on function
    everwatch.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric),
    everwatch.delete_channel(uuid),
    everwatch.queue_test(uuid),
    everwatch.resend_notification(bigint),
    everwatch.rotate_channel_secret(uuid, text, numeric),
    everwatch.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric),
    everwatch_private.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric),
    everwatch_private.delete_channel(uuid),
    everwatch_private.queue_test(uuid),
    everwatch_private.resend_notification(bigint),
    everwatch_private.rotate_channel_secret(uuid, text, numeric),
    everwatch_private.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)
  to authenticated, service_role;

-- What the edge function track calls; all that it calls itself runs as its owner. And a check of a table
-- that the secret key may write.
grant execute
  on function everwatch.track_events(jsonb), everwatch_private.is_labels(jsonb)
  to service_role;

-- What the edge function notify calls. The functions in `everwatch_private` run as their owner, since they
-- reach the outbox and the Vault; accept_* check the signature.
grant execute
  on function
    everwatch.accept_heartbeat_call(text, bigint, text, text),
    everwatch.accept_notification_call(text, bigint, text, text),
    everwatch.claim_notification(bigint, timestamptz),
    everwatch.finish_notification(bigint, integer, jsonb, timestamptz),
    everwatch_private.accept_call(text, bigint, text, text),
    everwatch_private.accept_heartbeat(text, bigint, text, text),
    everwatch_private.claim_notification(bigint, timestamptz),
    everwatch_private.finish_notification(bigint, integer, jsonb, timestamptz)
  to service_role;

-- The secret key may refresh, too.
grant execute
  on function everwatch.refresh_monitoring_views(), everwatch_private.refresh_views(timestamptz)
  to service_role;

-- What is missing is told to the operator: it names the channels of every org.
grant execute
  on function everwatch.missing_parts(), everwatch_private.missing_parts()
  to service_role;

-- What v_alert_conditions shows of the platform: it belongs to no org, and the secret key alone sees it.
grant execute
  on function
    everwatch_private.calls_failing_conditions(timestamptz, uuid),
    everwatch_private.cron_job_failing_conditions(timestamptz, uuid),
    everwatch_private.cron_job_late_conditions(timestamptz, uuid),
    everwatch_private.cron_stopped_conditions(timestamptz, uuid),
    everwatch_private.evaluation_failed_conditions(timestamptz, uuid),
    everwatch_private.notifications_dead_conditions(timestamptz, uuid),
    everwatch_private.notifications_late_conditions(timestamptz, uuid),
    everwatch_private.pg_net_backlog_conditions(timestamptz, uuid),
    everwatch_private.pg_net_down_conditions(timestamptz, uuid),
    everwatch_private.refresh_failing_conditions(timestamptz, uuid),
    everwatch_private.refresh_late_conditions(timestamptz, uuid),
    everwatch_private.slow_query_conditions(timestamptz, uuid)
  to service_role;
