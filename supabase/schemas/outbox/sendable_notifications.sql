-- What goes out together, when, and to which sender.
create function everwatch_private.sendable_notifications(
  asked everwatch_private.notifications,
  channel everwatch_private.channels,
  at timestamptz
)
  returns bigint[]
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    with candidate as (
      select n.id, n.event_id
      from everwatch_private.notifications as n
      where n.channel_id = asked.channel_id and n.group_key = asked.group_key
        and n.status = 'queued' and n.due_at <= at
        and case
          when asked.message_id is not null then n.message_id = asked.message_id
          when channel.group_seconds = 0 or asked.event_id is null then n.id = asked.id
          else n.message_id is null
        end
    )
    select coalesce(array_agg(c.id order by c.id), '{}')
    from candidate as c
    -- What happened to an alert is told in order: an end that overtakes its beginning would leave an
    -- incident open for ever.
    where not exists (
      select
      from everwatch_private.alert_events as e
      join everwatch_private.alert_events as before on before.alert_id = e.alert_id and before.id < e.id
      join everwatch_private.notifications as earlier
        on earlier.event_id = before.id and earlier.channel_id = asked.channel_id
      where e.id = c.event_id and earlier.status in ('queued', 'sending')
        and not exists (select from candidate as same where same.id = earlier.id)
    )
  );
end
$$;

comment on function everwatch_private.sendable_notifications(everwatch_private.notifications, everwatch_private.channels, timestamptz)
  is 'What goes out with a notification: the rest of its message, or what of its group is due.';

create function everwatch_private.group_is_quiet_at(
  notification_ids bigint[],
  channel everwatch_private.channels
)
  returns timestamptz
  language sql stable set search_path = ''
  as $$
  select least(
    max(n.queued_at) + make_interval(secs => channel.group_seconds::double precision),
    min(n.queued_at) + make_interval(secs => 10 * channel.group_seconds::double precision)
  )
  from everwatch_private.notifications as n
  where n.id = any (notification_ids) and n.message_id is null and n.event_id is not null
$$;

comment on function everwatch_private.group_is_quiet_at(bigint[], everwatch_private.channels)
  is 'When a message that was never sent is complete: after group_seconds without another event, or ten times that; null for others.';

create function everwatch_private.lease_notifications(
  notification_ids bigint[],
  channel everwatch_private.channels,
  at timestamptz
)
  returns bigint[]
  language plpgsql set search_path = ''
  as $$
declare
  ids bigint[];
begin
  with message as (
    select gen_random_uuid() as id
  ),
  leased as (
    update everwatch_private.notifications as n
    set status = 'sending',
      attempts = n.attempts + 1,
      leased_until = lease_notifications.at + interval '1 minute',
      message_id = coalesce(n.message_id, message.id),
      dedup_key = coalesce(n.dedup_key, case
        when not everwatch_private.keeps_incidents(channel) then null
        when n.event_id is null then 'test-' || channel.id
        else coalesce(
          everwatch_private.incident_key(e.alert_id, channel.id),
          case when cardinality(notification_ids) > 1 then 'group-' || message.id else a.fingerprint end
        )
      end)
    from message, unnest(notification_ids) as chosen (id)
    left join everwatch_private.notifications as same on same.id = chosen.id
    left join everwatch_private.alert_events as e on e.id = same.event_id
    left join everwatch_private.alerts as a on a.id = e.alert_id
    where n.id = chosen.id and n.status = 'queued'
    returning n.id
  )
  select array_agg(l.id order by l.id) into ids from leased as l;
  return ids;
end
$$;

comment on function everwatch_private.lease_notifications(bigint[], everwatch_private.channels, timestamptz)
  is 'Gives notifications to a sender for one minute, as one message; returns those that were still queued, or null.';

revoke execute
  on function
    everwatch_private.sendable_notifications(everwatch_private.notifications, everwatch_private.channels, timestamptz),
    everwatch_private.group_is_quiet_at(bigint[], everwatch_private.channels),
    everwatch_private.lease_notifications(bigint[], everwatch_private.channels, timestamptz)
  from public;
