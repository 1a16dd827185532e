-- On our tables, and on others where they call a function of ours.
select
  format('trigger %I on %s', tgname, tgrelid::regclass) as object,
  pg_get_triggerdef(t.oid) as definition,
  tgenabled as enabled,
  tgparentid <> 0 as of_the_partitioned_table
from
  pg_trigger as t
  join pg_class as c on c.oid = tgrelid
  join pg_proc as p on p.oid = tgfoid
where
  not tgisinternal
  and (
    c.relnamespace::regnamespace::text = any ($1)
    or p.pronamespace::regnamespace::text = any ($1)
  );
