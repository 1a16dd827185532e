-- The real pg_cron, made by the superuser with the grants that the hosted platform gives afterwards:
-- `postgres` uses it and reads `cron.job`, which only the functions may change.
create extension pg_cron with schema pg_catalog;

grant usage on schema cron to postgres with grant option;
grant all on all functions in schema cron to postgres with grant option;
grant all on all tables in schema cron to postgres with grant option;
revoke all on cron.job from postgres;
grant select on cron.job to postgres with grant option;

create extension plpgsql_check with schema extensions;
