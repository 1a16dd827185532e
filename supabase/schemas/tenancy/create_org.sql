-- Nobody may insert an org or its first owner directly: the two come together or not at all.
create function everwatch_private.create_org(name text)
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
  insert into everwatch.orgs (name) values (create_org.name) returning id into new_id;
  insert into everwatch.org_members (org_id, user_id, role) values (new_id, auth.uid(), 'owner');
  return new_id;
end
$$;

comment on function everwatch_private.create_org(text)
  is 'Makes an org with the signed-in user as its owner; what everwatch.create_org calls.';

revoke execute on function everwatch_private.create_org(text) from public;

create function everwatch.create_org(name text)
  returns uuid
  language sql set search_path = ''
  as $$
  select everwatch_private.create_org(name)
$$;

comment on function everwatch.create_org(text)
  is 'Makes an org with the signed-in user as its owner and returns its id.';

revoke execute on function everwatch.create_org(text) from public;
