-- The tenants. Every other row belongs to exactly one of them, and no member of one sees another.
create table everwatch.orgs (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now()
);

comment on table everwatch.orgs
  is 'Organisations: the tenants. Deleting one deletes everything that belongs to it.';
comment on column everwatch.orgs.name is 'What people call it, up to 200 characters; not unique.';

alter table everwatch.orgs enable row level security;

grant select, update (name), delete on everwatch.orgs to authenticated;
grant select, insert, update, delete on everwatch.orgs to service_role;

-- Who belongs to an org, and in which role. A user may belong to several.
create table everwatch.org_members (
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (org_id, user_id)
);

create index org_members_user_id_idx on everwatch.org_members (user_id);

comment on table everwatch.org_members
  is 'Membership of a user in an org. An org never loses its last owner.';
comment on column everwatch.org_members.role
  is 'owner: everything; admin: everything but owners; member: writes webhooks, segments and rules; viewer: reads.';

alter table everwatch.org_members enable row level security;

grant select, insert (org_id, user_id, role), update (role), delete
  on everwatch.org_members
  to authenticated;
grant select, insert, update, delete on everwatch.org_members to service_role;

create function everwatch_private.keep_an_owner()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  -- Two owners who remove each other at the same time meet at this row. It is written, not only
  -- locked, so that a transaction with an older snapshot fails instead of missing the other one.
  update everwatch.orgs set name = name where id = old.org_id;
  -- No such org: it is being deleted, and its members go with it.
  if found and not exists (
    select from everwatch.org_members where org_id = old.org_id and role = 'owner'
  ) then
    raise exception 'an organisation keeps at least one owner'
      using errcode = 'PT409', detail = 'last_owner', hint = 'role';
  end if;
  return null;
end
$$;

comment on function everwatch_private.keep_an_owner()
  is 'Refuses (409, last_owner) a change that would leave an org without an owner.';

revoke execute on function everwatch_private.keep_an_owner() from public;

create trigger keep_an_owner
  after update or delete on everwatch.org_members
  for each row
  when (old.role = 'owner')
  execute function everwatch_private.keep_an_owner();

create policy "members read their orgs"
  on everwatch.orgs
  for select
  to authenticated
  using (id = any (array(select everwatch_private.my_org_ids())));

create policy "owners and admins rename their orgs"
  on everwatch.orgs
  for update
  to authenticated
  using (id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))))
  with check (id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create policy "owners delete their orgs"
  on everwatch.orgs
  for delete
  to authenticated
  using (id = any (array(select everwatch_private.my_org_ids(array['owner']))));

create policy "members see who else is in their orgs"
  on everwatch.org_members
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "owners add anyone, admins anyone but owners"
  on everwatch.org_members
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner'])))
    or (role <> 'owner' and org_id = any (array(select everwatch_private.my_org_ids(array['admin'])))));

create policy "owners change any role, admins any but owners'"
  on everwatch.org_members
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner'])))
    or (role <> 'owner' and org_id = any (array(select everwatch_private.my_org_ids(array['admin'])))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner'])))
    or (role <> 'owner' and org_id = any (array(select everwatch_private.my_org_ids(array['admin'])))));

create policy "owners remove anyone, admins all but owners, anyone themselves"
  on everwatch.org_members
  for delete
  to authenticated
  using (user_id = (select auth.uid())
    or org_id = any (array(select everwatch_private.my_org_ids(array['owner'])))
    or (role <> 'owner' and org_id = any (array(select everwatch_private.my_org_ids(array['admin'])))));
