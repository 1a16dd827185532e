-- What became of an attempt, and when there is another.
create function everwatch_private.retry_delay(attempts integer)
  returns interval
  language sql volatile set search_path = ''
  as $$
  -- Up to a fifth longer, so that what failed together does not come back together.
  select (1 + 0.2 * random()) * (
    '{5 seconds,30 seconds,2 minutes,10 minutes,30 minutes,2 hours,6 hours}'::interval[]
  )[attempts]
$$;

comment on function everwatch_private.retry_delay(integer)
  is 'How long to wait after so many attempts that failed; null: there is no other.';

create function everwatch_private.disable_channel(channel_id uuid, reason text, at timestamptz)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  update everwatch_private.channels as c
  set enabled = false, disabled_because = reason
  where c.id = disable_channel.channel_id;
  update everwatch_private.notifications as n
  set status = 'dead', finished_at = at, error = reason
  where n.channel_id = disable_channel.channel_id and n.status = 'queued';
end
$$;

comment on function everwatch_private.disable_channel(uuid, text, timestamptz)
  is 'Stops a channel that cannot work; what it was still owed is dead.';

create function everwatch_private.finish_notification(
  notification_id bigint,
  attempt integer,
  outcome jsonb,
  at timestamptz
)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
declare
  sent everwatch_private.notifications;
  result text := outcome ->> 'result';
  delay interval := everwatch_private.retry_delay(attempt);
  patience constant interval := (outcome ->> 'retry_after_ms')::double precision * interval '1 ms';
begin
  at := greatest(at, clock_timestamp());
  select * into sent from everwatch_private.notifications as n where n.id = finish_notification.notification_id;
  -- A person waits for the outcome of a test: there is one attempt.
  if result = 'retry' and (delay is null or sent.event_id is null) then
    result := 'dead';
  end if;
  -- A receiver may ask for patience, though for no more than an hour of it.
  delay := greatest(delay, case
    when patience > interval '1 hour' then interval '1 hour' else patience
  end);

  -- A sender whose lease ran out may still say that it delivered; for anything else it is too late.
  update everwatch_private.notifications as n
  set status = case result when 'delivered' then 'delivered' when 'retry' then 'queued' else 'dead' end,
    due_at = case when result = 'retry' then finish_notification.at + delay else n.due_at end,
    finished_at = case when result <> 'retry' then finish_notification.at end,
    leased_until = null,
    status_code = (outcome ->> 'status_code')::integer,
    answer = outcome ->> 'answer',
    error = outcome ->> 'error',
    duration_ms = (outcome ->> 'duration_ms')::integer
  where n.channel_id = sent.channel_id and n.message_id = sent.message_id
    and n.status in ('queued', 'sending')
    and (result = 'delivered' or (n.status = 'sending' and n.attempts = attempt));

  if result = 'gone' then
    perform everwatch_private.disable_channel(
      sent.channel_id,
      format('The receiver answered %s: nobody is there any more.', outcome ->> 'status_code'),
      at
    );
  end if;
  return everwatch_private.next_in_group(sent.channel_id, sent.group_key, at);
end
$$;

comment on function everwatch_private.finish_notification(bigint, integer, jsonb, timestamptz)
  is 'Records the outcome of an attempt: {result: delivered, retry, dead or gone, status_code, answer, error, retry_after_ms, duration_ms}. Returns {next}, what the sender may go on with, or {}.';

revoke execute
  on function
    everwatch_private.retry_delay(integer),
    everwatch_private.disable_channel(uuid, text, timestamptz),
    everwatch_private.finish_notification(bigint, integer, jsonb, timestamptz)
  from public;
