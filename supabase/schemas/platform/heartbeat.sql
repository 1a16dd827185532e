-- A sign of life, every minute, to whoever raises the alarm when it does not come. It takes the whole
-- way that an alert takes: scheduler, pg_net, edge function, database.
create function everwatch_private.send_heartbeat()
  returns bigint
  language plpgsql security definer set search_path = ''
  as $$
begin
  if (select s.heartbeat_url from everwatch_private.settings as s) is null then
    return null;
  end if;
  return everwatch_private.call_function(
    '/notify/heartbeat', jsonb_build_object('at', now()), everwatch_private.current_cron_run()
  );
end
$$;

comment on function everwatch_private.send_heartbeat()
  is 'Has the notify function call settings.heartbeat_url; returns the id in function_calls, or null where there is none to call.';

create function everwatch_private.accept_heartbeat(
  id text,
  sent_at bigint,
  body text,
  signature text
)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform everwatch_private.check_request(id, sent_at, body, signature);
  return (
    select jsonb_build_object(
      'url', s.heartbeat_url,
      'allowed_networks', s.allowed_networks,
      'timeout_ms', least(s.receiver_timeout_ms, 4000)
    )
    from everwatch_private.settings as s
  );
end
$$;

comment on function everwatch_private.accept_heartbeat(text, bigint, text, text)
  is 'What everwatch.accept_heartbeat_call calls.';

create function everwatch.accept_heartbeat_call(id text, sent_at bigint, body text, signature text)
  returns jsonb
  language sql set search_path = ''
  as $$
  select everwatch_private.accept_heartbeat(id, sent_at, body, signature)
$$;

comment on function everwatch.accept_heartbeat_call(text, bigint, text, text)
  is 'Where the notify function sends the sign of life that the database asked for in a request that it signed: {url, allowed_networks, timeout_ms}. Raises PT401 for any other request.';

revoke execute
  on function
    everwatch_private.send_heartbeat(),
    everwatch_private.accept_heartbeat(text, bigint, text, text),
    everwatch.accept_heartbeat_call(text, bigint, text, text)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-send-heartbeat', '* * * * *', 'select everwatch_private.send_heartbeat()');
