-- What all this holds and uses, once a day.
create function everwatch_private.measure_storage()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  delete from everwatch_private.storage where true;

  insert into everwatch_private.storage (org_id, resource_type, resource_id, raw_rows, bytes)
  with part as (
    select r.source, r.resource_id, r.raw_rows, r.bytes, r.source = 'request' as is_raw_request
    from everwatch_private.raw_bytes() as r
    union all
    select b.source, b.resource_id, 0, b.bytes, false
    from everwatch_private.rollup_bytes() as b
  ),
  -- What is an org's requests' is its routes', as far as these are counted.
  counted as (
    select p.resource_id as org_id, d.route, p.raw_rows, p.bytes,
      d.requests / greatest(p.raw_rows, sum(d.requests) over (partition by p.resource_id)) as share
    from part as p
    join (
      select r.org_id, r.route, sum(r.requests) as requests
      from everwatch_private.route_days as r
      join everwatch_private.raw_tables as t on t.source = 'request'
      where r.route <> '' and r.day >= (t.complete_since at time zone 'UTC')::date
      group by r.org_id, r.route
    ) as d on d.org_id = p.resource_id
    where p.is_raw_request
  ),
  held as (
    select r.org_id, case p.source when 'delivery' then 'webhook' when 'execution' then 'rule' else 'org' end as resource_type,
      p.resource_id::text, p.raw_rows, p.bytes
    from part as p
    join everwatch_private.resources as r on r.source = p.source and r.id = p.resource_id
    union all
    select c.org_id, 'route', c.route, floor(c.raw_rows * c.share)::bigint, floor(c.bytes * c.share)::bigint
    from counted as c
    union all
    select c.org_id, 'org', c.org_id::text, -floor(c.raw_rows * c.share)::bigint, -floor(c.bytes * c.share)::bigint
    from counted as c
    union all
    select o.org_id, 'org', o.org_id::text, 0, o.bytes
    from everwatch_private.other_bytes() as o
    join everwatch.orgs as known on known.id = o.org_id
  )
  select h.org_id, h.resource_type, h.resource_id, sum(h.raw_rows)::bigint, sum(h.bytes)::bigint
  from held as h
  group by h.org_id, h.resource_type, h.resource_id;

  update everwatch_private.cost_state as c
  set rest_bytes = coalesce((select sum(z.bytes)::bigint from everwatch_private.relation_sizes as z), 0)
    - coalesce((select sum(s.bytes)::bigint from everwatch_private.storage as s), 0)
  where c.singleton;
end
$$;

comment on function everwatch_private.measure_storage()
  is 'Measures all that the project''s tables hold, and writes down whose it is.';

create function everwatch_private.recorded_calls(since timestamptz, until timestamptz)
  returns bigint
  language plpgsql stable set search_path = ''
  as $$
begin
  return coalesce((
      select sum(r.succeeded + r.failed)
      from everwatch_private.rollups as r
      where r.source = 'request' and r.starts_at >= since and r.starts_at < until
    ), 0) + (
      select count(*) from everwatch_private.function_calls as c where c.called_at >= since and c.called_at < until
    );
end
$$;

comment on function everwatch_private.recorded_calls(timestamptz, timestamptz)
  is 'Calls of edge functions that are recorded: see cost_state.function_calls.';

create function everwatch_private.recorded_bytes(since date, until date)
  returns bigint
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select sum(d.bytes_out)
    from (
      select r.bytes_out from everwatch_private.route_days as r where r.day >= since and r.day < until
      union all
      select w.bytes_out from everwatch_private.webhook_days as w where w.day >= since and w.day < until
    ) as d
  );
end
$$;

comment on function everwatch_private.recorded_bytes(date, date)
  is 'Bytes out that are recorded: see cost_state.bytes_out.';

create function everwatch_private.measure_costs(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  today constant date := (at at time zone 'UTC')::date;
begin
  perform everwatch_private.count_days(at);
  perform everwatch_private.measure_storage();
  update everwatch_private.cost_state as s
  set measured_at = measure_costs.at,
    database_bytes = pg_database_size(current_database()),
    function_calls = everwatch_private.recorded_calls(measure_costs.at - interval '30 days', measure_costs.at),
    bytes_out = everwatch_private.recorded_bytes(today - 30, today)
  where s.singleton;
end
$$;

comment on function everwatch_private.measure_costs(timestamptz)
  is 'Measures what everyone uses, as of now.';

revoke execute
  on function
    everwatch_private.measure_storage(),
    everwatch_private.recorded_calls(timestamptz, timestamptz),
    everwatch_private.recorded_bytes(date, date),
    everwatch_private.measure_costs(timestamptz)
  from public;
