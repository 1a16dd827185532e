-- Error budgets that burn too fast. Two windows must burn, a long one, so that it matters, and a short
-- one, so that it is over when it is over: the pairs and the rates are those of Google's SRE workbook
-- (https://sre.google/workbook/alerting-on-slos/).
create type everwatch_private.burn_severity as (severity text, threshold numeric, span text, rate numeric);

comment on type everwatch_private.burn_severity
  is 'How bad it is that an error budget burns; null where it does not, or not too fast.';

create function everwatch_private.burn_severity(
  policy everwatch.v_alert_policies,
  total bigint[],
  rates numeric[]
)
  returns everwatch_private.burn_severity
  language plpgsql immutable set search_path = ''
  as $$
begin
  return (
    -- The workbook's 14.4 is 2.4 times its 6: 2% of the budget in an hour, or 5% in six.
    select row(w.severity, w.threshold, w.span, rates[w.long])::everwatch_private.burn_severity
    from (
      values
        ('critical', 2.4 * policy.critical, 'an hour', 3, 1),
        ('critical', policy.critical, '6 hours', 4, 2),
        ('warning', policy.warning, '3 days', 5, 4)
    ) as w (severity, threshold, span, long, short)
    where total[w.long] >= policy.minimum_sample
      and rates[w.long] > w.threshold
      and rates[w.short] > w.threshold
    order by w.severity, w.threshold desc
    limit 1
  );
end
$$;

comment on function everwatch_private.burn_severity(everwatch.v_alert_policies, bigint[], numeric[])
  is 'How bad it is, by a policy, that an error budget burns at these rates over 5 minutes, 30 minutes, 1 hour, 6 hours and 3 days.';

create function everwatch_private.error_budget_burn_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select b.org_id, p.type, (s.burn).severity, 'objective', b.metric,
    format('%s%% of %s succeed', trim_scale(100 * b.target), b.metric),
    format(
      'Failed %s use up the error budget %s times as fast as its 30 days allow, over %s',
      b.metric, trim_scale(round((s.burn).rate, 2)), (s.burn).span
    ),
    round((s.burn).rate, 2),
    (s.burn).threshold
  from everwatch_private.burn_rates(error_budget_burn_conditions.at, error_budget_burn_conditions.org_id) as b
  join everwatch.v_alert_policies as p on p.org_id = b.org_id and p.type = 'error_budget_burn'
  cross join lateral (select everwatch_private.burn_severity(p, b.total, b.rates) as burn) as s
  where p.enabled and (s.burn).severity is not null;
end
$$;

comment on function everwatch_private.error_budget_burn_conditions(timestamptz, uuid)
  is 'Objectives whose error budget burns, by the multi-window rates of the SRE workbook: of one org or of all.';

revoke execute
  on function
    everwatch_private.burn_severity(everwatch.v_alert_policies, bigint[], numeric[]),
    everwatch_private.error_budget_burn_conditions(timestamptz, uuid)
  from public;
