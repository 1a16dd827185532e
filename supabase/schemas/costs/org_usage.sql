-- What each resource of an org did in a span of time. Days count that are in the span as a whole.
create function everwatch_private.route_usage(org_id uuid, since timestamptz, until timestamptz)
  returns table(route text, requests numeric, ms numeric, bytes_out numeric)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select d.route, sum(d.requests), sum(d.duration_sum), sum(d.bytes_out)
  from everwatch_private.route_days as d
  where d.org_id = route_usage.org_id
    and d.day >= since at time zone 'UTC'
    and d.day + 1 <= until at time zone 'UTC'
  group by d.route;
end
$$;

comment on function everwatch_private.route_usage(uuid, timestamptz, timestamptz)
  is 'Requests of an org by route in whole days of a span (UTC), for how long in milliseconds, and the bytes sent where that is recorded; the route of those of none is empty.';

create function everwatch_private.org_usage(org_id uuid, since timestamptz, until timestamptz)
  returns table(resource_type text, resource_id text, events numeric, function_calls numeric, function_ms numeric, bytes_out numeric)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  with resource as (
    select r.source, r.id
    from everwatch_private.resources as r
    where r.org_id = org_usage.org_id
  ),
  activity as (
    select r.source, r.id, sum(u.pending + u.succeeded + u.failed) as events, sum(u.duration_sum) as ms
    from resource as r
    join everwatch_private.rollups as u on u.source = r.source and u.resource_id = r.id
    where u.starts_at >= since and u.starts_at < until
    group by r.source, r.id
  ),
  route as (
    select * from everwatch_private.route_usage(org_usage.org_id, since, until)
  ),
  webhook as (
    select d.webhook_id, sum(d.bytes_out) as bytes_out
    from everwatch_private.webhook_days as d
    where d.org_id = org_usage.org_id
      and d.day >= since at time zone 'UTC'
      and d.day + 1 <= until at time zone 'UTC'
    group by d.webhook_id
  ),
  metric as (
    select sum(m.count) as events
    from everwatch.metric_rollups as m
    where m.org_id = org_usage.org_id and m.hour >= since and m.hour < until
  )
  select case a.source when 'delivery' then 'webhook' else 'rule' end, a.id::text, a.events, null::numeric, a.ms, w.bytes_out
  from activity as a
  left join webhook as w on a.source = 'delivery' and w.webhook_id = a.id
  where a.source <> 'request'
  union all
  select 'route', r.route, r.requests, r.requests, r.ms, r.bytes_out
  from route as r
  where r.route <> ''
  union all
  -- Requests of no route: rare ones, and those of today.
  select 'org', org_usage.org_id::text, of_none.requests + coalesce(m.events, 0), of_none.requests, of_none.ms,
    (select r.bytes_out from route as r where r.route = '')
  from metric as m
  cross join lateral (
    select greatest(0, coalesce(sum(a.events), 0) - coalesce((select sum(r.requests) from route as r where r.route <> ''), 0)) as requests,
      greatest(0, coalesce(sum(a.ms), 0) - coalesce((select sum(r.ms) from route as r where r.route <> ''), 0)) as ms
    from activity as a
    where a.source = 'request'
  ) as of_none;
end
$$;

comment on function everwatch_private.org_usage(uuid, timestamptz, timestamptz)
  is 'What an org''s resources did in whole hours of a span (UTC): events that were tracked; calls of functions, one a request, and null for webhooks and rules, of which nothing says where they run; for how long, in milliseconds; and the bytes that they sent in its whole days, where that is recorded.';

revoke execute
  on function
    everwatch_private.route_usage(uuid, timestamptz, timestamptz),
    everwatch_private.org_usage(uuid, timestamptz, timestamptz)
  from public;
