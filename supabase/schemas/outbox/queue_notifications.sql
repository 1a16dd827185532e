-- Which channels are told of an event of an alert. The event's transaction owes the notifications, and
-- must not fail for them.
create function everwatch_private.alert_group(type text, resource_type text, resource_name text)
  returns text
  language sql immutable set search_path = ''
  as $$
  select concat_ws(
    ':', type,
    case when resource_type = 'webhook'
      then lower(substring(resource_name from '^[a-z]+://(?:[^/?#]*@)?([^/?#]*)'))
    end
  )
$$;

comment on function everwatch_private.alert_group(text, text, text)
  is 'What alerts have in common that are told in one message: the type and, of webhooks, the receiver''s host.';

create function everwatch_private.queue_notifications(event_ids bigint[])
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  message record;
begin
  -- Nobody is told that something ended of which nobody was told that it began.
  update everwatch_private.notifications as n
  set status = 'dropped', finished_at = resolved.at, error = 'Resolved before it was sent.'
  from everwatch_private.alert_events as resolved
  join everwatch_private.alert_events as earlier
    on earlier.alert_id = resolved.alert_id and earlier.id < resolved.id
  where resolved.id = any (event_ids) and resolved.kind = 'resolved'
    and n.event_id = earlier.id and n.status = 'queued' and n.message_id is null;

  for message in
    with added as (
      insert into everwatch_private.notifications (org_id, channel_id, event_id, group_key, queued_at, due_at)
      select c.org_id, c.id, e.id, everwatch_private.alert_group(a.type, a.resource_type, a.resource_name),
        e.at, coalesce(everwatch_private.muted_until(c.mute_windows, e.at), e.at)
      from everwatch_private.alert_events as e
      join everwatch_private.alerts as a on a.id = e.alert_id
      join everwatch_private.channels as c
        on c.org_id = a.org_id or (c.org_id is null and a.org_id is null)
      where e.id = any (event_ids) and e.suppressed_by is null and c.enabled
        and case
          when e.kind in ('fired', 'escalated', 'repeated') then
            (e.severity = 'critical' or c.min_severity = 'warning')
              and (c.types = '{}' or a.type = any (c.types))
          when e.kind = 'resolved' or (e.kind = 'acknowledged' and everwatch_private.keeps_incidents(c)) then
            exists (
              select
              from everwatch_private.alert_events as earlier
              join everwatch_private.notifications as told
                on told.event_id = earlier.id and told.channel_id = c.id
              where earlier.alert_id = e.alert_id and earlier.id < e.id
                and told.status in ('queued', 'sending', 'delivered')
            )
          else false
        end
      order by e.id, c.id
      on conflict (event_id, channel_id) do nothing
      returning *
    )
    select min(n.id) as id, max(n.queued_at) as at
    from added as n
    join everwatch_private.channels as c on c.id = n.channel_id
    where n.due_at <= n.queued_at
    group by n.channel_id, n.group_key, case when c.group_seconds = 0 then n.id end
    order by 1
  loop
    perform everwatch_private.call_function(
      '/notify', jsonb_build_object('notification_id', message.id, 'at', message.at)
    );
  end loop;
end
$$;

comment on function everwatch_private.queue_notifications(bigint[])
  is 'Queues what channels are owed for these events, once however often it is called, and has the notify function called.';

create table everwatch_private.unqueued_events (
  event_id bigint primary key references everwatch_private.alert_events (id) on delete cascade,
  error text not null,
  failed_at timestamptz not null default now()
);

comment on table everwatch_private.unqueued_events
  is 'Events whose notifications could not be queued when they happened; dispatch_notifications does it later.';

create function everwatch_private.notify_of_events()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform everwatch_private.queue_notifications(array(select e.id from events as e));
  return null;
exception
  when others then
    insert into everwatch_private.unqueued_events (event_id, error)
    select e.id, format('%s: %s', sqlstate, sqlerrm) from events as e;
    return null;
end
$$;

comment on function everwatch_private.notify_of_events()
  is 'Queues the notifications of new events. Never raises: what it could not queue is in unqueued_events.';

revoke execute
  on function
    everwatch_private.alert_group(text, text, text),
    everwatch_private.queue_notifications(bigint[]),
    everwatch_private.notify_of_events()
  from public;

create trigger notify
  after insert on everwatch_private.alert_events
  referencing new table as events
  for each statement
  execute function everwatch_private.notify_of_events();
