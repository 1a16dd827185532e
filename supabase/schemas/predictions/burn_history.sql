-- How error budgets burned, minute by minute, as the evaluation would have seen it.
create function everwatch_private.outcome_course(org_id uuid, since timestamptz, until timestamptz)
  returns table(metric text, target numeric, at timestamptz, total numeric, failed numeric)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  -- A minute's rows are those up to its end, as an evaluation then counts them; and all up to then.
  with counted as (
    select o.metric, o.target,
      date_bin('1 minute', a.happened_at - interval '1 microsecond', 'epoch') + interval '1 minute' as minute,
      sum(a.succeeded + a.failed) as total,
      sum(a.failed) as failed
    from everwatch_private.objectives as o
    join everwatch_private.raw_activity as a on a.org_id = o.org_id
      and a.source = case o.metric when 'deliveries' then 'delivery'::everwatch_private.source else 'request' end
    where o.org_id = outcome_course.org_id and a.happened_at > outcome_course.since and a.happened_at <= outcome_course.until
    group by 1, 2, 3
  )
  select o.metric, o.target, m.at,
    sum(coalesce(c.total, 0)) over up_to_then as total,
    sum(coalesce(c.failed, 0)) over up_to_then as failed
  from everwatch_private.objectives as o
  cross join generate_series(outcome_course.since, outcome_course.until, interval '1 minute') as m (at)
  left join counted as c on c.metric = o.metric and c.minute = m.at
  where o.org_id = outcome_course.org_id
  window up_to_then as (partition by o.metric order by m.at);
end
$$;

comment on function everwatch_private.outcome_course(uuid, timestamptz, timestamptz)
  is 'What each objective of an org counts, minute by minute: how many were finished from `since` to then, and how many of them failed.';

create function everwatch_private.error_budget_burn_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language plpgsql stable set search_path = ''
  as $$
declare
  first constant timestamptz := date_bin('1 minute', since, 'epoch') - interval '73 hours';
begin
  return query
  with course as (
    select * from everwatch_private.outcome_course(policy.org_id, first, until)
  ),
  burn as (
    select c.metric, c.target, c.at,
      array_agg(c.total - b.total order by s.n) as total,
      array_agg((c.failed - b.failed) / nullif((c.total - b.total) * (1 - c.target), 0) order by s.n) as rates
    from course as c
    cross join (
      values (1, interval '5 minutes'), (2, '30 minutes'), (3, '1 hour'), (4, '6 hours'), (5, '3 days')
    ) as s (n, span)
    join course as b
      on b.metric = c.metric
      and b.at = case
        when s.span <= interval '1 hour' then c.at - s.span
        else date_bin('1 hour', c.at - s.span, 'epoch')
      end
    where c.at >= since
    group by c.metric, c.target, c.at
  ),
  judged as (
    select b.metric, b.target, b.at, everwatch_private.burn_severity(policy, b.total::bigint[], b.rates) as severity
    from burn as b
  )
  select
    'objective',
    j.metric,
    format('%s%% of %s succeed', trim_scale(100 * j.target), j.metric),
    j.at,
    (j.severity).severity,
    (j.severity).severity is null
  from judged as j
  order by j.metric, j.at;
end
$$;

comment on function everwatch_private.error_budget_burn_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'How the error budgets of an org''s objectives burned, as of each minute, by the objectives of now.';

revoke execute
  on function
    everwatch_private.outcome_course(uuid, timestamptz, timestamptz),
    everwatch_private.error_budget_burn_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  from public;
