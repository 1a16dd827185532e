-- For the owner of a project that has tables of its own: the aliases are made on request, and go again.
create function everwatch_private.is_public_empty()
  returns boolean
  language sql stable set search_path = ''
  as $$
  select not exists (
    select
    from (
      select 'pg_class'::regclass as catalog, oid
      from pg_catalog.pg_class
      where relnamespace = to_regnamespace('public')
      union all
      select 'pg_proc'::regclass, oid
      from pg_catalog.pg_proc
      where pronamespace = to_regnamespace('public')
    ) as thing
    where not exists (
      select
      from pg_catalog.pg_depend as d
      where d.classid = thing.catalog and d.objid = thing.oid and d.deptype = 'e'
    )
  )
$$;

comment on function everwatch_private.is_public_empty()
  is 'Whether public holds nothing but what extensions brought: the schema of a fresh project.';

revoke execute on function everwatch_private.is_public_empty() from public;

create function everwatch.make_aliases()
  returns table(name text, outcome text)
  language plpgsql set search_path = ''
  as $$
begin
  update everwatch_private.settings as s set aliases = true where s.singleton;
  return query select * from everwatch.apply_aliases();
end
$$;

comment on function everwatch.make_aliases()
  is 'Makes the aliases in public whose names are free, now and with each release; returns what apply_aliases() does.';

create function everwatch.withdraw_aliases()
  returns table(name text, outcome text)
  language plpgsql set search_path = ''
  as $$
begin
  update everwatch_private.settings as s set aliases = false where s.singleton;
  return query select * from everwatch.apply_aliases();
end
$$;

comment on function everwatch.withdraw_aliases()
  is 'Drops the aliases in public, and makes none any more; returns what apply_aliases() does. Raises 2BP01 while something of the project''s reads one.';

revoke execute on function everwatch.make_aliases(), everwatch.withdraw_aliases() from public;
