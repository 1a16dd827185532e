-- One row for each time that a rule ran. Rows are added and, when old, deleted; never changed. The
-- table is partitioned by month, as webhook_deliveries is.
create table everwatch.rule_executions (
  id uuid not null default gen_random_uuid(),
  org_id uuid not null,
  rule_id uuid not null,
  status text not null check (status in ('success', 'failed')),
  duration_ms integer check (duration_ms >= 0),
  affected_contacts integer not null default 0 check (affected_contacts >= 0),
  error text check (length(error) <= 10000),
  executed_at timestamptz not null default now() check (isfinite(executed_at)),
  foreign key (org_id, rule_id) references everwatch.automation_rules (org_id, id) on delete cascade
)
partition by
  range (executed_at);

create table everwatch_private.rule_executions_default partition of everwatch.rule_executions (primary key (id)) default;

create index rule_executions_by_rule_idx
  on everwatch.rule_executions (org_id, rule_id, executed_at desc);

comment on table everwatch.rule_executions is 'Runs of automation rules, one row each.';
comment on table everwatch_private.rule_executions_default
  is 'Executions of months that have no partition.';
comment on column everwatch.rule_executions.id
  is 'Unique within a month; track_events keeps it unique over all.';
comment on column everwatch.rule_executions.org_id is 'The rule''s org; filled in when left out.';
comment on column everwatch.rule_executions.duration_ms
  is 'Milliseconds from start to end of the run; null when it is not known.';
comment on column everwatch.rule_executions.affected_contacts is 'Contacts on which the run acted.';
comment on column everwatch.rule_executions.executed_at is 'When the rule ran.';
comment on constraint rule_executions_status_check on everwatch.rule_executions
  is 'status must be success or failed';
comment on constraint rule_executions_duration_ms_check on everwatch.rule_executions
  is 'duration_ms must not be below 0';
comment on constraint rule_executions_affected_contacts_check on everwatch.rule_executions
  is 'affected_contacts must not be below 0';
comment on constraint rule_executions_error_check on everwatch.rule_executions
  is 'error must be text of up to 10000 characters';
comment on constraint rule_executions_executed_at_check on everwatch.rule_executions
  is 'executed_at must be finite';

select
  everwatch_private.make_judge('rule_execution', 'everwatch.rule_executions', 'executed_at', filled_in => '{org_id}');

alter table everwatch.rule_executions enable row level security;

grant select on everwatch.rule_executions to authenticated;
grant select, insert, delete on everwatch.rule_executions to service_role;

create policy "members read their orgs' executions"
  on everwatch.rule_executions
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create function everwatch_private.fill_in_org_of_rule()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  select org_id into new.org_id from everwatch.automation_rules where id = new.rule_id;
  return new;
end
$$;

comment on function everwatch_private.fill_in_org_of_rule()
  is 'Gives an execution without org_id its rule''s.';

revoke execute on function everwatch_private.fill_in_org_of_rule() from public;

create trigger fill_in_org
  before insert on everwatch.rule_executions
  for each row
  when (new.org_id is null)
  execute function everwatch_private.fill_in_org_of_rule();

create trigger keep_history
  before update on everwatch.rule_executions
  for each row
  execute function everwatch_private.keep_history('an execution does not change');

create function everwatch_private.count_executions()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  -- Locked in one order for all, so that two batches with the same rules cannot deadlock.
  perform from everwatch.automation_rules
  where id in (select rule_id from executions)
  order by id
  for no key update;

  update everwatch.automation_rules as rule
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

comment on function everwatch_private.count_executions()
  is 'Adds a statement''s new executions to their rules'' trigger_count and last_triggered_at.';

revoke execute on function everwatch_private.count_executions() from public;

create trigger count_executions
  after insert on everwatch.rule_executions
  referencing new table as executions
  for each statement
  execute function everwatch_private.count_executions();
