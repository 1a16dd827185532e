-- What fills up: the disk, and the outbox of notifications. Both are looked at by the clock, and when they
-- pass a limit that the operator sets is predicted from how they grew.
create table everwatch_private.capacity_limits (
  what text primary key check (what in ('disk_bytes', 'outbox_waiting')),
  limit_value numeric not null check (limit_value > 0 and limit_value < 1e15),
  warn_within interval not null check (warn_within between interval '1 minute' and interval '400 days')
);

comment on table everwatch_private.capacity_limits
  is 'What the operator sets: see docs/predictions.md. Without a row nothing is predicted.';
comment on column everwatch_private.capacity_limits.what
  is 'disk_bytes: the size of the database. outbox_waiting: notifications that are queued.';
comment on column everwatch_private.capacity_limits.limit_value
  is 'What is not to be passed: bytes, or notifications.';
comment on column everwatch_private.capacity_limits.warn_within
  is 'A prediction is stated when the limit is expected to be passed sooner than this.';

insert into
  everwatch_private.capacity_limits
values
  ('disk_bytes', 8e9, '30 days'),
  ('outbox_waiting', 10000, '1 hour');

create table everwatch_private.capacity_samples (
  what text not null references everwatch_private.capacity_limits (what) on delete cascade,
  at timestamptz not null,
  value double precision not null,
  primary key (what, at)
);

comment on table everwatch_private.capacity_samples
  is 'How full each was: the disk by the day, and the outbox by five minutes.';

create function everwatch_private.sample_capacity(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  insert into everwatch_private.capacity_samples (what, at, value)
  select l.what, s.at, case l.what
    when 'disk_bytes' then pg_database_size(current_database())
    else (select count(*) from everwatch_private.notifications as n where n.status = 'queued')
  end
  from everwatch_private.capacity_limits as l
  cross join lateral (
    select date_bin(
      case l.what when 'disk_bytes' then interval '1 day' else interval '5 minutes' end,
      sample_capacity.at, 'epoch'
    )
  ) as s (at)
  -- Looked at only when it is to be kept: the size of the database takes a look at each of its files.
  where not exists (
    select from everwatch_private.capacity_samples as known where known.what = l.what and known.at = s.at
  )
  on conflict do nothing;

  delete from everwatch_private.capacity_samples as s
  where s.at < sample_capacity.at
    - everwatch_private.kept_for(case s.what when 'disk_bytes' then 'disk_samples' else 'outbox_samples' end);
end
$$;

comment on function everwatch_private.sample_capacity(timestamptz)
  is 'Looks how full the disk and the outbox are, if that is not known for this day and these five minutes.';

create function everwatch_private.capacity_forecast(at timestamptz default now())
  returns table(what text, value double precision, limit_value numeric, samples bigint, exhausted_at timestamptz, earliest timestamptz, latest timestamptz)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select l.what, g.value, l.limit_value, g.samples,
    capacity_forecast.at + make_interval(secs => t.expected),
    capacity_forecast.at + make_interval(secs => t.earliest),
    capacity_forecast.at + make_interval(secs => t.latest)
  from everwatch_private.capacity_limits as l
  cross join lateral (
    select count(*) as samples, (array_agg(s.value order by s.at desc))[1] as value,
      sum(s.grown) / nullif(sum(s.seconds), 0) as drift,
      sum(s.seconds) filter (where s.grown is not null) as observed,
      bool_or(s.grown < 0) as wavers,
      -- Of each step the part that the drift does not explain; and for few steps more, as Student's t.
      sum((s.grown - s.drift * s.seconds) ^ 2 / nullif(s.seconds, 0)) / nullif(count(s.grown) - 1, 0)
        * (1 + 1.4 / nullif(count(s.grown) - 1, 0)) as variance
    from (
      select s.*, sum(s.grown) over () / nullif(sum(s.seconds) over (), 0) as drift
      from (
        select s.at, s.value,
          s.value - lag(s.value) over previous as grown,
          extract(epoch from s.at - lag(s.at) over previous)::float8 as seconds
        from everwatch_private.capacity_samples as s
        where s.what = l.what
          and s.at <= capacity_forecast.at
          -- Long enough for a week's course to be in it several times; a backlog is of this hour.
          and s.at > capacity_forecast.at
            - case l.what when 'disk_bytes' then interval '29 days' else interval '65 minutes' end
        window previous as (order by s.at)
      ) as s
    ) as s
  ) as g
  left join lateral everwatch_private.time_to_reach(
    l.limit_value::float8 - g.value, g.drift, g.variance, g.observed, g.wavers
  ) as t
    -- A week of days, or half an hour of minutes; fewer say nothing.
    on g.samples >= 7
  order by l.what;
end
$$;

comment on function everwatch_private.capacity_forecast(timestamptz)
  is 'When the disk and the outbox will pass their limits, with the bounds of an 80% interval, if they go on to grow as they have: the disk in four weeks, the outbox in an hour. Null with fewer than 7 samples, and where nothing grows.';

revoke execute
  on function
    everwatch_private.sample_capacity(timestamptz),
    everwatch_private.capacity_forecast(timestamptz)
  from public;

create function everwatch_private.partitions_end()
  returns table(source everwatch_private.source, ends_at timestamptz)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select r.source, max((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz)
  from everwatch_private.raw_tables as r
  join pg_catalog.pg_inherits as i on i.inhparent = format('everwatch.%I', r.name)::regclass
  join pg_catalog.pg_class as c on c.oid = i.inhrelid
  group by r.source;
end
$$;

comment on function everwatch_private.partitions_end()
  is 'Until when each raw table has partitions; rows of later times wait in its default partition.';

revoke execute on function everwatch_private.partitions_end() from public;
