-- Whether an id is known. Postgres keeps an id unique within a partition; to keep it so over all of them
-- whoever tracks claims the ids first, and looks for them then.
create unlogged table everwatch_private.claimed_ids (id uuid primary key);

comment on table everwatch_private.claimed_ids
  is 'Ids that transactions in progress are about to store: who inserts one that another has inserted waits until that has ended. Nobody sees any, as each removes its own at once.';

grant select, insert, delete on everwatch_private.claimed_ids to service_role;

create function everwatch_private.claim_ids(ids uuid[])
  returns integer
  language plpgsql set search_path = ''
  as $$
declare
  claimed integer;
begin
  -- In one order for all, so that batches with the same ids cannot deadlock.
  insert into everwatch_private.claimed_ids
  select distinct id from unnest(ids) as id where id is not null order by id;
  get diagnostics claimed = row_count;
  -- What others wait for is in the index until this transaction has ended.
  delete from everwatch_private.claimed_ids where id = any (ids);
  return claimed;
end
$$;

comment on function everwatch_private.claim_ids(uuid[])
  is 'Waits until no other transaction is about to store one of these ids, and has others wait for this one; returns how many different ones there are.';

create function everwatch_private.without_repeats(events jsonb)
  returns jsonb
  language plpgsql set search_path = ''
  as $$
begin
  return (
    select jsonb_agg(body order by position)
    from (
      select distinct on (type, id, case when id is null then position end) position, body
      from (
        select position, body, body ->> 'type' as type, (body ->> 'id')::uuid as id,
          first_value(body ->> 'webhook_id') over (
            partition by body ->> 'type', (body ->> 'id')::uuid
            order by position
          ) as owner
        from jsonb_array_elements(events) with ordinality as _ (body, position)
      ) as event
      where id is null or body ->> 'webhook_id' is not distinct from owner
      order by type, id, case when id is null then position end, body ->> 'status' = 'pending', position
    ) as first
  );
end
$$;

comment on function everwatch_private.without_repeats(jsonb)
  is 'A batch in which each id comes once: as what it amounts to at the end, which is the first event that finishes it, if any does, and else its first.';

revoke execute
  on function everwatch_private.claim_ids(uuid[]), everwatch_private.without_repeats(jsonb)
  from public;
