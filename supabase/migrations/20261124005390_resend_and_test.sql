-- What a person may ask for: to send again what was given up, and to try a channel.
create function monitoring.resend_notification(notification_id bigint)
  returns void
  language plpgsql security definer set search_path = ''
  as $$
declare
  dead monitoring.notifications;
  channel monitoring.channels;
begin
  select * into dead from monitoring.notifications as n where n.id = resend_notification.notification_id;
  channel := monitoring.own_channel(dead.channel_id);
  if not channel.enabled then
    raise exception 'Enable the channel first.'
      using errcode = 'PT409', detail = 'channel_disabled', hint = 'notification_id';
  end if;
  update monitoring.notifications as n
  set status = 'queued', attempts = 0, due_at = now(), finished_at = null
  where n.status = 'dead' and n.event_id is not null
    and (n.id = dead.id or (n.channel_id = dead.channel_id and n.message_id = dead.message_id));
  if not found then
    raise exception 'Only a notification that is dead is sent again.'
      using errcode = 'PT409', detail = 'not_dead', hint = 'notification_id';
  end if;
  perform monitoring.call_function(
    '/notify', jsonb_build_object('notification_id', dead.id, 'at', now())
  );
end
$$;

comment on function monitoring.resend_notification(bigint)
  is 'What public.resend_notification calls.';

create function public.resend_notification(notification_id bigint)
  returns void
  language sql set search_path = ''
  as $$
  select monitoring.resend_notification(notification_id)
$$;

comment on function public.resend_notification(bigint)
  is 'Sends a dead notification again, with the rest of its message and under the same id. Raises PT401, PT403, PT404 or PT409.';

create function monitoring.queue_test(channel_id uuid)
  returns bigint
  language plpgsql security definer set search_path = ''
  as $$
declare
  channel constant monitoring.channels := monitoring.own_channel(queue_test.channel_id);
  new_id bigint;
begin
  insert into monitoring.notifications (org_id, channel_id, group_key, queued_at, due_at)
  values (channel.org_id, channel.id, 'test', now(), now())
  returning id into new_id;
  return new_id;
end
$$;

comment on function monitoring.queue_test(uuid) is 'What public.queue_test calls.';

create function public.queue_test(channel_id uuid)
  returns bigint
  language sql set search_path = ''
  as $$
  select monitoring.queue_test(channel_id)
$$;

comment on function public.queue_test(uuid)
  is 'Queues a message that tries a channel, enabled or not, and returns the notification''s id; POST notify/test sends it at once. Raises PT401, PT403 or PT404.';

revoke all
  on function monitoring.resend_notification(bigint), public.resend_notification(bigint), monitoring.queue_test(uuid), public.queue_test(uuid)
  from public, anon, authenticated, service_role;
grant execute
  on function monitoring.resend_notification(bigint), public.resend_notification(bigint), monitoring.queue_test(uuid), public.queue_test(uuid)
  to authenticated, service_role;
