-- Made of supabase/functions/_shared/catalog by `npm run check -- --fix generated`.
insert into
  everwatch_private.series(name, subject, measure, unit, anomaly)
values
  ('deliveries', 'delivery', 'begun', 'count', '%s deliveries in an hour'),
  ('failed_deliveries', 'delivery', 'failed', 'count', null),
  ('delivery_success_rate_pct', 'delivery', 'succeeded_pct', 'percent', null),
  ('delivery_failure_rate_pct', 'delivery', 'failed_pct', 'percent', '%s%% of deliveries failed'),
  ('delivery_avg_ms', 'delivery', 'avg_ms', 'milliseconds', null),
  ('delivery_p95_ms', 'delivery', 'p95_ms', 'milliseconds', 'p95 is %s ms'),
  ('executions', 'execution', 'begun', 'count', '%s executions in an hour'),
  ('failed_executions', 'execution', 'failed', 'count', null),
  ('execution_success_rate_pct', 'execution', 'succeeded_pct', 'percent', null),
  ('execution_failure_rate_pct', 'execution', 'failed_pct', 'percent', '%s%% of executions failed'),
  ('execution_avg_ms', 'execution', 'avg_ms', 'milliseconds', null),
  ('affected_contacts', 'execution', 'affected', 'count', null),
  ('api_requests', 'request', 'begun', 'count', '%s API requests in an hour'),
  ('failed_api_requests', 'request', 'failed', 'count', '%s failed API requests in an hour'),
  ('api_error_rate_pct', 'request', 'failed_pct', 'percent', null),
  ('api_avg_ms', 'request', 'avg_ms', 'milliseconds', null),
  ('api_p95_ms', 'request', 'p95_ms', 'milliseconds', null),
  ('rate_limit_utilization_pct', 'rate_limit', 'utilization_pct', 'percent', null),
  ('custom_count', 'custom', 'count', 'count', null),
  ('custom_sum', 'custom', 'sum', 'value', null),
  ('custom_avg', 'custom', 'avg', 'value', null),
  ('custom_min', 'custom', 'min', 'value', null),
  ('custom_max', 'custom', 'max', 'value', null),
  ('custom_last', 'custom', 'last', 'value', null),
  ('custom_p95', 'custom', 'p95', 'value', null);
