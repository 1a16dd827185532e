-- Who may do what is asked in one place: the orgs in which the caller has one of some roles. The
-- policies compare with `= any (array(select …))`: read once a statement, and usable by an index.
create function everwatch_private.my_org_ids(
  roles text[] default array['owner', 'admin', 'member', 'viewer']
)
  returns setof uuid
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  -- In plpgsql, which keeps the plan: in SQL each reader of each table would wait for it anew.
  return query
  select m.org_id
  from everwatch.org_members as m
  where m.user_id = auth.uid() and m.role = any (roles);
end
$$;

comment on function everwatch_private.my_org_ids(text[])
  is 'The orgs in which the signed-in user has one of these roles (default: any); none without a session.';

revoke execute on function everwatch_private.my_org_ids(text[]) from public;
