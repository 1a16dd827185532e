-- Who may do what is asked in one place: the orgs in which the caller has one of some roles. The
-- policies compare with `= any (array(select …))`: read once a statement, and usable by an index.
create function monitoring.my_org_ids(
  roles text[] default array['owner', 'admin', 'member', 'viewer']
)
  returns setof uuid
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  -- In plpgsql, which keeps the plan: in SQL each reader of each table would wait for it anew.
  return query
  select m.org_id
  from public.org_members as m
  where m.user_id = auth.uid() and m.role = any (roles);
end
$$;

comment on function monitoring.my_org_ids(text[])
  is 'The orgs in which the signed-in user has one of these roles (default: any); none without a session.';

revoke all on function monitoring.my_org_ids(text[]) from public, anon, authenticated, service_role;
grant execute on function monitoring.my_org_ids(text[]) to authenticated, service_role;

create policy "members read their orgs"
  on public.orgs
  for select
  to authenticated
  using (id = any (array(select monitoring.my_org_ids())));

create policy "owners and admins rename their orgs"
  on public.orgs
  for update
  to authenticated
  using (id = any (array(select monitoring.my_org_ids(array['owner', 'admin']))))
  with check (id = any (array(select monitoring.my_org_ids(array['owner', 'admin']))));

create policy "owners delete their orgs"
  on public.orgs
  for delete
  to authenticated
  using (id = any (array(select monitoring.my_org_ids(array['owner']))));

create policy "members see who else is in their orgs"
  on public.org_members
  for select
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids())));

create policy "owners add anyone, admins anyone but owners"
  on public.org_members
  for insert
  to authenticated
  with check (org_id = any (array(select monitoring.my_org_ids(array['owner'])))
    or (role <> 'owner' and org_id = any (array(select monitoring.my_org_ids(array['admin'])))));

create policy "owners change any role, admins any but owners'"
  on public.org_members
  for update
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids(array['owner'])))
    or (role <> 'owner' and org_id = any (array(select monitoring.my_org_ids(array['admin'])))))
  with check (org_id = any (array(select monitoring.my_org_ids(array['owner'])))
    or (role <> 'owner' and org_id = any (array(select monitoring.my_org_ids(array['admin'])))));

create policy "owners remove anyone, admins all but owners, anyone themselves"
  on public.org_members
  for delete
  to authenticated
  using (user_id = (select auth.uid())
    or org_id = any (array(select monitoring.my_org_ids(array['owner'])))
    or (role <> 'owner' and org_id = any (array(select monitoring.my_org_ids(array['admin'])))));

-- Nobody may insert an org or its first owner directly: the two come together or not at all.
create function monitoring.create_org(name text)
  returns uuid
  language plpgsql security definer set search_path = ''
  as $$
declare
  new_id uuid;
begin
  if (select auth.uid()) is null then
    raise exception 'sign in to create an organisation'
      using errcode = 'PT401', detail = 'unauthenticated';
  end if;
  insert into public.orgs (name) values (create_org.name) returning id into new_id;
  insert into public.org_members (org_id, user_id, role) values (new_id, auth.uid(), 'owner');
  return new_id;
end
$$;

comment on function monitoring.create_org(text)
  is 'Makes an org with the signed-in user as its owner; what public.create_org calls.';

revoke all on function monitoring.create_org(text) from public, anon, authenticated, service_role;
grant execute on function monitoring.create_org(text) to authenticated;

create function public.create_org(name text) returns uuid language sql set search_path = '' as $$
  select monitoring.create_org(name)
$$;

comment on function public.create_org(text)
  is 'Makes an org with the signed-in user as its owner and returns its id.';

revoke all on function public.create_org(text) from public, anon, authenticated, service_role;
grant execute on function public.create_org(text) to authenticated;
