-- How fast an error budget burns: 1 uses it up in just its 30 days. Two windows must burn, a long one,
-- so that it matters, and a short one, so that it is over when it is over: the pairs and the rates are
-- those of Google's SRE workbook (https://sre.google/workbook/alerting-on-slos/).
create function monitoring.outcomes(
  metric text,
  org_id uuid,
  at timestamptz,
  spans interval[],
  out total bigint[],
  out failed bigint[],
  out failed_by_hour bigint[]
)
  language plpgsql stable security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
#variable_conflict use_column
declare
  kind constant monitoring.source := case outcomes.metric
    when 'deliveries' then 'delivery'::monitoring.source
    else 'request'::monitoring.source
  end;
  since constant timestamptz := date_bin(
    '1 hour', outcomes.at - (select max(s) from unnest(spans) as s), 'epoch'
  );
begin
  if not monitoring.may_read(outcomes.org_id) then
    return;
  end if;
  with hours as materialized (
    select h.starts_at, h.succeeded, h.failed
    from monitoring.resources as r
    cross join lateral (
      select k.starts_at, k.succeeded, k.failed
      from monitoring.rollups as k
      where k.source = r.source and k.resource_id = r.id
        and k.starts_at >= since and k.starts_at <= outcomes.at
      union all
      select c.starts_at, c.succeeded, c.failed
      from monitoring.changes as c
      where c.source = r.source and c.resource_id = r.id
        and c.starts_at >= since and c.starts_at <= outcomes.at
    ) as h
    where r.source = kind and r.org_id = outcomes.org_id
  ),
  rows as materialized (
    select a.happened_at, a.succeeded, a.failed
    from monitoring.raw_activity as a
    where a.source = kind and a.org_id = outcomes.org_id
      and a.happened_at > outcomes.at - interval '1 hour' and a.happened_at <= outcomes.at
  )
  select array_agg(c.total order by s.n), array_agg(c.failed order by s.n), array(
      select coalesce(sum(h.failed), 0)::bigint
      from generate_series(1, 6) as n
      left join hours as h
        on h.starts_at = date_bin('1 hour', outcomes.at, 'epoch') - interval '1 hour' * n
      group by n
      order by n
    )
  into total, failed, failed_by_hour
  from unnest(spans) with ordinality as s (span, n)
  cross join lateral (
    select coalesce(sum(p.succeeded + p.failed), 0)::bigint as total, coalesce(sum(p.failed), 0)::bigint as failed
    from (
      select r.succeeded, r.failed
      from rows as r
      where s.span <= interval '1 hour' and r.happened_at > outcomes.at - s.span
      union all
      select h.succeeded, h.failed
      from hours as h
      where s.span > interval '1 hour' and h.starts_at >= date_bin('1 hour', outcomes.at - s.span, 'epoch')
    ) as p
  ) as c;
end
$$;

comment on function monitoring.outcomes(text, uuid, timestamptz, interval[])
  is 'How many of an org''s deliveries or requests were finished, and how many of them failed, in each of some spans before `at`, for those who may read the org; and how many failed in each of the last six whole hours, where a span is as long. A span of more than an hour has all of the hour in which it begins.';

create type monitoring.burn as (
  org_id uuid,
  metric text,
  target numeric,
  total bigint[],
  failed bigint[],
  failed_by_hour bigint[],
  rates numeric[]
);

comment on type monitoring.burn is 'How fast an error budget burns: see monitoring.burn_rates().';

create function monitoring.burn_rates(at timestamptz, org_id uuid default null)
  returns setof monitoring.burn
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
declare
  orgs constant uuid[] := monitoring.orgs_asked(burn_rates.org_id);
  spans constant interval[] := array['5 minutes', '30 minutes', '1 hour', '6 hours', '3 days']::interval[];
begin
  return query
  select o.org_id, o.metric, o.target, c.total, c.failed, c.failed_by_hour, (
      select array_agg(f.failed / nullif(f.total * (1 - o.target), 0) order by f.n)
      from unnest(c.total, c.failed) with ordinality as f (total, failed, n)
    )
  from monitoring.objectives as o
  cross join lateral monitoring.outcomes(o.metric, o.org_id, burn_rates.at, spans) as c
  where o.org_id = any (orgs);
end
$$;

comment on function monitoring.burn_rates(timestamptz, uuid)
  is 'How fast the error budget of each objective burns over 5 minutes, 30 minutes, 1 hour, 6 hours and 3 days, and the counts behind that; null without traffic. Of one org or of all that the caller may read.';

create type monitoring.error_budget as (
  org_id uuid,
  metric text,
  target numeric,
  total bigint,
  failed bigint,
  budget_left numeric,
  rates numeric[],
  exhausted_at timestamptz,
  earliest timestamptz,
  latest timestamptz
);

comment on type monitoring.error_budget
  is 'What is left of an error budget: see monitoring.error_budgets().';

