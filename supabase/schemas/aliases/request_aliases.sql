-- For the owner of a project that has tables of its own: the aliases are made on request, and go again.
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
  is 'Drops the aliases in public, and makes none any more; returns what apply_aliases() does. Raises 2BP01 while something of the project''s uses one, and says what.';

revoke execute on function everwatch.make_aliases(), everwatch.withdraw_aliases() from public;
