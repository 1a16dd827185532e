-- Which rules are silent for longer than their own cadence explains: twice the longest gap between
-- their last 50 executions, and a day at least. The longest rather than the mean, because rules run
-- in bursts. A rule with fewer than 5 executions has no cadence yet.
create view monitoring.rule_conditions
with
  (security_invoker = on) as
select
  r.org_id,
  'rule_not_triggering' as type,
  'warning' as severity,
  'rule' as resource_type,
  r.id::text as resource_id,
  r.name as resource_name,
  format('Rule has not triggered for %s hours; its longest recent gap was %s', h.silent, h.gap) as message,
  h.silent as value,
  h.allowed as threshold
from
  public.automation_rules as r
  cross join lateral (
    select
      count(*) as known,
      max(x.executed_at) as last,
      max(x.executed_at - x.previous) as longest_gap
    from
      (
        select
          e.executed_at,
          lead(e.executed_at) over (order by e.executed_at desc) as previous
        from
          public.rule_executions as e
        where
          e.org_id = r.org_id
          and e.rule_id = r.id
        order by
          e.executed_at desc
        limit
          50
      ) as x
  ) as recent
  cross join lateral (
    select
      round(extract(epoch from now() - recent.last) / 3600, 1) as silent,
      round(extract(epoch from recent.longest_gap) / 3600, 1) as gap,
      round(greatest(24, 2 * extract(epoch from recent.longest_gap) / 3600), 1) as allowed
  ) as h
where
  r.enabled
  and recent.known >= 5
  and h.silent > h.allowed;

comment on view monitoring.rule_conditions
  is 'The part of v_alert_conditions that is about automation rules.';

revoke all on monitoring.rule_conditions from public, anon, authenticated, service_role;
grant select on monitoring.rule_conditions to authenticated, service_role;
