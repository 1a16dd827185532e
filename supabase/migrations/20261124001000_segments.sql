-- Groups of contacts at which automation rules aim. The contacts are the portal's; only the size of
-- a group is known here.
create table public.segments (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.orgs (id) on delete cascade,
  name text not null check (length(name) between 1 and 200),
  member_count integer not null default 0 check (member_count >= 0),
  created_at timestamptz not null default now(),
  unique (org_id, id)
);

comment on table public.segments is 'Groups of contacts at which automation rules aim.';
comment on column public.segments.member_count
  is 'Contacts in the segment when it was last computed; written with the secret key only.';

alter table public.segments enable row level security;

revoke all on public.segments from public, anon, authenticated, service_role;
grant select, insert (org_id, name), update (name), delete on public.segments to authenticated;
grant select, insert, update, delete on public.segments to service_role;

create policy "members read their orgs' segments"
  on public.segments
  for select
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids())));

create policy "all but viewers add segments"
  on public.segments
  for insert
  to authenticated
  with check (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers change segments"
  on public.segments
  for update
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers delete segments"
  on public.segments
  for delete
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin', 'member']))));
