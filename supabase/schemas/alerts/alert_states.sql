-- The life of an alert: normal → pending → firing → recovering → resolved. This decides one step, from
-- the alert as it stands and what is measured, and writes nothing.
create function everwatch_private.next_state(
  state text,
  since timestamptz,
  is_true boolean,
  has_recovered boolean,
  pending_for interval,
  keep_firing_for interval,
  at timestamptz
)
  returns text
  language sql immutable set search_path = ''
  as $$
  select case
    when coalesce(next_state.state, 'pending') = 'pending' then
      case
        when not is_true then 'resolved'
        when next_state.at < coalesce(since, next_state.at) + pending_for then 'pending'
        else 'firing'
      end
    when not has_recovered then 'firing'
    when next_state.at < case when next_state.state = 'recovering' then since else next_state.at end
      + keep_firing_for then 'recovering'
    else 'resolved'
  end
$$;

comment on function everwatch_private.next_state(text, timestamptz, boolean, boolean, interval, interval, timestamptz)
  is 'The state that follows `state` (null: there is no alert), in which the alert has been since `since`: is_true when the condition is beyond its threshold, has_recovered when it is not even above its recovery threshold.';

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
  next everwatch_private.alerts := alert;
  events text[] := array[]::text[];
  owed text;
  suppressed_by text;
begin
  if alert.id is null then
    next.id := gen_random_uuid();
    next.org_id := condition.org_id;
    next.type := condition.type;
    next.resource_type := condition.resource_type;
    next.resource_id := condition.resource_id;
    next.started_at := next_alert.at;
  end if;
  if condition.type is not null then
    next.severity := coalesce(condition.severity, alert.severity);
    next.resource_name := condition.resource_name;
    next.message := condition.message;
    next.value := condition.value;
    next.threshold := condition.threshold;
  end if;
  next.state := everwatch_private.next_state(
    alert.state, case alert.state when 'pending' then alert.started_at else alert.recovering_at end,
    condition.severity is not null, condition.type is null, pending_for, keep_firing_for, next_alert.at
  );

  if next.state is distinct from alert.state then
    events := array[case
      when next.state = 'firing' then case alert.state when 'recovering' then 'refired' else 'fired' end
      when next.state = 'resolved' and alert.state = 'pending' then 'cleared'
      else next.state
    end];
    case next.state
      when 'firing' then
        next.fired_at := coalesce(alert.fired_at, next_alert.at);
        next.recovering_at := null;
      when 'recovering' then next.recovering_at := next_alert.at;
      when 'resolved' then next.resolved_at := next_alert.at;
      else null;
    end case;
  end if;

  if next.state = 'firing' then
    owed := case
      when events = '{fired}' then 'fired'
      when next.severity = 'critical'
        and coalesce(alert.notified_severity, alert.severity) = 'warning' then 'escalated'
      when alert.last_notified_at is null then 'repeated'
      when next_alert.at >= alert.last_notified_at + repeat_interval then 'repeated'
    end;
    if owed is not null then
      suppressed_by := everwatch_private.suppression(next, owed, inhibited_by, next_alert.at);
    end if;
    if owed is not null and suppressed_by is null then
      next.last_notified_at := next_alert.at;
      next.notified_severity := next.severity;
    end if;
    -- What is held back is said once, not at every look.
    if owed <> 'fired' and (
      suppressed_by is null
      or suppressed_by is distinct from alert.held_back_by
      or (owed = 'escalated' and next.severity <> alert.severity)
    ) then
      events := events || owed;
    elsif next.severity <> alert.severity then
      events := array_append(events, 'changed');
    end if;
    next.held_back_by := suppressed_by;
  elsif events = '{resolved}' then
    -- Who was told that it fired is told that it is over; and nobody else.
    if alert.last_notified_at is null then
      suppressed_by := coalesce(alert.held_back_by, 'silence');
    end if;
    next.held_back_by := null;
  end if;
  return row(next, events, suppressed_by);
end
$$;

comment on function everwatch_private.next_alert(everwatch_private.alerts, everwatch_private.condition, interval, interval, interval, text[], timestamptz)
  is 'What an alert (null: none is open) becomes by a condition (null: it is not true), which events that makes, and what holds back their notification.';

revoke execute
  on function
    everwatch_private.next_state(text, timestamptz, boolean, boolean, interval, interval, timestamptz),
    everwatch_private.next_alert(everwatch_private.alerts, everwatch_private.condition, interval, interval, interval, text[], timestamptz)
  from public;

-- A backtest asks it as the caller.
