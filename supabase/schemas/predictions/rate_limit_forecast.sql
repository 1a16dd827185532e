-- When each rate limit will be used up, if its window goes on as it began.
create function everwatch_private.overdispersion(counts bigint[])
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
begin
  return (
    -- As Student's t allows for few counts (differences of neighbours tell two thirds of what as many
    -- numbers would). Of fewer than four nobody knows: then twice the deviation of chance.
    select case
      when count(d.step) < 3 then 4
      else greatest(1, avg(d.step ^ 2) / 2 / nullif(avg(d.count), 0) * (1 + 2.1 / count(d.step)))
    end::double precision
    from (
      select c.count, c.count - lag(c.count) over (order by c.n) as step
      from unnest(counts) with ordinality as c (count, n)
    ) as d
  );
end
$$;

comment on function everwatch_private.overdispersion(bigint[])
  is 'How many times as much as by chance (1) counts of equal spans vary, by how much each differs from the one before it: so what grows or shrinks slowly does not count.';

create type everwatch_private.forecast as (
  org_id uuid,
  key_type text,
  identifier text,
  window_start timestamptz,
  window_end timestamptz,
  request_count integer,
  limit_max integer,
  exhausted_at timestamptz,
  earliest timestamptz,
  latest timestamptz
);

comment on type everwatch_private.forecast
  is 'When an open window of a rate limit will be used up, and the bounds of an 80% interval.';

create function everwatch_private.rate_limit_forecast(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.forecast
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
#variable_conflict use_column
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(rate_limit_forecast.org_id);
begin
  return query
  select l.org_id, l.key_type, l.identifier, l.window_start, l.window_end, l.request_count, l.limit_max,
    rate_limit_forecast.at + make_interval(secs => t.expected),
    rate_limit_forecast.at + make_interval(secs => t.earliest),
    rate_limit_forecast.at + make_interval(secs => t.latest)
  from everwatch.api_rate_limits as l
  cross join lateral (
    select extract(epoch from rate_limit_forecast.at - l.window_start)::float8 as elapsed
  ) as e
  -- Requests come in bursts: how much more than by chance, the key's earlier windows tell.
  cross join lateral (
    select everwatch_private.overdispersion(array(
      select p.request_count::bigint
      from everwatch.api_rate_limits as p
      where p.org_id = l.org_id
        and p.key_type = l.key_type
        and p.identifier = l.identifier
        and p.window_start < l.window_start
        and p.window_seconds = l.window_seconds
      order by p.window_start desc
      limit 20
    )) as overdispersion
  ) as d
  cross join lateral everwatch_private.time_to_reach(
    l.limit_max - l.request_count,
    l.request_count / e.elapsed,
    d.overdispersion * l.request_count / e.elapsed,
    e.elapsed
  ) as t
  where l.org_id = any (orgs)
    and l.window_end > rate_limit_forecast.at
    and l.window_start < rate_limit_forecast.at
    -- Fewer say nothing.
    and l.request_count >= 10;
end
$$;

comment on function everwatch_private.rate_limit_forecast(timestamptz, uuid)
  is 'When the rate limits in their open windows will be used up, with the bounds of an 80% interval, if requests go on to come as they have in the window: of one org or of all that the caller may read. Windows with fewer than 10 requests are left out.';

revoke execute
  on function
    everwatch_private.overdispersion(bigint[]),
    everwatch_private.rate_limit_forecast(timestamptz, uuid)
  from public;

create view everwatch.v_rate_limit_forecast
with
  (security_invoker = on) as
select
  org_id,
  key_type,
  identifier,
  window_start,
  window_end,
  request_count,
  limit_max,
  exhausted_at,
  earliest,
  latest
from
  everwatch_private.rate_limit_forecast(now());

comment on view everwatch.v_rate_limit_forecast
  is 'When each rate limit will be used up, if its open window goes on as it began.';
comment on column everwatch.v_rate_limit_forecast.exhausted_at
  is 'When it is expected to be used up; after window_end where the window ends first.';
comment on column everwatch.v_rate_limit_forecast.earliest
  is 'With 8 chances in 10 it is between earliest and latest.';
comment on column everwatch.v_rate_limit_forecast.latest
  is 'As earliest; null where that cannot be said.';

grant select on everwatch.v_rate_limit_forecast to authenticated, service_role;
