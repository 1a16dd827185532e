-- What members do about an alert: acknowledging stops its repeats. Row level security decides who may;
-- these functions say why not.
create function everwatch_private.record_acknowledgement()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  insert into everwatch_private.alert_events (alert_id, org_id, kind, severity, message, value, at, actor)
  values (
    new.id, new.org_id,
    case when new.acknowledged_at is null then 'unacknowledged' else 'acknowledged' end,
    new.severity, new.message, new.value, now(), auth.uid()
  );
  return null;
end
$$;

comment on function everwatch_private.record_acknowledgement()
  is 'Adds to an alert''s history who acknowledged it, or took that back.';

revoke execute on function everwatch_private.record_acknowledgement() from public;

create trigger record_acknowledgement
  after update of acknowledged_at on everwatch_private.alerts
  for each row
  when (coalesce(old.acknowledged_at, new.acknowledged_at) is not null)
  execute function everwatch_private.record_acknowledgement();

create function everwatch_private.set_acknowledgement(
  alert_id uuid,
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  acknowledged_until timestamptz
)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  found_state text;
begin
  update everwatch_private.alerts as a
  set acknowledged_by = set_acknowledgement.acknowledged_by,
    acknowledged_at = set_acknowledgement.acknowledged_at,
    acknowledged_until = set_acknowledgement.acknowledged_until
  where a.id = alert_id and a.state <> 'resolved';
  if found then
    return;
  end if;
  select a.state into found_state from everwatch_private.alerts as a where a.id = alert_id;
  if found_state is null then
    raise exception 'There is no such alert.'
      using errcode = 'PT404', detail = 'alert_not_found', hint = 'alert_id';
  elsif found_state = 'resolved' then
    raise exception 'This alert is resolved.'
      using errcode = 'PT409', detail = 'resolved', hint = 'alert_id';
  end if;
  raise exception 'Viewers acknowledge nothing: ask a member of the org.'
    using errcode = 'PT403', detail = 'not_allowed', hint = 'alert_id';
end
$$;

comment on function everwatch_private.set_acknowledgement(uuid, uuid, timestamptz, timestamptz)
  is 'Changes the acknowledgement of an open alert, as the caller. Raises PT404 (also for another org''s), PT409 or PT403.';

create function everwatch.acknowledge_alert(alert_id uuid, until timestamptz default null)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  if until not between now() and now() + interval '1 year' then
    raise exception 'until must be in the future, a year ahead at most.'
      using errcode = 'PT400', detail = 'invalid_until', hint = 'until';
  end if;
  perform everwatch_private.set_acknowledgement(alert_id, auth.uid(), now(), until);
end
$$;

comment on function everwatch.acknowledge_alert(uuid, timestamptz)
  is 'Stops an open alert''s repeats until then, or until it is resolved. It still notifies when it becomes critical and when it is resolved. Raises PT400, PT403, PT404 or PT409.';

create function everwatch.unacknowledge_alert(alert_id uuid)
  returns void
  language sql set search_path = ''
  as $$
  select everwatch_private.set_acknowledgement(alert_id, null, null, null)
$$;

comment on function everwatch.unacknowledge_alert(uuid)
  is 'Takes an acknowledgement back: repeats go on. Raises PT403, PT404 or PT409.';

revoke execute
  on function
    everwatch_private.set_acknowledgement(uuid, uuid, timestamptz, timestamptz),
    everwatch.acknowledge_alert(uuid, timestamptz),
    everwatch.unacknowledge_alert(uuid)
  from public;
