-- More to save: what nobody reads, and what brings nothing about.
create function everwatch_private.index_savings(at timestamptz)
  returns setof everwatch_private.saving
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  with counted_since as (
    -- Without a time of their own the statistics are no older than the server's start, as a crash loses them.
    select coalesce(d.stats_reset, greatest(pg_postmaster_start_time(), s.installed_at)) as at
    from pg_catalog.pg_stat_database as d
    cross join everwatch_private.settings as s
    where d.datname = current_database()
  ),
  unread as (
    -- Of a partitioned table's index those of all partitions.
    select coalesce(p.inhparent, u.indexrelid)::regclass::text as name, sum(pg_relation_size(u.indexrelid))::bigint as bytes
    from pg_catalog.pg_stat_user_indexes as u
    join pg_catalog.pg_index as x on x.indexrelid = u.indexrelid
    left join pg_catalog.pg_inherits as p on p.inhrelid = u.indexrelid
    where u.schemaname in ('everwatch', 'everwatch_private')
    group by 1
    having sum(u.idx_scan) = 0 and not bool_or(x.indisunique or x.indisexclusion)
  )
  select null::uuid, 'unread_index', 'index', n.name, n.name, n.bytes,
    format('The index %s holds %s, and nothing has read it for %s days', n.name, everwatch_private.bytes_in_words(n.bytes), d.days),
    jsonb_build_object('days', d.days)
  from unread as n
  cross join counted_since as c
  cross join lateral (select floor(extract(epoch from index_savings.at - c.at) / 86400)) as d (days)
  -- What is read once a month looks unread for most of it.
  where d.days >= 30;
end
$$;

comment on function everwatch_private.index_savings(timestamptz)
  is 'Indexes that serve queries alone and none since the statistics were reset, if that is 30 days ago.';

create function everwatch_private.fruitless_savings(at timestamptz)
  returns setof everwatch_private.saving
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  with recent as (
    select c.org_id, c.source, c.id, r.succeeded, r.failed, coalesce(r.affected, 0) as affected,
      r.succeeded + r.failed as done, sum(r.succeeded + r.failed) over (partition by c.org_id, c.source) as done_by_all
    from (
      select u.source, u.resource_id, sum(u.succeeded) as succeeded, sum(u.failed) as failed, sum(u.affected) as affected
      from everwatch_private.rollups as u
      where u.source in ('delivery', 'execution')
        and u.starts_at >= fruitless_savings.at - interval '30 days' and u.starts_at < fruitless_savings.at
      group by u.source, u.resource_id
    ) as r
    join everwatch_private.resources as c on c.source = r.source and c.id = r.resource_id
  ),
  found as (
    select r.*, s.resource_type, s.resource_id, coalesce(w.url, a.name) as name,
      floor(s.bytes * least(1, r.done / nullif(s.raw_rows, 0)))::bigint as bytes,
      round(100 * r.done / r.done_by_all) as percent
    from recent as r
    join everwatch_private.storage as s
      on s.resource_id = r.id::text and s.org_id = r.org_id and s.resource_type in ('webhook', 'rule')
    left join everwatch.webhooks as w on r.source = 'delivery' and w.id = r.id and w.enabled
    left join everwatch.automation_rules as a on r.source = 'execution' and a.id = r.id and a.enabled
    -- Enough of them that it is no accident.
    where r.done >= 100 and r.affected = 0 and (r.source = 'execution' or r.succeeded = 0)
  )
  select f.org_id,
    case f.source when 'delivery' then 'failed_deliveries' else 'idle_executions' end,
    f.resource_type, f.resource_id, f.name, f.bytes,
    case f.source
      when 'delivery' then format('%s took %s%% of all deliveries of the last 30 days and failed all %s; they hold about %s',
        f.name, f.percent, to_char(f.done, 'FM999,999,999,999'), everwatch_private.bytes_in_words(f.bytes))
      else format('%s took %s%% of all executions of the last 30 days and acted on no contact in %s; they hold about %s',
        f.name, f.percent, to_char(f.done, 'FM999,999,999,999'), everwatch_private.bytes_in_words(f.bytes))
    end,
    jsonb_build_object('rows', f.done, 'share', round(f.done / f.done_by_all, 4))
  from found as f
  where f.name is not null and f.bytes > 0;
end
$$;

comment on function everwatch_private.fruitless_savings(timestamptz)
  is 'Webhooks, still enabled, whose deliveries of 30 days all failed, and rules whose executions acted on no contact: a hundred or more of them.';

revoke execute
  on function
    everwatch_private.index_savings(timestamptz),
    everwatch_private.fruitless_savings(timestamptz)
  from public;
