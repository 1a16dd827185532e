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
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
declare
  differences constant everwatch_private.deploy_difference[] := array(
    select d
    from everwatch_private.deploy_differences(
      deploy_effects.org_id, deploy_effects.deployed_at, deploy_effects.length
    ) as d
  );
begin
  return query
  with tested as (
    select d.resource_type, d.resource_id, d.statistic, e.excess,
      case when e.error > 0 then everwatch_private.student_p(e.excess / e.error, u.freedom) else 1 end as p_value,
      -- Bins are known within 1%.
      everwatch_private.student_t90(u.freedom)
        * case when d.statistic in ('p50', 'p95') then greatest(e.error, 0.01) else e.error end as margin
    from unnest(differences) as d
    join everwatch_private.usual_differences(differences) as u using (resource_type, resource_id, statistic)
    cross join lateral (
      select d.difference - u.mean as excess, sqrt(u.variance * (d.unit + u.unit)) as error
    ) as e
    where d.is_deploy
  )
  select d.resource_type, d.resource_id, d.statistic, d.after, t.excess, t.margin,
    case
      when d.rows_before < 100 or d.rows_after < 100 then null
      -- The first knows how failures vary, the second how few they are.
      when d.statistic = 'failed' and t.p_value is not null then greatest(t.p_value, d.fisher_p)
      else t.p_value
    end,
    d.rows_before, d.rows_after
  from unnest(differences) as d
  left join tested as t using (resource_type, resource_id, statistic)
  where d.is_deploy;
end
$$;

comment on function everwatch_private.deploy_effects(uuid, timestamptz, interval)
  is 'How the rows of the time of `length` (up to an hour) after a deploy differ from those of the two hours before, beyond what they usually do by then. Of each route, webhook and rule, five statistics: longer and longer_tail, of contrast_windows(); p50 and p95, logarithms of milliseconds; failed, a share. after: the milliseconds or the share since the deploy; margin: of the 90% interval. Null where fewer than three days are known; p_value also with fewer than 100 rows.';

revoke execute
  on function everwatch_private.deploy_effects(uuid, timestamptz, interval)
  from public;
