-- What Prometheus is told of each org: how long things take in it, its API, its rate limits, its alerts.
create function everwatch_private.prometheus_durations(org_ids uuid[])
  returns table(org_id uuid, source everwatch_private.source, sum_ms bigint, buckets bigint[])
  language sql stable set search_path = ''
  as $$
  with part as materialized (
    select r.org_id, r.source, t.duration_sum, everwatch_private.bucket_durations(t.histogram) as buckets
    from everwatch_private.resources as r
    join everwatch_private.totals as t on t.source = r.source and t.resource_id = r.id
    where r.org_id = any (org_ids)
    union all
    select d.org_id, d.source, d.duration_sum, everwatch_private.bucket_durations(h.histogram)
    from everwatch_private.deleted_durations as d
    cross join lateral everwatch_private.add_durations(null, null, null, d.bins, null) as h
    where d.org_id = any (org_ids)
    union all
    -- Orgs in which nothing ever happened have buckets, too: all of them empty.
    select o.org_id, s.source, 0, everwatch_private.bucket_durations(null)
    from unnest(org_ids) as o (org_id)
    cross join everwatch_private.raw_tables as s
  )
  select b.org_id, b.source, max(b.duration_sum), array_agg(b.counted order by b.n)
  from (
    -- Each part has each bucket once: the sum is the same in all.
    select p.org_id, p.source, u.n, sum(u.counted)::bigint as counted,
      sum(p.duration_sum)::bigint as duration_sum
    from part as p
    cross join unnest(p.buckets) with ordinality as u (counted, n)
    group by p.org_id, p.source, u.n
  ) as b
  group by b.org_id, b.source
  order by b.org_id, b.source
$$;

comment on function everwatch_private.prometheus_durations(uuid[])
  is 'All durations of deliveries, executions and requests in some orgs: their sum in milliseconds, and buckets as bucket_durations() has them.';

create function everwatch_private.prometheus_orgs(org_ids uuid[])
  returns table(org_id uuid, name text, succeeded_requests bigint, failed_requests bigint)
  language sql stable set search_path = ''
  as $$
  select o.id, o.name, coalesce(t.succeeded, 0), coalesce(t.failed, 0)
  from everwatch.orgs as o
  left join everwatch_private.totals as t on t.source = 'request' and t.resource_id = o.id
  where o.id = any (org_ids)
  order by o.id
$$;

comment on function everwatch_private.prometheus_orgs(uuid[])
  is 'Some orgs with the lifetime counts of the requests to their API.';

create function everwatch_private.prometheus_rate_limits(org_ids uuid[])
  returns table(org_id uuid, key_type text, utilization_ratio double precision)
  language sql stable set search_path = ''
  as $$
  select o.org_id, l.key_type, max(l.request_count::double precision / l.limit_max)
  from unnest(org_ids) as o (org_id)
  cross join lateral (
    select r.*
    from everwatch.api_rate_limits as r
    where r.org_id = o.org_id and r.window_end > now()
    offset 0
  ) as l
  group by o.org_id, l.key_type
  order by o.org_id, l.key_type
$$;

comment on function everwatch_private.prometheus_rate_limits(uuid[])
  is 'How full the fullest open window is, of each type of key that has one: 1 is full.';

create function everwatch_private.prometheus_alerts(org_ids uuid[], operator boolean)
  returns table(org_id uuid, type text, severity text, state text, alerts bigint)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select a.org_id, a.type, a.severity, a.state, count(*)
  from everwatch_private.alerts as a
  where a.state <> 'resolved'
    and (a.org_id = any (org_ids) or (operator and a.org_id is null))
  group by a.org_id, a.type, a.severity, a.state
  order by a.org_id, a.type, a.severity, a.state;
end
$$;

comment on function everwatch_private.prometheus_alerts(uuid[], boolean)
  is 'How many alerts of some orgs, and of the operator if that is who asks, are open.';

revoke execute
  on function
    everwatch_private.prometheus_durations(uuid[]),
    everwatch_private.prometheus_orgs(uuid[]),
    everwatch_private.prometheus_rate_limits(uuid[]),
    everwatch_private.prometheus_alerts(uuid[], boolean)
  from public;
