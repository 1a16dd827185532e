-- What the time of day does to the statistics of a deploy, and how much they vary without one.
create function everwatch_private.usual_differences(
  differences everwatch_private.deploy_difference[]
)
  returns table(resource_type text, resource_id text, statistic text, mean double precision, unit double precision, variance double precision, freedom integer)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  -- What each hour does, and how much that varies from day to day.
  with usual as (
    select resource_type, resource_id, statistic, back, max(least) as least, max(mean) as mean,
      avg(unit) as unit, count(*) as moments,
      sum((difference - mean) ^ 2 / unit) / nullif(count(*) - 1, 0) as variance
    from (
      select d.*,
        avg(difference) over (partition by resource_type, resource_id, statistic, back) as mean
      from unnest(differences) as d
      where not is_deploy
    ) as d
    group by resource_type, resource_id, statistic, back
  ),
  variation as (
    select resource_type, resource_id, statistic, max(least) as least,
      sum((moments - 1) * variance) / sum(moments - 1) as mean,
      percentile_disc(0.5) within group (order by variance) as typical,
      max(variance) filter (where back = 0) as own,
      max(moments - 1) filter (where back = 0) as own_freedom,
      -- Beside the deploy's hour, the same rows are before one moment, and after another: neighbours say
      -- less than twice as much.
      (sum((moments - 1) * case back when 0 then 3 else 2 end) / 3)::integer as freedom
    from usual
    where moments > 1
    group by resource_type, resource_id, statistic
  )
  select u.resource_type, u.resource_id, u.statistic, u.mean, u.unit / u.moments,
    greatest(v.least, case
      -- Hours are not alike: some have a job at midnight, or the shops open. So what the deploy's own
      -- hour does is drawn to what a usual hour does, which no unusual one changes.
      when v.statistic in ('longer', 'longer_tail') then
        (v.own_freedom * v.own + (v.freedom - v.own_freedom) * v.typical) / v.freedom
      else v.mean
    end),
    v.freedom
  from usual as u
  join variation as v using (resource_type, resource_id, statistic)
  where u.back = 0 and u.moments >= 3 and v.freedom >= 4;
end
$$;

comment on function everwatch_private.usual_differences(everwatch_private.deploy_difference[])
  is 'What each statistic usually does in the deploy''s hour, by the moments without a deploy: the mean, the unit of its variance, the variance of one moment per unit and the degrees of freedom. None where fewer than three days are known.';

revoke execute
  on function everwatch_private.usual_differences(everwatch_private.deploy_difference[])
  from public;
