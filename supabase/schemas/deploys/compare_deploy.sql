-- What changed with a deploy: a latency and a share of failures of each thing.
create type everwatch_private.comparison as (
  resource_type text,
  resource_id text,
  metric text,
  measure text,
  before double precision,
  after double precision,
  change double precision,
  change_low double precision,
  change_high double precision,
  p_value double precision,
  rows_before bigint,
  rows_after bigint
);

comment on type everwatch_private.comparison
  is 'What was measured of one thing: see the columns of deploy_comparisons. p_value is null where there was not enough data.';

create function everwatch_private.compare_deploy(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns setof everwatch_private.comparison
  language sql stable set search_path = ''
  as $$
  with difference as materialized (
    select *
    from everwatch_private.deploy_effects(
      compare_deploy.org_id, compare_deploy.deployed_at, compare_deploy.length
    )
  ),
  -- Of the two tests of a latency the surer.
  latency as (
    select distinct on (resource_type, resource_id) resource_type, resource_id, excess, p_value
    from difference
    where statistic in ('longer', 'longer_tail')
    order by resource_type, resource_id, p_value, statistic
  ),
  -- The percentile that moved: the 95th, if it went where the test says.
  percentile as (
    select distinct on (d.resource_type, d.resource_id) d.*,
      case when l.p_value is not null then least(1, 2 * l.p_value) end as latency_p
    from difference as d
    join latency as l using (resource_type, resource_id)
    where d.statistic in ('p50', 'p95')
    order by d.resource_type, d.resource_id,
      abs(d.excess) >= ln(1.05::double precision) and sign(d.excess) = sign(l.excess) desc,
      d.statistic desc
  )
  select resource_type, resource_id, 'latency', case when excess is not null then statistic || '_ms' end,
    after / exp(excess), after, exp(excess) - 1, exp(excess - margin) - 1, exp(excess + margin) - 1,
    latency_p, rows_before, rows_after
  from percentile
  union all
  select resource_type, resource_id, 'error_rate', case when excess is not null then 'error_rate' end,
    case when excess is not null then greatest(0, after - excess) end, after, excess, excess - margin,
    excess + margin, p_value, rows_before, rows_after
  from difference
  where statistic = 'failed'
$$;

comment on function everwatch_private.compare_deploy(uuid, timestamptz, interval)
  is 'What changed with a deploy, by what came in the time of `length` (up to an hour) after it: the latency and the share of failures of each route, webhook and rule, uncorrected for their number.';

revoke execute
  on function everwatch_private.compare_deploy(uuid, timestamptz, interval)
  from public;
