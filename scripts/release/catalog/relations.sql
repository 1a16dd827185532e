-- Tables, views and sequences. Which columns a table has says columns.sql.
select
  format(
    '%s %s',
    case c.relkind
      when 'v' then 'view'
      when 'm' then 'materialized view'
      when 'S' then 'sequence'
      else 'table'
    end,
    c.oid::regclass
  ) as object,
  c.relowner::regrole as owner,
  c.relkind as kind,
  c.relpersistence as persistence,
  (select amname from pg_am where oid = c.relam) as access_method,
  (select array_agg(option order by option) from unnest(c.reloptions) as option) as options,
  (
    select
      toast.reloptions
    from
      pg_class as toast
    where
      toast.oid = c.reltoastrelid
  ) as toast_options,
  c.relrowsecurity as row_security,
  c.relforcerowsecurity as row_security_of_the_owner,
  c.relreplident as replica_identity,
  case
    when c.relkind = 'p' then pg_get_partkeydef (c.oid)
  end as partitioned_by,
  (
    select
      array_agg(inhparent::regclass::text order by inhseqno)
    from
      pg_inherits
    where
      inhrelid = c.oid
  ) as parents,
  pg_get_expr(c.relpartbound, c.oid) as bounds,
  case
    when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid)
  end as definition,
  (select to_jsonb(s) - 'seqrelid' from pg_sequence as s where s.seqrelid = c.oid) as sequence
from
  pg_class as c
where
  c.relnamespace::regnamespace::text = any ($1)
  and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f');
