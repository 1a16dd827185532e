-- How a sender takes a message on: for the length of a lease it alone sends it.
create function everwatch_private.next_call(notification_id bigint, wait interval)
  returns jsonb
  language sql immutable set search_path = ''
  as $$
  select jsonb_build_object('next', jsonb_build_object(
    'notification_id', notification_id,
    'wait_ms', greatest(0, ceil(extract(epoch from wait) * 1000))::integer
  ))
$$;

comment on function everwatch_private.next_call(bigint, interval)
  is 'Tells a sender what to claim next, and how long to wait before.';

create function everwatch_private.next_in_group(channel_id uuid, group_key text, at timestamptz)
  returns jsonb
  language sql stable set search_path = ''
  as $$
  -- Later ones are left to the schedule: no sender lives for ever.
  select coalesce(
    (
      select everwatch_private.next_call(n.id, n.due_at - at)
      from everwatch_private.notifications as n
      where n.channel_id = next_in_group.channel_id and n.group_key = next_in_group.group_key
        and n.status = 'queued' and n.due_at <= at + interval '40 seconds'
      order by n.due_at, n.id
      limit 1
    ),
    '{}'
  )
$$;

comment on function everwatch_private.next_in_group(uuid, text, timestamptz)
  is 'What a sender may go on with once it is done: what is due within 40 seconds, or {}.';

create function everwatch_private.claim_notification(notification_id bigint, at timestamptz)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
declare
  asked everwatch_private.notifications;
  channel everwatch_private.channels;
  ids bigint[];
  quiet_at timestamptz;
  nothing constant jsonb := '{}'::jsonb;
begin
  at := greatest(at, clock_timestamp());
  select * into asked from everwatch_private.notifications as n where n.id = claim_notification.notification_id;
  -- Who claims from the same group at the same time takes what is left.
  perform pg_advisory_xact_lock(hashtextextended(asked.channel_id || asked.group_key, 0));
  select * into asked from everwatch_private.notifications as n where n.id = claim_notification.notification_id;
  if asked.id is null or asked.status <> 'queued' or asked.due_at > at then
    return nothing;
  end if;

  select * into channel from everwatch_private.channels as c where c.id = asked.channel_id;
  if not channel.enabled and asked.event_id is not null then
    update everwatch_private.notifications as n
    set status = 'dropped', finished_at = claim_notification.at, error = 'The channel is disabled.'
    where n.channel_id = asked.channel_id and n.status = 'queued';
    return nothing;
  end if;

  ids := everwatch_private.sendable_notifications(asked, channel, at);
  quiet_at := everwatch_private.group_is_quiet_at(ids, channel);
  if quiet_at > at then
    -- The first of a group waits for it; the others go with the first.
    return case when asked.id = ids[1] then everwatch_private.next_call(asked.id, quiet_at - at) else nothing end;
  end if;

  if everwatch_private.keeps_incidents(channel) and asked.event_id is not null and asked.message_id is null then
    ids := everwatch_private.first_of_one_action(ids);
    if everwatch_private.is_incident_still_open(ids) then
      update everwatch_private.notifications as n
      set status = 'dropped', finished_at = claim_notification.at,
        error = 'Its incident stays open: other alerts of it are.'
      where n.id = any (ids);
      return everwatch_private.next_in_group(asked.channel_id, asked.group_key, at);
    end if;
  end if;

  ids := everwatch_private.lease_notifications(ids, channel, at);
  if ids is null then
    return nothing;
  end if;
  return jsonb_build_object('message', everwatch_private.describe_message(ids, channel, at));
end
$$;

comment on function everwatch_private.claim_notification(bigint, timestamptz)
  is 'Takes on the message of a notification for one minute: {message} to send now, {next} to claim later, or {} when there is nothing to do, as when another sender has it.';

revoke execute
  on function
    everwatch_private.next_call(bigint, interval),
    everwatch_private.next_in_group(uuid, text, timestamptz),
    everwatch_private.claim_notification(bigint, timestamptz)
  from public;
