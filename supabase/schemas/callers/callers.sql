-- Who asks. Functions that read rollups as their owner must know whether the caller may see an org.
create function everwatch_private.reads_every_org()
  returns boolean
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    -- `role` is what the Data API set for this request; without it, the one who signed in. Unlike
    -- current_user, neither changes inside a security definer function.
    select coalesce(bool_or(r.rolsuper or r.rolbypassrls), false)
    from pg_catalog.pg_roles as r
    where r.rolname = coalesce(nullif(current_setting('role'), 'none'), session_user)
  );
end
$$;

comment on function everwatch_private.reads_every_org()
  is 'Whether row level security does not apply to the caller: the secret key, or the database''s owner.';

create function everwatch_private.may_read(org_id uuid)
  returns boolean
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select everwatch_private.reads_every_org()
      or may_read.org_id = any (array(select everwatch_private.my_org_ids()))
  );
end
$$;

comment on function everwatch_private.may_read(uuid)
  is 'Whether the caller may read what belongs to this org: its members, and whoever reads every org.';

revoke execute
  on function everwatch_private.reads_every_org(), everwatch_private.may_read(uuid)
  from public;
