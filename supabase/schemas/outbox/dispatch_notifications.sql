-- What the schedule sees to: whatever was lost on the way, it begins again.
create function everwatch_private.end_expired_leases(at timestamptz)
  returns void
  language sql set search_path = ''
  as $$
  -- A sender that fell silent counts as an attempt, or what kills senders would be sent for ever.
  update everwatch_private.notifications as n
  set status = case when everwatch_private.retry_delay(n.attempts) is null then 'dead' else 'queued' end,
    due_at = end_expired_leases.at,
    finished_at = case when everwatch_private.retry_delay(n.attempts) is null then end_expired_leases.at end,
    leased_until = null,
    error = 'The sender did not say what became of it.'
  where n.status = 'sending' and n.leased_until <= end_expired_leases.at
$$;

comment on function everwatch_private.end_expired_leases(timestamptz)
  is 'Queues again what its sender has kept for longer than a lease; after the last attempt it is dead.';

create function everwatch_private.queue_unqueued_events()
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  event record;
begin
  for event in
    select u.event_id from everwatch_private.unqueued_events as u order by u.event_id limit 1000
    for update skip locked
  loop
    begin
      perform everwatch_private.queue_notifications(array[event.event_id]);
      delete from everwatch_private.unqueued_events as u where u.event_id = event.event_id;
    exception
      when others then
        update everwatch_private.unqueued_events as u
        set error = format('%s: %s', sqlstate, sqlerrm)
        where u.event_id = event.event_id;
    end;
  end loop;
end
$$;

comment on function everwatch_private.queue_unqueued_events()
  is 'Queues the notifications of events for which that failed when they happened.';

create function everwatch_private.pg_net_is_up()
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

comment on function everwatch_private.pg_net_is_up()
  is 'Whether pg_net has a worker for this database.';

create function everwatch_private.dispatch_notifications(at timestamptz default now())
  returns integer
  language plpgsql security definer set search_path = ''
  as $$
declare
  cron_run_id constant bigint := everwatch_private.current_cron_run();
  message record;
  calls integer := 0;
begin
  -- A run that takes long is not joined by the next.
  if not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.dispatch_notifications', 0)) then
    return 0;
  end if;
  perform everwatch_private.end_expired_leases(at);
  perform everwatch_private.queue_unqueued_events();
  perform everwatch_private.fold_notification_counts();
  -- What nobody would send now would only pile up: the next run asks again.
  if not everwatch_private.pg_net_is_up() then
    return 0;
  end if;
  for message in
    select min(n.id) as id
    from everwatch_private.notifications as n
    join everwatch_private.channels as c on c.id = n.channel_id
    where n.status = 'queued' and n.due_at <= dispatch_notifications.at
    group by n.channel_id, n.group_key, n.message_id,
      case when c.group_seconds = 0 and n.message_id is null then n.id end
    order by 1
    limit greatest(0, 500 - (select count(*) from net.http_request_queue))
  loop
    perform everwatch_private.call_function(
      '/notify', jsonb_build_object('notification_id', message.id, 'at', at), cron_run_id
    );
    calls := calls + 1;
  end loop;
  return calls;
end
$$;

comment on function everwatch_private.dispatch_notifications(timestamptz)
  is 'Has the notify function called for all that is due, up to 500 requests in the queue of pg_net; returns how many calls were made.';

revoke execute
  on function
    everwatch_private.end_expired_leases(timestamptz),
    everwatch_private.queue_unqueued_events(),
    everwatch_private.pg_net_is_up(),
    everwatch_private.dispatch_notifications(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  (
    'everwatch-dispatch-notifications',
    '* * * * *',
    'select everwatch_private.dispatch_notifications()'
  );
