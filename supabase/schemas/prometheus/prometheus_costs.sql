-- What Prometheus is told of costs: a few numbers of each org, as of the last measurement.
create function everwatch_private.prometheus_disk(org_ids uuid[])
  returns table(org_id uuid, bytes jsonb, monthly_cost numeric)
  language plpgsql stable set search_path = ''
  as $$
declare
  of_gigabyte constant numeric := everwatch_private.share_of_bill('disk', 1);
begin
  return query
  select t.org_id, jsonb_object_agg(t.resource_type, t.bytes), round(of_gigabyte * sum(t.bytes) / 1e9, 6)
  from (
    select s.org_id, s.resource_type, sum(s.bytes) as bytes
    from unnest(org_ids) as o (org_id)
    join everwatch_private.storage as s on s.org_id = o.org_id
    group by s.org_id, s.resource_type
  ) as t
  group by t.org_id
  order by t.org_id;
end
$$;

comment on function everwatch_private.prometheus_disk(uuid[])
  is 'What those of some orgs that hold something hold, in bytes by type of resource, and what the disk for it costs a month: null when the price is not known. Reads a row for each webhook, rule and busy route.';

create function everwatch_private.prometheus_costs(org_ids uuid[], operator boolean)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select jsonb_build_object(
      'measured_at', s.measured_at,
      -- Of all orgs together.
      'database_bytes', case when operator then s.database_bytes end,
      'currency', (select min(p.currency) from everwatch_private.prices as p),
      'disk', (select coalesce(jsonb_agg(d), '[]') from everwatch_private.prometheus_disk(org_ids) as d)
    )
    from everwatch_private.cost_state as s
  );
end
$$;

comment on function everwatch_private.prometheus_costs(uuid[], boolean)
  is 'What some orgs hold and what that costs, as of when, and to who reads every org also how large the database was.';

revoke execute
  on function
    everwatch_private.prometheus_disk(uuid[]),
    everwatch_private.prometheus_costs(uuid[], boolean)
  from public;
