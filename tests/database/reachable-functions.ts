import type { FullOrg } from '../support/full-org.ts'

export interface ReachableFunction {
  why: string
  /** Tries to reach org $1, or what of it is named in `of`. */
  call: string
  of?: keyof FullOrg
}

const orgTypes = [
  'webhook_failure',
  'webhook_inactive',
  'api_error_rate',
  'rate_limit',
  'rule_not_triggering',
  'regression',
  'anomaly',
  'error_budget_burn',
]

/** Every function that a signed-in user can run, and why. */
export const functions: Record<string, ReachableFunction> = {
  'public.create_org(text)': {
    why: 'whoever signs up needs an org to begin with',
    call: `select public.create_org($1::text)`,
  },
  'monitoring.create_org(text)': {
    why: 'what public.create_org calls',
    call: `select monitoring.create_org($1::text)`,
  },
  'monitoring.my_org_ids(text[])': {
    why: 'policies ask it for the caller’s own orgs',
    call: `select monitoring.my_org_ids(), $1::text = ''`,
  },
  'monitoring.may_read(uuid)': {
    why: 'answers about the caller alone',
    call: `select monitoring.may_read($1)`,
  },
  'monitoring.reads_every_org()': {
    why: 'answers about the caller alone',
    call: `select monitoring.reads_every_org(), $1::text = ''`,
  },
  'public.monitoring_metrics(uuid, text, integer, text)': {
    why: 'the read path: checks membership',
    call: `select public.monitoring_metrics($1)`,
  },
  'public.monitoring_timeseries(text[], timestamp with time zone, timestamp with time zone, integer, uuid, text)':
    {
      why: 'the read path over time: checks membership',
      call: `select public.monitoring_timeseries('{deliveries}', now() - interval '1 hour', now(), 60, $1)`,
    },
  'public.monitoring_prometheus(uuid)': {
    why: 'the read path of scrapes: checks membership',
    call: `select public.monitoring_prometheus($1)`,
  },
  'monitoring.prometheus(uuid)': {
    why: 'what public.monitoring_prometheus calls: reads totals as their owner, checks membership',
    call: `select monitoring.prometheus($1)`,
  },
  'monitoring.webhook_health_status(boolean, integer, timestamp with time zone, timestamp with time zone)':
    {
      why: 'computes from its arguments alone',
      call: `select monitoring.webhook_health_status(true, 0, null, now()), $1::text = ''`,
    },
  'public.monitoring_system()': {
    why: 'how the system itself is: the same for everyone',
    call: `select public.monitoring_system(), $1::text = ''`,
  },
  'monitoring.system_status()': {
    why: 'what public.monitoring_system calls',
    call: `select monitoring.system_status(), $1::text = ''`,
  },
  'monitoring.timeseries_metrics()': {
    why: 'a list that is the same for everyone',
    call: `select monitoring.timeseries_metrics(), $1::text = ''`,
  },
  'monitoring.check_series_resource(uuid, text[], text)': {
    why: 'a part of monitoring_timeseries, as the caller',
    call: `select monitoring.check_series_resource($1, '{api}', 'contacts')`,
  },
  'monitoring.activity_series(monitoring.source, uuid, uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, interval, boolean)':
    {
      why: 'a part of monitoring_timeseries that reads rollups as their owner: checks membership',
      call: `select monitoring.activity_series('request', $1, null, null, now() - interval '2 hours', now() - interval '1 hour', now(), '1 hour', true)`,
    },
  'monitoring.delivery_series(uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, interval, boolean)':
    {
      why: 'a part of monitoring_timeseries, as the caller',
      call: `select monitoring.delivery_series($1, null, now() - interval '2 hours', now() - interval '1 hour', now(), '1 minute', true)`,
    },
  'monitoring.execution_series(uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, interval)':
    {
      why: 'a part of monitoring_timeseries, as the caller',
      call: `select monitoring.execution_series($1, null, now() - interval '2 hours', now() - interval '1 hour', now(), '1 minute')`,
    },
  'monitoring.api_series(uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, interval, boolean)':
    {
      why: 'a part of monitoring_timeseries, as the caller',
      call: `select monitoring.api_series($1, null, now() - interval '2 hours', now() - interval '1 hour', now(), '1 minute', true)`,
    },
  'monitoring.rate_limit_series(uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, interval)':
    {
      why: 'a part of monitoring_timeseries, as the caller',
      call: `select monitoring.rate_limit_series($1, null, now() - interval '2 hours', now() - interval '1 hour', now(), '1 minute')`,
    },
  'monitoring.custom_series(uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, interval)':
    {
      why: 'a part of monitoring_timeseries, as the caller',
      call: `select monitoring.custom_series($1, 'emails.sent', now() - interval '2 hours', now() - interval '1 hour', now(), '1 hour')`,
    },
  'monitoring.parse_metric_resource(text)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.parse_metric_resource('a'), $1::text = ''`,
  },
  'monitoring.quantile_of_bins(jsonb[], double precision)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.quantile_of_bins(array['{"1": 1}'::jsonb], 0.5), $1::text = ''`,
  },
  'monitoring.metrics_org(uuid)': {
    why: 'the check of membership itself',
    call: `select monitoring.metrics_org($1)`,
  },
  'monitoring.webhook_performance(uuid)': {
    why: 'reads a materialized view for members only',
    call: `select monitoring.webhook_performance($1)`,
  },
  'monitoring.rule_performance(uuid)': {
    why: 'reads a materialized view for members only',
    call: `select monitoring.rule_performance($1)`,
  },
  'monitoring.webhook_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select monitoring.webhook_metrics($1, 100, null)`,
  },
  'monitoring.rule_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select monitoring.rule_metrics($1, 100, null)`,
  },
  'monitoring.rate_limit_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select monitoring.rate_limit_metrics($1, 100, null)`,
  },
  'monitoring.api_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select monitoring.api_metrics($1, 100, null)`,
  },
  'monitoring.alert_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select monitoring.alert_metrics($1, 100, null)`,
  },
  'public.check_alerts(uuid)': {
    why: 'evaluates and reads one org: checks membership',
    call: `select public.check_alerts($1)`,
  },
  'monitoring.evaluate_org(uuid)': {
    why: 'a part of check_alerts: checks membership itself, and answers nothing',
    call: `select monitoring.evaluate_org($1)`,
  },
  'monitoring.alert_conditions(timestamp with time zone, uuid)': {
    why: 'what v_alert_conditions shows, as the caller',
    call: `select * from monitoring.alert_conditions(now(), $1)`,
  },
  ...Object.fromEntries(
    orgTypes.map((type) => [
      `monitoring.${type}_conditions(timestamp with time zone, uuid)`,
      {
        why: 'a part of alert_conditions, as the caller',
        call: `select * from monitoring.${type}_conditions(now(), $1)`,
      },
    ]),
  ),
  'monitoring.orgs_asked(uuid)': {
    why: 'the org that is asked of, or the caller’s own: a part of each of these',
    call: `select monitoring.orgs_asked(null), $1::text = ''`,
  },
  'monitoring.webhook_failures(uuid[])': {
    why: 'a part of webhook_failure_conditions, as the caller',
    call: `
      select * from monitoring.webhook_failures(array(
        select resource_id::uuid from public.v_alerts
        where org_id = $1 and resource_type = 'webhook'))`,
  },
  'monitoring.policy_of(uuid, text)': {
    why: 'a part of set_alert_policy, as the caller',
    call: `select monitoring.policy_of($1, 'rate_limit')`,
  },
  'public.backtest_policy(text, jsonb, timestamp with time zone, timestamp with time zone, uuid)': {
    why: 'reads what is stored of one org, as the caller: checks membership',
    call: `
      select * from public.backtest_policy('webhook_failure', since => now() - interval '1 hour',
        until => now(), org_id => $1)`,
  },
  'monitoring.replay(monitoring.condition_step[], interval, interval, timestamp with time zone)': {
    why: 'computes from its arguments alone',
    call: `select *, $1::text = '' from monitoring.replay('{}', '0', '0', now())`,
  },
  'monitoring.next_state(text, timestamp with time zone, boolean, boolean, interval, interval, timestamp with time zone)':
    {
      why: 'computes from its arguments alone',
      call: `select monitoring.next_state(null, null, true, false, '0', '0', now()), $1::text = ''`,
    },
  ...Object.fromEntries(
    orgTypes.map((type) => [
      `monitoring.${type}_history(v_alert_policies, timestamp with time zone, timestamp with time zone)`,
      {
        why: 'a part of backtest_policy, as the caller',
        call: `
          select h.* from public.v_alert_policies as p,
            monitoring.${type}_history(p, now() - interval '1 hour', now()) as h
          where p.org_id = $1 and p.type = '${type}'`,
      },
    ]),
  ),
  'monitoring.expected_series(uuid, text, text, timestamp with time zone, timestamp with time zone, integer)':
    {
      why: 'a part of monitoring_timeseries, as the caller',
      call: `select monitoring.expected_series($1, 'deliveries', null, now() - interval '2 hours', now(), 3600)`,
    },
  'monitoring.expect_anomaly(uuid, uuid, text)': {
    why: 'changes a model as its owner: checks membership, and the role',
    call: `select monitoring.expect_anomaly($1, resource_id, metric) from monitoring.watched_series where org_id = $1`,
  },
  'monitoring.unusual_series(timestamp with time zone, uuid[])': {
    why: 'a part of anomaly_conditions, as the caller',
    call: `select monitoring.unusual_series(now(), array[$1::uuid])`,
  },
  'monitoring.series_name(monitoring.watched_series)': {
    why: 'a part of anomaly_conditions, as the caller',
    call: `select monitoring.series_name(w) from monitoring.watched_series as w where w.org_id = $1`,
  },
  'monitoring.describe_amount(text, double precision)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.describe_amount('deliveries', 1), $1::text = ''`,
  },
  'monitoring.describe_anomaly(text, monitoring.series_score, double precision)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.describe_anomaly('deliveries', null, 1), $1::text = ''`,
  },
  'monitoring.changed_policy(v_alert_policies, jsonb)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.changed_policy(null, '{}'), $1::text = ''`,
  },
  'monitoring.regression_size(text, jsonb)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.regression_size('latency', '{"change": 0.1}'), $1::text = ''`,
  },
  'public.set_alert_policy(text, jsonb, uuid)': {
    why: 'for owners and admins: row level security decides',
    call: `select public.set_alert_policy('rate_limit', '{}', $1)`,
  },
  'public.acknowledge_alert(uuid, timestamp with time zone)': {
    why: 'for all members but viewers: row level security decides',
    call: `select public.acknowledge_alert($1)`,
    of: 'alertId',
  },
  'public.unacknowledge_alert(uuid)': {
    why: 'for all members but viewers: row level security decides',
    call: `select public.unacknowledge_alert($1)`,
    of: 'alertId',
  },
  'monitoring.set_acknowledgement(uuid, uuid, timestamp with time zone, timestamp with time zone)':
    {
      why: 'a part of acknowledge_alert, as the caller',
      call: `select monitoring.set_acknowledgement($1, null, null, null)`,
      of: 'alertId',
    },
  'public.silence_alerts(jsonb, timestamp with time zone, text, uuid)': {
    why: 'for all members but viewers: row level security decides',
    call: `select public.silence_alerts('{}', now() + interval '1 hour', 'why', $1)`,
  },
  'monitoring.check_matchers(jsonb)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.check_matchers('{}'), $1::text = ''`,
  },
  'public.end_silence(uuid)': {
    why: 'for all members but viewers: row level security decides',
    call: `select public.end_silence($1)`,
    of: 'silenceId',
  },
  'public.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric)':
    {
      why: 'for owners and admins: checks membership',
      call: `select public.create_channel($1, 'webhook', 'x', url => 'https://x.example')`,
    },
  'public.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)': {
    why: 'for owners and admins: checks membership',
    call: `select public.update_channel($1, enabled => true)`,
    of: 'channelId',
  },
  'public.rotate_channel_secret(uuid, text, numeric)': {
    why: 'for owners and admins: checks membership',
    call: `select public.rotate_channel_secret($1)`,
    of: 'channelId',
  },
  'public.queue_test(uuid)': {
    why: 'for owners and admins: checks membership',
    call: `select public.queue_test($1)`,
    of: 'channelId',
  },
  'public.resend_notification(bigint)': {
    why: 'for owners and admins: checks membership',
    call: `select public.resend_notification($1)`,
    of: 'notificationId',
  },
  'public.delete_channel(uuid)': {
    why: 'for owners and admins: checks membership',
    call: `select public.delete_channel($1)`,
    of: 'channelId',
  },
  'monitoring.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric)':
    {
      why: 'what the function in public calls: checks membership itself',
      call: `select monitoring.create_channel($1, 'webhook', 'x', null, 'https://x.example', null, null, 'warning', '{}', '[]', 0)`,
    },
  'monitoring.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)':
    {
      why: 'what the function in public calls: checks membership itself',
      call: `select monitoring.update_channel($1, null, true, null, null, null, null, null, null, null)`,
      of: 'channelId',
    },
  'monitoring.rotate_channel_secret(uuid, text, numeric)': {
    why: 'what the function in public calls: checks membership itself',
    call: `select monitoring.rotate_channel_secret($1, null, 24)`,
    of: 'channelId',
  },
  'monitoring.queue_test(uuid)': {
    why: 'what the function in public calls: checks membership itself',
    call: `select monitoring.queue_test($1)`,
    of: 'channelId',
  },
  'monitoring.resend_notification(bigint)': {
    why: 'what the function in public calls: checks membership itself',
    call: `select monitoring.resend_notification($1)`,
    of: 'notificationId',
  },
  'monitoring.delete_channel(uuid)': {
    why: 'what the function in public calls: checks membership itself',
    call: `select monitoring.delete_channel($1)`,
    of: 'channelId',
  },
  'monitoring.conditions_of(text, timestamp with time zone, uuid)': {
    why: 'a part of alert_conditions, as the caller',
    call: `select monitoring.conditions_of('rate_limit', now(), $1)`,
  },
  'monitoring.course_bounds(double precision, double precision, double precision, double precision, double precision)':
    {
      why: 'computes from its arguments alone',
      call: `select monitoring.course_bounds(1, 1, 1, 1, 1), $1::text = ''`,
    },
  'monitoring.time_to_reach(double precision, double precision, double precision, double precision, boolean)':
    {
      why: 'computes from its arguments alone',
      call: `select monitoring.time_to_reach(1, 1, 1, 1), $1::text = ''`,
    },
  'monitoring.overdispersion(bigint[])': {
    why: 'computes from its arguments alone',
    call: `select monitoring.overdispersion('{1,2}'), $1::text = ''`,
  },
  'monitoring.rate_limit_forecast(timestamp with time zone, uuid)': {
    why: 'what v_rate_limit_forecast reads, as the caller',
    call: `select monitoring.rate_limit_forecast(now(), $1)`,
  },
  'public.set_objective(text, numeric, uuid)': {
    why: 'for owners and admins: checks membership',
    call: `select public.set_objective('deliveries', 0.99, $1)`,
  },
  'monitoring.outcomes(text, uuid, timestamp with time zone, interval[])': {
    why: 'a part of burn_rates that reads rollups as their owner: checks membership',
    call: `select (monitoring.outcomes('deliveries', $1, now(), '{3 days}')).total`,
  },
  'monitoring.burn_rates(timestamp with time zone, uuid)': {
    why: 'a part of error_budgets, as the caller',
    call: `select monitoring.burn_rates(now(), $1)`,
  },
  'monitoring.burn_severity(v_alert_policies, bigint[], numeric[])': {
    why: 'computes from its arguments alone',
    call: `select monitoring.burn_severity(null, '{1}', '{1}'), $1::text = ''`,
  },
  'monitoring.error_budgets(timestamp with time zone, uuid)': {
    why: 'what v_error_budgets reads, as the caller',
    call: `select monitoring.error_budgets(now(), $1)`,
  },
  'public.monitoring_insights(uuid, text, text, integer, text)': {
    why: 'the read path of insights: checks membership',
    call: `select public.monitoring_insights($1)`,
  },
  'monitoring.insights_org(uuid)': {
    why: 'the check of membership itself',
    call: `select monitoring.insights_org($1)`,
  },
  'monitoring.insight_kinds()': {
    why: 'a list that is the same for everyone',
    call: `select monitoring.insight_kinds(), $1::text = ''`,
  },
  'monitoring.check_insight_kind(text)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.check_insight_kind('cost'), $1::text = ''`,
  },
  'public.set_insight_kind(text, boolean, uuid)': {
    why: 'for owners and admins: checks membership',
    call: `select public.set_insight_kind('cost', true, $1)`,
  },
  'public.acknowledge_insight(uuid, boolean)': {
    why: 'for all members but viewers: row level security decides',
    call: `select public.acknowledge_insight($1)`,
    of: 'insightId',
  },
  'public.expect_insight(uuid, boolean)': {
    why: 'for all members but viewers: row level security decides',
    call: `select public.expect_insight($1)`,
    of: 'insightId',
  },
  'monitoring.check_answered(uuid, boolean)': {
    why: 'a part of acknowledge_insight and expect_insight, as the caller',
    call: `select monitoring.check_answered($1, false)`,
    of: 'insightId',
  },
  'public.monitoring_costs(timestamp with time zone, timestamp with time zone, uuid, integer, text)':
    {
      why: 'the read path of costs: checks membership',
      call: `select public.monitoring_costs(now() - interval '1 day', now(), $1)`,
    },
  'monitoring.costs_measured_at()': {
    why: 'a time that is the same for everyone',
    call: `select monitoring.costs_measured_at(), $1::text = ''`,
  },
  'monitoring.org_costs(uuid, timestamp with time zone, timestamp with time zone)': {
    why: 'reads rollups and sizes as their owner: checks membership',
    call: `select * from monitoring.org_costs($1, now() - interval '1 day', now())`,
  },
  'monitoring.system_metrics()': {
    why: 'a part of monitoring_metrics that is the same for everyone',
    call: `select monitoring.system_metrics(), $1::text = ''`,
  },
  'monitoring.request_summary(uuid, timestamp with time zone)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select * from monitoring.request_summary($1, '-infinity')`,
  },
  'monitoring.add_durations(bigint[], integer, bigint, bigint[], bigint)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.add_durations(null, null, null, '{2049}', 1), $1::text = ''`,
  },
  'monitoring.bin_duration(integer)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.bin_duration(1), $1::text = ''`,
  },
  'monitoring.refreshed_at()': {
    why: 'a time that is the same for everyone',
    call: `select monitoring.refreshed_at(), $1::text = ''`,
  },
  'monitoring.is_threshold(numeric)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.is_threshold(1), $1::text = ''`,
  },
  'monitoring.fingerprint(uuid, text, text, text)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.fingerprint(null, '', '', ''), $1::text = ''`,
  },
  'monitoring.page(text, jsonb, integer)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.page('list', '[]', 1), $1::text = ''`,
  },
  'monitoring.encode_cursor(text, jsonb)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.encode_cursor('list', '[]'), $1::text = ''`,
  },
  'monitoring.decode_cursor(text, text)': {
    why: 'computes from its arguments alone',
    call: `select monitoring.decode_cursor(null, 'list'), $1::text = ''`,
  },
}
