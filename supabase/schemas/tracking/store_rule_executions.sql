-- Executions are stored or known; none changes.
create function everwatch_private.store_rule_executions(events jsonb, ids uuid[], checked boolean)
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan
  as $$
declare
  known constant uuid[] := array(select x.id from everwatch.rule_executions as x where x.id = any (ids));
begin
  insert into everwatch.rule_executions (
    id, org_id, rule_id, status, duration_ms, affected_contacts, error, executed_at
  )
  select coalesce(e.id, gen_random_uuid()),
    (select r.org_id from everwatch.automation_rules as r where r.id = e.rule_id),
    e.rule_id, e.status, e.duration_ms, e.affected_contacts, e.error, coalesce(e.executed_at, now())
  from jsonb_array_elements(events) with ordinality as _ (body, position)
  cross join lateral jsonb_to_record(body) as e (
    id uuid, rule_id uuid, status text, duration_ms integer, affected_contacts integer, error text,
    executed_at timestamptz
  )
  where body ->> 'type' = 'rule_execution'
    and case
      when checked
        or to_jsonb(e) @> body - '{type,index,executed_at}'::text[]
          and (
            body ->> 'executed_at' is null
            or body ->> 'executed_at' like '____-__-__T__:__:__%'
              and translate(body ->> 'executed_at', '0123456789', '') in ('--T::Z', '--T::.Z', '--T::+:', '--T::.+:')
              and e.executed_at <= now() + interval '5 minutes'
          )
        then e.id is null or e.id <> all (known)
      else everwatch_private.refuse_batch()
    end
  order by position;
end
$$;

comment on function everwatch_private.store_rule_executions(jsonb, uuid[], boolean)
  is 'Stores the executions among events, whose ids are given too.';

revoke execute
  on function everwatch_private.store_rule_executions(jsonb, uuid[], boolean)
  from public;
