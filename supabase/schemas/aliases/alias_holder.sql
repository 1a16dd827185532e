-- Whose a name in public is. An alias is ours as long as it says so in its comment and is nothing but an
-- alias: `create or replace` keeps the comment of what it replaces.
create function everwatch_private.alias_comment(name text)
  returns text
  language sql immutable set search_path = ''
  as $$
  select format('Alias of everwatch.%s, for queries that name no schema. Made by Everwatch.', name)
$$;

comment on function everwatch_private.alias_comment(text)
  is 'What the comment of an alias says, by which it is known as ours.';

create function everwatch_private.is_alias_view(view oid, name text)
  returns boolean
  language sql stable set search_path = ''
  as $$
  -- Columns alone, perhaps by a name that they had before: no expression, and no condition.
  select regexp_replace(pg_get_viewdef(view), '\s+', ' ', 'g')
    ~ format('^ ?SELECT (([\w"]+\.)?[\w"]+( AS [\w"]+)?(, | (?=FROM)))+FROM everwatch\.%s;$', name)
$$;

comment on function everwatch_private.is_alias_view(oid, text)
  is 'Whether a view shows what has this name in everwatch, and does nothing else.';

create function everwatch_private.holder_of_alias(name text)
  returns text
  language sql stable set search_path = ''
  as $$
  select case
    when bool_or(taken.is_alias and taken.comment = everwatch_private.alias_comment(name)) then 'everwatch'
    when count(*) > 0 then 'project'
  end
  from (
    select
      obj_description(c.oid, 'pg_class'),
      case when c.relkind = 'v' then everwatch_private.is_alias_view(c.oid, c.relname) end
    from pg_catalog.pg_class as c
    where c.relnamespace = to_regnamespace('public') and c.relname = holder_of_alias.name
    union all
    select
      obj_description(p.oid, 'pg_proc'),
      p.pronargs = 0 and btrim(p.prosrc) = format('select everwatch.%I()', p.proname)
    from pg_catalog.pg_proc as p
    where p.pronamespace = to_regnamespace('public') and p.proname = holder_of_alias.name
    union all
    select null, false
    from pg_catalog.pg_type as t
    where t.typnamespace = to_regnamespace('public') and t.typname = holder_of_alias.name
      and t.typrelid = 0
  ) as taken (comment, is_alias)
$$;

comment on function everwatch_private.holder_of_alias(text)
  is 'Whose the table, view, function or type of this name in public is: everwatch, project, or null where there is none.';

create function everwatch_private.is_public_empty()
  returns boolean
  language sql stable set search_path = ''
  as $$
  select not exists (
    select
    from pg_catalog.pg_depend as thing
    where thing.refclassid = 'pg_namespace'::regclass
      and thing.refobjid = to_regnamespace('public')
      and thing.deptype = 'n'
      and thing.classid <> 'pg_extension'::regclass
      and not exists (
        select
        from pg_catalog.pg_depend as part
        where part.classid = thing.classid and part.objid = thing.objid and part.deptype = 'e'
      )
  )
$$;

comment on function everwatch_private.is_public_empty()
  is 'Whether public holds nothing but what extensions brought: the schema of a fresh project.';

revoke execute
  on function
    everwatch_private.alias_comment(text),
    everwatch_private.is_alias_view(oid, text),
    everwatch_private.holder_of_alias(text),
    everwatch_private.is_public_empty()
  from public;
