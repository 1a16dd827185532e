-- What was asked for, and what failed: two objects of counts.
create view everwatch_private.changed_breakdowns
with
  (security_invoker = on) as
select
  resource_id,
  starts_at,
  jsonb_object_agg(key, count) filter (where kind = 'type') as by_resource_type,
  jsonb_object_agg(key, count) filter (where kind = 'error') as by_error_code
from
  (
    select
      resource_id,
      starts_at,
      kind,
      key,
      sum(count)::bigint as count
    from
      (
        select
          c.resource_id,
          c.starts_at,
          k.kind,
          k.key,
          k.count
        from
          everwatch_private.placed_changes as c
          cross join lateral (
            values
              ('type', c.resource_type, c.succeeded + c.failed),
              ('error', c.status_code::text, c.failed)
          ) as k (kind, key, count)
        where
          c.source = 'request'
          and c.resource_type is not null
        union all
        select
          c.resource_id,
          c.starts_at,
          k.kind,
          e.key,
          e.value::bigint
        from
          (
            select distinct
              resource_id,
              starts_at
            from
              everwatch_private.placed_changes
            where
              source = 'request'
          ) as c
          cross join lateral (
            select
              b.by_resource_type,
              b.by_error_code
            from
              everwatch_private.rollups as b
            where
              b.source = 'request'
              and b.resource_id = c.resource_id
              and b.starts_at = c.starts_at
            limit
              1
          ) as r
          cross join lateral (
            values
              ('type', r.by_resource_type),
              ('error', r.by_error_code)
          ) as k (kind, counts)
          cross join lateral jsonb_each_text(k.counts) as e
      ) as known
    group by
      resource_id,
      starts_at,
      kind,
      key
    having
      sum(count) <> 0
  ) as counted
group by
  resource_id,
  starts_at;

comment on view everwatch_private.changed_breakdowns
  is 'The requests of changed rollups by what they asked for, and the failed ones by their status.';

grant select on everwatch_private.changed_breakdowns to authenticated, service_role;
