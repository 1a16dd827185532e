-- What Prometheus is told of the outbox: what ended, from counts, and what waits, from the few rows that
-- do, so that it costs as much as there are channels, whatever their history.
create function everwatch_private.prometheus_notifications(org_ids uuid[], operator boolean)
  returns table(org_id uuid, channel_kind text, delivered bigint, dead bigint, dropped bigint, waiting bigint, oldest_waiting_at timestamptz, oldest_due_at timestamptz)
  language sql stable set search_path = ''
  as $$
  with mine as (
    select c.org_id, c.kind, c.id
    from everwatch_private.channels as c
    where c.org_id = any (org_ids) or (operator and c.org_id is null)
  ),
  part as (
    -- A kind of channel that an org has counts, even when nothing was ever sent to it.
    select m.org_id, m.kind, null as outcome, 0 as ended, 0 as waits,
      null::timestamptz as queued_at, null::timestamptz as due_at
    from mine as m
    union all
    select n.org_id, n.channel_kind, n.outcome, n.counted, 0, null, null
    from everwatch_private.notification_counts as n
    where n.org_id = any (org_ids) or (operator and n.org_id is null)
    union all
    select m.org_id, m.kind, null, 0, 1, n.queued_at, null
    from everwatch_private.notifications as n
    join mine as m on m.id = n.channel_id
    where n.status in ('queued', 'sending') and n.event_id is not null
    union all
    select m.org_id, m.kind, null, 0, 0, null, n.due_at
    from everwatch_private.overdue_notifications(now()) as n
    join mine as m on m.id = n.channel_id
    where n.event_id is not null
  )
  select p.org_id, p.kind,
    (coalesce(sum(p.ended) filter (where p.outcome = 'delivered'), 0))::bigint,
    (coalesce(sum(p.ended) filter (where p.outcome = 'dead'), 0))::bigint,
    (coalesce(sum(p.ended) filter (where p.outcome = 'dropped'), 0))::bigint,
    sum(p.waits)::bigint, min(p.queued_at), min(p.due_at)
  from part as p
  group by p.org_id, p.kind
  order by p.org_id, p.kind
$$;

comment on function everwatch_private.prometheus_notifications(uuid[], boolean)
  is 'The outbox of some orgs, and of the operator if that is who asks, by kind of channel: how many notifications ever ended and how, how many wait, when the oldest of these was queued, and since when the oldest that nothing holds back is due. Tests of channels do not count.';

revoke execute on function everwatch_private.prometheus_notifications(uuid[], boolean) from public;
