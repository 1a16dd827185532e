-- The write path. Each `store_…` takes the rows of one type: it sets aside what cannot be stored, and
-- stores the others in the order in which they were given. One with an id that is known changes nothing.
-- Plans are generic: to plan a look into each partition takes several times as long as to look.
create function everwatch_private.store_webhook_deliveries(
  rows everwatch.webhook_deliveries[],
  ids uuid[],
  with_repeats boolean
)
  returns everwatch_private.rejection[]
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan
  as $$
declare
  rejected constant everwatch_private.rejection[] := everwatch_private.judge_webhook_deliveries(rows);
  known uuid[];
  pending uuid[];
  finished everwatch.webhook_deliveries[];
begin
  if rejected <> '{}' then
    rows := everwatch_private.set_aside(rows, array(select j.place from unnest(rejected) as j));
  end if;
  if with_repeats then
    rows := everwatch_private.set_aside(rows, everwatch_private.repeated_deliveries(rows));
  end if;
  select coalesce(array_agg(d.id), '{}'), array_agg(d.id) filter (where d.status = 'pending')
  into known, pending
  from everwatch.webhook_deliveries as d
  where d.id = any (ids);

  if pending <> '{}' then
    -- A pending one that finishes is taken out and stored again with the others: all of them are then
    -- counted in their order, and it goes where its time belongs.
    with outcome as materialized (
      select r.id, r.webhook_id from unnest(rows) as r where r.status <> 'pending'
    ),
    finishing as (
      delete from everwatch.webhook_deliveries as d
      using outcome as o
      where d.id = any (pending) and d.id = o.id and d.webhook_id = o.webhook_id and d.status = 'pending'
      returning d
    )
    select array_agg(d) into finished from finishing;
  end if;

  insert into everwatch.webhook_deliveries (
    id, org_id, webhook_id, event_type, status, status_code, attempt, duration_ms, error, sent_at, bytes_out
  )
  select coalesce(d.id, gen_random_uuid()),
    (select w.org_id from everwatch.webhooks as w where w.id = d.webhook_id),
    d.webhook_id, coalesce(d.event_type, f.event_type), d.status, d.status_code,
    greatest(coalesce(d.attempt, 1), f.attempt), d.duration_ms, d.error, coalesce(d.sent_at, now()),
    coalesce(d.bytes_out, f.bytes_out)
  from unnest(rows) with ordinality as d
  left join unnest(finished) as f on f.id = d.id
  where d.webhook_id is not null and (d.id is null or f.id is not null or d.id <> all (known))
  order by d.ordinality;
  return rejected;
end
$$;

comment on function everwatch_private.store_webhook_deliveries(everwatch.webhook_deliveries[], uuid[], boolean)
  is 'Stores deliveries and finishes those that were pending; returns those that cannot be stored. ids: those of all rows of the batch.';

revoke execute
  on function everwatch_private.store_webhook_deliveries(everwatch.webhook_deliveries[], uuid[], boolean)
  from public;
