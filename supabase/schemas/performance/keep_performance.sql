-- Bringing mv_webhook_performance and mv_rule_performance up to date: of those that were touched, what
-- differs is written, and nothing else. So a reader waits for nobody, and a quiet refresh costs next to
-- nothing, however many webhooks there are.
create function everwatch_private.keep_rows(kept text, ids uuid[])
  returns bigint
  language plpgsql set search_path = '' set jit = off
  as $$
declare
  key name;
  columns text;
  more bigint;
begin
  if ids is null then
    return 0;
  end if;

  select max(a.attname) filter (where a.attnum = any (i.indkey)),
    string_agg(quote_ident(a.attname), ', ' order by a.attnum)
  into strict key, columns
  from pg_catalog.pg_index as i
  join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid
  where i.indrelid = format('everwatch.mv_%s', kept)::regclass and i.indisprimary
    and a.attnum > 0 and not a.attisdropped;

  -- Updating a row that does not differ would lock it, which is a write as well.
  execute format(
    $sql$
    with now_so as materialized (
      select * from everwatch_private.current_%1$s($1)
    ),
    gone as (
      delete from everwatch.mv_%1$s as k
      where k.%2$I = any ($1) and not exists (select from now_so as n where n.%2$I = k.%2$I)
    ),
    written as (
      insert into everwatch.mv_%1$s as k
      select n.*
      from now_so as n
      left join everwatch.mv_%1$s as old on old.%2$I = n.%2$I and old.%2$I = any ($1)
      where old is distinct from n
      on conflict (%2$I) do update set (%3$s) = row (excluded.*)
    )
    select (select count(*) from now_so)
      - (select count(*) from everwatch.mv_%1$s as k where k.%2$I = any ($1))
    $sql$,
    kept, key, columns
  ) into more using ids;
  return more;
end
$$;

comment on function everwatch_private.keep_rows(text, uuid[])
  is 'Writes those rows of everwatch.mv_<kept> with these ids that differ from what everwatch_private.current_<kept>() has now; deletes those that are no more; returns how many more rows there are than before.';

create function everwatch_private.keep_performance()
  returns boolean
  language plpgsql set search_path = ''
  as $$
declare
  touched uuid[];
  webhooks uuid[];
  rules uuid[];
  more_webhooks bigint;
  more_rules bigint;
begin
  if not exists (select from everwatch_private.touched_resources) then
    return false;
  end if;

  with taken as (
    delete from everwatch_private.touched_resources where true returning source, resource_id
  )
  select array_agg(distinct resource_id),
    array_agg(distinct resource_id) filter (where source = 'delivery'),
    array_agg(distinct resource_id) filter (where source = 'execution')
  into touched, webhooks, rules
  from taken;

  -- A segment touches its rules.
  if rules is not null then
    select array_agg(t.id) into rules
    from (
      select unnest(rules)
      union
      select r.id
      from everwatch.segments as s
      join everwatch.automation_rules as r on r.org_id = s.org_id and r.segment_id = s.id
      where s.id = any (rules)
    ) as t (id);
  end if;

  perform everwatch_private.forget_resources(touched);
  select everwatch_private.keep_rows('webhook_performance', webhooks),
    everwatch_private.keep_rows('rule_performance', rules)
  into more_webhooks, more_rules;
  return more_webhooks <> 0 or more_rules <> 0;
end
$$;

comment on function everwatch_private.keep_performance()
  is 'Brings the rows of mv_webhook_performance and mv_rule_performance that were touched up to date, and forgets what is gone; returns whether there are more rows or fewer than before.';

revoke execute
  on function everwatch_private.keep_rows(text, uuid[]), everwatch_private.keep_performance()
  from public;
