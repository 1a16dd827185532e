-- The keys with which an org's programs call the portal's API. Keys are revoked, never deleted, so
-- that the audit log can name them; when one was last used is the newest row there that names it.
create table everwatch.api_keys (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  name text not null check (length(name) between 1 and 200),
  prefix text not null check (length(prefix) between 4 and 32),
  digest bytea not null unique check (octet_length(digest) = 32),
  created_at timestamptz not null default now(),
  revoked_at timestamptz check (revoked_at >= created_at),
  unique (org_id, id)
);

comment on table everwatch.api_keys
  is 'Keys to the portal''s API. The key itself is shown once and kept nowhere.';
comment on column everwatch.api_keys.prefix
  is 'The first characters of the key, by which a person recognises it.';
comment on column everwatch.api_keys.digest
  is 'SHA-256 of the whole key, 32 bytes. Only the secret key''s holder reads it.';
comment on column everwatch.api_keys.revoked_at
  is 'Since when the key is refused; null while it is valid.';

alter table everwatch.api_keys enable row level security;

grant select (id, org_id, name, prefix, created_at, revoked_at), insert (org_id, name, prefix, digest), update (name, revoked_at)
  on everwatch.api_keys
  to authenticated;
grant select, insert, update, delete on everwatch.api_keys to service_role;

create policy "members read their orgs' keys"
  on everwatch.api_keys
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "owners and admins add keys"
  on everwatch.api_keys
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create policy "owners and admins rename and revoke keys"
  on everwatch.api_keys
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));