create function monitoring.error_budgets(at timestamptz, org_id uuid default null)
  returns setof monitoring.error_budget
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select b.org_id, b.metric, b.target, c.total[1], c.failed[1],
    round(1 - c.failed[1] / nullif((1 - b.target) * c.total[1], 0), 4),
    array(select round(r.rate, 2) from unnest(b.rates) with ordinality as r (rate, n) order by r.n),
    error_budgets.at + make_interval(secs => t.expected),
    error_budgets.at + make_interval(secs => t.earliest),
    error_budgets.at + make_interval(secs => t.latest)
  from monitoring.burn_rates(error_budgets.at, error_budgets.org_id) as b
  cross join lateral monitoring.outcomes(b.metric, b.org_id, error_budgets.at, '{30 days}') as c
  -- As the last 6 hours went on, while the hours of a month ago, taken for the mean of those between,
  -- leave the window.
  left join lateral (
    select
      (b.failed[4] - (1 - b.target) * b.total[4])::float8 / 21600 as coming,
      (c.failed[1] - b.failed[4] - (1 - b.target) * (c.total[1] - b.total[4]))::float8 / 2570400 as leaving
  ) as overspent
    on true
  left join lateral monitoring.time_to_reach(
    ((1 - b.target) * c.total[1] - c.failed[1])::float8,
    overspent.coming - overspent.leaving,
    monitoring.overdispersion(b.failed_by_hour) * b.failed[4] / 21600,
    21600
  ) as t
    on b.failed[4] >= 5;
end
$$;

comment on function monitoring.error_budgets(timestamptz, uuid)
  is 'Each objective with its last 30 days, what is left of its error budget (1: all, 0: none, below: overspent), how fast that burns (as burn_rates), and when it will be used up with the bounds of an 80% interval, if it goes on as in the last 6 hours: of one org or of all that the caller may read.';

create type monitoring.burn_severity as (severity text, threshold numeric, span text, rate numeric);

comment on type monitoring.burn_severity
  is 'How bad it is that an error budget burns; null where it does not, or not too fast.';

create function monitoring.burn_severity(
  policy public.v_alert_policies,
  total bigint[],
  rates numeric[]
)
  returns monitoring.burn_severity
  language plpgsql immutable set search_path = ''
  as $$
begin
  return (
    -- The workbook's 14.4 is 2.4 times its 6: 2% of the budget in an hour, or 5% in six.
    select row(w.severity, w.threshold, w.span, rates[w.long])::monitoring.burn_severity
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

comment on function monitoring.burn_severity(public.v_alert_policies, bigint[], numeric[])
  is 'How bad it is, by a policy, that an error budget burns at these rates over 5 minutes, 30 minutes, 1 hour, 6 hours and 3 days.';

create function monitoring.error_budget_burn_conditions(at timestamptz, org_id uuid default null)
  returns setof monitoring.condition
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
  from monitoring.burn_rates(error_budget_burn_conditions.at, error_budget_burn_conditions.org_id) as b
  join public.v_alert_policies as p on p.org_id = b.org_id and p.type = 'error_budget_burn'
  cross join lateral (select monitoring.burn_severity(p, b.total, b.rates) as burn) as s
  where p.enabled and (s.burn).severity is not null;
end
$$;

comment on function monitoring.error_budget_burn_conditions(timestamptz, uuid)
  is 'Objectives whose error budget burns, by the multi-window rates of the SRE workbook: of one org or of all.';

insert into
  monitoring.alert_policies(type, scope, unit, warning, critical, minimum_sample, keep_firing_for)
values
  (
    'error_budget_burn',
    'org',
    'times the rate that uses up the budget in 30 days, exceeded',
    1,
    6,
    20,
    '5 minutes'
  );

create view public.v_error_budgets
with
  (security_invoker = on) as
select
  org_id,
  metric,
  target,
  total,
  failed,
  budget_left,
  rates[1] as burn_rate_5m,
  rates[2] as burn_rate_30m,
  rates[3] as burn_rate_1h,
  rates[4] as burn_rate_6h,
  rates[5] as burn_rate_3d,
  exhausted_at,
  earliest,
  latest
from
  monitoring.error_budgets(now());

comment on view public.v_error_budgets
  is 'The objectives of the orgs that the caller may read, and what is left of their error budgets: see monitoring.error_budgets().';
comment on column public.v_error_budgets.total is 'Finished in the last 30 days.';
comment on column public.v_error_budgets.budget_left
  is 'What is left of the failures that the objective allows: 1 all of them, 0 none, below 0 overspent.';
comment on column public.v_error_budgets.burn_rate_1h
  is '1 uses up the budget in its 30 days; null without traffic.';

revoke all
  on function monitoring.outcomes(text, uuid, timestamptz, interval[]), monitoring.burn_rates(timestamptz, uuid), monitoring.error_budgets(timestamptz, uuid), monitoring.burn_severity(public.v_alert_policies, bigint[], numeric[]), monitoring.error_budget_burn_conditions(timestamptz, uuid)
  from public, anon, authenticated, service_role;
grant execute
  on function monitoring.outcomes(text, uuid, timestamptz, interval[]), monitoring.burn_rates(timestamptz, uuid), monitoring.error_budgets(timestamptz, uuid), monitoring.burn_severity(public.v_alert_policies, bigint[], numeric[]), monitoring.error_budget_burn_conditions(timestamptz, uuid)
  to authenticated, service_role;
revoke all on public.v_error_budgets from public, anon, authenticated, service_role;
grant select on public.v_error_budgets to authenticated, service_role;
