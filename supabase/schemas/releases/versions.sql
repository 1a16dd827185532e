-- Which releases this database was brought to, each with the checksum of its file.
create table everwatch.versions (
  version text primary key check (version ~ '^\d+\.\d+\.\d+(-[0-9a-z.]+)?$'),
  checksum text not null check (checksum ~ '^[0-9a-f]{64}$'),
  installed_at timestamptz not null default now()
);

comment on table everwatch.versions
  is 'The releases that were applied, the newest last; written by the releases themselves.';
comment on column everwatch.versions.checksum
  is 'SHA-256 of the release''s file, as hexadecimal digits, without the statement that writes this row.';

alter table everwatch.versions enable row level security;

create policy "the secret key reads which release is installed"
  on everwatch.versions
  for select
  to service_role
  using (true);

grant select on everwatch.versions to service_role;

create function everwatch_private.missing_release()
  returns table(part text, detail text, remedy text)
  language sql stable set search_path = ''
  as $$
  select 'release', 'no release is written down: the tables were made without their rows',
    'Restore the data of the dump as well, or apply the migration of a release'
  where not exists (select from everwatch.versions)
$$;

comment on function everwatch_private.missing_release()
  is 'Whether only the schema was restored, without what the releases wrote into its tables.';

revoke execute on function everwatch_private.missing_release() from public;
