-- Retention of raw rows. Whole partitions go: their files are unlinked, however many rows they have.
-- What the rows counted stays in the rollups, as no trigger of the table sees a partition go.
create function everwatch_private.expired_partitions(at timestamptz)
  returns table(source everwatch_private.source, partition text, until timestamptz)
  language sql stable set search_path = ''
  as $$
  select r.source, format('everwatch_private.%I', p.relname), bound.until
  from everwatch_private.raw_tables as r
  join pg_catalog.pg_inherits as i on i.inhparent = format('everwatch.%I', r.name)::regclass
  join pg_catalog.pg_class as p on p.oid = i.inhrelid
  cross join lateral (
    select substring(pg_get_expr(p.relpartbound, p.oid) from 'TO [(]''(.*)''[)]')::timestamptz
  ) as bound (until)
  cross join everwatch_private.rollup_settings as s
  where bound.until <= at - s.raw_retention
$$;

comment on function everwatch_private.expired_partitions(timestamptz)
  is 'Partitions of raw tables whose rows are all older than the retention, and the time before which they are.';

-- One partition a call, so that its locks are held for milliseconds; whoever waits behind it while it
-- waits for them does so for a second at most, then the next run tries again.
create function everwatch_private.expire_raw_rows(at timestamptz default now())
  returns text
  language plpgsql set search_path = '' set lock_timeout = '1s'
  as $$
declare
  expired record;
  deleted bigint;
begin
  select * into expired from everwatch_private.expired_partitions(at) order by until, source limit 1;
  if found then
    execute format('drop table %s', expired.partition);
    update everwatch_private.raw_tables as r
    set complete_since = greatest(r.complete_since, expired.until)
    where r.source = expired.source;
    return format('dropped %s', expired.partition);
  end if;

  -- Rows without a partition go in batches: straight from where they are, so that nobody counts them.
  for expired in
    select r.*, at - s.raw_retention as until
    from everwatch_private.raw_tables as r
    cross join everwatch_private.rollup_settings as s
    order by r.source
  loop
    execute format(
      'delete from everwatch_private.%1$I
      where ctid = any (array(select ctid from everwatch_private.%1$I where %2$I < %3$L limit 50000))',
      expired.name || '_default', expired.time_column, expired.until
    );
    get diagnostics deleted = row_count;
    if deleted > 0 then
      update everwatch_private.raw_tables as r
      set complete_since = greatest(r.complete_since, expired.until)
      where r.source = expired.source;
      return format('deleted %s rows of %s', deleted, expired.name);
    end if;
  end loop;
  return null;
end
$$;

comment on function everwatch_private.expire_raw_rows(timestamptz)
  is 'Drops the oldest partition that is past the retention of raw rows or, when there is none, deletes some rows that are and have no partition; returns what it did, or null when nothing was due.';

revoke execute
  on function
    everwatch_private.expired_partitions(timestamptz),
    everwatch_private.expire_raw_rows(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-expire-raw-rows', '*/10 * * * *', 'select everwatch_private.expire_raw_rows()');
