-- Where the points of monitoring_timeseries come from: one function a subject (metrics of an org's own have
-- theirs beside their tables), which measures it for each bucket of a range, for the range as a whole, and
-- for the range before. Its keys are the measures of everwatch_private.series.
create function everwatch_private.activity_measures(
  pending numeric,
  succeeded numeric,
  failed numeric,
  timed numeric,
  duration_sum numeric,
  affected numeric,
  p95_ms numeric
)
  returns jsonb
  language plpgsql immutable set search_path = ''
  as $$
begin
  return jsonb_build_object(
    'begun', pending + succeeded + failed,
    'failed', failed,
    'affected', affected,
    'succeeded_pct', 100.0 * succeeded / nullif(succeeded + failed, 0),
    'failed_pct', 100.0 * failed / nullif(succeeded + failed, 0),
    'avg_ms', duration_sum / nullif(timed, 0),
    'p95_ms', p95_ms
  );
end
$$;

comment on function everwatch_private.activity_measures(numeric, numeric, numeric, numeric, numeric, numeric, numeric)
  is 'What deliveries, executions or requests come to, by measure: begun ones are of any status, percents are of finished ones, and milliseconds of those whose duration is known. Null where there are none of these.';

create function everwatch_private.measured_activity(
  subject text,
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
  select s.is_before, s.bucket, everwatch_private.activity_measures(
    s.pending, s.succeeded, s.failed, s.timed, s.duration_sum, s.affected, s.p95_ms
  )
  from everwatch_private.activity_series(
    measured_activity.subject,
    measured_activity.org_id,
    case when measured_activity.subject <> 'request' then measured_activity.resource::uuid end,
    case when measured_activity.subject = 'request' then measured_activity.resource end,
    before_start, range_start, range_end, step, percentiles
  ) as s
$$;

comment on function everwatch_private.measured_activity(text, uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean)
  is 'Deliveries, executions or requests (the subject) of an org, or of the webhook, rule or type of API resource that resource names, for monitoring_timeseries: one row a bucket that has any, and one with a null bucket for the range and for the range before. Their percentiles where they are asked for.';

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
    jsonb_build_object('utilization_pct', round(max(f.used_pct), 1))
  from found as f
  group by grouping sets ((f.is_before), (f.is_before, f.bucket))
  having grouping(f.bucket) = 1 or not f.is_before
$$;

comment on function everwatch_private.rate_limit_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  is 'The fullest window that began in each bucket, of an org or of the key that resource names (key_type:identifier): see measured_activity.';

revoke execute
  on function
    everwatch_private.activity_measures(numeric, numeric, numeric, numeric, numeric, numeric, numeric),
    everwatch_private.measured_activity(text, uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean),
    everwatch_private.rate_limit_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  from public;
