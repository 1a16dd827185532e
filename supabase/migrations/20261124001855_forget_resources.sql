-- Deleting a webhook, a rule or an org deletes what is known of it, at the next refresh. No foreign key
-- does it at once, because whoever deletes would then wait for a refresh, or a refresh for them.
create function monitoring.forget_resources()
  returns void
  language plpgsql set search_path = '' set enable_nestloop = off
  as $$
begin
  with gone as (
    delete from monitoring.totals as t
    where not exists (
      select from monitoring.resources as r where r.source = t.source and r.id = t.resource_id
    )
    returning source, resource_id
  )
  delete from monitoring.rollups as r
  using gone
  where r.source = gone.source and r.resource_id = gone.resource_id;
end
$$;

comment on function monitoring.forget_resources()
  is 'Deletes the rollups and totals of webhooks, rules and orgs that are no longer there.';

revoke all on function monitoring.forget_resources() from public, anon, authenticated, service_role;
