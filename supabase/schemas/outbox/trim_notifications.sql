-- What was sent long ago, and with which secret, is of no more use.
create function everwatch_private.trim_notifications(at timestamptz default now())
  returns void
  language plpgsql security definer set search_path = ''
  as $$
begin
  delete from everwatch_private.notifications as n
  where n.finished_at < trim_notifications.at - everwatch_private.kept_for('notifications');

  delete from everwatch_private.function_calls as c
  where c.called_at < trim_notifications.at - everwatch_private.kept_for('function_calls');

  update everwatch_private.channels as c
  set previous_secret_id = null, previous_secret_until = null
  where c.previous_secret_until < trim_notifications.at;
end
$$;

comment on function everwatch_private.trim_notifications(timestamptz)
  is 'Deletes notifications and calls that are older than retentions says, and secrets that no longer sign.';

revoke execute on function everwatch_private.trim_notifications(timestamptz) from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-trim-notifications', '47 3 * * *', 'select everwatch_private.trim_notifications()');
