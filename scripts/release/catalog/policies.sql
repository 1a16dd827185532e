select
  format('policy %I on %s', polname, polrelid::regclass) as object,
  polcmd as command,
  polpermissive as permissive,
  (
    select
      array_agg(
        case role
          when 0 then 'public'
          else role::regrole::text
        end
        order by
          role::regrole::text
      )
    from
      unnest(polroles) as role
  ) as roles,
  pg_get_expr(polqual, polrelid) as "using",
  pg_get_expr(polwithcheck, polrelid) as with_check
from
  pg_policy
  join pg_class as c on c.oid = polrelid
where
  c.relnamespace::regnamespace::text = any ($1);
