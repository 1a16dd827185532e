-- Executions are stored or known; none changes.
create function everwatch_private.store_rule_executions(
  rows everwatch.rule_executions[],
  ids uuid[],
  with_repeats boolean
)
  returns everwatch_private.rejection[]
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan
  as $$
declare
  rejected constant everwatch_private.rejection[] := everwatch_private.judge_rule_executions(rows);
  known constant uuid[] := array(select x.id from everwatch.rule_executions as x where x.id = any (ids));
begin
  if rejected <> '{}' then
    rows := everwatch_private.set_aside(rows, array(select j.place from unnest(rejected) as j));
  end if;
  if with_repeats then
    rows := everwatch_private.set_aside(rows, everwatch_private.repeats(array(select e.id from unnest(rows) as e)));
  end if;
  insert into everwatch.rule_executions (
    id, org_id, rule_id, status, duration_ms, affected_contacts, error, executed_at
  )
  select coalesce(e.id, gen_random_uuid()),
    (select r.org_id from everwatch.automation_rules as r where r.id = e.rule_id),
    e.rule_id, e.status, e.duration_ms, coalesce(e.affected_contacts, 0), e.error,
    coalesce(e.executed_at, now())
  from unnest(rows) with ordinality as e
  where e.rule_id is not null and (e.id is null or e.id <> all (known))
  order by e.ordinality;
  return rejected;
end
$$;

comment on function everwatch_private.store_rule_executions(everwatch.rule_executions[], uuid[], boolean)
  is 'Stores executions and returns those that cannot be. ids: those of all rows of the batch.';

revoke execute
  on function everwatch_private.store_rule_executions(everwatch.rule_executions[], uuid[], boolean)
  from public;
