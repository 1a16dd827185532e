-- Where the points of monitoring_timeseries come from: one function a subject, which measures it for
-- each bucket of a range, for the range as a whole, and for the range before. What a subject's metrics
-- are is its function's keys; `timeseries_metrics` lists them with their units.
create function monitoring.timeseries_metrics()
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

comment on function monitoring.timeseries_metrics()
  is 'The metrics that monitoring_timeseries knows, each with its subject and its unit.';

create function monitoring.delivery_series(
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
    select d.status, d.duration_ms,
      d.sent_at < delivery_series.range_start as is_before,
      date_bin(delivery_series.step, d.sent_at, timestamptz 'epoch') as bucket
    from public.webhook_deliveries as d
    where d.org_id = delivery_series.org_id
      and (delivery_series.resource is null or d.webhook_id = delivery_series.resource::uuid)
      and d.sent_at >= delivery_series.before_start
      and d.sent_at < delivery_series.range_end
  )
  select f.is_before, f.bucket, jsonb_build_object(
    'deliveries', count(*),
    'failed_deliveries', count(*) filter (where f.status = 'failed'),
    'delivery_success_rate_pct', round(
      100.0 * count(*) filter (where f.status = 'sent')
        / nullif(count(*) filter (where f.status <> 'pending'), 0), 2
    ),
    'delivery_avg_ms', round(avg(f.duration_ms), 1),
    'delivery_p95_ms', round((percentile_cont(0.95) within group (order by f.duration_ms))::numeric, 1)
  )
  from found as f
  group by grouping sets ((f.is_before), (f.is_before, f.bucket))
  having grouping(f.bucket) = 1 or not f.is_before
$$;

comment on function monitoring.delivery_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  is 'Deliveries of an org, or of the webhook that resource names, for monitoring_timeseries: one row a bucket that has any, and one with a null bucket for the range and for the range before.';

create function monitoring.execution_series(
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
    select e.status, e.duration_ms, e.affected_contacts,
      e.executed_at < execution_series.range_start as is_before,
      date_bin(execution_series.step, e.executed_at, timestamptz 'epoch') as bucket
    from public.rule_executions as e
    where e.org_id = execution_series.org_id
      and (execution_series.resource is null or e.rule_id = execution_series.resource::uuid)
      and e.executed_at >= execution_series.before_start
      and e.executed_at < execution_series.range_end
  )
  select f.is_before, f.bucket, jsonb_build_object(
    'executions', count(*),
    'failed_executions', count(*) filter (where f.status = 'failed'),
    'execution_success_rate_pct', round(
      100.0 * count(*) filter (where f.status = 'success') / count(*), 2
    ),
    'execution_avg_ms', round(avg(f.duration_ms), 1),
    'affected_contacts', sum(f.affected_contacts)
  )
  from found as f
  group by grouping sets ((f.is_before), (f.is_before, f.bucket))
  having grouping(f.bucket) = 1 or not f.is_before
$$;

comment on function monitoring.execution_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  is 'Executions of an org''s rules, or of the rule that resource names: see delivery_series.';

create function monitoring.api_series(
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
    select l.status_code, l.duration_ms,
      l.created_at < api_series.range_start as is_before,
      date_bin(api_series.step, l.created_at, timestamptz 'epoch') as bucket
    from public.api_audit_logs as l
    where l.org_id = api_series.org_id
      and (api_series.resource is null or coalesce(l.resource_type, 'unknown') = api_series.resource)
      and l.created_at >= api_series.before_start
      and l.created_at < api_series.range_end
  )
  select f.is_before, f.bucket, jsonb_build_object(
    'api_requests', count(*),
    'failed_api_requests', count(*) filter (where f.status_code >= 400),
    'api_error_rate_pct', round(100.0 * count(*) filter (where f.status_code >= 400) / count(*), 2),
    'api_avg_ms', round(avg(f.duration_ms), 1),
    'api_p95_ms', round((percentile_cont(0.95) within group (order by f.duration_ms))::numeric, 1)
  )
  from found as f
  group by grouping sets ((f.is_before), (f.is_before, f.bucket))
  having grouping(f.bucket) = 1 or not f.is_before
$$;

comment on function monitoring.api_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  is 'An org''s API requests, or those for the type of resource that resource names: see delivery_series.';

-- A window counts where it began: what a longer one had reached in each bucket is not known.
create function monitoring.rate_limit_series(
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
    from public.api_rate_limits as l
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

comment on function monitoring.rate_limit_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  is 'The fullest window that began in each bucket, of an org or of the key that resource names (key_type:identifier): see delivery_series.';

revoke all
  on function monitoring.timeseries_metrics(), monitoring.delivery_series(uuid, text, timestamptz, timestamptz, timestamptz, interval), monitoring.execution_series(uuid, text, timestamptz, timestamptz, timestamptz, interval), monitoring.api_series(uuid, text, timestamptz, timestamptz, timestamptz, interval), monitoring.rate_limit_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  from public, anon, authenticated, service_role;
grant execute
  on function monitoring.timeseries_metrics(), monitoring.delivery_series(uuid, text, timestamptz, timestamptz, timestamptz, interval), monitoring.execution_series(uuid, text, timestamptz, timestamptz, timestamptz, interval), monitoring.api_series(uuid, text, timestamptz, timestamptz, timestamptz, interval), monitoring.rate_limit_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  to authenticated, service_role;
