-- Judging one type of alert, for all orgs or for one.
create function everwatch_private.evaluate_type(
  of_type text,
  prepare text,
  at timestamptz,
  org_id uuid
)
  returns integer
  language plpgsql set search_path = ''
  as $$
declare
  locked uuid[];
  conditions everwatch_private.condition[];
begin
  if prepare is not null then
    execute format('select everwatch_private.%I($1)', prepare) using evaluate_type.at;
  end if;
  -- An alert that is locked is being judged by whoever tracks a delivery, from newer counters:
  -- waiting for that could deadlock, and is not needed. Conditions are measured after the lock.
  locked := array(
    select a.id
    from everwatch_private.alerts as a
    where a.state <> 'resolved'
      and a.type = of_type
      and (evaluate_type.org_id is null or a.org_id = evaluate_type.org_id)
    order by a.id
    for update skip locked
  );
  conditions := array(
    select c from everwatch_private.conditions_of(of_type, evaluate_type.at, evaluate_type.org_id) as c
  );
  return everwatch_private.judge(of_type, evaluate_type.at, locked, conditions);
exception
  -- Whatever is wrong with one type, the others are judged.
  when others or query_canceled then
    raise warning '% could not be judged: %: %', of_type, sqlstate, sqlerrm;
    insert into everwatch_private.evaluation_errors (at, type, during, error)
    values (evaluate_type.at, of_type, 'evaluation', format('%s: %s', sqlstate, sqlerrm));
    return null;
end
$$;

comment on function everwatch_private.evaluate_type(text, text, timestamptz, uuid)
  is 'Brings the alerts of one type, of all orgs or of one, in line with what is true as of `at`, and returns the number of events; null when it could not be judged, which is then in evaluation_errors.';

revoke execute
  on function everwatch_private.evaluate_type(text, text, timestamptz, uuid)
  from public;
