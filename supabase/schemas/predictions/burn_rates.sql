-- How fast an error budget burns: 1 uses it up in just its 30 days.
-- outcomes() is one function: with its hours read by another each call took a sixth longer.
create function everwatch_private.outcomes(
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
  kind constant everwatch_private.source := case outcomes.metric
    when 'deliveries' then 'delivery'::everwatch_private.source
    else 'request'::everwatch_private.source
  end;
  since constant timestamptz := date_bin(
    '1 hour', outcomes.at - (select max(s) from unnest(spans) as s), 'epoch'
  );
begin
  if not everwatch_private.may_read(outcomes.org_id) then
    return;
  end if;
  with hours as materialized (
    select h.starts_at, h.succeeded, h.failed
    from everwatch_private.resources as r
    cross join lateral (
      select k.starts_at, k.succeeded, k.failed
      from everwatch_private.rollups as k
      where k.source = r.source and k.resource_id = r.id
        and k.starts_at >= since and k.starts_at <= outcomes.at
      union all
      select c.starts_at, c.succeeded, c.failed
      from everwatch_private.changes as c
      where c.source = r.source and c.resource_id = r.id
        and c.starts_at >= since and c.starts_at <= outcomes.at
    ) as h
    where r.source = kind and r.org_id = outcomes.org_id
  ),
  rows as materialized (
    select a.happened_at, a.succeeded, a.failed
    from everwatch_private.raw_activity as a
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

comment on function everwatch_private.outcomes(text, uuid, timestamptz, interval[])
  is 'How many of an org''s deliveries or requests were finished, and how many of them failed, in each of some spans before `at`, for those who may read the org; and how many failed in each of the last six whole hours, where a span is as long. A span of more than an hour has all of the hour in which it begins.';

create type everwatch_private.burn as (
  org_id uuid,
  metric text,
  target numeric,
  total bigint[],
  failed bigint[],
  failed_by_hour bigint[],
  rates numeric[]
);

comment on type everwatch_private.burn
  is 'How fast an error budget burns: see everwatch_private.burn_rates().';

create function everwatch_private.burn_rates(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.burn
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(burn_rates.org_id);
  spans constant interval[] := array['5 minutes', '30 minutes', '1 hour', '6 hours', '3 days']::interval[];
begin
  return query
  select o.org_id, o.metric, o.target, c.total, c.failed, c.failed_by_hour, (
      select array_agg(f.failed / nullif(f.total * (1 - o.target), 0) order by f.n)
      from unnest(c.total, c.failed) with ordinality as f (total, failed, n)
    )
  from everwatch_private.objectives as o
  cross join lateral everwatch_private.outcomes(o.metric, o.org_id, burn_rates.at, spans) as c
  where o.org_id = any (orgs);
end
$$;

comment on function everwatch_private.burn_rates(timestamptz, uuid)
  is 'How fast the error budget of each objective burns over 5 minutes, 30 minutes, 1 hour, 6 hours and 3 days, and the counts behind that; null without traffic. Of one org or of all that the caller may read.';

revoke execute
  on function
    everwatch_private.outcomes(text, uuid, timestamptz, interval[]),
    everwatch_private.burn_rates(timestamptz, uuid)
  from public;
