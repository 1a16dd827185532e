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
  'everwatch.create_org(text)': {
    why: 'whoever signs up needs an org to begin with',
    call: `select everwatch.create_org($1::text)`,
  },
  'everwatch_private.create_org(text)': {
    why: 'what everwatch.create_org calls',
    call: `select everwatch_private.create_org($1::text)`,
  },
  'everwatch_private.my_org_ids(text[])': {
    why: 'policies ask it for the caller’s own orgs',
    call: `select everwatch_private.my_org_ids(), $1::text = ''`,
  },
  'everwatch_private.may_read(uuid)': {
    why: 'answers about the caller alone',
    call: `select everwatch_private.may_read($1)`,
  },
  'everwatch_private.reads_every_org()': {
    why: 'answers about the caller alone',
    call: `select everwatch_private.reads_every_org(), $1::text = ''`,
  },
  'everwatch.monitoring_metrics(uuid, text, integer, text)': {
    why: 'the read path: checks membership',
    call: `select everwatch.monitoring_metrics($1)`,
  },
  'everwatch.monitoring_timeseries(text[], timestamp with time zone, timestamp with time zone, integer, uuid, text)':
    {
      why: 'the read path over time: checks membership',
      call: `select everwatch.monitoring_timeseries('{deliveries}', now() - interval '1 hour', now(), 60, $1)`,
    },
  'everwatch.monitoring_prometheus(uuid)': {
    why: 'the read path of scrapes: checks membership',
    call: `select everwatch.monitoring_prometheus($1)`,
  },
  'everwatch_private.prometheus(uuid)': {
    why: 'what everwatch.monitoring_prometheus calls: reads totals as their owner, checks membership',
    call: `select everwatch_private.prometheus($1)`,
  },
  'everwatch_private.webhook_health_status(boolean, integer, timestamp with time zone, timestamp with time zone)':
    {
      why: 'computes from its arguments alone',
      call: `select everwatch_private.webhook_health_status(true, 0, null, now()), $1::text = ''`,
    },
  'everwatch.monitoring_system()': {
    why: 'how the system itself is: the same for everyone',
    call: `select everwatch.monitoring_system(), $1::text = ''`,
  },
  'everwatch_private.system_status()': {
    why: 'what everwatch.monitoring_system calls',
    call: `select everwatch_private.system_status(), $1::text = ''`,
  },
  'everwatch_private.timeseries_metrics()': {
    why: 'a list that is the same for everyone',
    call: `select everwatch_private.timeseries_metrics(), $1::text = ''`,
  },
  'everwatch_private.check_series_resource(uuid, text[], text)': {
    why: 'a part of monitoring_timeseries, as the caller',
    call: `select everwatch_private.check_series_resource($1, '{api}', 'contacts')`,
  },
  'everwatch_private.activity_series(everwatch_private.source, uuid, uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, interval, boolean)':
    {
      why: 'a part of monitoring_timeseries that reads rollups as their owner: checks membership',
      call: `select everwatch_private.activity_series('request', $1, null, null, now() - interval '2 hours', now() - interval '1 hour', now(), '1 hour', true)`,
    },
  'everwatch_private.delivery_series(uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, interval, boolean)':
    {
      why: 'a part of monitoring_timeseries, as the caller',
      call: `select everwatch_private.delivery_series($1, null, now() - interval '2 hours', now() - interval '1 hour', now(), '1 minute', true)`,
    },
  'everwatch_private.execution_series(uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, interval)':
    {
      why: 'a part of monitoring_timeseries, as the caller',
      call: `select everwatch_private.execution_series($1, null, now() - interval '2 hours', now() - interval '1 hour', now(), '1 minute')`,
    },
  'everwatch_private.api_series(uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, interval, boolean)':
    {
      why: 'a part of monitoring_timeseries, as the caller',
      call: `select everwatch_private.api_series($1, null, now() - interval '2 hours', now() - interval '1 hour', now(), '1 minute', true)`,
    },
  'everwatch_private.rate_limit_series(uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, interval)':
    {
      why: 'a part of monitoring_timeseries, as the caller',
      call: `select everwatch_private.rate_limit_series($1, null, now() - interval '2 hours', now() - interval '1 hour', now(), '1 minute')`,
    },
  'everwatch_private.custom_series(uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, interval)':
    {
      why: 'a part of monitoring_timeseries, as the caller',
      call: `select everwatch_private.custom_series($1, 'emails.sent', now() - interval '2 hours', now() - interval '1 hour', now(), '1 hour')`,
    },
  'everwatch_private.parse_metric_resource(text)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.parse_metric_resource('a'), $1::text = ''`,
  },
  'everwatch_private.quantile_of_bins(jsonb[], double precision)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.quantile_of_bins(array['{"1": 1}'::jsonb], 0.5), $1::text = ''`,
  },
  'everwatch_private.metrics_org(uuid)': {
    why: 'the check of membership itself',
    call: `select everwatch_private.metrics_org($1)`,
  },
  'everwatch_private.webhook_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select everwatch_private.webhook_metrics($1, 100, null)`,
  },
  'everwatch_private.rule_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select everwatch_private.rule_metrics($1, 100, null)`,
  },
  'everwatch_private.rate_limit_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select everwatch_private.rate_limit_metrics($1, 100, null)`,
  },
  'everwatch_private.api_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select everwatch_private.api_metrics($1, 100, null)`,
  },
  'everwatch_private.alert_metrics(uuid, integer, text)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select everwatch_private.alert_metrics($1, 100, null)`,
  },
  'everwatch.check_alerts(uuid)': {
    why: 'evaluates and reads one org: checks membership',
    call: `select everwatch.check_alerts($1)`,
  },
  'everwatch_private.evaluate_org(uuid)': {
    why: 'a part of check_alerts: checks membership itself, and answers nothing',
    call: `select everwatch_private.evaluate_org($1)`,
  },
  'everwatch_private.alert_conditions(timestamp with time zone, uuid)': {
    why: 'what v_alert_conditions shows, as the caller',
    call: `select * from everwatch_private.alert_conditions(now(), $1)`,
  },
  ...Object.fromEntries(
    orgTypes.map((type) => [
      `everwatch_private.${type}_conditions(timestamp with time zone, uuid)`,
      {
        why: 'a part of alert_conditions, as the caller',
        call: `select * from everwatch_private.${type}_conditions(now(), $1)`,
      },
    ]),
  ),
  'everwatch_private.orgs_asked(uuid)': {
    why: 'the org that is asked of, or the caller’s own: a part of each of these',
    call: `select everwatch_private.orgs_asked(null), $1::text = ''`,
  },
  'everwatch_private.webhook_failures(uuid[])': {
    why: 'a part of webhook_failure_conditions, as the caller',
    call: `
      select * from everwatch_private.webhook_failures(array(
        select resource_id::uuid from everwatch.v_alerts
        where org_id = $1 and resource_type = 'webhook'))`,
  },
  'everwatch_private.policy_of(uuid, text)': {
    why: 'a part of set_alert_policy, as the caller',
    call: `select everwatch_private.policy_of($1, 'rate_limit')`,
  },
  'everwatch.backtest_policy(text, jsonb, timestamp with time zone, timestamp with time zone, uuid)':
    {
      why: 'reads what is stored of one org, as the caller: checks membership',
      call: `
      select * from everwatch.backtest_policy('webhook_failure', since => now() - interval '1 hour',
        until => now(), org_id => $1)`,
    },
  'everwatch_private.replay(everwatch_private.condition_step[], interval, interval, timestamp with time zone)':
    {
      why: 'computes from its arguments alone',
      call: `select *, $1::text = '' from everwatch_private.replay('{}', '0', '0', now())`,
    },
  'everwatch_private.next_state(text, timestamp with time zone, boolean, boolean, interval, interval, timestamp with time zone)':
    {
      why: 'computes from its arguments alone',
      call: `select everwatch_private.next_state(null, null, true, false, '0', '0', now()), $1::text = ''`,
    },
  ...Object.fromEntries(
    orgTypes.map((type) => [
      `everwatch_private.${type}_history(v_alert_policies, timestamp with time zone, timestamp with time zone)`,
      {
        why: 'a part of backtest_policy, as the caller',
        call: `
          select h.* from everwatch.v_alert_policies as p,
            everwatch_private.${type}_history(p, now() - interval '1 hour', now()) as h
          where p.org_id = $1 and p.type = '${type}'`,
      },
    ]),
  ),
  'everwatch_private.expected_series(uuid, text, text, timestamp with time zone, timestamp with time zone, integer)':
    {
      why: 'a part of monitoring_timeseries, as the caller',
      call: `select everwatch_private.expected_series($1, 'deliveries', null, now() - interval '2 hours', now(), 3600)`,
    },
  'everwatch_private.expect_anomaly(uuid, uuid, text)': {
    why: 'changes a model as its owner: checks membership, and the role',
    call: `select everwatch_private.expect_anomaly($1, resource_id, metric) from everwatch_private.watched_series where org_id = $1`,
  },
  'everwatch_private.unusual_series(timestamp with time zone, uuid[])': {
    why: 'a part of anomaly_conditions, as the caller',
    call: `select everwatch_private.unusual_series(now(), array[$1::uuid])`,
  },
  'everwatch_private.series_name(everwatch_private.watched_series)': {
    why: 'a part of anomaly_conditions, as the caller',
    call: `select everwatch_private.series_name(w) from everwatch_private.watched_series as w where w.org_id = $1`,
  },
  'everwatch_private.describe_amount(text, double precision)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.describe_amount('deliveries', 1), $1::text = ''`,
  },
  'everwatch_private.describe_anomaly(text, everwatch_private.series_score, double precision)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.describe_anomaly('deliveries', null, 1), $1::text = ''`,
  },
  'everwatch_private.changed_policy(v_alert_policies, jsonb)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.changed_policy(null, '{}'), $1::text = ''`,
  },
  'everwatch_private.regression_size(text, jsonb)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.regression_size('latency', '{"change": 0.1}'), $1::text = ''`,
  },
  'everwatch.set_alert_policy(text, jsonb, uuid)': {
    why: 'for owners and admins: row level security decides',
    call: `select everwatch.set_alert_policy('rate_limit', '{}', $1)`,
  },
  'everwatch.acknowledge_alert(uuid, timestamp with time zone)': {
    why: 'for all members but viewers: row level security decides',
    call: `select everwatch.acknowledge_alert($1)`,
    of: 'alertId',
  },
  'everwatch.unacknowledge_alert(uuid)': {
    why: 'for all members but viewers: row level security decides',
    call: `select everwatch.unacknowledge_alert($1)`,
    of: 'alertId',
  },
  'everwatch_private.set_acknowledgement(uuid, uuid, timestamp with time zone, timestamp with time zone)':
    {
      why: 'a part of acknowledge_alert, as the caller',
      call: `select everwatch_private.set_acknowledgement($1, null, null, null)`,
      of: 'alertId',
    },
  'everwatch.silence_alerts(jsonb, timestamp with time zone, text, uuid)': {
    why: 'for all members but viewers: row level security decides',
    call: `select everwatch.silence_alerts('{}', now() + interval '1 hour', 'why', $1)`,
  },
  'everwatch_private.check_matchers(jsonb)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.check_matchers('{}'), $1::text = ''`,
  },
  'everwatch.end_silence(uuid)': {
    why: 'for all members but viewers: row level security decides',
    call: `select everwatch.end_silence($1)`,
    of: 'silenceId',
  },
  'everwatch.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric)':
    {
      why: 'for owners and admins: checks membership',
      call: `select everwatch.create_channel($1, 'webhook', 'x', url => 'https://x.example')`,
    },
  'everwatch.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)':
    {
      why: 'for owners and admins: checks membership',
      call: `select everwatch.update_channel($1, enabled => true)`,
      of: 'channelId',
    },
  'everwatch.rotate_channel_secret(uuid, text, numeric)': {
    why: 'for owners and admins: checks membership',
    call: `select everwatch.rotate_channel_secret($1)`,
    of: 'channelId',
  },
  'everwatch.queue_test(uuid)': {
    why: 'for owners and admins: checks membership',
    call: `select everwatch.queue_test($1)`,
    of: 'channelId',
  },
  'everwatch.resend_notification(bigint)': {
    why: 'for owners and admins: checks membership',
    call: `select everwatch.resend_notification($1)`,
    of: 'notificationId',
  },
  'everwatch.delete_channel(uuid)': {
    why: 'for owners and admins: checks membership',
    call: `select everwatch.delete_channel($1)`,
    of: 'channelId',
  },
  'everwatch_private.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric)':
    {
      why: 'what the function in public calls: checks membership itself',
      call: `select everwatch_private.create_channel($1, 'webhook', 'x', null, 'https://x.example', null, null, 'warning', '{}', '[]', 0)`,
    },
  'everwatch_private.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)':
    {
      why: 'what the function in public calls: checks membership itself',
      call: `select everwatch_private.update_channel($1, null, true, null, null, null, null, null, null, null)`,
      of: 'channelId',
    },
  'everwatch_private.rotate_channel_secret(uuid, text, numeric)': {
    why: 'what the function in public calls: checks membership itself',
    call: `select everwatch_private.rotate_channel_secret($1, null, 24)`,
    of: 'channelId',
  },
  'everwatch_private.queue_test(uuid)': {
    why: 'what the function in public calls: checks membership itself',
    call: `select everwatch_private.queue_test($1)`,
    of: 'channelId',
  },
  'everwatch_private.resend_notification(bigint)': {
    why: 'what the function in public calls: checks membership itself',
    call: `select everwatch_private.resend_notification($1)`,
    of: 'notificationId',
  },
  'everwatch_private.delete_channel(uuid)': {
    why: 'what the function in public calls: checks membership itself',
    call: `select everwatch_private.delete_channel($1)`,
    of: 'channelId',
  },
  'everwatch_private.conditions_of(text, timestamp with time zone, uuid)': {
    why: 'a part of alert_conditions, as the caller',
    call: `select everwatch_private.conditions_of('rate_limit', now(), $1)`,
  },
  'everwatch_private.course_bounds(double precision, double precision, double precision, double precision, double precision)':
    {
      why: 'computes from its arguments alone',
      call: `select everwatch_private.course_bounds(1, 1, 1, 1, 1), $1::text = ''`,
    },
  'everwatch_private.time_to_reach(double precision, double precision, double precision, double precision, boolean)':
    {
      why: 'computes from its arguments alone',
      call: `select everwatch_private.time_to_reach(1, 1, 1, 1), $1::text = ''`,
    },
  'everwatch_private.overdispersion(bigint[])': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.overdispersion('{1,2}'), $1::text = ''`,
  },
  'everwatch_private.rate_limit_forecast(timestamp with time zone, uuid)': {
    why: 'what v_rate_limit_forecast reads, as the caller',
    call: `select everwatch_private.rate_limit_forecast(now(), $1)`,
  },
  'everwatch.set_objective(text, numeric, uuid)': {
    why: 'for owners and admins: checks membership',
    call: `select everwatch.set_objective('deliveries', 0.99, $1)`,
  },
  'everwatch_private.outcomes(text, uuid, timestamp with time zone, interval[])': {
    why: 'a part of burn_rates that reads rollups as their owner: checks membership',
    call: `select (everwatch_private.outcomes('deliveries', $1, now(), '{3 days}')).total`,
  },
  'everwatch_private.burn_rates(timestamp with time zone, uuid)': {
    why: 'a part of error_budgets, as the caller',
    call: `select everwatch_private.burn_rates(now(), $1)`,
  },
  'everwatch_private.burn_severity(v_alert_policies, bigint[], numeric[])': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.burn_severity(null, '{1}', '{1}'), $1::text = ''`,
  },
  'everwatch_private.error_budgets(timestamp with time zone, uuid)': {
    why: 'what v_error_budgets reads, as the caller',
    call: `select everwatch_private.error_budgets(now(), $1)`,
  },
  'everwatch.monitoring_insights(uuid, text, text, integer, text)': {
    why: 'the read path of insights: checks membership',
    call: `select everwatch.monitoring_insights($1)`,
  },
  'everwatch_private.insights_org(uuid)': {
    why: 'the check of membership itself',
    call: `select everwatch_private.insights_org($1)`,
  },
  'everwatch_private.insight_kinds()': {
    why: 'a list that is the same for everyone',
    call: `select everwatch_private.insight_kinds(), $1::text = ''`,
  },
  'everwatch_private.check_insight_kind(text)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.check_insight_kind('cost'), $1::text = ''`,
  },
  'everwatch.set_insight_kind(text, boolean, uuid)': {
    why: 'for owners and admins: checks membership',
    call: `select everwatch.set_insight_kind('cost', true, $1)`,
  },
  'everwatch.acknowledge_insight(uuid, boolean)': {
    why: 'for all members but viewers: row level security decides',
    call: `select everwatch.acknowledge_insight($1)`,
    of: 'insightId',
  },
  'everwatch.expect_insight(uuid, boolean)': {
    why: 'for all members but viewers: row level security decides',
    call: `select everwatch.expect_insight($1)`,
    of: 'insightId',
  },
  'everwatch_private.check_answered(uuid, boolean)': {
    why: 'a part of acknowledge_insight and expect_insight, as the caller',
    call: `select everwatch_private.check_answered($1, false)`,
    of: 'insightId',
  },
  'everwatch.monitoring_costs(timestamp with time zone, timestamp with time zone, uuid, integer, text)':
    {
      why: 'the read path of costs: checks membership',
      call: `select everwatch.monitoring_costs(now() - interval '1 day', now(), $1)`,
    },
  'everwatch_private.costs_measured_at()': {
    why: 'a time that is the same for everyone',
    call: `select everwatch_private.costs_measured_at(), $1::text = ''`,
  },
  'everwatch_private.org_costs(uuid, timestamp with time zone, timestamp with time zone)': {
    why: 'reads rollups and sizes as their owner: checks membership',
    call: `select * from everwatch_private.org_costs($1, now() - interval '1 day', now())`,
  },
  'everwatch_private.system_metrics()': {
    why: 'a part of monitoring_metrics that is the same for everyone',
    call: `select everwatch_private.system_metrics(), $1::text = ''`,
  },
  'everwatch_private.request_summary(uuid, timestamp with time zone)': {
    why: 'a part of monitoring_metrics, as the caller',
    call: `select * from everwatch_private.request_summary($1, '-infinity')`,
  },
  'everwatch_private.add_durations(bigint[], integer, bigint, bigint[], bigint)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.add_durations(null, null, null, '{2049}', 1), $1::text = ''`,
  },
  'everwatch_private.bin_duration(integer)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.bin_duration(1), $1::text = ''`,
  },
  'everwatch_private.refreshed_at()': {
    why: 'a time that is the same for everyone',
    call: `select everwatch_private.refreshed_at(), $1::text = ''`,
  },
  'everwatch_private.is_threshold(numeric)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.is_threshold(1), $1::text = ''`,
  },
  'everwatch_private.fingerprint(uuid, text, text, text)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.fingerprint(null, '', '', ''), $1::text = ''`,
  },
  'everwatch_private.page(text, jsonb, integer)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.page('list', '[]', 1), $1::text = ''`,
  },
  'everwatch_private.encode_cursor(text, jsonb)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.encode_cursor('list', '[]'), $1::text = ''`,
  },
  'everwatch_private.decode_cursor(text, text)': {
    why: 'computes from its arguments alone',
    call: `select everwatch_private.decode_cursor(null, 'list'), $1::text = ''`,
  },
}
