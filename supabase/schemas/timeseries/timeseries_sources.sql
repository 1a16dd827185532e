-- Where the points of monitoring_timeseries come from: one function a subject, which measures it for
-- each bucket of a range, for the range as a whole, and for the range before. What a subject's metrics
-- are is its function's keys; `timeseries_metrics` lists them with their units.
create function everwatch_private.timeseries_metrics()
  returns table(metric text, subject text, unit text)
  language sql immutable set search_path = ''
  as $$
  values
    ('deliveries', 'delivery', 'count'),
    ('failed_deliveries', 'delivery', 'count'),
    ('delivery_success_rate_pct', 'delivery', 'percent'),
    ('delivery_avg_ms', 'delivery', 'milliseconds'),
    ('delivery_p95_ms', 'delivery', 'milliseconds'),
    ('executions', 'execution', 'count'),
    ('failed_executions', 'execution', 'count'),
    ('execution_success_rate_pct', 'execution', 'percent'),
    ('execution_avg_ms', 'execution', 'milliseconds'),
    ('affected_contacts', 'execution', 'count'),
    ('api_requests', 'api', 'count'),
    ('failed_api_requests', 'api', 'count'),
    ('api_error_rate_pct', 'api', 'percent'),
    ('api_avg_ms', 'api', 'milliseconds'),
    ('api_p95_ms', 'api', 'milliseconds'),
    ('rate_limit_utilization_pct', 'rate_limit', 'percent'),
    ('custom_count', 'custom', 'count'),
    ('custom_sum', 'custom', 'value'),
    ('custom_avg', 'custom', 'value'),
    ('custom_min', 'custom', 'value'),
    ('custom_max', 'custom', 'value'),
    ('custom_last', 'custom', 'value'),
    ('custom_p95', 'custom', 'value')
$$;

comment on function everwatch_private.timeseries_metrics()
  is 'The metrics that monitoring_timeseries knows, each with its subject and its unit.';

create function everwatch_private.delivery_series(
  org_id uuid,
  resource text,
  before_start timestamptz,
  range_start timestamptz,
  range_end timestamptz,
  step interval,
  percentiles boolean
)
  returns table(is_before boolean, bucket timestamptz, measured jsonb)
  language sql stable set search_path = ''
  as $$
  select s.is_before, s.bucket, jsonb_build_object(
    'deliveries', s.pending + s.succeeded + s.failed,
    'failed_deliveries', s.failed,
    'delivery_success_rate_pct', round(100.0 * s.succeeded / nullif(s.succeeded + s.failed, 0), 2),
    'delivery_avg_ms', round(1.0 * s.duration_sum / nullif(s.timed, 0), 1),
    'delivery_p95_ms', s.p95_ms
  )
  from everwatch_private.activity_series(
    'delivery', org_id, resource::uuid, null, before_start, range_start, range_end, step, percentiles
  ) as s
$$;

comment on function everwatch_private.delivery_series(uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean)
  is 'Deliveries of an org, or of the webhook that resource names, for monitoring_timeseries: one row a bucket that has any, and one with a null bucket for the range and for the range before. Their percentiles where they are asked for.';

create function everwatch_private.execution_series(
  org_id uuid,
  resource text,
  before_start timestamptz,
  range_start timestamptz,
  range_end timestamptz,
  step interval
)
  returns table(is_before boolean, bucket timestamptz, measured jsonb)
  language sql stable set search_path = ''
  as $$
  select s.is_before, s.bucket, jsonb_build_object(
    'executions', s.succeeded + s.failed,
    'failed_executions', s.failed,
    'execution_success_rate_pct', round(100.0 * s.succeeded / (s.succeeded + s.failed), 2),
    'execution_avg_ms', round(1.0 * s.duration_sum / nullif(s.timed, 0), 1),
    'affected_contacts', s.affected
  )
  from everwatch_private.activity_series(
    'execution', org_id, resource::uuid, null, before_start, range_start, range_end, step, false
  ) as s
$$;

comment on function everwatch_private.execution_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  is 'Executions of an org''s rules, or of the rule that resource names: see delivery_series.';

create function everwatch_private.api_series(
  org_id uuid,
  resource text,
  before_start timestamptz,
  range_start timestamptz,
  range_end timestamptz,
  step interval,
  percentiles boolean
)
  returns table(is_before boolean, bucket timestamptz, measured jsonb)
  language sql stable set search_path = ''
  as $$
  select s.is_before, s.bucket, jsonb_build_object(
    'api_requests', s.succeeded + s.failed,
    'failed_api_requests', s.failed,
    'api_error_rate_pct', round(100.0 * s.failed / (s.succeeded + s.failed), 2),
    'api_avg_ms', round(1.0 * s.duration_sum / nullif(s.timed, 0), 1),
    'api_p95_ms', s.p95_ms
  )
  from everwatch_private.activity_series(
    'request', org_id, null, resource, before_start, range_start, range_end, step, percentiles
  ) as s
$$;

comment on function everwatch_private.api_series(uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean)
  is 'An org''s API requests, or those for the type of resource that resource names: see delivery_series.';

-- A window counts where it began: what a longer one had reached in each bucket is not known.
create function everwatch_private.rate_limit_series(
  org_id uuid,
  resource text,
  before_start timestamptz,
  range_start timestamptz,
  range_end timestamptz,
  step interval
)
  returns table(is_before boolean, bucket timestamptz, measured jsonb)
  language sql stable set search_path = ''
  as $$
  with found as (
    select 100.0 * l.request_count / l.limit_max as used_pct,
      l.window_start < rate_limit_series.range_start as is_before,
      date_bin(rate_limit_series.step, l.window_start, timestamptz 'epoch') as bucket
    from everwatch.api_rate_limits as l
    where l.org_id = rate_limit_series.org_id
      and (rate_limit_series.resource is null
        or l.key_type || ':' || l.identifier = rate_limit_series.resource)
      and l.window_end > rate_limit_series.before_start
      and l.window_start >= rate_limit_series.before_start
      and l.window_start < rate_limit_series.range_end
  )
  select f.is_before, f.bucket,
    jsonb_build_object('rate_limit_utilization_pct', round(max(f.used_pct), 1))
  from found as f
  group by grouping sets ((f.is_before), (f.is_before, f.bucket))
  having grouping(f.bucket) = 1 or not f.is_before
$$;

comment on function everwatch_private.rate_limit_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  is 'The fullest window that began in each bucket, of an org or of the key that resource names (key_type:identifier): see delivery_series.';

revoke execute
  on function
    everwatch_private.timeseries_metrics(),
    everwatch_private.delivery_series(uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean),
    everwatch_private.execution_series(uuid, text, timestamptz, timestamptz, timestamptz, interval),
    everwatch_private.api_series(uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean),
    everwatch_private.rate_limit_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  from public;
