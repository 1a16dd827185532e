-- An index on a partitioned table is invalid as long as a partition has none that is attached to it.
select
  format('index %s', i.indexrelid::regclass) as object,
  pg_get_indexdef(i.indexrelid) as definition,
  i.indisvalid as valid,
  i.indisready as ready,
  i.indisreplident as replica_identity,
  i.indisclustered as clustered,
  (select inhparent::regclass from pg_inherits where inhrelid = i.indexrelid) as attached_to
from
  pg_index as i
  join pg_class as c on c.oid = i.indexrelid
where
  c.relnamespace::regnamespace::text = any ($1);
