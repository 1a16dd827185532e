-- Making partitions: ahead of time, and for months whose rows wait in the default partition.
create view everwatch_private.waiting_rows
with
  (security_invoker = on) as
select
  'delivery'::everwatch_private.source as source,
  date_trunc('month', sent_at, 'UTC') as month,
  count(*) as waiting
from
  everwatch_private.webhook_deliveries_default
group by
  2
union all
select
  'execution',
  date_trunc('month', executed_at, 'UTC'),
  count(*)
from
  everwatch_private.rule_executions_default
group by
  2
union all
select
  'request',
  date_trunc('month', created_at, 'UTC'),
  count(*)
from
  everwatch_private.api_audit_logs_default
group by
  2;

comment on view everwatch_private.waiting_rows
  is 'How many rows are in the default partitions, by the month (UTC) whose partition they wait for.';

create function everwatch_private.partition_name(raw_table text, month timestamptz)
  returns text
  language sql immutable set search_path = ''
  as $$
  select format('%s_%s', raw_table, to_char(month at time zone 'UTC', 'YYYY_MM'))
$$;

comment on function everwatch_private.partition_name(text, timestamptz)
  is 'What the partition of a raw table for a month (UTC) is called, in everwatch_private.';

create function everwatch_private.make_partition(source everwatch_private.source, month timestamptz)
  returns text
  language plpgsql set search_path = ''
  as $$
declare
  raw everwatch_private.raw_tables;
  partition text;
  until constant timestamptz := (month at time zone 'UTC' + interval '1 month') at time zone 'UTC';
begin
  select * into strict raw from everwatch_private.raw_tables as r where r.source = make_partition.source;
  partition := everwatch_private.partition_name(raw.name, month);
  if to_regclass('everwatch_private.' || partition) is not null then
    return null;
  end if;

  execute format(
    'create table everwatch_private.%1$I (
      like everwatch.%2$I including defaults including constraints including storage, primary key (id)
    );
    comment on table everwatch_private.%1$I is %3$L;',
    partition, raw.name, format('Rows of %s for a month, from %s on.', raw.name, month)
  );
  -- Rows that wait for it move there. No trigger of the table sees it, as nothing happens to them.
  execute format(
    'lock table everwatch_private.%1$I in access exclusive mode;
    with waiting as (
      delete from everwatch_private.%1$I where %2$I >= %3$L and %2$I < %4$L returning *
    )
    insert into everwatch_private.%5$I select * from waiting;
    alter table everwatch.%6$I attach partition everwatch_private.%5$I for values from (%3$L) to (%4$L);',
    raw.name || '_default', raw.time_column, month, until, partition, raw.name
  );
  return partition;
end
$$;

comment on function everwatch_private.make_partition(everwatch_private.source, timestamptz)
  is 'Makes the partition of a raw table for the month that begins then, with the rows that wait for it; returns its name, or null when there is one already.';

-- Whoever writes waits behind this while it waits for its locks: only for a second, then the next run
-- tries again.
create function everwatch_private.make_partitions(
  since timestamptz default null,
  at timestamptz default now(),
  most_waiting bigint default 50000
)
  returns setof text
  language plpgsql set search_path = '' set lock_timeout = '1s'
  as $$
declare
  wanted record;
begin
  for wanted in
    with waiting as materialized (
      select * from everwatch_private.waiting_rows
    ),
    month as (
      select w.source, w.month
      from waiting as w
      join everwatch_private.rollup_settings as s
        on (w.month at time zone 'UTC' + interval '1 month') at time zone 'UTC' > at - s.raw_retention
        and w.month <= at + interval '2 months'
      union
      select r.source, m at time zone 'UTC'
      from everwatch_private.raw_tables as r
      cross join generate_series(
        date_trunc('month', coalesce(since, at) at time zone 'UTC'),
        date_trunc('month', at at time zone 'UTC') + interval '2 months',
        interval '1 month'
      ) as m
    )
    select m.source, m.month, w.waiting
    from month as m
    left join waiting as w using (source, month)
    order by m.source, m.month
  loop
    if since is null and wanted.waiting > most_waiting then
      raise warning '% rows of % wait for the partition of %: call everwatch_private.make_partitions() with its time in a quiet hour',
        wanted.waiting, wanted.source, wanted.month;
    else
      return query
      select made
      from everwatch_private.make_partition(wanted.source, wanted.month) as made
      where made is not null;
    end if;
  end loop;
end
$$;

comment on function everwatch_private.make_partitions(timestamptz, timestamptz, bigint)
  is 'Makes the partitions that are missing, from the month of `since` (default: this one) to two months ahead and for rows that wait in a default partition, and returns their names. Without `since` it leaves out months of which more than most_waiting rows wait, as moving them would hold up writers. Call it before loading history.';

create function everwatch_private.missing_partitions()
  returns table(part text, detail text, remedy text)
  language sql stable set search_path = ''
  as $$
  select 'partition', r.name || ' has none for this month', 'select everwatch.repair()'
  from everwatch_private.raw_tables as r
  where to_regclass('everwatch_private.' || everwatch_private.partition_name(r.name, now())) is null
  order by r.name
$$;

comment on function everwatch_private.missing_partitions()
  is 'Raw tables whose rows of today go into the default partition.';

revoke execute
  on function
    everwatch_private.partition_name(text, timestamptz),
    everwatch_private.missing_partitions(),
    everwatch_private.make_partition(everwatch_private.source, timestamptz),
    everwatch_private.make_partitions(timestamptz, timestamptz, bigint)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-make-partitions', '7 * * * *', 'select everwatch_private.make_partitions()');
