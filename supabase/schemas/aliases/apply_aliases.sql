-- Aliases follow what is stored: whether they are wanted, and what `everwatch` has. An alias is ours as
-- long as it says so in its comment; a name that somebody else took is left alone.
create function everwatch_private.alias_comment(name text)
  returns text
  language sql immutable set search_path = ''
  as $$
  select format('Alias of everwatch.%s, for queries that name no schema. Made by Everwatch.', name)
$$;

comment on function everwatch_private.alias_comment(text)
  is 'What the comment of an alias says, by which it is known as ours.';

revoke execute on function everwatch_private.alias_comment(text) from public;

create function everwatch_private.holder_of_alias(name text)
  returns text
  language sql stable set search_path = ''
  as $$
  select case
    when bool_or(taken.comment = everwatch_private.alias_comment(name)) then 'everwatch'
    when count(*) > 0 then 'project'
  end
  from (
    select obj_description(c.oid, 'pg_class')
    from pg_catalog.pg_class as c
    where c.relnamespace = to_regnamespace('public') and c.relname = holder_of_alias.name
    union all
    select obj_description(p.oid, 'pg_proc')
    from pg_catalog.pg_proc as p
    where p.pronamespace = to_regnamespace('public') and p.proname = holder_of_alias.name
    union all
    select null
    from pg_catalog.pg_type as t
    where t.typnamespace = to_regnamespace('public') and t.typname = holder_of_alias.name
      and t.typrelid = 0
  ) as taken (comment)
$$;

comment on function everwatch_private.holder_of_alias(text)
  is 'Whose something of this name in public is: everwatch, project, or null where the name is free.';

revoke execute on function everwatch_private.holder_of_alias(text) from public;

create function everwatch_private.make_alias(name text, kind text)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  if kind = 'function' then
    execute format(
      'create or replace function public.%1$I() returns jsonb language sql set search_path = ''''
        as $alias$ select everwatch.%1$I() $alias$;
      revoke all on function public.%1$I() from public, anon, authenticated;
      grant execute on function public.%1$I() to service_role;
      comment on function public.%1$I() is %2$L;',
      name, everwatch_private.alias_comment(name)
    );
  else
    begin
      execute format(
        'create or replace view public.%1$I with (security_invoker = on) as select * from everwatch.%1$I',
        name
      );
    exception
      -- Its columns are others now; a view of the owner's that reads it keeps this from happening.
      when invalid_table_definition then
        execute format(
          'drop view public.%1$I;
          create view public.%1$I with (security_invoker = on) as select * from everwatch.%1$I',
          name
        );
    end;
    execute format(
      'revoke all on public.%1$I from public, anon, authenticated, service_role;
      grant select on public.%1$I to authenticated, service_role;
      comment on view public.%1$I is %2$L;',
      name, everwatch_private.alias_comment(name)
    );
  end if;
end
$$;

comment on function everwatch_private.make_alias(text, text)
  is 'Makes an alias in public, or renews it. It acts as its caller, so that it gives nobody a right.';

revoke execute on function everwatch_private.make_alias(text, text) from public;

create function everwatch.apply_aliases()
  returns table(name text, outcome text)
  language plpgsql set search_path = ''
  as $$
declare
  alias record;
  wanted boolean;
begin
  update everwatch_private.settings as s
  set aliases = everwatch_private.is_public_empty()
  where s.aliases is null;
  select s.aliases into strict wanted from everwatch_private.settings as s;

  for alias in
    select a.name, a.kind, everwatch_private.holder_of_alias(a.name) as holder
    from everwatch_private.aliases as a
    order by a.name
  loop
    name := alias.name;
    outcome := case
      when alias.holder = 'project' then 'taken'
      when wanted then 'made'
      when alias.holder = 'everwatch' then 'withdrawn'
    end;
    if outcome = 'made' then
      perform everwatch_private.make_alias(alias.name, alias.kind);
    elsif outcome = 'withdrawn' then
      execute format(
        case alias.kind when 'function' then 'drop function public.%I()' else 'drop view public.%I' end,
        alias.name
      );
    end if;
    if outcome is not null then
      return next;
    end if;
  end loop;
end
$$;

comment on function everwatch.apply_aliases()
  is 'Makes the aliases in public, or withdraws them, as settings.aliases says; each release ends with it. Where that is null it becomes whether public is empty. Returns each alias as made, withdrawn, or taken: a name that the project uses itself, and keeps.';

revoke execute on function everwatch.apply_aliases() from public;
