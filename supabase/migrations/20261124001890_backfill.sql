-- Rolling up history that came in without triggers: a day at a time, the newest first, so that what is
-- recent is right first, and a run that ends or fails leaves nothing to be done twice.
create table monitoring.backfills (
  source monitoring.source primary key,
  started_at timestamptz not null default clock_timestamp(),
  oldest_row_at timestamptz,
  done_since timestamptz not null default 'infinity',
  rows_done bigint not null default 0,
  finished_at timestamptz
);

comment on table monitoring.backfills
  is 'How far the history of each raw table is rolled up; without a row there was none to roll up.';
comment on column monitoring.backfills.oldest_row_at
  is 'Where it ends; null when there was no row.';
comment on column monitoring.backfills.done_since
  is 'Raw rows from this moment on are in the rollups; those from before it are to come.';
comment on column monitoring.backfills.rows_done is 'Raw rows that it has rolled up.';
comment on column monitoring.backfills.finished_at is 'Null while it is not done.';

revoke all on monitoring.backfills from public, anon, authenticated, service_role;
grant select on monitoring.backfills to service_role;

create function monitoring.raw_bounds(
  source monitoring.source,
  until timestamptz,
  out oldest timestamptz,
  out newest timestamptz
)
  language plpgsql stable set search_path = ''
  as $$
declare
  raw monitoring.raw_tables;
begin
  select * into strict raw from monitoring.raw_tables as r where r.source = raw_bounds.source;
  -- Org by org, as the raw tables' indexes on time begin with it.
  execute format(
    'select min(t.oldest), max(t.newest)
    from public.orgs as o
    cross join lateral (
      select min(%1$I) as oldest, max(%1$I) as newest
      from public.%2$I
      where org_id = o.id and %1$I >= $1 and %1$I < $2
    ) as t',
    raw.time_column, raw.name
  ) into oldest, newest using raw.complete_since, until;
end
$$;

comment on function monitoring.raw_bounds(monitoring.source, timestamptz)
  is 'The times of the oldest and of the newest row of a raw table before `until`, of those of which retention dropped none.';

create function monitoring.start_backfill()
  returns setof monitoring.backfills
  language sql set search_path = ''
  as $$
  insert into monitoring.backfills as b (source, oldest_row_at)
  select r.source, bounds.oldest
  from monitoring.raw_tables as r
  cross join lateral monitoring.raw_bounds(r.source, 'infinity') as bounds
  on conflict (source) do update
  set started_at = excluded.started_at,
    oldest_row_at = excluded.oldest_row_at,
    done_since = excluded.done_since,
    rows_done = 0,
    finished_at = null
  returning *
$$;

comment on function monitoring.start_backfill()
  is 'Has the history of all raw tables rolled up by `backfill()`, from the start: call it after rows came in without triggers.';

create function monitoring.backfill_day(source monitoring.source)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  progress monitoring.backfills;
  since timestamptz;
begin
  select * into strict progress
  from monitoring.backfills as b
  where b.source = backfill_day.source
  for update;

  -- The newest day that is not done. All that is older than the rollups' retention is one span.
  select case when b.newest < s.forgotten_before then '-infinity' else date_bin('1 day', b.newest, 'epoch') end
  into since
  from monitoring.raw_bounds(backfill_day.source, progress.done_since) as b
  cross join monitoring.rollup_state as s;

  if since >= (select r.complete_since from monitoring.raw_tables as r where r.source = backfill_day.source) then
    update monitoring.backfills as b
    set rows_done = b.rows_done + monitoring.reconcile(backfill_day.source, since, progress.done_since),
      done_since = since
    where b.source = backfill_day.source;
  else
    update monitoring.backfills as b
    set finished_at = clock_timestamp(), done_since = '-infinity'
    where b.source = backfill_day.source;
  end if;
end
$$;

comment on function monitoring.backfill_day(monitoring.source)
  is 'Rolls up the newest day of a raw table that is not done, or says that all are.';

create function monitoring.backfill(days integer default 10)
  returns setof monitoring.backfills
  language plpgsql set search_path = ''
  as $$
declare
  -- Whoever refreshes the views waits for this one.
  until constant timestamptz := clock_timestamp() + interval '10 seconds';
  next monitoring.source;
begin
  for day in 1 .. days loop
    select b.source into next
    from monitoring.backfills as b
    where b.finished_at is null
    order by b.done_since desc, b.source
    limit 1;
    exit when not found;
    perform monitoring.backfill_day(next);
    exit when clock_timestamp() > until;
  end loop;
  return query select * from monitoring.backfills order by source;
end
$$;

comment on function monitoring.backfill(integer)
  is 'Goes on with rolling up history, by so many days of one raw table each or ten seconds, and returns how far it is. The schedule calls it; whoever is in a hurry may, too, again and again.';

revoke all
  on function monitoring.raw_bounds(monitoring.source, timestamptz), monitoring.start_backfill(), monitoring.backfill_day(monitoring.source), monitoring.backfill(integer)
  from public, anon, authenticated, service_role;
