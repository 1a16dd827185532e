-- Groups of contacts at which automation rules aim. The contacts are the portal's; only the size of
-- a group is known here.
create table everwatch.segments (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  name text not null check (length(name) between 1 and 200),
  member_count integer not null default 0 check (member_count >= 0),
  created_at timestamptz not null default now(),
  unique (org_id, id)
);

comment on table everwatch.segments is 'Groups of contacts at which automation rules aim.';
comment on column everwatch.segments.member_count
  is 'Contacts in the segment when it was last computed; written with the secret key only.';

alter table everwatch.segments enable row level security;

grant select, insert (org_id, name), update (name), delete on everwatch.segments to authenticated;
grant select, insert, update, delete on everwatch.segments to service_role;

create policy "members read their orgs' segments"
  on everwatch.segments
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "all but viewers add segments"
  on everwatch.segments
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers change segments"
  on everwatch.segments
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers delete segments"
  on everwatch.segments
  for delete
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

-- What an org has set to happen by itself. `trigger_count` and `last_triggered_at` are kept by the
-- executions' trigger.
create table everwatch.automation_rules (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  name text not null check (length(name) between 1 and 200),
  type text not null check (type ~ '^[a-z][a-z0-9_]{0,99}$'),
  segment_id uuid,
  enabled boolean not null default true,
  trigger_count bigint not null default 0 check (trigger_count >= 0),
  last_triggered_at timestamptz,
  created_at timestamptz not null default now(),
  unique (org_id, id),
  foreign key (org_id, segment_id) references everwatch.segments (org_id, id) on delete set null (segment_id),
  check ((trigger_count = 0) = (last_triggered_at is null))
);

create index automation_rules_segment_idx on everwatch.automation_rules (org_id, segment_id);

comment on table everwatch.automation_rules
  is 'Automations of an org: when something holds for contacts of a segment, act on them.';
comment on column everwatch.automation_rules.type
  is 'What the rule watches, for example warmth_threshold, no_touch_days or stage_change.';
comment on column everwatch.automation_rules.segment_id
  is 'The contacts it is about; null for all of the org''s.';
comment on column everwatch.automation_rules.trigger_count
  is 'Executions ever recorded, failed ones too; deleting old executions leaves it as it is.';
comment on column everwatch.automation_rules.last_triggered_at
  is 'The latest executed_at of an execution; null when there was none.';

alter table everwatch.automation_rules enable row level security;

grant select, insert (org_id, name, type, segment_id, enabled), update (name, type, segment_id, enabled), delete
  on everwatch.automation_rules
  to authenticated;
grant select, insert, update, delete on everwatch.automation_rules to service_role;

create policy "members read their orgs' rules"
  on everwatch.automation_rules
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "all but viewers add rules"
  on everwatch.automation_rules
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers change rules"
  on everwatch.automation_rules
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers delete rules"
  on everwatch.automation_rules
  for delete
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));
