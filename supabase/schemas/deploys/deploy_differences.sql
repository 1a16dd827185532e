-- What is measured of a deploy, and of the moments without one that it is held against.
create function everwatch_private.comparable_windows(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns setof everwatch_private.contrast
  language sql stable set search_path = ''
  as $$
  select c.*
  from everwatch_private.contrast_windows(
    comparable_windows.org_id, comparable_windows.deployed_at, comparable_windows.length
  ) as c
  where c.day = 0 and c.back = 0
    or c.rows_before >= 20 and c.rows_after >= 20
      -- What a deploy changed is no measure of what an ordinary day does.
      and not exists (
        select
        from everwatch_private.deploy_comparisons as k
        join everwatch.deploys as d on d.id = k.deploy_id
        cross join lateral (
          select comparable_windows.deployed_at - make_interval(hours => 24 * c.day + c.back)
        ) as moment (at)
        where k.org_id = comparable_windows.org_id
          and k.resource_type = c.resource_type
          and k.resource_id = c.resource_id
          and k.verdict in ('better', 'worse')
          and d.deployed_at > moment.at - interval '2 hours'
          and d.deployed_at < moment.at + comparable_windows.length
      )
$$;

comment on function everwatch_private.comparable_windows(uuid, timestamptz, interval)
  is 'Of contrast_windows() that of the deploy, and those of moments with enough rows that no deploy changed.';

create function everwatch_private.deploy_differences(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns setof everwatch_private.deploy_difference
  language sql stable set search_path = ''
  as $$
  with contrast as materialized (
    select c.*, c.day = 0 and c.back = 0 as is_deploy,
      1.0::double precision / c.rows_before + 1.0::double precision / c.rows_after as unit
    from everwatch_private.comparable_windows(
      deploy_differences.org_id, deploy_differences.deployed_at, deploy_differences.length
    ) as c
  ),
  share as (
    select resource_type, resource_id,
      (sum(failed_before) + sum(failed_after)) / (sum(rows_before) + sum(rows_after))::double precision as failed,
      -- Two hours each that have no row in common.
      sum(failed_before) filter (where back in (0, 2, 4))::bigint as failed_before,
      sum(rows_before) filter (where back in (0, 2, 4))::bigint as rows_before
    from contrast
    group by resource_type, resource_id
  )
  select c.resource_type, c.resource_id, m.statistic, c.back, c.is_deploy, c.rows_before, c.rows_after,
    c.unit, m.after, m.difference, m.least,
    case when c.is_deploy and m.statistic = 'failed' then
      everwatch_private.fisher_p(c.failed_after, c.rows_after, s.failed_before, s.rows_before)
    end
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
$$;

comment on function everwatch_private.deploy_differences(uuid, timestamptz, interval)
  is 'Five statistics of each of comparable_windows(): how much what came after differs, the least variance of that per unit (1 / rows before + 1 / rows after), and of the failures of a deploy how likely they are by Fisher''s exact test.';

revoke execute
  on function
    everwatch_private.comparable_windows(uuid, timestamptz, interval),
    everwatch_private.deploy_differences(uuid, timestamptz, interval)
  from public;
