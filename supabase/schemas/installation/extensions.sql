-- What the database needs beyond Postgres itself; all of it is available on every Supabase project.
create table everwatch_private.extensions (name text primary key, schema text not null);

comment on table everwatch_private.extensions is 'The extensions that we use.';
comment on column everwatch_private.extensions.schema
  is 'Where one is made that the project does not have yet.';

insert into
  everwatch_private.extensions(name, schema)
values
  ('pg_cron', 'pg_catalog'),
  ('pg_net', 'extensions'),
  ('pg_stat_statements', 'extensions'),
  ('pgcrypto', 'extensions'),
  ('supabase_vault', 'vault');

create function everwatch_private.create_extensions()
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  wanted everwatch_private.extensions;
begin
  for wanted in select * from everwatch_private.extensions as e order by e.name loop
    execute format('create extension if not exists %I with schema %I', wanted.name, wanted.schema);
  end loop;
end
$$;

comment on function everwatch_private.create_extensions()
  is 'Creates the extensions that the project does not have yet.';

create function everwatch_private.missing_extensions()
  returns table(part text, detail text, remedy text)
  language sql stable set search_path = ''
  as $$
  select 'extension', wanted.name || ' is not there', 'select everwatch.repair()'
  from everwatch_private.extensions as wanted
  where not exists (select from pg_catalog.pg_extension as e where e.extname = wanted.name)
  order by wanted.name
$$;

comment on function everwatch_private.missing_extensions()
  is 'Extensions that we use and the project does not have.';

revoke execute
  on function everwatch_private.create_extensions(), everwatch_private.missing_extensions()
  from public;

select everwatch_private.create_extensions();
