-- What alerts a history of conditions would have made.
create function everwatch_private.replay(
  steps everwatch_private.condition_step[],
  pending_for interval,
  keep_firing_for interval,
  until timestamptz
)
  returns table(resource_type text, resource_id text, resource_name text, severity text, fired_at timestamptz, resolved_at timestamptz)
  language plpgsql stable set search_path = ''
  as $$
declare
  step record;
  state text;
  new_state text;
  since timestamptz;
begin
  for step in
    select * from everwatch_private.steps_until(steps, until)
  loop
    if step.is_first then
      state := null;
      select step.resource_type, step.resource_id, step.resource_name into resource_type, resource_id, resource_name;
    end if;

    -- What the step does at once. What is not known keeps an alert that fires, and no other.
    new_state := everwatch_private.next_state(
      state, case when state is not null then since end, step.severity is not null, coalesce(step.has_recovered, state is distinct from 'firing'),
      pending_for, keep_firing_for, step.at
    );
    if new_state = 'firing' and coalesce(state, 'pending') = 'pending' then
      severity := step.severity;
      fired_at := step.at;
    elsif new_state = 'resolved' and state in ('firing', 'recovering') then
      resolved_at := step.at;
      return next;
    end if;
    if new_state is distinct from state then
      since := step.at;
    end if;
    state := nullif(new_state, 'resolved');

    -- And what time does by itself until the next one.
    if state = 'pending' and since + pending_for < step.ends_at then
      state := 'firing';
      severity := step.severity;
      fired_at := since + pending_for;
    elsif state = 'recovering' and since + keep_firing_for < step.ends_at then
      state := null;
      resolved_at := since + keep_firing_for;
      return next;
    end if;
    if state = 'firing' and step.severity = 'critical' then
      severity := 'critical';
    end if;
    if step.is_last and state in ('firing', 'recovering') then
      resolved_at := null;
      return next;
    end if;
  end loop;
end
$$;

comment on function everwatch_private.replay(everwatch_private.condition_step[], interval, interval, timestamptz)
  is 'The alerts that a history of conditions would have made, each with its worst severity; resolved_at is null where it was not resolved by `until`.';

create function everwatch_private.steps_until(
  steps everwatch_private.condition_step[],
  until timestamptz
)
  returns table(resource_type text, resource_id text, resource_name text, at timestamptz, severity text, has_recovered boolean, is_first boolean, is_last boolean, ends_at timestamptz)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select s.*,
    lag(s.at) over resource is null,
    lead(s.at) over resource is null,
    coalesce(lead(s.at) over resource, steps_until.until)
  from unnest(steps) as s
  window resource as (partition by s.resource_type, s.resource_id order by s.at)
  order by s.resource_type, s.resource_id, s.at;
end
$$;

comment on function everwatch_private.steps_until(everwatch_private.condition_step[], timestamptz)
  is 'Steps in the order of each resource, each with when it ends.';

create function everwatch.backtest_policy(
  type text,
  changes jsonb default '{}',
  since timestamptz default now() - interval '7 days',
  until timestamptz default now(),
  org_id uuid default null
)
  returns table(resource_type text, resource_id text, resource_name text, severity text, fired_at timestamptz, resolved_at timestamptz)
  language plpgsql stable set search_path = ''
  as $$
declare
  policy constant everwatch.v_alert_policies := everwatch_private.changed_policy(
    everwatch_private.policy_of(everwatch_private.metrics_org(backtest_policy.org_id), backtest_policy.type), changes
  );
  steps everwatch_private.condition_step[];
begin
  if since is null or until is null or since >= until or until - since > interval '92 days' then
    raise exception 'since must be before until, by 92 days at most.'
      using errcode = 'PT400', detail = 'invalid_period', hint = 'since';
  end if;
  -- Of steps that change nothing there may be millions.
  execute format(
    $query$
      select array_agg(
        row(s.resource_type, s.resource_id, s.resource_name, s.at, s.severity, s.has_recovered)
          ::everwatch_private.condition_step
      )
      from (
        select h.*,
          row_number() over resource > 1
            and h.severity is not distinct from lag(h.severity) over resource
            and h.has_recovered is not distinct from lag(h.has_recovered) over resource as is_same
        from everwatch_private.%I($1, $2, $3) as h
        window resource as (partition by h.resource_type, h.resource_id order by h.at)
      ) as s
      where not s.is_same
    $query$,
    policy.type || '_history'
  )
  into steps
  using policy, since, until;
  return query
  select r.*
  from everwatch_private.replay(steps, policy.pending_for, policy.keep_firing_for, until) as r
  where policy.enabled and coalesce(r.resolved_at, until) > since
  order by r.fired_at, r.resource_id;
end
$$;

comment on function everwatch.backtest_policy(text, jsonb, timestamptz, timestamptz, uuid)
  is 'When an org''s policy for a type of alert, with some settings changed, would have fired over what is stored, by default the last 7 days. As if deliveries had come in the order of sent_at, and the resources that are enabled now had been all the time. Raises PT400, PT401, PT403 or PT404.';

revoke execute
  on function
    everwatch_private.replay(everwatch_private.condition_step[], interval, interval, timestamptz),
    everwatch_private.steps_until(everwatch_private.condition_step[], timestamptz),
    everwatch.backtest_policy(text, jsonb, timestamptz, timestamptz, uuid)
  from public;
