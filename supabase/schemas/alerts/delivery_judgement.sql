-- Failing webhooks are judged in the transaction that tracks the delivery, not at the next minute:
-- count_deliveries calls this with the webhooks whose counters it may have written.
create function everwatch_private.judge_webhooks(webhook_ids uuid[])
  returns void
  language plpgsql set search_path = ''
  -- Whoever holds an alert's row has it for a moment; if not, the evaluation will judge.
  set lock_timeout = '2s'
  -- Every failed delivery comes by here: planning each time would cost more than all the rest.
  set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  conditions everwatch_private.condition[];
  fingerprints text[];
begin
  conditions := array(select c from everwatch_private.webhook_failures(webhook_ids) as c);
  -- Few failures cross a threshold: the fifth, the tenth, and the success that ends them.
  fingerprints := array(
    select f.fingerprint
    from everwatch.webhooks as w
    cross join lateral (
      select everwatch_private.fingerprint(w.org_id, 'webhook_failure', 'webhook', w.id::text)
    ) as f (fingerprint)
    left join unnest(conditions) as c on c.resource_id = w.id::text
    left join everwatch_private.alerts as a on a.fingerprint = f.fingerprint and a.state <> 'resolved'
    where w.id = any (webhook_ids)
      and c.severity is distinct from case when a.state in ('pending', 'firing') then a.severity end
  );
  if fingerprints <> '{}' then
    perform everwatch_private.judge(
      'webhook_failure',
      now(),
      array(
        select a.id
        from everwatch_private.alerts as a
        where a.fingerprint = any (fingerprints) and a.state <> 'resolved'
        order by a.id
        for update
      ),
      conditions
    );
  end if;
exception
  -- A delivery that was made is tracked, whatever becomes of its alert.
  when others then
    raise warning 'webhook_failure could not be judged: %: %', sqlstate, sqlerrm;
    -- One a minute is enough: each failed delivery comes by here.
    if not exists (
      select
      from everwatch_private.evaluation_errors as e
      where e.at > now() - interval '1 minute' and e.during = 'delivery'
    ) then
      insert into everwatch_private.evaluation_errors (at, type, during, error)
      values (now(), 'webhook_failure', 'delivery', format('%s: %s', sqlstate, sqlerrm));
    end if;
end
$$;

comment on function everwatch_private.judge_webhooks(uuid[])
  is 'Brings the alerts of failing webhooks in line with their counters. Never raises: a failure is recorded in evaluation_errors, and the next evaluation judges.';

revoke execute on function everwatch_private.judge_webhooks(uuid[]) from public;
