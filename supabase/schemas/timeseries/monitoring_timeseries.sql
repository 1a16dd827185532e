-- The read path of GET /functions/v1/monitoring/timeseries: everything in one round trip.
create function everwatch_private.check_series_resource(org_id uuid, subjects text[], resource text)
  returns void
  language plpgsql stable set search_path = ''
  as $$
declare
  is_uuid constant boolean := resource ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  found boolean := true;
begin
  if resource is null then
    if 'custom' <> all (subjects) then return; end if;
    raise exception 'resource must name the metric of your own, for example emails.sent.'
      using errcode = 'PT400', detail = 'resource_required', hint = 'resource';
  elsif cardinality(subjects) > 1 then
    raise exception 'resource is of one subject: ask for its metrics alone.'
      using errcode = 'PT400', detail = 'invalid_resource', hint = 'resource';
  elsif subjects[1] = 'delivery' then
    found := is_uuid and exists (
      select from everwatch.webhooks as w
      where w.org_id = check_series_resource.org_id and w.id::text = resource
    );
  elsif subjects[1] = 'execution' then
    found := is_uuid and exists (
      select from everwatch.automation_rules as r
      where r.org_id = check_series_resource.org_id and r.id::text = resource
    );
  elsif subjects[1] = 'custom' then
    found := exists (
      select from everwatch.metric_series as s
      cross join everwatch_private.parse_metric_resource(resource) as asked
      where s.org_id = check_series_resource.org_id and s.name = asked.name
        and s.labels @> asked.labels
    );
  end if;
  if not found then
    raise exception 'The org has no such resource.'
      using errcode = 'PT404', detail = 'resource_not_found', hint = 'resource';
  end if;
end
$$;

comment on function everwatch_private.check_series_resource(uuid, text[], text)
  is 'Refuses (400, 404) a resource that is not one of the subject''s: a webhook''s id for deliveries, a rule''s for executions, a metric of the org''s own for custom ones, which need one. Types of API resources and keys of rate limits are any text.';

create function everwatch.monitoring_timeseries(
  metrics text[],
  range_start timestamptz,
  range_end timestamptz,
  step integer,
  org_id uuid default null,
  resource text default null
)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
declare
  most_points constant integer := 1000;
  org constant uuid := everwatch_private.metrics_org(monitoring_timeseries.org_id);
  -- Seconds, never days: a day of a session's time zone may have 23 or 25 hours.
  width constant interval := make_interval(secs => step);
  subjects text[];
  known integer;
  aligned timestamptz;
  before_start timestamptz;
  answer jsonb;
begin
  select count(*), array_agg(distinct s.subject)
  into known, subjects
  from everwatch_private.series as s
  where s.name = any (metrics);
  if known = 0 or known <> cardinality(metrics) then
    raise exception 'metrics must be some of those that there are, each once.'
      using errcode = 'PT400', detail = 'invalid_metric', hint = 'metrics';
  elsif step is null or step not in (60, 300, 900, 3600, 21600, 86400) then
    raise exception 'step must be one of 60, 300, 900, 3600, 21600, 86400.'
      using errcode = 'PT400', detail = 'invalid_step', hint = 'step';
  elsif not isfinite(range_start) or not isfinite(range_end) or (range_start < range_end) is not true then
    raise exception 'range_start must be before range_end.'
      using errcode = 'PT400', detail = 'invalid_range', hint = 'range_start';
  end if;

  aligned := date_bin(width, range_start, timestamptz 'epoch');
  if ceil(extract(epoch from range_end - aligned) / step) * known > most_points then
    raise exception 'This is more than % points: choose a longer step or a shorter range.', most_points
      using errcode = 'PT400', detail = 'too_many_points', hint = 'step';
  elsif 'custom' = any (subjects) and step < 3600 then
    raise exception 'Metrics of your own are kept by the hour: step must be 3600 or more.'
      using errcode = 'PT400', detail = 'invalid_step', hint = 'step';
  end if;
  perform everwatch_private.check_series_resource(org, subjects, resource);
  before_start := aligned - make_interval(secs => extract(epoch from range_end - aligned)::double precision);

  with asked as materialized (
    select a.n, s.*
    from unnest(metrics) with ordinality as a (name, n)
    join everwatch_private.series as s on s.name = a.name
  ),
  measured as materialized (
    select t.source as subject, m.*
    from unnest(subjects) as t (source)
    cross join lateral everwatch_private.measured_activity(
      t.source, org, resource, before_start, aligned, range_end, width,
      exists (select from asked as a where a.subject = t.source and a.measure = 'p95_ms')
    ) as m
    where t.source not in ('rate_limit', 'custom')
    union all
    select 'rate_limit', m.*
    from everwatch_private.rate_limit_series(org, resource, before_start, aligned, range_end, width) as m
    where 'rate_limit' = any (subjects)
    union all
    select 'custom', m.*
    from everwatch_private.custom_series(org, resource, before_start, aligned, range_end, width) as m
    where 'custom' = any (subjects)
  ),
  told as materialized (
    select a.n, m.is_before, m.bucket, case a.unit
      when 'percent' then to_jsonb(round((m.measured ->> a.measure)::numeric, 2))
      when 'milliseconds' then to_jsonb(round((m.measured ->> a.measure)::numeric, 1))
      else m.measured -> a.measure
    end as value
    from asked as a
    join measured as m on m.subject = a.subject
  ),
  series as (
    select a.n, jsonb_build_object(
      'metric', a.name,
      'unit', a.unit,
      'value', (select t.value from told as t where t.n = a.n and t.bucket is null and not t.is_before),
      'previous', (select t.value from told as t where t.n = a.n and t.bucket is null and t.is_before),
      'points', (
        select jsonb_agg(jsonb_build_object('at', b.at, 'value', t.value) order by b.at)
        from generate_series(aligned, range_end - interval '1 microsecond', width) as b (at)
        left join told as t on t.bucket = b.at and t.n = a.n
      ),
      'band', everwatch_private.expected_series(org, a.name, resource, aligned, range_end, step)
    ) as series
    from asked as a
  )
  select jsonb_build_object(
    'org_id', org,
    'timestamp', now(),
    'refreshed_at', now(),
    'resource', resource,
    'from', aligned,
    'to', range_end,
    'step_seconds', step,
    'series', jsonb_agg(s.series order by s.n)
  )
  into answer
  from series as s;
  return answer;
end
$$;

comment on function everwatch.monitoring_timeseries(text[], timestamptz, timestamptz, integer, uuid, text)
  is 'Metrics of an org over time, in buckets of `step` seconds: for each one its value in every bucket of the range, over the whole range (value) and over the range before (previous); and what was expected of it, by the hour, where it is watched (band). Buckets are aligned to the epoch; one without any source row is null. Live; percentiles are within 1%. At most 1,000 points in all. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke execute
  on function
    everwatch_private.check_series_resource(uuid, text[], text),
    everwatch.monitoring_timeseries(text[], timestamptz, timestamptz, integer, uuid, text)
  from public;
