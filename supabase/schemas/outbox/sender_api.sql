-- What the notify function calls, with the secret key.
create function everwatch_private.accept_call(id text, sent_at bigint, body text, signature text)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform everwatch_private.check_request(id, sent_at, body, signature);
  return body::jsonb;
end
$$;

comment on function everwatch_private.accept_call(text, bigint, text, text)
  is 'What this database asked for in a request that it signed; raises PT401 for any other request.';

create function everwatch.accept_notification_call(
  id text,
  sent_at bigint,
  body text,
  signature text
)
  returns jsonb
  language plpgsql set search_path = ''
  as $$
declare
  call constant jsonb := everwatch_private.accept_call(id, sent_at, body, signature);
begin
  return everwatch_private.claim_notification(
    (call ->> 'notification_id')::bigint, (call ->> 'at')::timestamptz
  );
end
$$;

comment on function everwatch.accept_notification_call(text, bigint, text, text)
  is 'Takes on the notification of a request that the database signed: see claim_notification. Raises PT401 for any other request.';

create function everwatch.claim_notification(notification_id bigint, at timestamptz default now())
  returns jsonb
  language sql set search_path = ''
  as $$
  select everwatch_private.claim_notification(notification_id, at)
$$;

comment on function everwatch.claim_notification(bigint, timestamptz)
  is 'Takes on the message of a notification for one minute: {message} to send now, {next} to claim later, or {} when there is nothing to do. For the notify function.';

create function everwatch.finish_notification(
  notification_id bigint,
  attempt integer,
  outcome jsonb,
  at timestamptz default now()
)
  returns jsonb
  language sql set search_path = ''
  as $$
  select everwatch_private.finish_notification(notification_id, attempt, outcome, at)
$$;

comment on function everwatch.finish_notification(bigint, integer, jsonb, timestamptz)
  is 'Records what became of an attempt and returns {next}, what to go on with, or {}. For the notify function.';

revoke execute
  on function
    everwatch_private.accept_call(text, bigint, text, text),
    everwatch.accept_notification_call(text, bigint, text, text),
    everwatch.claim_notification(bigint, timestamptz),
    everwatch.finish_notification(bigint, integer, jsonb, timestamptz)
  from public;
