-- One row for each time that a rule ran. Rows are added and, when old, deleted; never changed. The
-- table is partitioned by month, as webhook_deliveries is.
create table public.rule_executions (
  id uuid not null default gen_random_uuid(),
  org_id uuid not null,
  rule_id uuid not null,
  status text not null check (status in ('success', 'failed')),
  duration_ms integer not null check (duration_ms >= 0),
  affected_contacts integer not null default 0 check (affected_contacts >= 0),
  error text check (length(error) <= 10000),
  executed_at timestamptz not null default now() check (isfinite(executed_at)),
  foreign key (org_id, rule_id) references public.automation_rules (org_id, id) on delete cascade
)
partition by
  range (executed_at);

create table monitoring.rule_executions_default partition of public.rule_executions (primary key (id)) default;

create index rule_executions_by_rule_idx
  on public.rule_executions (org_id, rule_id, executed_at desc);

comment on table public.rule_executions is 'Runs of automation rules, one row each.';
comment on table monitoring.rule_executions_default
  is 'Executions of months that have no partition.';
comment on column public.rule_executions.id
  is 'Unique within a month; track_events keeps it unique over all.';
comment on column public.rule_executions.org_id is 'The rule''s org; filled in when left out.';
comment on column public.rule_executions.duration_ms
  is 'Milliseconds from start to end of the run.';
comment on column public.rule_executions.affected_contacts is 'Contacts on which the run acted.';
comment on column public.rule_executions.executed_at is 'When the rule ran.';

alter table public.rule_executions enable row level security;

revoke all on public.rule_executions from public, anon, authenticated, service_role;
revoke all on monitoring.rule_executions_default from public, anon, authenticated, service_role;
grant select on public.rule_executions to authenticated;
grant select, insert, delete on public.rule_executions to service_role;

create policy "members read their orgs' executions"
  on public.rule_executions
  for select
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids())));

create function monitoring.fill_in_org_of_rule()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  select org_id into new.org_id from public.automation_rules where id = new.rule_id;
  return new;
end
$$;

comment on function monitoring.fill_in_org_of_rule()
  is 'Gives an execution without org_id its rule''s.';

revoke all
  on function monitoring.fill_in_org_of_rule()
  from public, anon, authenticated, service_role;

create trigger fill_in_org
  before insert on public.rule_executions
  for each row
  when (new.org_id is null)
  execute function monitoring.fill_in_org_of_rule();

create trigger keep_history
  before update on public.rule_executions
  for each row
  execute function monitoring.keep_history('an execution does not change');

create function monitoring.count_executions()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  -- Locked in one order for all, so that two batches with the same rules cannot deadlock.
  perform from public.automation_rules
  where id in (select rule_id from executions)
  order by id
  for no key update;

  update public.automation_rules as rule
  set trigger_count = rule.trigger_count + added.executions,
    last_triggered_at = greatest(rule.last_triggered_at, added.last_executed_at)
  from (
    select rule_id, count(*) as executions, max(executed_at) as last_executed_at
    from executions
    group by rule_id
  ) as added
  where rule.id = added.rule_id;
  return null;
end
$$;

comment on function monitoring.count_executions()
  is 'Adds a statement''s new executions to their rules'' trigger_count and last_triggered_at.';

revoke all on function monitoring.count_executions() from public, anon, authenticated, service_role;

create trigger count_executions
  after insert on public.rule_executions
  referencing new table as executions
  for each statement
  execute function monitoring.count_executions();
