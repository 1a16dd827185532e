-- Which series are watched: it follows what there is, and how busy that is.
create function everwatch_private.series_members(
  org_id uuid,
  source everwatch_private.source,
  resource_id uuid
)
  returns setof uuid
  language sql stable set search_path = ''
  as $$
  select w.id
  from everwatch.webhooks as w
  where series_members.source = 'delivery'
    and w.org_id = series_members.org_id
    and series_members.resource_id in (w.id, w.org_id)
  union all
  select series_members.resource_id
  where series_members.source <> 'delivery'
$$;

comment on function everwatch_private.series_members(uuid, everwatch_private.source, uuid)
  is 'Whose rollups a series is made of: of an org''s deliveries those of all its webhooks.';

create function everwatch_private.watch_series(until timestamptz)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  -- About six an hour: what happens more rarely is seen in its org's series.
  busy constant bigint := 1000;
  kept_since constant timestamptz := until - everwatch_private.kept_for('series_scores');
begin
  delete from everwatch_private.series_scores as s
  using everwatch_private.watched_series as w
  where s.series_id = w.id and s.at < kept_since;

  delete from everwatch_private.watched_series as w
  where w.resource_id <> w.org_id
    and not exists (
      select from everwatch_private.resources as r where r.source = w.source and r.id = w.resource_id
    );

  insert into everwatch_private.watched_series (org_id, source, resource_id, metric, started_at, scored_until)
  select w.org_id, w.source, w.resource_id, m.name, f.first, f.first
  from (
    select r.org_id, r.source, r.org_id as resource_id
    from everwatch_private.totals as t
    join everwatch_private.resources as r on r.source = t.source and r.id = t.resource_id
    where t.source in ('delivery', 'request') and t.week_rows > 0
    group by r.org_id, r.source
    union all
    select r.org_id, r.source, r.id
    from everwatch_private.totals as t
    join everwatch_private.resources as r on r.source = t.source and r.id = t.resource_id
    where t.source in ('delivery', 'execution') and t.week_rows >= busy
  ) as w
  join everwatch_private.series as m on m.subject = w.source and m.anomaly is not null
  cross join lateral (
    select min(h.starts_at) as first
    from everwatch_private.series_members(w.org_id, w.source, w.resource_id) as member
    cross join lateral (
      select r.starts_at
      from everwatch_private.rollups as r
      where r.source = w.source
        and r.resource_id = member
        and r.starts_at >= kept_since
        and (w.source = 'request' or r.starts_at >= (select s.daily_before from everwatch_private.rollup_state as s))
      order by r.starts_at
      limit 1
    ) as h
  ) as f
  where f.first < until
    and not exists (
      select
      from everwatch_private.watched_series as k
      where k.org_id = w.org_id and k.resource_id = w.resource_id and k.metric = m.name
    );
end
$$;

comment on function everwatch_private.watch_series(timestamptz)
  is 'Watches what has become busy, from its first hour that is rolled up by the hour on, forgets what was deleted, and scores that are older than retentions says.';

revoke execute
  on function
    everwatch_private.watch_series(timestamptz),
    everwatch_private.series_members(uuid, everwatch_private.source, uuid)
  from public;
