-- What a sender is told of a message: everything that it needs, secrets included. Only the secret
-- key's holder is told, which is the notify function.
create function everwatch_private.describe_alerts(notification_ids bigint[])
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    -- An alert that fired and escalated within one message is one alert, as it is now.
    with latest as (
      select distinct on (e.alert_id) e.id, e.kind, e.severity, e.message, e.value, e.at, a.fingerprint,
        a.type, a.resource_type, a.resource_id, a.resource_name, a.threshold, a.started_at
      from everwatch_private.notifications as n
      join everwatch_private.alert_events as e on e.id = n.event_id
      join everwatch_private.alerts as a on a.id = e.alert_id
      where n.id = any (notification_ids)
      order by e.alert_id, e.id desc
    ),
    numbered as (
      -- 'critical' sorts before 'warning'.
      select l.*, row_number() over (order by l.severity, l.id) as place from latest as l
    )
    select jsonb_build_object(
      'total', count(*),
      'critical', count(*) filter (where n.severity = 'critical' and n.kind <> 'resolved'),
      'alerts', coalesce(
        jsonb_agg(to_jsonb(n) - '{id,place}'::text[] order by n.place) filter (where n.place <= 100), '[]'
      )
    )
    from numbered as n
  );
end
$$;

comment on function everwatch_private.describe_alerts(bigint[])
  is 'The alerts that these notifications are about, each with its latest event: how many, how many of them critical, and the first 100, critical ones first.';

create function everwatch_private.describe_test(channel everwatch_private.channels, at timestamptz)
  returns jsonb
  language sql immutable set search_path = ''
  as $$
  select jsonb_build_object(
    'total', 1,
    'critical', 0,
    'alerts', jsonb_build_array(jsonb_build_object(
      'kind', 'fired',
      'severity', 'warning',
      'message', 'This tries the channel: nothing is wrong',
      'value', 0,
      'threshold', 0,
      'at', at,
      'started_at', at,
      'fingerprint', everwatch_private.fingerprint(channel.org_id, 'test', 'channel', channel.id::text),
      'type', 'test',
      'resource_type', 'channel',
      'resource_id', channel.id,
      'resource_name', channel.name
    ))
  )
$$;

comment on function everwatch_private.describe_test(everwatch_private.channels, timestamptz)
  is 'As describe_alerts, for a test of a channel.';

create function everwatch_private.describe_message(
  notification_ids bigint[],
  channel everwatch_private.channels,
  at timestamptz
)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select jsonb_build_object(
      'notification_id', first.id,
      'message_id', first.message_id,
      'attempt', first.attempts,
      'is_test', first.event_id is null,
      'group_key', first.group_key,
      'dedup_key', first.dedup_key,
      'org_id', channel.org_id,
      'org_name', coalesce((select o.name from everwatch.orgs as o where o.id = channel.org_id), 'Platform'),
      'channel', jsonb_build_object(
        'kind', channel.kind,
        'name', channel.name,
        'url', channel.url,
        'email_from', channel.email_from,
        'email_to', channel.email_to
      ),
      'secrets', (
        select jsonb_agg(s.decrypted_secret order by s.id = channel.secret_id desc)
        from vault.decrypted_secrets as s
        where s.id = channel.secret_id
          or (s.id = channel.previous_secret_id and channel.previous_secret_until > describe_message.at)
      ),
      'dashboard_url', settings.dashboard_url,
      'allowed_networks', settings.allowed_networks,
      'timeout_ms', settings.receiver_timeout_ms
    ) || case
      when first.event_id is null then everwatch_private.describe_test(channel, first.queued_at)
      else everwatch_private.describe_alerts(notification_ids)
    end
    from everwatch_private.settings as settings
    cross join (
      select * from everwatch_private.notifications as n where n.id = any (notification_ids) order by n.id limit 1
    ) as first
  );
end
$$;

comment on function everwatch_private.describe_message(bigint[], everwatch_private.channels, timestamptz)
  is 'A message as the notify function sends it, with the channel''s secrets, the newest first.';

revoke execute
  on function
    everwatch_private.describe_alerts(bigint[]),
    everwatch_private.describe_test(everwatch_private.channels, timestamptz),
    everwatch_private.describe_message(bigint[], everwatch_private.channels, timestamptz)
  from public;
