select
  format(
    'constraint %I on %s',
    conname,
    case
      when contypid = 0 then conrelid::regclass::text
      else contypid::regtype::text
    end
  ) as object,
  pg_get_constraintdef(oid) as definition,
  convalidated as validated,
  condeferrable as
deferrable,
condeferred as deferred,
connoinherit as no_inherit,
conislocal as local,
coninhcount as inherited
from
  pg_constraint
where
  connamespace::regnamespace::text = any ($1);
