-- The write path. Each `store_…` takes the events of one type from a batch, in the order in which they
-- were given; each id comes once, and one that is known changes nothing.
--
-- A good batch is read once. So whether it is good is found out while it is stored: what the tables
-- refuse raises, and so does an event that is not plain, which is one with other values than the row
-- that was made of it (unless it was `checked`). Then the batch is judged event by event. Plans are
-- generic: to plan a look into each partition takes several times as long as to look.
create function everwatch_private.refuse_batch()
  returns boolean
  language plpgsql set search_path = ''
  as $$
begin
  raise exception 'an event is not plain' using errcode = 'data_exception';
end
$$;

comment on function everwatch_private.refuse_batch() is 'Raises data_exception.';

create function everwatch_private.store_webhook_deliveries(
  events jsonb,
  ids uuid[],
  checked boolean
)
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan
  as $$
declare
  known uuid[];
  pending uuid[];
  finished everwatch.webhook_deliveries[];
begin
  select coalesce(array_agg(d.id), '{}'), array_agg(d.id) filter (where d.status = 'pending')
  into known, pending
  from everwatch.webhook_deliveries as d
  where d.id = any (ids);

  if pending <> '{}' then
    -- A pending one that finishes is taken out and stored again with the others: all of them are then
    -- counted in their order, and it goes where its time belongs.
    with outcome as materialized (
      select (body ->> 'id')::uuid as id, (body ->> 'webhook_id')::uuid as webhook_id
      from jsonb_array_elements(events) as body
      where body ->> 'type' = 'webhook_delivery' and body ->> 'status' <> 'pending'
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
  select coalesce(e.id, gen_random_uuid()),
    (select w.org_id from everwatch.webhooks as w where w.id = e.webhook_id),
    e.webhook_id, coalesce(e.event_type, f.event_type), e.status, e.status_code,
    greatest(coalesce(e.attempt, 1), f.attempt), e.duration_ms, e.error, coalesce(e.sent_at, now()),
    coalesce(e.bytes_out, f.bytes_out)
  from jsonb_array_elements(events) with ordinality as _ (body, position)
  cross join lateral jsonb_to_record(body) as e (
    id uuid, webhook_id uuid, event_type text, status text, status_code integer, attempt integer,
    duration_ms integer, error text, sent_at timestamptz, bytes_out bigint
  )
  left join unnest(finished) as f on f.id = e.id
  where body ->> 'type' = 'webhook_delivery'
    and case
      when checked
        or to_jsonb(e) @> body - '{type,index,sent_at}'::text[]
          and (
            body ->> 'sent_at' is null
            or body ->> 'sent_at' like '____-__-__T__:__:__%'
              and translate(body ->> 'sent_at', '0123456789', '') in ('--T::Z', '--T::.Z', '--T::+:', '--T::.+:')
              and e.sent_at <= now() + interval '5 minutes'
          )
        then e.id is null or f.id is not null or e.id <> all (known)
      else everwatch_private.refuse_batch()
    end
  order by position;
end
$$;

comment on function everwatch_private.store_webhook_deliveries(jsonb, uuid[], boolean)
  is 'Stores the deliveries among events, whose ids are given too, and finishes those that were pending.';

revoke execute
  on function
    everwatch_private.refuse_batch(),
    everwatch_private.store_webhook_deliveries(jsonb, uuid[], boolean)
  from public;
