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
    select w.name as metric,
      s.measure = 'succeeded_pct' as remains,
      case when s.unit = 'percent' then 100 else 'Infinity'::float8 end as most
    from everwatch_private.series as s
    join everwatch_private.series as w
      on w.subject = s.subject
      and w.measure = case s.measure when 'succeeded_pct' then 'failed_pct' else s.measure end
    where s.name = expected_series.metric
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
