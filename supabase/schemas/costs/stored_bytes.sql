-- Whose the bytes of each table are. Nothing reads raw rows: how many of them are whose, the rollups know
-- for each month; how wide they are, and how other tables' rows are spread over orgs, the planner's
-- statistics. What neither knows stays with nobody, so that all of it together is all there is.
create function everwatch_private.row_widths(
  relation oid,
  out row_bytes numeric,
  out error_bytes numeric
)
  language plpgsql stable set search_path = ''
  as $$
begin
  select
    -- The header and its pointer, and all columns.
    coalesce(28 + sum(s.avg_width * (1 - s.null_frac)) filter (where s.attname <> 'error'), 1),
    coalesce(sum(s.avg_width * (1 - s.null_frac)) filter (where s.attname = 'error'), 0)
  into row_bytes, error_bytes
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_stats as s on s.schemaname = n.nspname and s.tablename = c.relname
  where c.oid = row_widths.relation;
end
$$;

comment on function everwatch_private.row_widths(oid)
  is 'The mean width of a table''s rows without their column `error`, and of that column, in bytes, as last analysed; 1 and 0 before, so that all rows weigh the same.';

create function everwatch_private.raw_bytes()
  returns table(source everwatch_private.source, resource_id uuid, raw_rows bigint, bytes bigint)
  language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
begin
  return query
  with partition as materialized (
    select r.source, r.complete_since, z.relation, z.bytes, z.index_bytes, w.row_bytes, w.error_bytes,
      -- Null for the default partition.
      substring(pg_get_expr(p.relpartbound, p.oid) from 'FROM [(]''(.*)''[)] TO')::timestamptz as month
    from everwatch_private.raw_tables as r
    join pg_catalog.pg_inherits as i on i.inhparent = format('everwatch.%I', r.name)::regclass
    join pg_catalog.pg_class as p on p.oid = i.inhrelid
    join everwatch_private.relation_sizes as z on z.relation = p.oid
    cross join lateral everwatch_private.row_widths(p.oid) as w
  ),
  kept as (
    select u.source, u.resource_id, coalesce(m.relation, d.relation) as relation,
      sum(u.pending + u.succeeded + u.failed) as row_count, sum(u.failed) as failed
    from everwatch_private.rollups as u
    join partition as d on d.source = u.source and d.month is null
    left join partition as m on m.source = u.source and m.month = date_trunc('month', u.starts_at, 'UTC')
    where m.relation is not null or u.starts_at >= d.complete_since
    group by 1, 2, 3
    having sum(u.pending + u.succeeded + u.failed) > 0
  ),
  -- Only what failed has an error.
  weighed as (
    select k.*, p.bytes, p.index_bytes,
      k.row_count * p.row_bytes + coalesce(
        greatest(k.failed, 0) * p.error_bytes * sum(k.row_count) over w / nullif(sum(greatest(k.failed, 0)) over w, 0),
        0
      ) as weight
    from kept as k
    join partition as p on p.relation = k.relation
    window w as (partition by k.relation)
  ),
  shared as (
    select s.source, s.resource_id, s.row_count,
      (s.bytes - s.index_bytes) * s.weight / sum(s.weight) over w
        + s.index_bytes * s.row_count / sum(s.row_count) over w as share
    from weighed as s
    window w as (partition by s.relation)
  )
  select s.source, s.resource_id, sum(s.row_count)::bigint, floor(sum(s.share))::bigint
  from shared as s
  group by s.source, s.resource_id;
end
$$;

comment on function everwatch_private.raw_bytes()
  is 'How many raw rows each webhook, rule and org''s API has, as of the last refresh, and its share of their partitions'' bytes: of the tables by the width of its rows, of the indexes by their number.';

create function everwatch_private.rollup_bytes()
  returns table(source everwatch_private.source, resource_id uuid, bytes bigint)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  with kept as (
    select 'rollups' as name, r.source, r.resource_id,
      sum(
        120 + coalesce(pg_column_size(r.bins), 0) + coalesce(pg_column_size(r.by_resource_type), 0)
          + coalesce(pg_column_size(r.by_error_code), 0)
      ) as weight
    from everwatch_private.rollups as r
    group by r.source, r.resource_id
    union all
    select 'totals', t.source, t.resource_id, 200 + pg_column_size(t.histogram)
    from everwatch_private.totals as t
  ),
  shared as (
    select k.source, k.resource_id, z.bytes * k.weight / sum(k.weight) over (partition by k.name) as share
    from kept as k
    join everwatch_private.relation_sizes as z on z.schema_name = 'everwatch_private' and z.name = k.name
  )
  select s.source, s.resource_id, floor(sum(s.share))::bigint
  from shared as s
  group by s.source, s.resource_id;
end
$$;

comment on function everwatch_private.rollup_bytes()
  is 'The share of each webhook, rule and org''s API in the bytes of rollups and totals, by the width of its rows.';

create function everwatch_private.other_bytes()
  returns table(org_id uuid, bytes bigint)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select m.org_id, floor(sum(z.bytes * m.share::numeric))::bigint
  from everwatch_private.relation_sizes as z
  join pg_catalog.pg_stats as s
    on s.schemaname = z.schema_name and s.tablename = z.name and s.attname = 'org_id'
  cross join lateral unnest(s.most_common_vals::text::uuid[], s.most_common_freqs) as m (org_id, share)
  where not exists (
    select
    from pg_catalog.pg_inherits as i
    join everwatch_private.raw_tables as r on i.inhparent = format('everwatch.%I', r.name)::regclass
    where i.inhrelid = z.relation
  )
  group by m.org_id;
end
$$;

comment on function everwatch_private.other_bytes()
  is 'The share in all other tables of those orgs that have most of their rows (as last analysed, a hundred at most of each table).';

revoke execute
  on function
    everwatch_private.row_widths(oid),
    everwatch_private.raw_bytes(),
    everwatch_private.rollup_bytes(),
    everwatch_private.other_bytes()
  from public;
