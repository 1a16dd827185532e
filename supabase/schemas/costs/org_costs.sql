-- What each resource of an org used in a span of time, and its share of the bill. What nothing records is
-- null: neither guessed nor zero.
create function everwatch_private.used_units(item text)
  returns numeric
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select case used_units.item
      when 'disk' then s.database_bytes / 1e9
      when 'function_calls' then s.function_calls / 1e6
      when 'egress' then s.bytes_out / 1e9
    end
    from everwatch_private.cost_state as s
  );
end
$$;

comment on function everwatch_private.used_units(text)
  is 'How much of an item the whole project uses in a month, in the unit of its price; null when that is not known. Of egress it is what is recorded.';

create function everwatch_private.share_of_bill(item text, units numeric)
  returns numeric
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select p.price * share_of_bill.units * case
      when u.used > p.included then 1 - p.included / u.used
      when u.used is not null then 0
    end
    from everwatch_private.prices as p
    cross join everwatch_private.used_units(p.item) as u (used)
    where p.item = share_of_bill.item
  );
end
$$;

comment on function everwatch_private.share_of_bill(text, numeric)
  is 'What so many units cost, when everyone bears the same share of what the plan does not include; null when the price or the use of all is not known.';

create function everwatch_private.org_costs(org_id uuid, since timestamptz, until timestamptz)
  returns table(resource_type text, resource_id text, resource_name text, raw_rows bigint, bytes_at_rest bigint, events bigint, function_calls bigint, function_ms bigint, bytes_out bigint, disk_cost numeric, function_cost numeric, egress_cost numeric, currency text)
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  if not everwatch_private.may_read(org_costs.org_id) then
    return;
  elsif since is null or until is null or not isfinite(since) or not isfinite(until) or since >= until then
    raise exception 'since must be before until.' using errcode = 'PT400', detail = 'invalid_range', hint = 'since';
  end if;
  return query
  with held as (
    select s.resource_type, s.resource_id, s.raw_rows, s.bytes
    from everwatch_private.storage as s
    where s.org_id = org_costs.org_id
  )
  select key.of_type, key.of_id, coalesce(w.url, a.name, o.name, key.of_id),
    h.raw_rows, h.bytes, coalesce(u.events, 0)::bigint,
    -- Known to be none where nothing was done, and not known of webhooks and rules.
    case when key.is_function then coalesce(u.function_calls, 0) end::bigint,
    coalesce(u.function_ms, 0)::bigint, u.bytes_out::bigint,
    round(price.of_gigabyte * h.bytes / 1e9, 6),
    case when key.is_function then round(price.of_million * coalesce(u.function_calls, 0) / 1e6, 6) end,
    round(price.of_gigabyte_out * u.bytes_out / 1e9, 6),
    price.currency
  from (
    select
      -- A month is a twelfth of a year.
      everwatch_private.share_of_bill('disk', extract(epoch from until - since)::numeric / (365.25 * 7200)) as of_gigabyte,
      everwatch_private.share_of_bill('function_calls', 1) as of_million,
      everwatch_private.share_of_bill('egress', 1) as of_gigabyte_out,
      (select min(p.currency) from everwatch_private.prices as p) as currency
  ) as price
  cross join (held as h full join everwatch_private.org_usage(org_costs.org_id, since, until) as u
    on u.resource_type = h.resource_type and u.resource_id = h.resource_id)
  cross join lateral (
    select coalesce(h.resource_type, u.resource_type), coalesce(h.resource_id, u.resource_id),
      coalesce(h.resource_type, u.resource_type) in ('org', 'route')
  ) as key (of_type, of_id, is_function)
  left join everwatch.webhooks as w
    on w.org_id = org_costs.org_id and key.of_type = 'webhook' and w.id::text = key.of_id
  left join everwatch.automation_rules as a
    on a.org_id = org_costs.org_id and key.of_type = 'rule' and a.id::text = key.of_id
  left join everwatch.orgs as o on o.id = org_costs.org_id and key.of_type = 'org';
end
$$;

comment on function everwatch_private.org_costs(uuid, timestamptz, timestamptz)
  is 'What each webhook, rule and route of an org, and the org beside these, holds (rows and bytes at rest, as last measured), did in whole hours of a span (events, calls of functions and their milliseconds), sent in whole days of it (bytes out), and costs; nothing for those who may not read the org. Null is not known. Raises PT400.';

revoke execute
  on function
    everwatch_private.used_units(text),
    everwatch_private.share_of_bill(text, numeric),
    everwatch_private.org_costs(uuid, timestamptz, timestamptz)
  from public;
