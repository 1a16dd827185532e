-- A channel that keeps incidents takes one event at a time, each about one incident. An alert that is
-- told alone is an incident of its own, under its fingerprint; alerts that are told together are one,
-- which ends when the last of them does.
create function everwatch_private.incident_action(kind text)
  returns text
  language sql immutable set search_path = ''
  as $$
  select case kind
    when 'resolved' then 'resolve'
    when 'acknowledged' then 'acknowledge'
    else 'trigger'
  end
$$;

comment on function everwatch_private.incident_action(text)
  is 'What a kind of event does to its incident.';

create function everwatch_private.incident_key(alert_id uuid, channel_id uuid)
  returns text
  language sql stable set search_path = ''
  as $$
  select n.dedup_key
  from everwatch_private.alert_events as e
  join everwatch_private.notifications as n on n.event_id = e.id and n.channel_id = incident_key.channel_id
  where e.alert_id = incident_key.alert_id and n.dedup_key is not null
  order by e.id desc
  limit 1
$$;

comment on function everwatch_private.incident_key(uuid, uuid)
  is 'The dedup_key under which a channel was told of an alert; null when it was not.';

create function everwatch_private.first_of_one_action(notification_ids bigint[])
  returns bigint[]
  language sql stable set search_path = ''
  as $$
  with event as (
    select n.id, n.channel_id, everwatch_private.incident_action(e.kind) as action,
      everwatch_private.incident_key(e.alert_id, n.channel_id) as incident
    from everwatch_private.notifications as n
    join everwatch_private.alert_events as e on e.id = n.event_id
    where n.id = any (notification_ids)
  ),
  first as (
    select * from event order by id limit 1
  )
  select array_agg(e.id order by e.id)
  from event as e
  join first as f on (e.action, coalesce(e.incident, '')) = (f.action, coalesce(f.incident, ''))
$$;

comment on function everwatch_private.first_of_one_action(bigint[])
  is 'Of these notifications the first, and those that do the same to the same incident.';

create function everwatch_private.is_incident_still_open(notification_ids bigint[])
  returns boolean
  language sql stable set search_path = ''
  as $$
  select exists (
    select
    from everwatch_private.notifications as ours
    join everwatch_private.alert_events as resolved on resolved.id = ours.event_id and resolved.kind = 'resolved'
    join everwatch_private.notifications as told
      on told.channel_id = ours.channel_id
      and told.dedup_key = everwatch_private.incident_key(resolved.alert_id, ours.channel_id)
    join everwatch_private.alert_events as e on e.id = told.event_id
    join everwatch_private.alerts as a on a.id = e.alert_id
    where ours.id = any (notification_ids) and a.state <> 'resolved'
  )
$$;

comment on function everwatch_private.is_incident_still_open(bigint[])
  is 'Whether the incident that these would resolve has other alerts that are still open.';

revoke execute
  on function
    everwatch_private.incident_action(text),
    everwatch_private.incident_key(uuid, uuid),
    everwatch_private.first_of_one_action(bigint[]),
    everwatch_private.is_incident_still_open(bigint[])
  from public;
