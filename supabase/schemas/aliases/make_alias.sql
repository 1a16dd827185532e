-- Making one alias, and dropping one. Both act as their caller, so that they give nobody a right.
create function everwatch_private.drop_alias(name text, kind text)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  readers text;
begin
  execute format(
    case kind when 'function' then 'drop function public.%I()' else 'drop view public.%I' end, name
  );
exception
  -- Postgres advises to drop what depends on it, which is not ours.
  when dependent_objects_still_exist then
    get stacked diagnostics readers = pg_exception_detail;
    raise exception 'public.% is still in use.', name using
      errcode = '2BP01',
      detail = readers,
      hint = format('Let what uses it use everwatch.%s instead, or drop it; then try again.', name);
end
$$;

comment on function everwatch_private.drop_alias(text, text)
  is 'Drops an alias. Raises 2BP01 while something of the project''s uses it, and says what.';

create function everwatch_private.make_alias(name text, kind text)
  returns text
  language plpgsql set search_path = ''
  as $$
declare
  create_view constant text := format(
    'view public.%1$I with (security_invoker = on) as select * from everwatch.%1$I', name
  );
  outcome text := 'made';
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
    return outcome;
  end if;

  begin
    execute 'create or replace ' || create_view;
  exception
    -- Its columns are others now.
    when invalid_table_definition then
      begin
        perform everwatch_private.drop_alias(name, kind);
        execute 'create ' || create_view;
      exception
        when dependent_objects_still_exist then outcome := 'kept';
      end;
  end;
  execute format(
    'revoke all on public.%1$I from public, anon, authenticated, service_role;
    grant select on public.%1$I to authenticated, service_role;
    comment on view public.%1$I is %2$L;',
    name, everwatch_private.alias_comment(name)
  );
  return outcome;
end
$$;

comment on function everwatch_private.make_alias(text, text)
  is 'Makes an alias in public, or renews it. Returns made; or kept, when something of the project''s reads it as it was before everwatch changed.';

revoke execute
  on function everwatch_private.drop_alias(text, text), everwatch_private.make_alias(text, text)
  from public;
