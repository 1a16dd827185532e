-- Deleting a webhook, a rule or an org deletes what is known of it, at the next refresh. No foreign key
-- does it at once, because whoever deletes would then wait for a refresh, or a refresh for them.
create function everwatch_private.forget_resources()
  returns void
  language plpgsql set search_path = '' set enable_nestloop = off
  as $$
begin
  with gone as (
    delete from everwatch_private.totals as t
    where not exists (
      select from everwatch_private.resources as r where r.source = t.source and r.id = t.resource_id
    )
    returning source, resource_id
  )
  delete from everwatch_private.rollups as r
  using gone
  where r.source = gone.source and r.resource_id = gone.resource_id;
end
$$;

comment on function everwatch_private.forget_resources()
  is 'Deletes the rollups and totals of webhooks, rules and orgs that are no longer there.';

revoke execute on function everwatch_private.forget_resources() from public;
