create function everwatch_private.complete_metrics(rows everwatch_private.metric_events[])
  returns table(place bigint, id uuid, org_id uuid, name text, kind text, labels jsonb, at timestamptz, value double precision, count integer)
  language sql volatile set search_path = ''
  as $$
  select m.ordinality, coalesce(m.id, gen_random_uuid()), m.org_id, m.name, m.kind,
    coalesce(nullif(m.labels, 'null'), '{}'), coalesce(m.at, now()), m.value, coalesce(m.count, 1)
  from unnest(rows) with ordinality as m
  where m.org_id is not null
$$;

comment on function everwatch_private.complete_metrics(everwatch_private.metric_events[])
  is 'Metrics with what they left out filled in, but those that were set aside.';

revoke execute
  on function everwatch_private.complete_metrics(everwatch_private.metric_events[])
  from public;

create function everwatch_private.add_metric_series(rows everwatch_private.metric_events[])
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  wanting uuid;
begin
  for wanting in
    select distinct e.org_id
    from everwatch_private.complete_metrics(rows) as e
    left join everwatch.metric_series as s
      on s.org_id = e.org_id and s.name = e.name and s.kind = e.kind
        and md5(s.labels::text) = md5(e.labels::text)
    where s.id is null
    -- In one order, so that two batches do not wait for one another.
    order by 1
  loop
    -- Writers that count at the same time would exceed the limit together.
    perform pg_advisory_xact_lock(hashtextextended('metric_series ' || wanting::text, 0));
    insert into everwatch.metric_series (org_id, name, kind, labels)
    select wanting, e.name, e.kind, e.labels
    from everwatch_private.complete_metrics(rows) as e
    where e.org_id = wanting
      and not exists (
        select from everwatch.metric_series as s
        where s.org_id = e.org_id and s.name = e.name and s.kind = e.kind
          and md5(s.labels::text) = md5(e.labels::text)
      )
    group by e.name, e.kind, e.labels
    order by min(e.place)
    limit greatest(0,
      (select series_per_org from everwatch_private.metric_settings)
        - (select count(*) from everwatch.metric_series as s where s.org_id = wanting)
    );
  end loop;
end
$$;

comment on function everwatch_private.add_metric_series(everwatch_private.metric_events[])
  is 'Begins the series that rows are the first of, as many as their org may have.';

revoke execute
  on function everwatch_private.add_metric_series(everwatch_private.metric_events[])
  from public;

create function everwatch_private.add_metric_points(rows everwatch_private.metric_events[])
  returns bigint[]
  language plpgsql set search_path = ''
  as $$
declare
  beyond_limit bigint[];
begin
  with event as materialized (
    select e.*, s.id as series_id
    from everwatch_private.complete_metrics(rows) as e
    left join everwatch.metric_series as s
      on s.org_id = e.org_id and s.name = e.name and s.kind = e.kind
        and md5(s.labels::text) = md5(e.labels::text)
  ),
  point as (
    insert into everwatch_private.metric_points (id, series_id, at, value, count)
    select id, series_id, at, value, count from event where series_id is not null order by id
    on conflict (id) do nothing
    returning *
  ),
  placed as (
    select point.*, date_trunc('hour', point.at, 'UTC') as hour, series.org_id, series.kind
    from point
    join everwatch.metric_series as series on series.id = point.series_id
  ),
  added as (
    insert into everwatch.metric_rollups as known
      (org_id, series_id, hour, count, sum, min, max, last, last_at, bins)
    select org_id, series_id, hour, sum(count), sum(value * count), min(value), max(value),
      (array_agg(value order by at desc))[1], max(at),
      case when kind = 'histogram' then
        everwatch_private.sum_bins(everwatch_private.count_values(array_agg(value), array_agg(count::bigint)))
      end
    from placed
    group by org_id, series_id, hour, kind
    order by org_id, series_id, hour
    on conflict (org_id, series_id, hour) do update
    set count = known.count + excluded.count,
      sum = known.sum + excluded.sum,
      min = least(known.min, excluded.min),
      max = greatest(known.max, excluded.max),
      last = case when excluded.last_at >= known.last_at then excluded.last else known.last end,
      last_at = greatest(known.last_at, excluded.last_at),
      bins = everwatch_private.sum_bins(known.bins || excluded.bins)
  )
  select array_agg(place) into beyond_limit from event where series_id is null;
  return beyond_limit;
end
$$;

comment on function everwatch_private.add_metric_points(everwatch_private.metric_events[])
  is 'Stores the values of metrics whose series there are and adds them to their hours; returns the places of the others.';

create function everwatch_private.store_metrics(
  rows everwatch_private.metric_events[],
  with_repeats boolean
)
  returns everwatch_private.rejection[]
  language plpgsql set search_path = ''
  as $$
declare
  rejected constant everwatch_private.rejection[] := everwatch_private.judge_metric_events(rows);
begin
  if rejected <> '{}' then
    rows := everwatch_private.set_aside(rows, array(select j.place from unnest(rejected) as j));
  end if;
  if with_repeats then
    rows := everwatch_private.set_aside(rows, everwatch_private.repeats(array(select m.id from unnest(rows) as m)));
  end if;
  perform everwatch_private.add_metric_series(rows);
  return rejected || array(
    select (
      'metric', place, 'limit_exceeded', 'labels',
      format('would begin another series, and the org has %s already: use labels of few values', series_per_org)
    )::everwatch_private.rejection
    from unnest(everwatch_private.add_metric_points(rows)) as place
    cross join everwatch_private.metric_settings
  );
end
$$;

comment on function everwatch_private.store_metrics(everwatch_private.metric_events[], boolean)
  is 'Stores values of metrics and adds them to their hours; returns those that cannot be stored, or for which their org has too many series.';

revoke execute
  on function
    everwatch_private.add_metric_points(everwatch_private.metric_events[]),
    everwatch_private.store_metrics(everwatch_private.metric_events[], boolean)
  from public;

create function everwatch_private.trim_metric_points(at timestamptz default now())
  returns void
  language sql set search_path = ''
  as $$
  delete from everwatch_private.metric_points
  where received_at < trim_metric_points.at - everwatch_private.kept_for('metric_points')
$$;

comment on function everwatch_private.trim_metric_points(timestamptz)
  is 'Deletes values of metrics that came longer ago than retentions says; their hours stay.';

revoke execute on function everwatch_private.trim_metric_points(timestamptz) from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-trim-metric-points', '37 3 * * *', 'select everwatch_private.trim_metric_points()');
