-- When a channel is left in peace: times of the day, on some days, in a time zone of its own.
create function everwatch_private.mute_window_problem(mute_window jsonb)
  returns text
  language plpgsql stable set search_path = ''
  as $$
declare
  time_of_day constant text := '^([01]\d|2[0-3]):[0-5]\d$';
begin
  if jsonb_typeof(mute_window) is distinct from 'object' then
    return 'is a list of windows';
  elsif mute_window - '{days,from,to,time_zone}'::text[] <> '{}' then
    return 'has days, from, to and time_zone, and nothing else';
  elsif coalesce(mute_window ->> 'from' !~ time_of_day, true)
    or coalesce(mute_window ->> 'to' !~ time_of_day, true)
  then
    return 'needs from and to, each a time as 22:00';
  elsif mute_window ? 'days' and (
    jsonb_typeof(mute_window -> 'days') <> 'array'
    or mute_window -> 'days' = '[]'
    or not mute_window -> 'days' <@ '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
  ) then
    return 'takes as days some of mon, tue, wed, thu, fri, sat, sun';
  elsif coalesce(mute_window ->> 'time_zone' !~ '^[A-Za-z0-9_+/-]{1,64}$', true) then
    return 'needs a time_zone, as Europe/Berlin';
  end if;
  perform now() at time zone (mute_window ->> 'time_zone');
  return null;
exception
  when invalid_parameter_value then return 'has a time_zone that there is not';
end
$$;

comment on function everwatch_private.mute_window_problem(jsonb)
  is 'What is wrong with a mute window, as the end of a sentence; null for a good one.';

create function everwatch_private.mute_window_end(mute_window jsonb, at timestamptz)
  returns timestamptz
  language sql stable set search_path = ''
  as $$
  select max(span.ends at time zone zone.name)
  from (select mute_window ->> 'time_zone' as name) as zone
  cross join lateral (select (at at time zone zone.name) as local) as clock
  -- A window belongs to the day on which it begins: today, or yesterday when it spans midnight.
  cross join lateral (values (clock.local::date), (clock.local::date - 1)) as day (begins)
  cross join lateral (
    select
      day.begins + (mute_window ->> 'from')::time as starts,
      day.begins + (mute_window ->> 'to')::time
        + case when mute_window ->> 'to' <= mute_window ->> 'from' then interval '1 day' else '0' end as ends
  ) as span
  where clock.local >= span.starts and clock.local < span.ends
    and coalesce(mute_window -> 'days' ? lower(to_char(day.begins, 'Dy')), true)
$$;

comment on function everwatch_private.mute_window_end(jsonb, timestamptz)
  is 'When the window that holds this moment ends; null when the moment is in none.';

create function everwatch_private.muted_until(mute_windows jsonb, at timestamptz)
  returns timestamptz
  language plpgsql stable set search_path = ''
  as $$
declare
  latest timestamptz := at;
  next timestamptz;
begin
  -- Windows may adjoin, so the end of one may lie in another. Those that never leave a gap would go
  -- on for ever: after a fortnight something is sent.
  while latest < at + interval '14 days' loop
    next := (
      select max(everwatch_private.mute_window_end(w, latest)) from jsonb_array_elements(mute_windows) as w
    );
    exit when next is null;
    latest := next;
  end loop;
  return nullif(latest, at);
end
$$;

comment on function everwatch_private.muted_until(jsonb, timestamptz)
  is 'Until when a channel with these windows is muted; null when it is not.';

revoke execute
  on function
    everwatch_private.mute_window_problem(jsonb),
    everwatch_private.mute_window_end(jsonb, timestamptz),
    everwatch_private.muted_until(jsonb, timestamptz)
  from public;
