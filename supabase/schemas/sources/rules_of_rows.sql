-- What rows must be like, as the tables that take them say it.
create function everwatch_private.rules_of_rows(
  row_type regtype,
  tables regclass[],
  filled_in text[]
)
  returns table(step integer, field text, code text, message text, is_broken text)
  language sql stable set search_path = ''
  as $$
  with given as (
    select a.attname::text as name
    from pg_catalog.pg_attribute as a
    join pg_catalog.pg_type as t on t.typrelid = a.attrelid
    where t.oid = row_type and a.attnum > 0 and not a.attisdropped
  ),
  told as (
    select c.*, obj_description(c.oid, 'pg_constraint') as sentence,
      array(
        select a.attname::text
        from unnest(c.conkey) with ordinality as k (attnum, n)
        join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.attnum
        order by k.n
      ) as columns
    from pg_catalog.pg_constraint as c
    where c.conrelid = any (tables)
  )
  select 1, a.attname::text, 'required', 'is required', format('r.%I is null', a.attname)
  from pg_catalog.pg_attribute as a
  join given on given.name = a.attname
  where a.attrelid = any (tables) and a.attnotnull and not a.atthasdef
    and a.attname <> all (filled_in)
  union all
  -- A check's comment is a sentence that begins with the field.
  select case cardinality(columns) when 1 then 2 else 3 end, split_part(sentence, ' ', 1), 'invalid',
    substr(sentence, strpos(sentence, ' ') + 1),
    format('not (%s)', pg_get_expr(conbin, conrelid))
  from told
  where contype = 'c' and columns <@ array(select name from given)
  union all
  -- What is filled in comes from the row that the key refers to. It is looked up row by row: an exists()
  -- would be planned to read the whole of its table for a batch of one.
  select 5, (array_agg(k.name order by k.n desc))[1], 'not_found', 'does not exist',
    format(
      '%s and (select true from %s as parent where %s limit 1) is null',
      string_agg(format('r.%I is not null', k.name), ' and '), told.confrelid::regclass,
      string_agg(format('parent.%I = r.%I', parent.attname, k.name), ' and ')
    )
  from told
  cross join lateral unnest(told.columns, told.confkey) with ordinality as k (name, attnum, n)
  join pg_catalog.pg_attribute as parent on parent.attrelid = told.confrelid and parent.attnum = k.attnum
  join given on given.name = k.name
  where told.contype = 'f' and told.conparentid = 0 and k.name <> all (filled_in)
  group by told.oid, told.confrelid
$$;

comment on function everwatch_private.rules_of_rows(regtype, regclass[], text[])
  is 'What the constraints of some tables say of the fields of a type of row, in the order in which it is looked at; is_broken is an SQL condition on r, one such row.';

revoke execute on function everwatch_private.rules_of_rows(regtype, regclass[], text[]) from public;
