-- Whether an id is known. Postgres keeps an id unique within a partition; to keep it so over all of them
-- whoever tracks claims the ids first, and looks for them then.
create unlogged table everwatch_private.claimed_ids (id uuid primary key);

comment on table everwatch_private.claimed_ids
  is 'Ids that transactions in progress are about to store: who inserts one that another has inserted waits until that has ended. Nobody sees any, as each removes its own at once.';

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

-- A row that is set aside leaves a null in its place, so that all others keep theirs.
create function everwatch_private.set_aside(rows anyarray, places integer[])
  returns anyarray
  language plpgsql immutable set search_path = ''
  as $$
declare
  place integer;
begin
  foreach place in array coalesce(places, '{}') loop
    rows[place] := null;
  end loop;
  return rows;
end
$$;

comment on function everwatch_private.set_aside(anyarray, integer[])
  is 'Rows without those at some places, which are null from there on.';

create function everwatch_private.repeats(ids uuid[])
  returns integer[]
  language sql immutable set search_path = ''
  as $$
  select array_agg(repeated.place::integer)
  from (
    select given.place, row_number() over (partition by given.id order by given.place) as n
    from unnest(ids) with ordinality as given (id, place)
    where given.id is not null
  ) as repeated
  where repeated.n > 1
$$;

comment on function everwatch_private.repeats(uuid[])
  is 'The places of ids that came before, from 1.';

create function everwatch_private.repeated_deliveries(rows everwatch.webhook_deliveries[])
  returns integer[]
  language sql immutable set search_path = ''
  as $$
  select array_agg(given.place::integer)
  from (
    select d.ordinality as place,
      -- What it amounts to at the end: the first that finishes it, if any does, and else the first.
      first_value(d.ordinality) over (
        partition by d.id, d.webhook_id
        order by d.status = 'pending', d.ordinality
      ) as counts,
      first_value(d.webhook_id) over (partition by d.id order by d.ordinality) as owner,
      d.webhook_id
    from unnest(rows) with ordinality as d
    where d.id is not null
  ) as given
  where given.place <> given.counts or given.webhook_id <> given.owner
$$;

comment on function everwatch_private.repeated_deliveries(everwatch.webhook_deliveries[])
  is 'The places of deliveries that change nothing, as others in the batch have the same id: of one webhook the first that finishes it counts, and else the first; of several webhooks the first one''s.';

revoke execute
  on function
    everwatch_private.claim_ids(uuid[]),
    everwatch_private.set_aside(anyarray, integer[]),
    everwatch_private.repeats(uuid[]),
    everwatch_private.repeated_deliveries(everwatch.webhook_deliveries[])
  from public;
