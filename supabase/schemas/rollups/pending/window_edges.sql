-- What the windows of 24 hours and of 7 days hold of the hour in which they begin: of that hour the
-- totals have nothing, so it is counted from raw rows.
create view everwatch_private.window_edges
with
  (security_invoker = on) as
select
  edge.*
from
  everwatch_private.rollup_state as s
  cross join lateral (
    values
      (true, s.at - interval '24 hours', s.day_from),
      (false, s.at - interval '7 days', s.week_from)
  ) as edge (is_day, since, until);

comment on view everwatch_private.window_edges
  is 'The parts of an hour, two rows, with which the windows of a day and of a week begin.';

-- Org by org, as the index on time begins with it: a month of rows is not looked through for an hour of
-- them.
create function everwatch_private.delivery_edges(webhook_ids uuid[])
  returns table(resource_id uuid, day_rows bigint, day_failed bigint, week_rows bigint, week_failed bigint)
  language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
begin
  return query
  select d.webhook_id,
    count(*) filter (where d.is_day),
    count(*) filter (where d.is_day and d.status = 'failed'),
    count(*) filter (where not d.is_day),
    count(*) filter (where not d.is_day and d.status = 'failed')
  from (
    select edge.*, o.org_id
    from everwatch_private.window_edges as edge
    cross join (
      select distinct w.org_id
      from everwatch.webhooks as w
      where webhook_ids is null or w.id = any (webhook_ids)
    ) as o
  ) as span
  cross join lateral (
    select span.is_day, r.webhook_id, r.status
    from everwatch.webhook_deliveries as r
    where r.org_id = span.org_id and r.sent_at >= span.since and r.sent_at < span.until
    offset 0
  ) as d
  group by d.webhook_id;
end
$$;

comment on function everwatch_private.delivery_edges(uuid[])
  is 'Deliveries in window_edges, by the webhook: those of all webhooks of the orgs that have one of these; null asks for all.';

-- Rule by rule, as the index on executions begins with it.
create function everwatch_private.execution_edges(rule_ids uuid[])
  returns table(resource_id uuid, day_rows bigint, week_rows bigint)
  language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
begin
  return query
  select rule.id,
    sum(x.executions) filter (where edge.is_day)::bigint,
    sum(x.executions) filter (where not edge.is_day)::bigint
  from everwatch_private.window_edges as edge
  cross join everwatch.automation_rules as rule
  cross join lateral (
    select count(*) as executions
    from everwatch.rule_executions as r
    where r.org_id = rule.org_id and r.rule_id = rule.id
      and r.executed_at >= edge.since and r.executed_at < edge.until
  ) as x
  where rule_ids is null or rule.id = any (rule_ids)
  group by rule.id;
end
$$;

comment on function everwatch_private.execution_edges(uuid[])
  is 'Executions in window_edges, by the rule; null asks for all.';

revoke execute
  on function everwatch_private.delivery_edges(uuid[]), everwatch_private.execution_edges(uuid[])
  from public;
