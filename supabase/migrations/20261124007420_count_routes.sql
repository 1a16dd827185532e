-- Counting requests by route, each day once.
create function monitoring.count_routes(at timestamptz default now())
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
declare
  today constant date := (at at time zone 'UTC')::date;
  -- At the first time no more than a month of what was there before.
  since constant date := (
    select greatest(s.routes_before, today - 30) from monitoring.cost_state as s
  );
begin
  insert into monitoring.route_days (org_id, route, day, requests, duration_sum)
  select o.id, r.route, d.day::date, r.requests, r.duration_sum
  from generate_series(since, today - 1, interval '1 day') as d (day)
  cross join public.orgs as o
  -- Org by org, as the index on time begins with it.
  cross join lateral (
    -- As much of a path as an index takes.
    select concat(l.method, ' ', left(l.path, 500)) as route, count(*) as requests,
      sum(l.duration_ms) as duration_sum
    from public.api_audit_logs as l
    where l.org_id = o.id
      and l.created_at >= d.day at time zone 'UTC'
      and l.created_at < (d.day + interval '1 day') at time zone 'UTC'
    group by 1
    order by 2 desc, 1
    limit 100
  ) as r
  on conflict do nothing;

  -- Of a month whose raw rows went no route holds anything.
  delete from monitoring.route_days as r
  using monitoring.rollup_settings as s
  where r.day < today - s.raw_retention - interval '31 days';

  update monitoring.cost_state as s
  set routes_before = greatest(s.routes_before, today)
  where s.singleton;
end
$$;

comment on function monitoring.count_routes(timestamptz)
  is 'Counts the requests of each day that has ended and is not counted by route yet, or of the last 30 at the first time.';

revoke all
  on function monitoring.count_routes(timestamptz)
  from public, anon, authenticated, service_role;
