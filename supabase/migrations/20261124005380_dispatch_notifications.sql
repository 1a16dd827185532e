-- What the schedule sees to: whatever was lost on the way, it begins again.
create function monitoring.end_expired_leases(at timestamptz)
  returns void
  language sql set search_path = ''
  as $$
  -- A sender that fell silent counts as an attempt, or what kills senders would be sent for ever.
  update monitoring.notifications as n
  set status = case when monitoring.retry_delay(n.attempts) is null then 'dead' else 'queued' end,
    due_at = end_expired_leases.at,
    finished_at = case when monitoring.retry_delay(n.attempts) is null then end_expired_leases.at end,
    leased_until = null,
    error = 'The sender did not say what became of it.'
  where n.status = 'sending' and n.leased_until <= end_expired_leases.at
$$;

comment on function monitoring.end_expired_leases(timestamptz)
  is 'Queues again what its sender has kept for longer than a lease; after the last attempt it is dead.';

create function monitoring.queue_unqueued_events()
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  event record;
begin
  for event in
    select u.event_id from monitoring.unqueued_events as u order by u.event_id limit 1000
    for update skip locked
  loop
    begin
      perform monitoring.queue_notifications(array[event.event_id]);
      delete from monitoring.unqueued_events as u where u.event_id = event.event_id;
    exception
      when others then
        update monitoring.unqueued_events as u
        set error = format('%s: %s', sqlstate, sqlerrm)
        where u.event_id = event.event_id;
    end;
  end loop;
end
$$;

comment on function monitoring.queue_unqueued_events()
  is 'Queues the notifications of events for which that failed when they happened.';

create function monitoring.pg_net_is_up()
  returns boolean
  language plpgsql set search_path = ''
  as $$
begin
  perform net.check_worker_is_up();
  return true;
exception
  when others then return false;
end
$$;

comment on function monitoring.pg_net_is_up() is 'Whether pg_net has a worker for this database.';

create function monitoring.dispatch_notifications(at timestamptz default now())
  returns integer
  language plpgsql security definer set search_path = ''
  as $$
declare
  cron_run_id constant bigint := monitoring.current_cron_run();
  message record;
  calls integer := 0;
begin
  -- A run that takes long is not joined by the next.
  if not pg_try_advisory_xact_lock(hashtextextended('monitoring.dispatch_notifications', 0)) then
    return 0;
  end if;
  perform monitoring.end_expired_leases(at);
  perform monitoring.queue_unqueued_events();
  perform monitoring.fold_notification_counts();
  -- What nobody would send now would only pile up: the next run asks again.
  if not monitoring.pg_net_is_up() then
    return 0;
  end if;
  for message in
    select min(n.id) as id
    from monitoring.notifications as n
    join monitoring.channels as c on c.id = n.channel_id
    where n.status = 'queued' and n.due_at <= dispatch_notifications.at
    group by n.channel_id, n.group_key, n.message_id,
      case when c.group_seconds = 0 and n.message_id is null then n.id end
    order by 1
    limit greatest(0, 500 - (select count(*) from net.http_request_queue))
  loop
    perform monitoring.call_function(
      '/notify', jsonb_build_object('notification_id', message.id, 'at', at), cron_run_id
    );
    calls := calls + 1;
  end loop;
  return calls;
end
$$;

comment on function monitoring.dispatch_notifications(timestamptz)
  is 'Has the notify function called for all that is due, up to 500 requests in the queue of pg_net; returns how many calls were made.';

revoke all
  on function monitoring.end_expired_leases(timestamptz), monitoring.queue_unqueued_events(), monitoring.pg_net_is_up(), monitoring.dispatch_notifications(timestamptz)
  from public, anon, authenticated, service_role;
