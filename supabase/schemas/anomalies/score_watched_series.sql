-- Scoring what is new, after each refresh. An hour is read once, some minutes after its end: rows that
-- come later count in the rollups, and not in the model.
create function everwatch_private.score_some_series(until timestamptz, series_ids bigint[])
  returns integer
  language plpgsql set search_path = '' set jit = off
  as $$
declare
  points integer;
begin
  with new as (
    select v.series_id,
      array_agg(v.at order by v.at) as times,
      array_agg(v.value order by v.at) as values
    from everwatch_private.series_values(series_ids, until) as v
    group by v.series_id
  ),
  scored as materialized (
    select w.id, w.org_id, s.detector, s.scores
    from everwatch_private.watched_series as w
    left join new as n on n.series_id = w.id
    cross join lateral everwatch_private.score_points(
      w.detector, coalesce(n.times, '{}'), coalesce(n.values, '{}')
    ) as s
    where w.id = any (series_ids)
  ),
  kept as (
    insert into everwatch_private.series_scores (org_id, series_id, at, value, expected, lower, upper, score, unusual)
    select s.org_id, s.id, p.at, p.value, p.expected, p.lower, p.upper, p.score, p.unusual
    from scored as s
    cross join lateral unnest(s.scores) as p
    where p.status = 'scored'
  ),
  changed as (
    update everwatch_private.watched_series as w
    set detector = s.detector,
      scored_until = score_some_series.until,
      unusual = coalesce((s.scores[cardinality(s.scores)]).unusual, w.unusual),
      missing = (s.detector).missing,
      said = coalesce(
        (
          select p
          from unnest(s.scores) as p
          where p.score >= 0.5
          order by p.at desc
          limit 1
        ),
        w.said
      )
    from scored as s
    where w.id = s.id
    returning cardinality(s.scores) as points
  )
  select coalesce(sum(c.points), 0)::integer into points from changed as c;
  return points;
end
$$;

comment on function everwatch_private.score_some_series(timestamptz, bigint[])
  is 'Scores the hours of these series that are not scored yet; returns how many points that were.';

create function everwatch_private.score_watched_series(at timestamptz default clock_timestamp())
  returns jsonb
  language plpgsql set search_path = ''
  as $$
declare
  -- How many series at a time, and for how many seconds: the next run goes on.
  batch constant integer := 500;
  longest constant double precision := 20;
  started constant timestamptz := clock_timestamp();
  until timestamptz;
  ids bigint[];
  series integer := 0;
  points integer := 0;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.score_watched_series', 0)) then
    return jsonb_build_object('status', 'skipped');
  end if;

  select date_bin('1 hour', least(s.at, score_watched_series.at) - interval '2 minutes', 'epoch')
  into until
  from everwatch_private.rollup_state as s
  where isfinite(s.at);
  if exists (select from everwatch_private.watched_series as w where w.scored_until = until)
    and not exists (select from everwatch_private.watched_series as w where w.scored_until < until) then
    return jsonb_build_object('status', 'scored', 'until', until, 'series', 0, 'points', 0);
  end if;
  if until is not null then
    perform everwatch_private.watch_series(until);
  end if;

  loop
    -- Those that are nearly up to date first: a long history waits its turn.
    ids := array(
      select w.id
      from everwatch_private.watched_series as w
      where w.scored_until < until
      order by w.scored_until desc, w.id
      limit batch
    );
    exit when ids = '{}' or extract(epoch from clock_timestamp() - started) > longest;
    points := points + everwatch_private.score_some_series(until, ids);
    series := series + cardinality(ids);
  end loop;
  return jsonb_build_object('status', 'scored', 'until', until, 'series', series, 'points', points);
end
$$;

comment on function everwatch_private.score_watched_series(timestamptz)
  is 'Scores each watched series up to the last whole hour of the last refresh, from the state that it kept: one transaction, and where there is much to do the next run goes on. Only one runs at a time: a second returns at once as skipped. Returns status, until, and how many series and points that were.';

revoke execute
  on function
    everwatch_private.score_some_series(timestamptz, bigint[]),
    everwatch_private.score_watched_series(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-score-series', '*/5 * * * *', 'select everwatch_private.score_watched_series()');
