-- PagerDuty takes one event at a time, each about one incident. An alert that is told alone is an
-- incident of its own, under its fingerprint; alerts that are told together are one, which ends when
-- the last of them does.
create function monitoring.pagerduty_action(kind text)
  returns text
  language sql immutable set search_path = ''
  as $$
  select case kind
    when 'resolved' then 'resolve'
    when 'acknowledged' then 'acknowledge'
    else 'trigger'
  end
$$;

comment on function monitoring.pagerduty_action(text)
  is 'The event_action of PagerDuty for a kind of event.';

create function monitoring.pagerduty_incident(alert_id uuid, channel_id uuid)
  returns text
  language sql stable set search_path = ''
  as $$
  select n.dedup_key
  from monitoring.alert_events as e
  join monitoring.notifications as n on n.event_id = e.id and n.channel_id = pagerduty_incident.channel_id
  where e.alert_id = pagerduty_incident.alert_id and n.dedup_key is not null
  order by e.id desc
  limit 1
$$;

comment on function monitoring.pagerduty_incident(uuid, uuid)
  is 'The dedup_key under which a channel was told of an alert; null when it was not.';

create function monitoring.first_of_one_action(notification_ids bigint[])
  returns bigint[]
  language sql stable set search_path = ''
  as $$
  with event as (
    select n.id, n.channel_id, monitoring.pagerduty_action(e.kind) as action,
      monitoring.pagerduty_incident(e.alert_id, n.channel_id) as incident
    from monitoring.notifications as n
    join monitoring.alert_events as e on e.id = n.event_id
    where n.id = any (notification_ids)
  ),
  first as (
    select * from event order by id limit 1
  )
  select array_agg(e.id order by e.id)
  from event as e
  join first as f on (e.action, coalesce(e.incident, '')) = (f.action, coalesce(f.incident, ''))
$$;

comment on function monitoring.first_of_one_action(bigint[])
  is 'Of these notifications the first, and those that do the same to the same incident.';

create function monitoring.is_incident_still_open(notification_ids bigint[])
  returns boolean
  language sql stable set search_path = ''
  as $$
  select exists (
    select
    from monitoring.notifications as ours
    join monitoring.alert_events as resolved on resolved.id = ours.event_id and resolved.kind = 'resolved'
    join monitoring.notifications as told
      on told.channel_id = ours.channel_id
      and told.dedup_key = monitoring.pagerduty_incident(resolved.alert_id, ours.channel_id)
    join monitoring.alert_events as e on e.id = told.event_id
    join monitoring.alerts as a on a.id = e.alert_id
    where ours.id = any (notification_ids) and a.state <> 'resolved'
  )
$$;

comment on function monitoring.is_incident_still_open(bigint[])
  is 'Whether the incident that these would resolve has other alerts that are still open.';

revoke all
  on function monitoring.pagerduty_action(text), monitoring.pagerduty_incident(uuid, uuid), monitoring.first_of_one_action(bigint[]), monitoring.is_incident_still_open(bigint[])
  from public, anon, authenticated, service_role;
