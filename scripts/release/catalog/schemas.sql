select
  format('schema %I', nspname) as object,
  nspowner::regrole as owner
from
  pg_namespace
where
  nspname = any ($1);
