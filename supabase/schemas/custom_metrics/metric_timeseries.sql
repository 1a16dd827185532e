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

create function everwatch_private.quantile_of_bins(histograms jsonb[], quantile double precision)
  returns double precision
  language sql immutable set search_path = ''
  as $$
  with bin as (
    select nullif(key, 'zero')::integer as number, sum(counted::bigint) as count
    from unnest(histograms) as bins
    cross join jsonb_each_text(bins) as _ (key, counted)
    group by key
  ),
  ranked as (
    select number, sum(count) over (order by number nulls first) as up_to, sum(count) over () as total
    from bin
  )
  -- The value that is as far from both ends of its bin, relative to each.
  select coalesce(2 * 1.02::double precision ^ number / 2.02, 0)
  from ranked
  where up_to >= ceil(quantile * total)
  order by number nulls first
  limit 1
$$;

comment on function everwatch_private.quantile_of_bins(jsonb[], double precision)
  is 'A quantile of the values that histograms (metric_rollups.bins) count together, within 1%; null of none.';

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
  )
  select f.is_before, f.bucket, jsonb_build_object(
    'custom_count', sum(f.count),
    'custom_sum', sum(f.sum),
    'custom_avg', sum(f.sum) / sum(f.count),
    'custom_min', min(f.min),
    'custom_max', max(f.max),
    'custom_last', (array_agg(f.last order by f.last_at desc))[1],
    'custom_p95', everwatch_private.quantile_of_bins(array_agg(f.bins), 0.95)
  )
  from found as f
  group by grouping sets ((f.is_before), (f.is_before, f.bucket))
  having grouping(f.bucket) = 1 or not f.is_before
$$;

comment on function everwatch_private.custom_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  is 'Values of the metric of an org''s own that resource names: see delivery_series. A 95th percentile is known of histograms alone.';

revoke execute
  on function
    everwatch_private.parse_metric_resource(text),
    everwatch_private.quantile_of_bins(jsonb[], double precision),
    everwatch_private.custom_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  from public;
