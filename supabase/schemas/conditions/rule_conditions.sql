-- Which rules are silent for longer than their own cadence explains: some times the longest gap
-- between their last 50 executions, and a day at least. The longest rather than the mean, because
-- rules run in bursts. A rule with few executions has no cadence yet.
create function everwatch_private.rule_not_triggering_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  return query
  select
    r.org_id,
    p.type,
    case when h.silent > h.critical then 'critical' when h.silent > h.warning then 'warning' end,
    'rule',
    r.id::text,
    r.name,
    format(
      'Rule has not triggered for %s hours; its longest recent gap was %s',
      round(h.silent, 1), round(recent.longest_gap, 1)
    ),
    round(h.silent, 1),
    round(case when h.silent > h.critical then h.critical else coalesce(h.warning, h.critical) end, 1)
  from everwatch.automation_rules as r
  join everwatch.v_alert_policies as p on p.org_id = r.org_id and p.type = 'rule_not_triggering'
  cross join lateral (
    select
      count(*) as known,
      max(x.executed_at) as last,
      extract(epoch from max(x.executed_at - x.previous)) / 3600 as longest_gap
    from (
      select
        e.executed_at,
        lead(e.executed_at) over (order by e.executed_at desc) as previous
      from everwatch.rule_executions as e
      where e.org_id = r.org_id
        and e.rule_id = r.id
        and e.executed_at <= rule_not_triggering_conditions.at
      order by e.executed_at desc
      limit 50
    ) as x
  ) as recent
  cross join lateral (
    select
      extract(epoch from rule_not_triggering_conditions.at - recent.last) / 3600 as silent,
      -- Null where there is no such level.
      case when p.warning > 0 then greatest(24, p.warning * recent.longest_gap) end as warning,
      case when p.critical > 0 then greatest(24, p.critical * recent.longest_gap) end as critical
  ) as h
  where r.enabled
    and p.enabled
    -- Nearly every rule ends here, at the time that is kept of its last execution.
    and not r.last_triggered_at between
      rule_not_triggering_conditions.at - interval '1 day' and rule_not_triggering_conditions.at
    and recent.known >= greatest(p.minimum_sample, 2)
    and h.silent > least(h.warning, h.critical)
    and r.org_id = any (orgs);
end
$$;

comment on function everwatch_private.rule_not_triggering_conditions(timestamptz, uuid)
  is 'Enabled rules that are silent for longer than their own cadence explains: of one org or of all.';

revoke execute
  on function everwatch_private.rule_not_triggering_conditions(timestamptz, uuid)
  from public;
