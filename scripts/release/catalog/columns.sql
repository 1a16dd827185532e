-- Where a column stands is compared where it matters: in views. A table that was altered has new ones at
-- its end.
select
  format('column %s.%I', c.oid::regclass, a.attname) as object,
  format_type(a.atttypid, a.atttypmod) as type,
  case
    when c.relkind in ('v', 'm') then a.attnum
  end as position,
  a.attcollation::regcollation as collation,
  a.attnotnull as not_null,
  pg_get_expr(d.adbin, d.adrelid) as default_or_generated_as,
  a.attgenerated as generated,
  a.attidentity as identity,
  a.attstorage as storage,
  a.attcompression as compression,
  nullif(a.attstattarget, -1) as statistics_target,
  -- Some minor versions of Postgres keep a number of their own there.
  nullif(
    array(select option from unnest(a.attoptions) as option where option not like 'pg\_attver=%'),
    '{}'
  ) as options
from
  pg_attribute as a
  join pg_class as c on c.oid = a.attrelid
  left join pg_attrdef as d on d.adrelid = a.attrelid
  and d.adnum = a.attnum
where
  c.relnamespace::regnamespace::text = any ($1)
  and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and a.attnum > 0
  and not a.attisdropped;
