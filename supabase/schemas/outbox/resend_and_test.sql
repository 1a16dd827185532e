-- What a person may ask for: to send again what was given up, and to try a channel.
create function everwatch_private.resend_notification(notification_id bigint)
  returns void
  language plpgsql security definer set search_path = ''
  as $$
declare
  dead everwatch_private.notifications;
  channel everwatch_private.channels;
begin
  select * into dead from everwatch_private.notifications as n where n.id = resend_notification.notification_id;
  channel := everwatch_private.own_channel(dead.channel_id);
  if not channel.enabled then
    raise exception 'Enable the channel first.'
      using errcode = 'PT409', detail = 'channel_disabled', hint = 'notification_id';
  end if;
  update everwatch_private.notifications as n
  set status = 'queued', attempts = 0, due_at = now(), finished_at = null
  where n.status = 'dead' and n.event_id is not null
    and (n.id = dead.id or (n.channel_id = dead.channel_id and n.message_id = dead.message_id));
  if not found then
    raise exception 'Only a notification that is dead is sent again.'
      using errcode = 'PT409', detail = 'not_dead', hint = 'notification_id';
  end if;
  perform everwatch_private.call_function(
    '/notify', jsonb_build_object('notification_id', dead.id, 'at', now())
  );
end
$$;

comment on function everwatch_private.resend_notification(bigint)
  is 'What everwatch.resend_notification calls.';

create function everwatch.resend_notification(notification_id bigint)
  returns void
  language sql set search_path = ''
  as $$
  select everwatch_private.resend_notification(notification_id)
$$;

comment on function everwatch.resend_notification(bigint)
  is 'Sends a dead notification again, with the rest of its message and under the same id. Raises PT401, PT403, PT404 or PT409.';

create function everwatch_private.queue_test(channel_id uuid)
  returns bigint
  language plpgsql security definer set search_path = ''
  as $$
declare
  channel constant everwatch_private.channels := everwatch_private.own_channel(queue_test.channel_id);
  new_id bigint;
begin
  insert into everwatch_private.notifications (org_id, channel_id, group_key, queued_at, due_at)
  values (channel.org_id, channel.id, 'test', now(), now())
  returning id into new_id;
  return new_id;
end
$$;

comment on function everwatch_private.queue_test(uuid) is 'What everwatch.queue_test calls.';

create function everwatch.queue_test(channel_id uuid)
  returns bigint
  language sql set search_path = ''
  as $$
  select everwatch_private.queue_test(channel_id)
$$;

comment on function everwatch.queue_test(uuid)
  is 'Queues a message that tries a channel, enabled or not, and returns the notification''s id; POST notify/test sends it at once. Raises PT401, PT403 or PT404.';

revoke execute
  on function
    everwatch_private.resend_notification(bigint),
    everwatch.resend_notification(bigint),
    everwatch_private.queue_test(uuid),
    everwatch.queue_test(uuid)
  from public;
