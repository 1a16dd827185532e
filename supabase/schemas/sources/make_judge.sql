-- Rows that come in are judged one by one, so that a bad one is set aside and the others are stored. What a
-- row must be like is said once, by the tables that take it: by their columns that are not null, by their
-- checks, each with a comment that says it in words, and by their foreign keys. make_judge() makes of
-- these the function that judges rows; it is called where the table is made, and has to be called again
-- in a release that changes one of them.
create type everwatch_private.rejection as (type text, place integer, code text, field text, message text);

comment on type everwatch_private.rejection
  is 'Why a row was set aside: of which type of event it is, its place among the rows of that type (from 1), the first field that is wrong, a code (required, invalid, not_found or limit_exceeded) and what was expected.';

create function everwatch_private.judge_cases(
  row_type regtype,
  time_column text,
  filled_in text[],
  tables regclass[],
  also text[],
  out fields text[],
  out codes text[],
  out messages text[],
  out cases text
)
  language sql stable set search_path = ''
  as $$
  with rule as (
    select * from everwatch_private.rules_of_rows(row_type, tables, filled_in)
    union all
    select 3, split_part(also[1], ' ', 1), 'invalid', substr(also[1], strpos(also[1], ' ') + 1), format('not (%s)', also[2])
    where also <> '{}'
    union all
    -- A time before 2000 was never meant: it counts seconds where milliseconds were expected.
    select 4, time_column, 'invalid', 'must be from 2000 on, and not ahead of now',
      format('not (r.%1$I >= ''2000-01-01Z'' and r.%1$I <= now() + interval ''5 minutes'')', time_column)
  ),
  numbered as (
    select *, row_number() over (order by step, field, message) as n from rule
  )
  select array_agg(field order by n), array_agg(code order by n), array_agg(message order by n),
    string_agg(format('when %s then %s', is_broken, n), E'\n        ' order by n)
  from numbered
$$;

comment on function everwatch_private.judge_cases(regtype, text, text[], regclass[], text[])
  is 'All that a row of a type must be like, numbered in the order in which it is looked at: what to say of each rule that is broken, and the SQL cases that give the number of the first.';

create function everwatch_private.make_judge(
  event_type text,
  row_type regtype,
  time_column text,
  filled_in text[] default '{}',
  tables regclass[] default null,
  also text[] default '{}'
)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  name constant text := 'judge_' || (select t.typname from pg_catalog.pg_type as t where t.oid = row_type);
  rules record;
begin
  select * into strict rules
  from everwatch_private.judge_cases(
    row_type, time_column, filled_in, coalesce(tables, array[row_type::text::regclass]), also
  );
  if array_position(rules.fields, null) is not null then
    raise exception 'a check on % has no comment that says it in words', row_type;
  end if;

  execute format(
    $function$
create function everwatch_private.%1$I(rows %2$s[])
  returns everwatch_private.rejection[]
  language plpgsql stable set search_path = ''
  as $body$
#variable_conflict use_column
declare
  fields constant text[] := %3$L::text[];
  codes constant text[] := %4$L::text[];
  messages constant text[] := %5$L::text[];
begin
  return array(
    select (%6$L, judged.place, codes[judged.rule], fields[judged.rule], messages[judged.rule])::everwatch_private.rejection
    from (
      select r.ordinality::integer as place, case
        %7$s
      end as rule
      from unnest(rows) with ordinality as r
      offset 0
    ) as judged
    where judged.rule is not null
  );
end
$body$
$function$,
    name, row_type, rules.fields, rules.codes, rules.messages, event_type, rules.cases
  );
  execute format(
    'comment on function everwatch_private.%1$I(%2$s[]) is %3$L', name, row_type,
    'Which rows cannot be stored, and the first field of each that is wrong. Made by make_judge().'
  );
  execute format('revoke execute on function everwatch_private.%1$I(%2$s[]) from public', name, row_type);
end
$$;

comment on function everwatch_private.make_judge(text, regtype, text, text[], regclass[], text[])
  is 'Makes the function that judges rows of a type of event by what their tables demand. time_column: when it happened, which may be at most five minutes ahead; filled_in: columns that are filled in while a row is stored; tables: those that take the rows, if the row is not of a table itself; also: one more check, which no table can make, after its sentence.';

revoke execute
  on function
    everwatch_private.judge_cases(regtype, text, text[], regclass[], text[]),
    everwatch_private.make_judge(text, regtype, text, text[], regclass[], text[])
  from public;
