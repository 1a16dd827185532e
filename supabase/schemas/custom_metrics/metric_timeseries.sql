-- Metrics of an org's own over time, for monitoring_timeseries. They are kept by the hour, so no
-- bucket is shorter; a range or a bucket has the hours that begin in it.
create function everwatch_private.parse_metric_resource(
  resource text,
  out name text,
  out labels jsonb
)
  language plpgsql immutable set search_path = ''
  as $$
declare
  brace constant integer := strpos(resource, '{');
begin
  name := case when brace = 0 then resource else left(resource, brace - 1) end;
  labels := case when brace = 0 then '{}' else substr(resource, brace) end::jsonb;
exception
  when invalid_text_representation or untranslatable_character or statement_too_complex then
    raise exception 'The labels of the metric must be a JSON object, for example emails.sent{"kind":"weekly"}.'
      using errcode = 'PT400', detail = 'invalid_resource', hint = 'resource';
end
$$;

comment on function everwatch_private.parse_metric_resource(text)
  is 'What a resource of custom metrics names: a metric, and labels of its series as a JSON object after the name, or none for all series. Raises PT400.';

create function everwatch_private.custom_series(
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
    select r.*,
      r.hour < custom_series.range_start as is_before,
      date_bin(custom_series.step, r.hour, timestamptz 'epoch') as bucket
    from everwatch_private.parse_metric_resource(custom_series.resource) as asked
    join everwatch.metric_series as s
      on s.org_id = custom_series.org_id and s.name = asked.name and s.labels @> asked.labels
    join everwatch.metric_rollups as r on r.org_id = s.org_id and r.series_id = s.id
    where r.hour >= custom_series.before_start and r.hour < custom_series.range_end
  ),
  histogram as (
    select f.is_before, f.bucket, array_agg(element) as bins
    from found as f
    cross join lateral unnest(f.bins) as element
    group by grouping sets ((f.is_before), (f.is_before, f.bucket))
  ),
  measured as (
    select f.is_before, f.bucket, sum(f.count) as count, sum(f.sum) as sum, min(f.min) as min, max(f.max) as max,
      (array_agg(f.last order by f.last_at desc))[1] as last
    from found as f
    group by grouping sets ((f.is_before), (f.is_before, f.bucket))
    having grouping(f.bucket) = 1 or not f.is_before
  )
  select m.is_before, m.bucket, jsonb_build_object(
    'count', m.count,
    'sum', m.sum,
    'avg', m.sum / m.count,
    'min', m.min,
    'max', m.max,
    'last', m.last,
    'p95', everwatch_private.quantile_of_bins(h.bins, 0.95)
  )
  from measured as m
  left join histogram as h on h.is_before = m.is_before and h.bucket is not distinct from m.bucket
$$;

comment on function everwatch_private.custom_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  is 'Values of the metric of an org''s own that resource names: see measured_activity. A 95th percentile is known of histograms alone.';

revoke execute
  on function
    everwatch_private.parse_metric_resource(text),
    everwatch_private.custom_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  from public;
