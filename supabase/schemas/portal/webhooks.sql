-- Where an org wants to be told of events. `consecutive_failures` and `last_failure_at` are kept by
-- the deliveries' triggers; a healthy webhook's row is not written when a delivery succeeds, so the
-- time of the last success is the newest delivery that was sent.
create table everwatch.webhooks (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  url text not null check (url ~* '^https?://[^\s/?#]+[^\s]*$' and length(url) <= 2048),
  enabled boolean not null default true,
  consecutive_failures integer not null default 0 check (consecutive_failures >= 0),
  last_failure_at timestamptz,
  created_at timestamptz not null default now(),
  unique (org_id, id),
  check (consecutive_failures = 0 or last_failure_at is not null)
);

comment on table everwatch.webhooks is 'Endpoints to which an org''s events are delivered.';
comment on column everwatch.webhooks.url
  is 'Absolute http or https address, up to 2048 characters.';
comment on column everwatch.webhooks.consecutive_failures
  is 'Failed deliveries since the last one that was sent, in the order in which they were committed.';
comment on column everwatch.webhooks.last_failure_at
  is 'The latest sent_at of a failed delivery; null when none ever failed.';

alter table everwatch.webhooks enable row level security;

grant select, insert (org_id, url, enabled), update (url, enabled), delete
  on everwatch.webhooks
  to authenticated;
grant select, insert, update, delete on everwatch.webhooks to service_role;

create policy "members read their orgs' webhooks"
  on everwatch.webhooks
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "all but viewers add webhooks"
  on everwatch.webhooks
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers change webhooks"
  on everwatch.webhooks
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers delete webhooks"
  on everwatch.webhooks
  for delete
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));
