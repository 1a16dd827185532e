-- Durations as Prometheus counts them: how many were no longer than each of a few bounds. Its counters
-- may not fall, so that of an org still counts what its webhooks and rules did before they were deleted.
create function everwatch_private.duration_bounds_ms()
  returns integer[]
  language sql immutable set search_path = ''
  as $$
  select '{5,10,25,50,100,250,500,1000,2500,5000,10000,30000}'::integer[]
$$;

comment on function everwatch_private.duration_bounds_ms()
  is 'The bounds of the buckets in which Prometheus counts durations, in milliseconds; what is longer than all of them has a last bucket.';

-- A function of its own, so that it is computed once and not for each histogram.
create function everwatch_private.duration_bound_bins()
  returns integer[]
  language plpgsql immutable set search_path = ''
  as $$
begin
  return everwatch_private.bins_of(everwatch_private.duration_bounds_ms()::double precision[]);
end
$$;

comment on function everwatch_private.duration_bound_bins()
  is 'The bin of a histogram in which each of duration_bounds_ms() lies.';

create function everwatch_private.bucket_durations(histogram bigint[])
  returns bigint[]
  language plpgsql immutable set search_path = ''
  as $$
declare
  bounds constant integer[] := everwatch_private.duration_bound_bins();
  buckets bigint[] := array_fill(0::bigint, array[cardinality(bounds) + 1]);
  bin integer := array_lower(histogram, 1);
  bucket integer := 1;
  counted bigint;
begin
  foreach counted in array coalesce(histogram, '{}') loop
    while bin > bounds[bucket] loop
      bucket := bucket + 1;
    end loop;
    if counted <> 0 then
      buckets[bucket] := buckets[bucket] + counted;
    end if;
    bin := bin + 1;
  end loop;
  for n in 2..cardinality(buckets) loop
    buckets[n] := buckets[n] + buckets[n - 1];
  end loop;
  return buckets;
end
$$;

comment on function everwatch_private.bucket_durations(bigint[])
  is 'How many durations of an unpacked histogram (see add_durations) are no longer than each of duration_bounds_ms(), and in the last place all. One that is longer than a bound by less than 2%, in the same bin, counts as no longer.';

revoke execute
  on function
    everwatch_private.duration_bounds_ms(),
    everwatch_private.duration_bound_bins(),
    everwatch_private.bucket_durations(bigint[])
  from public;

create table everwatch_private.deleted_durations (
  id bigint generated always as identity,
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  source everwatch_private.source not null references everwatch_private.raw_tables (source),
  bins bigint[],
  duration_sum bigint not null,
  primary key (org_id, id)
);

comment on table everwatch_private.deleted_durations
  is 'What webhooks and rules that were deleted had done until the last refresh before.';
comment on column everwatch_private.deleted_durations.bins
  is 'A histogram of the durations of timed rows: see count_values().';
comment on column everwatch_private.deleted_durations.duration_sum is 'Milliseconds.';

create function everwatch_private.keep_deleted_durations()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  insert into everwatch_private.deleted_durations (org_id, source, bins, duration_sum)
  select d.org_id, t.source, everwatch_private.pack_durations(t.histogram), t.duration_sum
  from deleted as d
  join everwatch_private.totals as t
    on t.source = tg_argv[0]::everwatch_private.source and t.resource_id = d.id
  -- Not when the org goes, too.
  where exists (select from everwatch.orgs as o where o.id = d.org_id);
  return null;
end
$$;

comment on function everwatch_private.keep_deleted_durations()
  is 'Keeps the durations of webhooks or rules (the argument is their source) that a statement deletes.';

revoke execute on function everwatch_private.keep_deleted_durations() from public;

create trigger keep_durations
  after delete on everwatch.webhooks
  referencing old table as deleted
  for each statement
  execute function everwatch_private.keep_deleted_durations('delivery');

create trigger keep_durations
  after delete on everwatch.automation_rules
  referencing old table as deleted
  for each statement
  execute function everwatch_private.keep_deleted_durations('execution');

create function everwatch_private.merge_deleted_durations()
  returns void
  language sql set search_path = ''
  as $$
  with part as (
    delete from everwatch_private.deleted_durations as d
    where exists (
      select
      from everwatch_private.deleted_durations as o
      where o.org_id = d.org_id and o.source = d.source and o.id <> d.id
    )
    returning d.*
  )
  insert into everwatch_private.deleted_durations (org_id, source, bins, duration_sum)
  select p.org_id, p.source,
    everwatch_private.sum_bins(array(
      select unnest(o.bins) from part as o where o.org_id = p.org_id and o.source = p.source
    )),
    sum(p.duration_sum)::bigint
  from part as p
  group by p.org_id, p.source
$$;

comment on function everwatch_private.merge_deleted_durations()
  is 'Makes one row of an org''s many deleted webhooks, and one of its rules: deletes do not, so that none waits for another.';

revoke execute on function everwatch_private.merge_deleted_durations() from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  (
    'everwatch-merge-deleted-durations',
    '37 0 * * *',
    'select everwatch_private.merge_deleted_durations()'
  );
