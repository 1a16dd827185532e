-- Aliases follow what is stored: whether they are wanted, and what `everwatch` has. A name that somebody
-- else took is left alone.
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
    if alias.holder = 'project' then
      outcome := 'taken';
      return next;
    elsif wanted then
      outcome := everwatch_private.make_alias(alias.name, alias.kind);
      return next;
    elsif alias.holder = 'everwatch' then
      perform everwatch_private.drop_alias(alias.name, alias.kind);
      outcome := 'withdrawn';
      return next;
    end if;
  end loop;
end
$$;

comment on function everwatch.apply_aliases()
  is 'Makes the aliases in public, or withdraws them, as settings.aliases says; each release ends with it. Where that is null it becomes whether public is empty. Returns each alias as made; kept, with its earlier columns, since something of the project''s reads it; withdrawn; or taken: a name that the project uses itself, and keeps.';

create function everwatch_private.missing_aliases()
  returns table(part text, detail text, remedy text)
  language sql stable set search_path = ''
  as $$
  select 'alias', format('public.%s is not there', a.name), 'select everwatch.repair()'
  from everwatch_private.aliases as a
  cross join everwatch_private.settings as s
  where s.aliases and everwatch_private.holder_of_alias(a.name) is null
  order by a.name
$$;

comment on function everwatch_private.missing_aliases()
  is 'Aliases that are wanted and whose names nobody has.';

revoke execute
  on function everwatch.apply_aliases(), everwatch_private.missing_aliases()
  from public;
