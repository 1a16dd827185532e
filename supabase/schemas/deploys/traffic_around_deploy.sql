-- What an org's traffic was like around a deploy, and around the same time on the days before. It is
-- counted from raw rows: rollups hold no routes, and no part of an hour. Of each day the seven hours before
-- and as much time after as has passed since the deploy are read, and no more, whatever the history.
create view everwatch_private.timed_rows
with
  (security_invoker = on) as
select
  org_id,
  'route' as resource_type,
  method || ' ' || path as resource_id,
  created_at as happened_at,
  duration_ms,
  status_code >= 400 as has_failed,
  true as is_finished
from
  everwatch.api_audit_logs
union all
select
  org_id,
  'webhook',
  webhook_id::text,
  sent_at,
  duration_ms,
  status = 'failed',
  status <> 'pending'
from
  everwatch.webhook_deliveries
union all
select
  org_id,
  'rule',
  rule_id::text,
  executed_at,
  duration_ms,
  status = 'failed',
  true
from
  everwatch.rule_executions;

comment on view everwatch_private.timed_rows
  is 'Raw rows by what a deploy may change. A duration that is not known is null.';

create function everwatch_private.busiest_after(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns table(resource_type text, resource_id text)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select r.resource_type, r.resource_id
  from everwatch_private.timed_rows as r
  where r.org_id = busiest_after.org_id
    and r.happened_at >= busiest_after.deployed_at
    and r.happened_at < busiest_after.deployed_at + busiest_after.length
    and r.is_finished
  group by r.resource_type, r.resource_id
  order by count(*) desc, r.resource_type, r.resource_id
  -- A path that carries ids makes each request a route of its own.
  limit 100;
end
$$;

comment on function everwatch_private.busiest_after(uuid, timestamptz, interval)
  is 'The 100 routes, webhooks and rules with the most finished rows in the time of `length` after a deploy.';

create function everwatch_private.traffic_around_deploy(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns table(resource_type text, resource_id text, day integer, hour integer, is_early boolean, bin integer, count bigint, failed bigint)
  language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan set work_mem = '32MB' set max_parallel_workers_per_gather = 0
  as $$
#variable_conflict use_column
declare
  types text[];
  ids text[];
  early constant double precision := date_part('epoch', traffic_around_deploy.length) / 3600;
  at timestamptz;
begin
  select array_agg(b.resource_type), array_agg(b.resource_id) into types, ids
  from everwatch_private.busiest_after(
    traffic_around_deploy.org_id, traffic_around_deploy.deployed_at, traffic_around_deploy.length
  ) as b;

  -- Day by day: of times that it knows Postgres knows how many rows there are.
  for ago in 0..7 loop
    at := traffic_around_deploy.deployed_at - make_interval(hours => 24 * ago);
    return query
    with counted as materialized (
      select n.number, floor(since.hours)::integer as hour,
        since.hours - floor(since.hours) < early as is_early,
        r.duration_ms,
        count(*) as count, count(*) filter (where r.has_failed) as failed
      from everwatch_private.timed_rows as r
      join unnest(types, ids) with ordinality as n (resource_type, resource_id, number)
        using (resource_type, resource_id)
      -- Not extract(), whose numeric takes longer than all else here.
      cross join lateral (select date_part('epoch', r.happened_at - at) / 3600 as hours) as since
      where r.org_id = traffic_around_deploy.org_id
        and r.happened_at >= at - interval '7 hours'
        and r.happened_at < at + traffic_around_deploy.length
        and r.is_finished
      group by 1, 2, 3, 4
    ),
    -- As many as there are different durations, however many rows.
    duration as (
      select d.duration_ms, d.bin
      from (select array_agg(distinct duration_ms) as known from counted where duration_ms is not null) as _
      cross join lateral unnest(known, everwatch_private.bins_of(known::double precision[])) as d (duration_ms, bin)
    )
    select types[c.number], ids[c.number], ago, c.hour, c.is_early, d.bin, sum(c.count)::bigint, sum(c.failed)::bigint
    from counted as c
    left join duration as d using (duration_ms)
    group by c.number, c.hour, c.is_early, d.bin;
  end loop;
end
$$;

comment on function everwatch_private.traffic_around_deploy(uuid, timestamptz, interval)
  is 'Finished rows of the 100 routes, webhooks and rules that were busiest in the time (up to an hour) after a deploy: of that day and the seven before, by hour from the deploy''s time of day on (-7 to 0), by whether they are in the first `length` of that hour, and by duration, in the bins of rollups, or null where it is not known.';

revoke execute
  on function
    everwatch_private.busiest_after(uuid, timestamptz, interval),
    everwatch_private.traffic_around_deploy(uuid, timestamptz, interval)
  from public;
