-- The definition has the settings, the volatility and whose rights it has, too.
select
  format('function %s', oid::regprocedure) as object,
  proowner::regrole as owner,
  case
    when prokind <> 'a' then pg_get_functiondef(oid)
  end as definition,
  case
    when prokind = 'a' then pg_get_function_result(oid)
  end as result_of_aggregate
from
  pg_proc
where
  pronamespace::regnamespace::text = any ($1);
