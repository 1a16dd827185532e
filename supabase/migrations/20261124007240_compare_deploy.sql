-- Whether traffic changed with a deploy. What came after is compared with the two hours before: how often one
-- of the rows after takes longer than one before (Mann and Whitney), how much longer the tail became
-- than the whole, and what share failed. Then the same is done at moments without the deploy: at
-- that time on each of seven days before, and up to five hours earlier on each day. How the first of these
-- differ is what the time of day does, and is taken off; how much they all vary says how large a
-- difference must be: traffic that is slow in bursts varies more than a sample of independent rows
-- would, which is the least that is assumed. See docs/regressions.md.
create type monitoring.comparison as (
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

comment on type monitoring.comparison
  is 'What was measured of one thing: see the columns of deploy_comparisons. p_value is null where there was not enough data.';

create function monitoring.compare_deploy(org_id uuid, deployed_at timestamptz, length interval)
  returns setof monitoring.comparison
  language sql stable set search_path = ''
  as $$
  with contrast as materialized (
    select c.*, c.day = 0 and c.back = 0 as is_deploy,
      1.0::double precision / c.rows_before + 1.0::double precision / c.rows_after as unit
    from monitoring.deploy_contrasts(
      compare_deploy.org_id, compare_deploy.deployed_at, compare_deploy.length
    ) as c
    where c.day = 0 and c.back = 0
      or c.rows_before >= 20 and c.rows_after >= 20
        -- What a deploy changed is no measure of what an ordinary day does.
        and not exists (
          select
          from monitoring.deploy_comparisons as k
          join public.deploys as d on d.id = k.deploy_id
          cross join lateral (
            select compare_deploy.deployed_at - make_interval(hours => 24 * c.day + c.back)
          ) as moment (at)
          where k.org_id = compare_deploy.org_id
            and k.resource_type = c.resource_type
            and k.resource_id = c.resource_id
            and k.verdict in ('better', 'worse')
            and d.deployed_at > moment.at - interval '2 hours'
            and d.deployed_at < moment.at + compare_deploy.length
        )
  ),
  share as (
    select resource_type, resource_id,
      (sum(failed_before) + sum(failed_after)) / (sum(rows_before) + sum(rows_after))::double precision as failed,
      -- Two hours each that have no row in common.
      sum(failed_before) filter (where back in (0, 2, 4))::bigint as failed_before,
      sum(rows_before) filter (where back in (0, 2, 4))::bigint as rows_before
    from contrast
    group by resource_type, resource_id
  ),
  -- What is measured of each, and the least variance of it per 1/rows before + 1/rows after.
  measured as (
    select c.resource_type, c.resource_id, c.back, c.is_deploy, c.unit, m.statistic, m.difference, m.least
    from contrast as c
    join share as s using (resource_type, resource_id)
    cross join lateral (
      values
        ('longer', c.longer, 1.0 / 12),
        -- 0.09 + 0.0475 + 2 * 0.045 of both shares, less 0.825 ^ 2 / 12.
        ('longer_tail', c.longer_tail, 0.1707),
        ('p50', ln(greatest(c.p50_after, 0.5) / greatest(c.p50_before, 0.5)), 0),
        ('p95', ln(greatest(c.p95_after, 0.5) / greatest(c.p95_before, 0.5)), 0),
        (
          'failed',
          c.failed_after::double precision / c.rows_after - c.failed_before::double precision / c.rows_before,
          s.failed * (1 - s.failed)
        )
    ) as m (statistic, difference, least)
  ),
  usual as (
    select resource_type, resource_id, statistic, back, count(*) as moments, avg(difference) as mean,
      avg(unit) as unit, max(least) as least
    from measured
    where not is_deploy
    group by resource_type, resource_id, statistic, back
  ),
  -- Of each hour: how much its moments differ from each other, day by day.
  varied as (
    select m.resource_type, m.resource_id, m.statistic, m.back, max(m.least) as least,
      count(*) - 1 as freedom,
      sum((m.difference - u.mean) ^ 2 / m.unit) / (count(*) - 1) as variance
    from measured as m
    join usual as u using (resource_type, resource_id, statistic, back)
    where not m.is_deploy
    group by m.resource_type, m.resource_id, m.statistic, m.back
    having count(*) > 1
  ),
  spread as (
    select v.resource_type, v.resource_id, v.statistic, v.freedom,
      greatest(v.least, case
        -- Hours are not alike: some have a job at midnight, or the shops open. So what the deploy's own
        -- hour does is drawn to what a usual hour does, which no unusual one changes.
        when v.statistic in ('longer', 'longer_tail') then
          (v.own_freedom * v.own + (v.freedom - v.own_freedom) * v.typical) / v.freedom
        else v.mean
      end) as variance
    from (
      select resource_type, resource_id, statistic, max(least) as least,
        sum(freedom * variance) / sum(freedom) as mean,
        percentile_disc(0.5) within group (order by variance) as typical,
        max(variance) filter (where back = 0) as own,
        max(freedom) filter (where back = 0) as own_freedom,
        -- Beside the deploy's hour, the same rows are before one moment, and after another: neighbours say
        -- less than twice as much.
        (sum(freedom * case back when 0 then 3 else 2 end) / 3)::integer as freedom
      from varied
      group by resource_type, resource_id, statistic
    ) as v
  ),
  judged as (
    select m.resource_type, m.resource_id, m.statistic, u.mean,
      m.difference - u.mean as excess,
      sqrt(p.variance * (m.unit + u.unit / u.moments)) as error,
      p.freedom
    from measured as m
    join usual as u using (resource_type, resource_id, statistic, back)
    join spread as p using (resource_type, resource_id, statistic)
    where m.is_deploy and u.moments >= 3 and p.freedom >= 4
  ),
  tested as (
    select j.*,
      case when error > 0 then monitoring.student_p(excess / error, freedom) else 1 end as p_value,
      -- Bins are known within 1%.
      monitoring.student_t90(freedom)
        * case when statistic in ('p50', 'p95') then greatest(error, 0.01) else error end as margin
    from judged as j
  ),
  deployed as (
    select c.*, c.rows_before >= 100 and c.rows_after >= 100 as is_enough,
      s.failed_before as failed_usually, s.rows_before as rows_usually
    from contrast as c
    join share as s using (resource_type, resource_id)
    where c.is_deploy
  )
  select d.resource_type, d.resource_id, 'latency',
    case when q.statistic is not null then q.statistic || '_ms' end,
    q.after / exp(q.excess), q.after, exp(q.excess) - 1, exp(q.excess - q.margin) - 1,
    exp(q.excess + q.margin) - 1,
    case when d.is_enough and q.statistic is not null then
      least(1, 2 * least(longer.p_value, tail.p_value))
    end,
    d.rows_before, d.rows_after
  from deployed as d
  left join tested as longer
    on longer.resource_type = d.resource_type and longer.resource_id = d.resource_id
    and longer.statistic = 'longer'
  left join tested as tail
    on tail.resource_type = d.resource_type and tail.resource_id = d.resource_id
    and tail.statistic = 'longer_tail'
  -- The percentile that moved: the 95th, if it went where the surer of the two tests says.
  left join lateral (
    select t.*, case t.statistic when 'p50' then d.p50_after else d.p95_after end as after
    from tested as t
    where t.resource_type = d.resource_type and t.resource_id = d.resource_id
      and t.statistic in ('p50', 'p95')
    order by
      abs(t.excess) >= ln(1.05::double precision) and sign(t.excess)
        = sign(case when longer.p_value < tail.p_value then longer.excess else tail.excess end) desc,
      t.statistic desc
    limit 1
  ) as q on true
  union all
  select d.resource_type, d.resource_id, 'error_rate', case when t.statistic is not null then 'error_rate' end,
    greatest(0, d.failed_after::double precision / d.rows_after - t.excess),
    d.failed_after::double precision / d.rows_after,
    t.excess, t.excess - t.margin, t.excess + t.margin,
    -- The first knows how errors vary, the second how few they are.
    case when d.is_enough and t.statistic is not null then greatest(
      t.p_value,
      monitoring.fisher_p(d.failed_after, d.rows_after, d.failed_usually, d.rows_usually)
    ) end,
    d.rows_before, d.rows_after
  from deployed as d
  left join tested as t
    on t.resource_type = d.resource_type and t.resource_id = d.resource_id
    and t.statistic = 'failed'
$$;

comment on function monitoring.compare_deploy(uuid, timestamptz, interval)
  is 'What changed with a deploy, by what came in the time of `length` (up to an hour) after it: the latency and the share of failures of each route, webhook and rule, uncorrected for their number.';

revoke all
  on function monitoring.compare_deploy(uuid, timestamptz, interval)
  from public, anon, authenticated, service_role;
