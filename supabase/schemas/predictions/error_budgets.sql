-- What is left of error budgets, and until when.
create type everwatch_private.error_budget as (
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

comment on type everwatch_private.error_budget
  is 'What is left of an error budget: see everwatch_private.error_budgets().';

create function everwatch_private.error_budgets(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.error_budget
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
  from everwatch_private.burn_rates(error_budgets.at, error_budgets.org_id) as b
  cross join lateral everwatch_private.outcomes(b.metric, b.org_id, error_budgets.at, '{30 days}') as c
  -- As the last 6 hours went on, while the hours of a month ago, taken for the mean of those between,
  -- leave the window.
  left join lateral (
    select
      (b.failed[4] - (1 - b.target) * b.total[4])::float8 / 21600 as coming,
      (c.failed[1] - b.failed[4] - (1 - b.target) * (c.total[1] - b.total[4]))::float8 / 2570400 as leaving
  ) as overspent
    on true
  left join lateral everwatch_private.time_to_reach(
    ((1 - b.target) * c.total[1] - c.failed[1])::float8,
    overspent.coming - overspent.leaving,
    everwatch_private.overdispersion(b.failed_by_hour) * b.failed[4] / 21600,
    21600
  ) as t
    on b.failed[4] >= 5;
end
$$;

comment on function everwatch_private.error_budgets(timestamptz, uuid)
  is 'Each objective with its last 30 days, what is left of its error budget (1: all, 0: none, below: overspent), how fast that burns (as burn_rates), and when it will be used up with the bounds of an 80% interval, if it goes on as in the last 6 hours: of one org or of all that the caller may read.';

create view everwatch.v_error_budgets
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
  everwatch_private.error_budgets(now());

comment on view everwatch.v_error_budgets
  is 'The objectives of the orgs that the caller may read, and what is left of their error budgets: see everwatch_private.error_budgets().';
comment on column everwatch.v_error_budgets.total is 'Finished in the last 30 days.';
comment on column everwatch.v_error_budgets.budget_left
  is 'What is left of the failures that the objective allows: 1 all of them, 0 none, below 0 overspent.';
comment on column everwatch.v_error_budgets.burn_rate_1h
  is '1 uses up the budget in its 30 days; null without traffic.';

revoke execute on function everwatch_private.error_budgets(timestamptz, uuid) from public;
grant select on everwatch.v_error_budgets to authenticated, service_role;
