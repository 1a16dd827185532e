-- Who belongs to an org, and in which role. A user may belong to several.
create table public.org_members (
  org_id uuid not null references public.orgs (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (org_id, user_id)
);

create index org_members_user_id_idx on public.org_members (user_id);

comment on table public.org_members
  is 'Membership of a user in an org. An org never loses its last owner.';
comment on column public.org_members.role
  is 'owner: everything; admin: everything but owners; member: writes webhooks, segments and rules; viewer: reads.';

alter table public.org_members enable row level security;

revoke all on public.org_members from public, anon, authenticated, service_role;
grant select, insert (org_id, user_id, role), update (role), delete
  on public.org_members
  to authenticated;
grant select, insert, update, delete on public.org_members to service_role;

create function monitoring.keep_an_owner()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  -- Two owners who remove each other at the same time meet at this row. It is written, not only
  -- locked, so that a transaction with an older snapshot fails instead of missing the other one.
  update public.orgs set name = name where id = old.org_id;
  -- No such org: it is being deleted, and its members go with it.
  if found and not exists (
    select from public.org_members where org_id = old.org_id and role = 'owner'
  ) then
    raise exception 'an organisation keeps at least one owner'
      using errcode = 'PT409', detail = 'last_owner', hint = 'role';
  end if;
  return null;
end
$$;

comment on function monitoring.keep_an_owner()
  is 'Refuses (409, last_owner) a change that would leave an org without an owner.';

revoke all on function monitoring.keep_an_owner() from public, anon, authenticated, service_role;

create trigger keep_an_owner
  after update or delete on public.org_members
  for each row
  when (old.role = 'owner')
  execute function monitoring.keep_an_owner();
