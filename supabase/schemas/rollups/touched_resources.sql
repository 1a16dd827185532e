-- Which webhooks and rules a refresh has to work out again. Whoever changes one adds its id here and waits
-- for nobody, as the same id may come often. A refresh takes what is committed. What it
-- does not find here it leaves alone, however many there are.
create table everwatch_private.touched_resources (
  id bigint generated always as identity primary key,
  source everwatch_private.source not null,
  resource_id uuid not null
);

-- As `changes`, which it is emptied with.
alter table everwatch_private.touched_resources set(autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

comment on table everwatch_private.touched_resources
  is 'Webhooks, rules and orgs that changed since the last refresh, or that are gone.';
comment on column everwatch_private.touched_resources.resource_id
  is 'The webhook or the org; the rule, or the segment of rules.';

create function everwatch_private.touch_resources()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  insert into everwatch_private.touched_resources (source, resource_id)
  select tg_argv[0]::everwatch_private.source, id from changed;
  return null;
end
$$;

comment on function everwatch_private.touch_resources()
  is 'Has the next refresh look at the rows that a statement changed.';

-- A trigger with a transition table is about one kind of statement, and needs one for each.
create trigger touch_inserted
  after insert on everwatch.webhooks
  referencing new table as changed
  for each statement
  execute function everwatch_private.touch_resources('delivery');

create trigger touch_updated
  after update on everwatch.webhooks
  referencing new table as changed
  for each statement
  execute function everwatch_private.touch_resources('delivery');

create trigger touch_deleted
  after delete on everwatch.webhooks
  referencing old table as changed
  for each statement
  execute function everwatch_private.touch_resources('delivery');

create trigger touch_inserted
  after insert on everwatch.automation_rules
  referencing new table as changed
  for each statement
  execute function everwatch_private.touch_resources('execution');

create trigger touch_updated
  after update on everwatch.automation_rules
  referencing new table as changed
  for each statement
  execute function everwatch_private.touch_resources('execution');

create trigger touch_deleted
  after delete on everwatch.automation_rules
  referencing old table as changed
  for each statement
  execute function everwatch_private.touch_resources('execution');

-- The segment, not its rules: a rule may be given it in a transaction that this one does not see. One
-- that is deleted is taken from its rules, which touches them.
create trigger touch_updated
  after update on everwatch.segments
  referencing new table as changed
  for each statement
  execute function everwatch_private.touch_resources('execution');

create trigger touch_deleted
  after delete on everwatch.orgs
  referencing old table as changed
  for each statement
  execute function everwatch_private.touch_resources('request');

create function everwatch_private.touch_everything()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  insert into everwatch_private.touched_resources (source, resource_id)
  select source, id from everwatch_private.resources
  union
  select source, resource_id from everwatch_private.totals
  union
  select 'delivery', webhook_id from everwatch.mv_webhook_performance
  union
  select 'execution', rule_id from everwatch.mv_rule_performance;
end
$$;

comment on function everwatch_private.touch_everything()
  is 'Has the next refresh look at every webhook, rule and org: after rows changed without triggers.';

create function everwatch_private.touch_truncated()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform everwatch_private.touch_everything();
  return null;
end
$$;

comment on function everwatch_private.touch_truncated()
  is 'As touch_everything(), after a table was emptied at once.';

create trigger touch_truncated
  after truncate on everwatch.webhooks
  for each statement
  execute function everwatch_private.touch_truncated();

create trigger touch_truncated
  after truncate on everwatch.automation_rules
  for each statement
  execute function everwatch_private.touch_truncated();

create trigger touch_truncated
  after truncate on everwatch.orgs
  for each statement
  execute function everwatch_private.touch_truncated();

revoke execute
  on function
    everwatch_private.touch_resources(),
    everwatch_private.touch_everything(),
    everwatch_private.touch_truncated()
  from public;
