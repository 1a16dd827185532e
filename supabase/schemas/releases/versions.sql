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
