-- Rows come in several times faster without indexes, which are built afterwards, sorted at once.
create table bench.indexes (id integer primary key generated always as identity, definition text not null);

create view bench.raw_tables as
select
  oid
from
  pg_class
where
  oid in (
    'everwatch.webhook_deliveries'::regclass,
    'everwatch.rule_executions'::regclass,
    'everwatch.api_audit_logs'::regclass
  )
union
select
  part.relid
from
  unnest(
    array['everwatch.webhook_deliveries', 'everwatch.rule_executions', 'everwatch.api_audit_logs']::regclass[]
  ) as root
  cross join pg_partition_tree(root) as part;

comment on view bench.raw_tables
  is 'The three tables of raw rows, and their partitions if they have any.';

create function bench.drop_indexes()
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  found record;
begin
  for found in
    select i.indrelid::regclass as of, i.indexrelid::regclass as index, c.conname as constraint,
      case
        when c.oid is null then replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
        else format('alter table %s add constraint %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
      end as definition
    from pg_index as i
    left join pg_constraint as c on c.conindid = i.indexrelid and c.contype in ('p', 'u')
    where i.indrelid in (select oid from bench.raw_tables)
      -- The indexes of partitions come and go with their parents.
      and not exists (select from pg_inherits as h where h.inhrelid = i.indexrelid)
  loop
    insert into bench.indexes (definition) values (found.definition);
    if found.constraint is not null then
      execute format('alter table %s drop constraint %I', found.of, found.constraint);
    else
      execute format('drop index %s', found.index);
    end if;
  end loop;
end
$$;

create function bench.create_indexes() returns void language plpgsql set search_path = '' as $$
declare
  definition text;
begin
  for definition in select i.definition from bench.indexes as i order by i.id loop
    execute definition;
  end loop;
end
$$;
