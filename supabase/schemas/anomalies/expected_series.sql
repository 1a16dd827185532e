-- What was to be expected of a metric over time: the band in charts.
create function everwatch_private.expected_series(
  org_id uuid,
  metric text,
  resource text,
  range_start timestamptz,
  range_end timestamptz,
  step integer
)
  returns jsonb
  language sql stable set search_path = ''
  as $$
  -- Of rates that succeeded it is what remains of those that failed.
  with asked as (
    select case
        when expected_series.metric = 'delivery_success_rate_pct' then 'delivery_failure_rate_pct'
        when expected_series.metric = 'execution_success_rate_pct' then 'execution_failure_rate_pct'
        else expected_series.metric
      end as metric,
      expected_series.metric like '%success_rate_pct' as remains,
      case when expected_series.metric like '%pct' then 100 else 'Infinity'::float8 end as most
  )
  select jsonb_agg(
    jsonb_build_object('at', s.at, 'expected', b.expected, 'lower', b.lower, 'upper', b.upper)
    order by s.at
  )
  from asked as a
  join everwatch_private.watched_series as w
    on w.org_id = expected_series.org_id
    and w.metric = a.metric
    and w.resource_id::text = coalesce(expected_series.resource, expected_series.org_id::text)
  join everwatch_private.series_scores as s
    on s.series_id = w.id
    and s.at >= expected_series.range_start
    and s.at < expected_series.range_end
  cross join lateral (
    select round(v.expected::numeric, 2) as expected, round(v.lower::numeric, 2) as lower,
      round(v.upper::numeric, 2) as upper
    from (
      select s.expected, s.lower, least(s.upper, a.most) where not a.remains
      union all
      select 100 - s.expected, 100 - least(s.upper, a.most), 100 - s.lower where a.remains
    ) as v (expected, lower, upper)
  ) as b
  where expected_series.step = 3600
$$;

comment on function everwatch_private.expected_series(uuid, text, text, timestamptz, timestamptz, integer)
  is 'What was expected of an org''s metric, or of one webhook''s or rule''s, in each hour that was scored, and between what it usually is: of hourly buckets, where it is watched; null otherwise.';

revoke execute
  on function everwatch_private.expected_series(uuid, text, text, timestamptz, timestamptz, integer)
  from public;
