-- Deleting a webhook, a rule or an org deletes what is known of it, at the next refresh. No foreign key
-- does it at once, because whoever deletes would then wait for a refresh, or a refresh for them.
create function everwatch_private.forget_resources(touched uuid[])
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
declare
  gone constant uuid[] := array(
    select t.id
    from unnest(touched) as t (id)
    -- The offset has each looked up, however many webhooks there are.
    cross join lateral (
      select exists (select from everwatch_private.resources as r where r.id = t.id offset 0) as is_there
    ) as r
    where not r.is_there
  );
begin
  if gone = '{}' then
    return;
  end if;

  with forgotten as (
    delete from everwatch_private.totals as t
    where t.source = any (array(select r.source from everwatch_private.raw_tables as r))
      and t.resource_id = any (gone)
    returning source, resource_id
  )
  delete from everwatch_private.rollups as r
  using forgotten as f
  where r.source = f.source and r.resource_id = f.resource_id;
end
$$;

comment on function everwatch_private.forget_resources(uuid[])
  is 'Deletes the rollups and totals of those of these webhooks, rules and orgs that are no longer there.';

revoke execute on function everwatch_private.forget_resources(uuid[]) from public;
