-- What an org has set to happen by itself. `trigger_count` and `last_triggered_at` are kept by the
-- executions' trigger.
create table public.automation_rules (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.orgs (id) on delete cascade,
  name text not null check (length(name) between 1 and 200),
  type text not null check (type ~ '^[a-z][a-z0-9_]{0,99}$'),
  segment_id uuid,
  enabled boolean not null default true,
  trigger_count bigint not null default 0 check (trigger_count >= 0),
  last_triggered_at timestamptz,
  created_at timestamptz not null default now(),
  unique (org_id, id),
  foreign key (org_id, segment_id) references public.segments (org_id, id) on delete set null (segment_id),
  check ((trigger_count = 0) = (last_triggered_at is null))
);

create index automation_rules_segment_idx on public.automation_rules (org_id, segment_id);

comment on table public.automation_rules
  is 'Automations of an org: when something holds for contacts of a segment, act on them.';
comment on column public.automation_rules.type
  is 'What the rule watches, for example warmth_threshold, no_touch_days or stage_change.';
comment on column public.automation_rules.segment_id
  is 'The contacts it is about; null for all of the org''s.';
comment on column public.automation_rules.trigger_count
  is 'Executions ever recorded, failed ones too; deleting old executions leaves it as it is.';
comment on column public.automation_rules.last_triggered_at
  is 'The latest executed_at of an execution; null when there was none.';

alter table public.automation_rules enable row level security;

revoke all on public.automation_rules from public, anon, authenticated, service_role;
grant select, insert (org_id, name, type, segment_id, enabled), update (name, type, segment_id, enabled), delete
  on public.automation_rules
  to authenticated;
grant select, insert, update, delete on public.automation_rules to service_role;

create policy "members read their orgs' rules"
  on public.automation_rules
  for select
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids())));

create policy "all but viewers add rules"
  on public.automation_rules
  for insert
  to authenticated
  with check (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers change rules"
  on public.automation_rules
  for update
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers delete rules"
  on public.automation_rules
  for delete
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin', 'member']))));
