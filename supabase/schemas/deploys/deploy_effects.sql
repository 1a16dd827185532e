-- Whether traffic differs since a deploy. What came after is compared with the two hours before: how often one
-- of the rows after takes longer than one before (Mann and Whitney), how much longer the tail became
-- than the whole, and what share failed. Then the same is done at moments without the deploy: at
-- that time on each of seven days before, and up to five hours earlier on each day. How the first of these
-- differ is what the time of day does, and is taken off; how much they all vary says how large a
-- difference must be: traffic that is slow in bursts varies more than a sample of independent rows
-- would, which is the least that is assumed. See docs/regressions.md.
create function everwatch_private.deploy_effects(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns table(resource_type text, resource_id text, statistic text, after double precision, excess double precision, margin double precision, p_value double precision, rows_before bigint, rows_after bigint)
  language sql stable set search_path = ''
  as $$
  with contrast as materialized (
    select c.*, c.day = 0 and c.back = 0 as is_deploy,
      1.0::double precision / c.rows_before + 1.0::double precision / c.rows_after as unit
    from everwatch_private.contrast_windows(
      deploy_effects.org_id, deploy_effects.deployed_at, deploy_effects.length
    ) as c
    where c.day = 0 and c.back = 0
      or c.rows_before >= 20 and c.rows_after >= 20
        -- What a deploy changed is no measure of what an ordinary day does.
        and not exists (
          select
          from everwatch_private.deploy_comparisons as k
          join everwatch.deploys as d on d.id = k.deploy_id
          cross join lateral (
            select deploy_effects.deployed_at - make_interval(hours => 24 * c.day + c.back)
          ) as moment (at)
          where k.org_id = deploy_effects.org_id
            and k.resource_type = c.resource_type
            and k.resource_id = c.resource_id
            and k.verdict in ('better', 'worse')
            and d.deployed_at > moment.at - interval '2 hours'
            and d.deployed_at < moment.at + deploy_effects.length
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
    select c.resource_type, c.resource_id, c.back, c.is_deploy, c.unit, m.*
    from contrast as c
    join share as s using (resource_type, resource_id)
    cross join lateral (
      values
        ('longer', null, c.longer, 1.0 / 12),
        -- 0.09 + 0.0475 + 2 * 0.045 of both shares, less 0.825 ^ 2 / 12.
        ('longer_tail', null, c.longer_tail, 0.1707),
        ('p50', c.p50_after, ln(greatest(c.p50_after, 0.5) / greatest(c.p50_before, 0.5)), 0),
        ('p95', c.p95_after, ln(greatest(c.p95_after, 0.5) / greatest(c.p95_before, 0.5)), 0),
        (
          'failed',
          c.failed_after::double precision / c.rows_after,
          c.failed_after::double precision / c.rows_after - c.failed_before::double precision / c.rows_before,
          s.failed * (1 - s.failed)
        )
    ) as m (statistic, after, difference, least)
  ),
  -- What each hour does, and how much that varies from day to day.
  usual as (
    select resource_type, resource_id, statistic, back, max(least) as least, max(mean) as mean,
      avg(unit) as unit, count(*) as moments,
      sum((difference - mean) ^ 2 / unit) / nullif(count(*) - 1, 0) as variance
    from (
      select m.*,
        avg(difference) over (partition by resource_type, resource_id, statistic, back) as mean
      from measured as m
      where not is_deploy
    ) as m
    group by resource_type, resource_id, statistic, back
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
    ) as v
  ),
  judged as (
    select m.resource_type, m.resource_id, m.statistic,
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
      case when error > 0 then everwatch_private.student_p(excess / error, freedom) else 1 end as p_value,
      -- Bins are known within 1%.
      everwatch_private.student_t90(freedom)
        * case when statistic in ('p50', 'p95') then greatest(error, 0.01) else error end as margin
    from judged as j
  )
  select m.resource_type, m.resource_id, m.statistic, m.after, t.excess, t.margin,
    case
      when c.rows_before < 100 or c.rows_after < 100 then null
      -- The first knows how failures vary, the second how few they are.
      when m.statistic = 'failed' and t.p_value is not null then greatest(
        t.p_value,
        everwatch_private.fisher_p(c.failed_after, c.rows_after, s.failed_before, s.rows_before)
      )
      else t.p_value
    end,
    c.rows_before, c.rows_after
  from measured as m
  join contrast as c using (resource_type, resource_id, is_deploy)
  join share as s using (resource_type, resource_id)
  left join tested as t using (resource_type, resource_id, statistic)
  where is_deploy
$$;

comment on function everwatch_private.deploy_effects(uuid, timestamptz, interval)
  is 'How the rows of the time of `length` (up to an hour) after a deploy differ from those of the two hours before, beyond what they usually do by then. Of each route, webhook and rule, five statistics: longer and longer_tail, of contrast_windows(); p50 and p95, logarithms of milliseconds; failed, a share. after: the milliseconds or the share since the deploy; margin: of the 90% interval. Null where fewer than three days are known; p_value also with fewer than 100 rows.';

revoke execute
  on function everwatch_private.deploy_effects(uuid, timestamptz, interval)
  from public;
