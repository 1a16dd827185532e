-- The tenants. Every other row belongs to exactly one of them, and no member of one sees another.
create table public.orgs (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now()
);

comment on table public.orgs
  is 'Organisations: the tenants. Deleting one deletes everything that belongs to it.';
comment on column public.orgs.name is 'What people call it, up to 200 characters; not unique.';

alter table public.orgs enable row level security;

revoke all on public.orgs from public, anon, authenticated, service_role;
grant select, update (name), delete on public.orgs to authenticated;
grant select, insert, update, delete on public.orgs to service_role;
