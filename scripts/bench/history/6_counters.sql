-- The rows came in without triggers, which a bulk load does not want: what these keep, at once.
create function bench.count_history() returns void language sql set search_path = '' as $$
  update everwatch.webhooks as w
  set consecutive_failures = counted.trailing, last_failure_at = counted.last_failure_at
  from (
    select d.webhook_id, max(d.sent_at) filter (where d.status = 'failed') as last_failure_at,
      count(*) filter (
        where d.status = 'failed' and d.sent_at > coalesce(s.last_success_at, '-infinity')
      ) as trailing
    from everwatch.webhook_deliveries as d
    join (
      select webhook_id, max(sent_at) filter (where status = 'sent') as last_success_at
      from everwatch.webhook_deliveries
      group by webhook_id
    ) as s using (webhook_id)
    group by d.webhook_id
  ) as counted
  where counted.webhook_id = w.id and counted.last_failure_at is not null;

  update everwatch.automation_rules as r
  set trigger_count = counted.total, last_triggered_at = counted.last_executed_at
  from (
    select rule_id, count(*) as total, max(executed_at) as last_executed_at
    from everwatch.rule_executions
    group by rule_id
  ) as counted
  where counted.rule_id = r.id
$$;
