-- One step of an alert, from what it is and what is measured. Nothing is written here.
create type everwatch_private.alert_step as (next everwatch_private.alerts, events text[], suppressed_by text);

comment on type everwatch_private.alert_step
  is 'What an alert becomes, which events that makes, and what holds back their notification (null: nothing).';

create function everwatch_private.next_alert(
  alert everwatch_private.alerts,
  condition everwatch_private.condition,
  pending_for interval,
  keep_firing_for interval,
  repeat_interval interval,
  inhibited_by text[],
  at timestamptz
)
  returns everwatch_private.alert_step
  language plpgsql stable set search_path = ''
  as $$
declare
  next everwatch_private.alerts := everwatch_private.measured_alert(alert, condition, next_alert.at);
  event text;
  suppressed_by text;
begin
  next.state := everwatch_private.next_state(
    alert.state, case alert.state when 'pending' then alert.started_at else alert.recovering_at end,
    condition.severity is not null, condition.type is null, pending_for, keep_firing_for, next_alert.at
  );
  event := everwatch_private.event_of(alert.state, next.state);
  case event
    when 'fired', 'refired' then
      next.fired_at := coalesce(alert.fired_at, next_alert.at);
      next.recovering_at := null;
    when 'recovering' then next.recovering_at := next_alert.at;
    when 'resolved', 'cleared' then next.resolved_at := next_alert.at;
    else null;
  end case;

  if next.state = 'firing' then
    return everwatch_private.firing_step(alert, next, event, repeat_interval, inhibited_by, next_alert.at);
  end if;
  if event = 'resolved' then
    -- Who was told that it fired is told that it is over; and nobody else.
    if alert.last_notified_at is null then
      suppressed_by := coalesce(alert.held_back_by, 'silence');
    end if;
    next.held_back_by := null;
  end if;
  return row(next, array_remove(array[event], null), suppressed_by);
end
$$;

comment on function everwatch_private.next_alert(everwatch_private.alerts, everwatch_private.condition, interval, interval, interval, text[], timestamptz)
  is 'What an alert (null: none is open) becomes by a condition (null: it is not true), which events that makes, and what holds back their notification.';

create function everwatch_private.measured_alert(
  alert everwatch_private.alerts,
  condition everwatch_private.condition,
  at timestamptz
)
  returns everwatch_private.alerts
  language plpgsql stable set search_path = ''
  as $$
begin
  if alert.id is null then
    alert.id := gen_random_uuid();
    alert.org_id := condition.org_id;
    alert.type := condition.type;
    alert.resource_type := condition.resource_type;
    alert.resource_id := condition.resource_id;
    alert.started_at := measured_alert.at;
  end if;
  if condition.type is not null then
    alert.severity := coalesce(condition.severity, alert.severity);
    alert.resource_name := condition.resource_name;
    alert.message := condition.message;
    alert.value := condition.value;
    alert.threshold := condition.threshold;
  end if;
  return alert;
end
$$;

comment on function everwatch_private.measured_alert(everwatch_private.alerts, everwatch_private.condition, timestamptz)
  is 'An alert with what a condition (null: it is not true) says of it; a new one, still without a state, where none is open.';

create function everwatch_private.firing_step(
  alert everwatch_private.alerts,
  next everwatch_private.alerts,
  event text,
  repeat_interval interval,
  inhibited_by text[],
  at timestamptz
)
  returns everwatch_private.alert_step
  language plpgsql stable set search_path = ''
  as $$
declare
  owed constant text := case
    when event = 'fired' then 'fired'
    when next.severity = 'critical'
      and coalesce(alert.notified_severity, alert.severity) = 'warning' then 'escalated'
    when alert.last_notified_at is null then 'repeated'
    when firing_step.at >= alert.last_notified_at + repeat_interval then 'repeated'
  end;
  suppressed_by text;
  further text;
begin
  if owed is not null then
    suppressed_by := everwatch_private.suppression(next, owed, inhibited_by, firing_step.at);
    if suppressed_by is null then
      next.last_notified_at := firing_step.at;
      next.notified_severity := next.severity;
    end if;
  end if;
  -- What is held back is said once, not at every look.
  if owed <> 'fired' and (
    suppressed_by is null
    or suppressed_by is distinct from alert.held_back_by
    or (owed = 'escalated' and next.severity <> alert.severity)
  ) then
    further := owed;
  elsif next.severity <> alert.severity then
    further := 'changed';
  end if;
  next.held_back_by := suppressed_by;
  return row(next, array_remove(array[event, further], null), suppressed_by);
end
$$;

comment on function everwatch_private.firing_step(everwatch_private.alerts, everwatch_private.alerts, text, interval, text[], timestamptz)
  is 'What an alert that fires owes those who are told of it, beside the event by which it came to fire (null: it fired before).';

revoke execute
  on function
    everwatch_private.next_alert(everwatch_private.alerts, everwatch_private.condition, interval, interval, interval, text[], timestamptz),
    everwatch_private.measured_alert(everwatch_private.alerts, everwatch_private.condition, timestamptz),
    everwatch_private.firing_step(everwatch_private.alerts, everwatch_private.alerts, text, interval, text[], timestamptz)
  from public;
