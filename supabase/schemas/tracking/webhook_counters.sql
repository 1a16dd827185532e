-- `webhooks.consecutive_failures` is the trailing run of failed deliveries in commit order, under any
-- number of writers. Order matters only around a failure, so a statement that holds one takes a lock
-- alone, and statements of successes share it: successes never wait for one another, and find the
-- row of a healthy webhook as it should be, so that they do not write it. Locks are kept to commit.
--
-- One delivery, or a batch of them, is one statement in one transaction. A transaction of several
-- statements counts as well; if its later ones need a lock alone that another transaction shares, one
-- of the two fails with deadlock_detected, and neither miscounts.
create function everwatch_private.lock_webhooks(webhook_ids uuid[], failed boolean[])
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  -- Webhooks share few locks, so that no batch, however wide, fills the server's lock table.
  buckets constant integer := 128;
  class constant integer := 'everwatch.webhooks'::regclass::oid::integer;
begin
  perform
    case when alone
      then pg_advisory_xact_lock(class, bucket)
      else pg_advisory_xact_lock_shared(class, bucket)
    end
  from (
    select uuid_hash(delivery.webhook_id) & (buckets - 1) as bucket, bool_or(delivery.failed) as alone
    from unnest(webhook_ids, lock_webhooks.failed) as delivery (webhook_id, failed)
    group by bucket
    order by bucket
  ) as wanted;
end
$$;

comment on function everwatch_private.lock_webhooks(uuid[], boolean[])
  is 'Locks webhooks until commit, in one order for all callers: alone where a delivery failed, shared otherwise.';

revoke execute on function everwatch_private.lock_webhooks(uuid[], boolean[]) from public;

create function everwatch_private.count_outcomes(
  webhook_ids uuid[],
  statuses text[],
  times timestamptz[]
)
  returns boolean
  language plpgsql set search_path = ''
  as $$
begin
  with ordered as (
    select webhook_id, status, sent_at,
      coalesce(bool_or(status = 'sent') over (
        partition by webhook_id
        order by sent_at, position
        rows between 1 following and unbounded following
      ), false) as recovered
    from unnest(webhook_ids, statuses, times) with ordinality as d (webhook_id, status, sent_at, position)
  ),
  outcome as (
    select webhook_id,
      bool_or(status = 'sent') as succeeded,
      count(*) filter (where status = 'failed' and not recovered) as trailing_failures,
      max(sent_at) filter (where status = 'failed') as last_failure_at
    from ordered
    group by webhook_id
  ),
  -- Locked in one order for all, so that two batches with the same webhooks cannot deadlock.
  to_write as materialized (
    select webhook.id
    from everwatch.webhooks as webhook
    join outcome on outcome.webhook_id = webhook.id
    where outcome.last_failure_at is not null or webhook.consecutive_failures > 0
    order by webhook.id
    for no key update of webhook
  )
  update everwatch.webhooks as webhook
  set consecutive_failures = outcome.trailing_failures
      + case when outcome.succeeded then 0 else webhook.consecutive_failures end,
    last_failure_at = greatest(webhook.last_failure_at, outcome.last_failure_at)
  from outcome
  join to_write on to_write.id = outcome.webhook_id
  where webhook.id = outcome.webhook_id;
  return found;
end
$$;

comment on function everwatch_private.count_outcomes(uuid[], text[], timestamptz[])
  is 'Writes consecutive_failures and last_failure_at of locked webhooks after some deliveries, by their times and then by their places; returns whether any had to be written.';

revoke execute
  on function everwatch_private.count_outcomes(uuid[], text[], timestamptz[])
  from public;

-- Only pending rows can be updated (`keep_history`), so every row of `deliveries` that is not pending
-- has just finished, whether it was inserted or updated.
create function everwatch_private.count_deliveries()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform everwatch_private.lock_webhooks(array_agg(webhook_id), array_agg(status = 'failed'))
  from deliveries
  where status <> 'pending';

  -- A snapshot from before the lock may show a count that a later commit has changed. At read
  -- committed the update takes a new one; otherwise this fails with serialization_failure.
  if current_setting('transaction_isolation') <> 'read committed' then
    perform from everwatch.webhooks
    where id in (select webhook_id from deliveries where status <> 'pending')
    order by id
    for share;
  end if;

  -- Nearly always there is nothing to write.
  if not exists (
    select
    from deliveries as d
    where d.status = 'failed' or d.status = 'sent' and exists (
      select from everwatch.webhooks as w where w.id = d.webhook_id and w.consecutive_failures > 0
    )
  ) then
    return null;
  end if;

  if everwatch_private.count_outcomes(d.webhook_ids, d.statuses, d.times) from (
    select array_agg(webhook_id) as webhook_ids, array_agg(status) as statuses, array_agg(sent_at) as times
    from deliveries
    where status <> 'pending'
  ) as d then
    perform everwatch_private.judge_webhooks(
      array(select webhook_id from deliveries where status <> 'pending')
    );
  end if;
  return null;
end
$$;

comment on function everwatch_private.count_deliveries()
  is 'Keeps consecutive_failures and last_failure_at of the webhooks whose deliveries a statement finished; within it, by sent_at and then by position. If any counter was written, their alerts are judged.';

revoke execute on function everwatch_private.count_deliveries() from public;

create trigger count_inserted
  after insert on everwatch.webhook_deliveries
  referencing new table as deliveries
  for each statement
  execute function everwatch_private.count_deliveries();

create trigger count_updated
  after update on everwatch.webhook_deliveries
  referencing new table as deliveries
  for each statement
  execute function everwatch_private.count_deliveries();
