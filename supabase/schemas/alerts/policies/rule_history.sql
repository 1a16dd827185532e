-- For how long rules were silent, beside the cadence that each had at the time.
create function everwatch_private.rule_not_triggering_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  with execution as (
    select r.id, r.name, e.executed_at as at,
      e.executed_at - lag(e.executed_at) over past as gap,
      least(50, row_number() over past) as known,
      lead(e.executed_at, 1, until) over past as ends
    from everwatch.automation_rules as r
    cross join lateral (
      -- With what came before, which the cadence is made of.
      (
        select b.executed_at
        from everwatch.rule_executions as b
        where b.org_id = r.org_id and b.rule_id = r.id and b.executed_at < since
        order by b.executed_at desc
        limit 51
      )
      union all
      select d.executed_at
      from everwatch.rule_executions as d
      where d.org_id = r.org_id
        and d.rule_id = r.id
        and d.executed_at >= since
        and d.executed_at < until
    ) as e
    where r.org_id = policy.org_id and r.enabled
    window past as (partition by r.id order by e.executed_at)
  ),
  cadence as (
    select x.*,
      extract(epoch from max(x.gap) over (
        partition by x.id order by x.at rows between 49 preceding and current row
      )) / 3600 as longest_gap
    from execution as x
  )
  -- A hundred years at most: longer intervals cannot be added to a time.
  select 'rule', c.id::text, c.name, l.at, l.severity, l.severity is null
  from cadence as c
  cross join lateral (
    values
      (c.at, null),
      (c.at + interval '1 hour' * least(greatest(24, policy.warning * c.longest_gap), 876000)::float8, 'warning'),
      (c.at + interval '1 hour' * least(greatest(24, policy.critical * c.longest_gap), 876000)::float8, 'critical')
  ) as l (at, severity)
  where l.at < c.ends
    and (l.severity is null or c.known >= greatest(policy.minimum_sample, 2))
    and case l.severity
      when 'warning' then policy.warning is not null
      when 'critical' then policy.critical is not null
      else true
    end
$$;

comment on function everwatch_private.rule_not_triggering_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'For how long an org''s enabled rules were silent, from their last execution before `since` on.';

revoke execute
  on function everwatch_private.rule_not_triggering_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  from public;
