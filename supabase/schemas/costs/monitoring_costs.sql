-- The read path of GET /functions/v1/monitoring/costs: everything in one round trip.
create function everwatch_private.costs_measured_at()
  returns timestamptz
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return (select s.measured_at from everwatch_private.cost_state as s);
end
$$;

comment on function everwatch_private.costs_measured_at()
  is 'When it was last measured what everyone holds; null before the first time.';

create function everwatch.monitoring_costs(
  range_start timestamptz,
  range_end timestamptz,
  org_id uuid default null,
  page_limit integer default 100,
  after text default null
)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
declare
  org constant uuid := everwatch_private.metrics_org(monitoring_costs.org_id);
begin
  if page_limit is null or page_limit not between 1 and 500 then
    raise exception 'page_limit must be from 1 to 500.'
      using errcode = 'PT400', detail = 'invalid_limit', hint = 'page_limit';
  end if;
  return (
    with cost as materialized (
      select array[lpad(coalesce(c.bytes_at_rest, 0)::text, 20, '0'), md5(c.resource_type || c.resource_id)] as key, c
      from everwatch_private.org_costs(org, range_start, range_end) as c
    ),
    found as (
      select x.*
      from cost as x
      where after is null or x.key < everwatch_private.decode_cursor(after, 'resources')
      order by x.key desc
      limit page_limit + 1
    ),
    total as (
      -- Null only when it is known of none.
      select sum((x.c).events) as events, sum((x.c).raw_rows) as raw_rows, sum((x.c).bytes_at_rest) as bytes_at_rest,
        sum((x.c).function_calls) as function_calls, sum((x.c).function_ms) as function_ms,
        sum((x.c).bytes_out) as bytes_out, sum((x.c).disk_cost) as disk_cost, sum((x.c).function_cost) as function_cost,
        sum((x.c).egress_cost) as egress_cost
      from cost as x
    )
    select jsonb_build_object(
      'org_id', org,
      'timestamp', now(),
      'from', range_start,
      'to', range_end,
      'measured_at', everwatch_private.costs_measured_at(),
      'currency', (select min((x.c).currency) from cost as x),
      'total', (select to_jsonb(t) from total as t)
    ) || everwatch_private.page(
      'resources',
      (
        select jsonb_agg(jsonb_build_object('key', f.key, 'item', to_jsonb(f.c) - 'currency') order by f.key desc)
        from found as f
      ),
      page_limit
    )
  );
end
$$;

comment on function everwatch.monitoring_costs(timestamptz, timestamptz, uuid, integer, text)
  is 'What an org used and what it costs, in all and by webhook, rule and route, those that hold most first: see everwatch_private.org_costs. A total is of what is known. A page holds page_limit of them (1 to 500); `next` is the cursor of the one after it. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke execute
  on function
    everwatch_private.costs_measured_at(),
    everwatch.monitoring_costs(timestamptz, timestamptz, uuid, integer, text)
  from public;
