create function everwatch_private.bytes_in_words(bytes numeric)
  returns text
  language sql immutable set search_path = ''
  as $$
  select case
    when bytes >= 1e9 then to_char(bytes / 1e9, 'FM999,990.0') || ' GB'
    when bytes >= 1e6 then to_char(bytes / 1e6, 'FM990.0') || ' MB'
    else to_char(bytes / 1e3, 'FM990.0') || ' kB'
  end
$$;

comment on function everwatch_private.bytes_in_words(numeric)
  is 'A number of bytes with its unit: 1 GB is 10^9 of them.';

create function everwatch_private.saved_money(item text, units numeric)
  returns numeric
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select p.price * (greatest(0, u.used - p.included) - greatest(0, u.used - saved_money.units - p.included))
    from everwatch_private.prices as p
    cross join everwatch_private.used_units(p.item) as u (used)
    where p.item = saved_money.item
  );
end
$$;

comment on function everwatch_private.saved_money(text, numeric)
  is 'By how much a month''s bill falls with so many units less: not at all below what the plan includes. Null when the price or the use is not known.';

create function everwatch_private.retention_savings(at timestamptz)
  returns setof everwatch_private.saving
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  with old as (
    select count(*) as partitions, sum(pg_total_relation_size(p.oid))::bigint as bytes
    from everwatch_private.raw_tables as r
    join pg_catalog.pg_inherits as i on i.inhparent = format('everwatch.%I', r.name)::regclass
    join pg_catalog.pg_class as p on p.oid = i.inhrelid
    where substring(pg_get_expr(p.relpartbound, p.oid) from 'TO [(]''(.*)''[)]')::timestamptz
        <= retention_savings.at - interval '30 days'
      -- Months without a row hold next to nothing.
      and pg_relation_size(p.oid) > 0
  )
  select null::uuid, 'raw_retention', 'setting', 'raw_retention', 'raw_retention', o.bytes,
    format('Raw rows are kept for %s days; 30 days would free %s (%s partitions)',
      extract(day from s.raw_retention), everwatch_private.bytes_in_words(o.bytes), o.partitions),
    jsonb_build_object('days', extract(day from s.raw_retention), 'partitions', o.partitions)
  from everwatch_private.rollup_settings as s
  cross join old as o
  where s.raw_retention > interval '30 days' and o.bytes > 0;
end
$$;

comment on function everwatch_private.retention_savings(timestamptz)
  is 'What a retention of 30 days would free: the partitions whose rows are all older.';

create function everwatch_private.pending_savings(at timestamptz)
  returns setof everwatch_private.saving
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  with waiting as (
    select sum(r.pending) as pending
    from everwatch_private.rollups as r
    join everwatch_private.raw_tables as t on t.source = r.source
    where r.source = 'delivery' and r.starts_at >= t.complete_since
      and r.starts_at < pending_savings.at - interval '30 days'
  ),
  kept as (
    select sum(pg_total_relation_size(i.inhrelid)) as bytes
    from pg_catalog.pg_inherits as i
    where i.inhparent = 'everwatch.webhook_deliveries'::regclass
  ),
  share as (
    select w.pending, w.pending / sum(s.raw_rows) as ratio
    from waiting as w
    join everwatch_private.storage as s on s.resource_type = 'webhook'
    group by w.pending
    having w.pending > 0 and sum(s.raw_rows) >= w.pending
  )
  select null::uuid, 'pending_rows', 'table', 'webhook_deliveries', 'webhook_deliveries', b.bytes,
    format('Pending deliveries older than 30 days hold %s%% of webhook_deliveries: %s rows, about %s',
      round(100 * s.ratio), to_char(s.pending, 'FM999,999,999,999'), everwatch_private.bytes_in_words(b.bytes)),
    jsonb_build_object('rows', s.pending, 'share', round(s.ratio, 4))
  from share as s
  cross join kept as k
  cross join lateral (select floor(k.bytes * s.ratio)::bigint) as b (bytes);
end
$$;

comment on function everwatch_private.pending_savings(timestamptz)
  is 'What deliveries hold that never finished: their share of the table by number.';

revoke execute
  on function
    everwatch_private.bytes_in_words(numeric),
    everwatch_private.saved_money(text, numeric),
    everwatch_private.retention_savings(timestamptz),
    everwatch_private.pending_savings(timestamptz)
  from public;
