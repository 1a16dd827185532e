-- Counting requests by route, and bytes out by route and webhook, each day once.
create function everwatch_private.count_routes(since date, until date)
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan set jit = off
  as $$
begin
  insert into everwatch_private.route_days (org_id, route, day, requests, duration_sum, bytes_out)
  select o.id, r.route, d.day::date, r.requests, r.duration_sum, r.bytes_out
  from generate_series(since::timestamp, until - interval '1 day', interval '1 day') as d (day)
  cross join everwatch.orgs as o
  -- Org by org, as the index on time begins with it.
  cross join lateral (
    select case when place <= 100 then one.route else '' end as route, sum(one.requests) as requests,
      sum(one.duration_sum) as duration_sum, sum(one.bytes_out) as bytes_out
    from (
      -- As much of a path as an index takes.
      select concat(l.method, ' ', left(l.path, 500)) as route, count(*) as requests,
        coalesce(sum(l.duration_ms), 0) as duration_sum, sum(l.bytes_out) as bytes_out,
        row_number() over (order by count(*) desc, concat(l.method, ' ', left(l.path, 500))) as place
      from everwatch.api_audit_logs as l
      where l.org_id = o.id
        and l.created_at >= d.day at time zone 'UTC'
        and l.created_at < (d.day + interval '1 day') at time zone 'UTC'
      group by 1
    ) as one
    group by 1
  ) as r
  on conflict do nothing;
end
$$;

comment on function everwatch_private.count_routes(date, date)
  is 'Counts the requests of each day of a span by route: the 100 busiest of each org and day by themselves, the rest together.';

-- A pending delivery may yet be stored again, with the time at which it finished.
create function everwatch_private.count_webhooks(since date, until date)
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan set jit = off
  as $$
begin
  insert into everwatch_private.webhook_days (org_id, webhook_id, day, bytes_out)
  select o.id, w.webhook_id, d.day::date, w.bytes_out
  from generate_series(since::timestamp, until - interval '1 day', interval '1 day') as d (day)
  cross join everwatch.orgs as o
  cross join lateral (
    select v.webhook_id, sum(v.bytes_out) as bytes_out
    from everwatch.webhook_deliveries as v
    where v.org_id = o.id
      and v.sent_at >= d.day at time zone 'UTC'
      and v.sent_at < (d.day + interval '1 day') at time zone 'UTC'
      and v.status <> 'pending' and v.bytes_out is not null
    group by v.webhook_id
  ) as w
  on conflict do nothing;
end
$$;

comment on function everwatch_private.count_webhooks(date, date)
  is 'Adds up what the deliveries of each day of a span sent, by webhook: those that finished and said it.';

create function everwatch_private.count_days(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  today constant date := (at at time zone 'UTC')::date;
  -- At the first time no more than a month of what was there before.
  since constant date := (
    select greatest(s.days_before, today - 30) from everwatch_private.cost_state as s
  );
  -- Of a month whose raw rows went nothing holds anything.
  kept_since constant timestamp := (
    select today - s.raw_retention - interval '31 days' from everwatch_private.rollup_settings as s
  );
begin
  perform everwatch_private.count_routes(since, today);
  perform everwatch_private.count_webhooks(since, today);
  delete from everwatch_private.route_days as r where r.day < kept_since;
  delete from everwatch_private.webhook_days as w where w.day < kept_since;

  update everwatch_private.cost_state as s
  set days_before = greatest(s.days_before, today)
  where s.singleton;
end
$$;

comment on function everwatch_private.count_days(timestamptz)
  is 'Counts each day that has ended and is not counted yet, or the last 30 at the first time; deletes days that are past the retention.';

revoke execute
  on function
    everwatch_private.count_routes(date, date),
    everwatch_private.count_webhooks(date, date),
    everwatch_private.count_days(timestamptz)
  from public;
