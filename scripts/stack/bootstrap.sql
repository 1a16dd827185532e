-- What a Supabase project has before its first migration: roles, schemas, extensions, privileges.
-- Modelled on the hosted image; run once per database as the superuser `supabase_admin`.
do $$
declare
  wanted constant jsonb := '{
    "anon": "nologin noinherit",
    "authenticated": "nologin noinherit",
    "service_role": "nologin noinherit bypassrls",
    "authenticator": "login noinherit",
    "data_api": "login inherit",
    "supabase_auth_admin": "login noinherit createrole",
    "postgres": "login nosuperuser createdb createrole replication bypassrls"
  }';
  name text;
  attributes text;
begin
  for name, attributes in select * from jsonb_each_text(wanted) loop
    if not exists (select from pg_catalog.pg_roles where rolname = name) then
      execute format('create role %I %s', name, attributes);
    end if;
  end loop;
end
$$;

-- `data_api` is not a hosted role. The local Data API looks up tables and users on the connection
-- itself, which `authenticator` may not; it, too, takes the caller's role for each request.
grant anon, authenticated, service_role to authenticator, data_api;
grant anon, authenticated, service_role, pg_monitor, pg_read_all_data, pg_signal_backend
  to postgres;

alter role postgres set search_path to "$user", public, extensions;
alter role supabase_auth_admin set search_path to auth;
alter role anon set statement_timeout to '3s';
alter role authenticated set statement_timeout to '8s';
alter role authenticator set statement_timeout to '8s';
alter role authenticator set lock_timeout to '8s';
alter role data_api set statement_timeout to '8s';
alter role data_api set lock_timeout to '8s';

do $$
begin
  execute format('alter database %I owner to postgres', current_database());
  execute format('grant create on database %I to supabase_auth_admin', current_database());
end
$$;

grant all on schema public to postgres;
grant usage on schema public to anon, authenticated, service_role;

create schema extensions;

grant all on schema extensions to postgres;
grant usage on schema extensions to anon, authenticated, service_role;

create extension pgcrypto with schema extensions;
create extension "uuid-ossp" with schema extensions;
create extension pg_stat_statements with schema extensions;

create schema vault;

-- The auth schema's tables come from the auth server; these helpers are what policies call. Both
-- spellings of the claims are read: single settings (older servers) and one JSON document.
create schema auth authorization supabase_auth_admin;

create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

create function auth.uid() returns uuid language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

create function auth.role() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )
$$;

create function auth.email() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
  )
$$;

grant usage on schema auth to postgres, anon, authenticated, service_role;
