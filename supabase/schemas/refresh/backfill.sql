-- Rolling up history that came in without triggers: a day at a time, the newest first, so that what is
-- recent is right first, and a run that ends or fails leaves nothing to be done twice.
create table everwatch_private.backfills (
  source everwatch_private.source primary key references everwatch_private.raw_tables (source),
  started_at timestamptz not null default clock_timestamp(),
  oldest_row_at timestamptz,
  done_since timestamptz not null default 'infinity',
  rows_done bigint not null default 0,
  finished_at timestamptz
);

comment on table everwatch_private.backfills
  is 'How far the history of each raw table is rolled up; without a row there was none to roll up.';
comment on column everwatch_private.backfills.oldest_row_at
  is 'Where it ends; null when there was no row.';
comment on column everwatch_private.backfills.done_since
  is 'Raw rows from this moment on are in the rollups; those from before it are to come.';
comment on column everwatch_private.backfills.rows_done is 'Raw rows that it has rolled up.';
comment on column everwatch_private.backfills.finished_at is 'Null while it is not done.';

create function everwatch_private.raw_bounds(
  source everwatch_private.source,
  until timestamptz,
  out oldest timestamptz,
  out newest timestamptz
)
  language plpgsql stable set search_path = ''
  as $$
declare
  raw everwatch_private.raw_tables;
begin
  select * into strict raw from everwatch_private.raw_tables as r where r.source = raw_bounds.source;
  -- Org by org, as the raw tables' indexes on time begin with it.
  execute format(
    'select min(t.oldest), max(t.newest)
    from everwatch.orgs as o
    cross join lateral (
      select min(%1$I) as oldest, max(%1$I) as newest
      from everwatch.%2$I
      where org_id = o.id and %1$I >= $1 and %1$I < $2
    ) as t',
    raw.time_column, raw.name
  ) into oldest, newest using raw.complete_since, until;
end
$$;

comment on function everwatch_private.raw_bounds(everwatch_private.source, timestamptz)
  is 'The times of the oldest and of the newest row of a raw table before `until`, of those of which retention dropped none.';

create function everwatch_private.start_backfill()
  returns setof everwatch_private.backfills
  language sql set search_path = ''
  as $$
  select everwatch_private.touch_everything();

  insert into everwatch_private.backfills as b (source, oldest_row_at)
  select r.source, bounds.oldest
  from everwatch_private.raw_tables as r
  cross join lateral everwatch_private.raw_bounds(r.source, 'infinity') as bounds
  on conflict (source) do update
  set started_at = excluded.started_at,
    oldest_row_at = excluded.oldest_row_at,
    done_since = excluded.done_since,
    rows_done = 0,
    finished_at = null
  returning *
$$;

comment on function everwatch_private.start_backfill()
  is 'Has the history of all raw tables rolled up by `backfill()`, from the start, and the next refresh look at every webhook and rule: call it after rows came in without triggers.';

create function everwatch_private.backfill_day(source everwatch_private.source)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  progress everwatch_private.backfills;
  since timestamptz;
begin
  select * into strict progress
  from everwatch_private.backfills as b
  where b.source = backfill_day.source
  for update;

  -- The newest day that is not done. All that is older than the rollups' retention is one span.
  select case when b.newest < s.forgotten_before then '-infinity' else date_bin('1 day', b.newest, 'epoch') end
  into since
  from everwatch_private.raw_bounds(backfill_day.source, progress.done_since) as b
  cross join everwatch_private.rollup_state as s;

  if since >= (select r.complete_since from everwatch_private.raw_tables as r where r.source = backfill_day.source) then
    update everwatch_private.backfills as b
    set rows_done = b.rows_done + everwatch_private.reconcile(backfill_day.source, since, progress.done_since),
      done_since = since
    where b.source = backfill_day.source;
  else
    update everwatch_private.backfills as b
    set finished_at = clock_timestamp(), done_since = '-infinity'
    where b.source = backfill_day.source;
  end if;
end
$$;

comment on function everwatch_private.backfill_day(everwatch_private.source)
  is 'Rolls up the newest day of a raw table that is not done, or says that all are.';

create function everwatch_private.backfill(days integer default 10)
  returns setof everwatch_private.backfills
  language plpgsql set search_path = ''
  as $$
declare
  -- Whoever refreshes the views waits for this one.
  until constant timestamptz := clock_timestamp() + interval '10 seconds';
  next everwatch_private.source;
begin
  for day in 1 .. days loop
    select b.source into next
    from everwatch_private.backfills as b
    where b.finished_at is null
    order by b.done_since desc, b.source
    limit 1;
    exit when not found;
    perform everwatch_private.backfill_day(next);
    exit when clock_timestamp() > until;
  end loop;
  return query select * from everwatch_private.backfills order by source;
end
$$;

comment on function everwatch_private.backfill(integer)
  is 'Goes on with rolling up history, by so many days of one raw table each or ten seconds, and returns how far it is. The schedule calls it; whoever is in a hurry may, too, again and again.';

revoke execute
  on function
    everwatch_private.raw_bounds(everwatch_private.source, timestamptz),
    everwatch_private.start_backfill(),
    everwatch_private.backfill_day(everwatch_private.source),
    everwatch_private.backfill(integer)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-backfill', '* * * * *', 'select everwatch_private.backfill()');
