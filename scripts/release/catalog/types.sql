-- Those that no table brings, with what they consist of.
select
  format('type %s', t.oid::regtype) as object,
  t.typowner::regrole as owner,
  t.typtype as kind,
  case
    when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod)
  end as based_on,
  t.typcollation::regcollation as collation,
  t.typnotnull as not_null,
  t.typdefault as "default",
  (select array_agg(enumlabel order by enumsortorder) from pg_enum where enumtypid = t.oid) as
values
,
  (
    select
      array_agg(format('%I %s', attname, format_type(atttypid, atttypmod)) order by attnum)
    from
      pg_attribute
    where
      attrelid = t.typrelid
      and attnum > 0
      and not attisdropped
  ) as attributes
from
  pg_type as t
  left join pg_class as c on c.oid = t.typrelid
where
  t.typnamespace::regnamespace::text = any ($1)
  and (t.typrelid = 0 or c.relkind = 'c')
  and t.typcategory <> 'A';
