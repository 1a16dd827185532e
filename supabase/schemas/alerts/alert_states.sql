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

create function everwatch_private.event_of(state_before text, state text)
  returns text
  language plpgsql immutable set search_path = ''
  as $$
begin
  return case
    when state = state_before then null
    when state = 'firing' then case state_before when 'recovering' then 'refired' else 'fired' end
    when state = 'resolved' and state_before = 'pending' then 'cleared'
    else state
  end;
end
$$;

comment on function everwatch_private.event_of(text, text)
  is 'The event that it is when an alert comes from one state (null: there was none) to another; null where it stays.';

revoke execute
  on function
    everwatch_private.next_state(text, timestamptz, boolean, boolean, interval, interval, timestamptz),
    everwatch_private.event_of(text, text)
  from public;
