-- Judging: alerts are brought in line with the conditions of one type. Whoever judges has locked the
-- open alerts that it is about, and leaves alone those that another transaction is changing.
create function everwatch_private.judge(
  type text,
  at timestamptz,
  locked uuid[],
  conditions everwatch_private.condition[]
)
  returns integer
  language plpgsql set search_path = ''
  as $$
declare
  written integer;
begin
  with judged as materialized (
    select * from everwatch_private.steps_to_write(judge.type, judge.at, locked, conditions)
  ),
  opened as (
    insert into everwatch_private.alerts (
      id, org_id, type, severity, resource_type, resource_id, resource_name, message, value, threshold,
      state, started_at, fired_at, last_notified_at, notified_severity, held_back_by
    )
    select n.id, n.org_id, n.type, n.severity, n.resource_type, n.resource_id, n.resource_name,
      n.message, n.value, n.threshold, n.state, n.started_at, n.fired_at, n.last_notified_at,
      n.notified_severity, n.held_back_by
    from judged as j
    cross join lateral (select (j.next).*) as n
    where j.opens
    -- In one order for all, so that two that judge at once cannot deadlock.
    order by n.type, n.org_id, n.resource_type, n.resource_id
    on conflict (fingerprint) where state <> 'resolved' do nothing
    returning id
  ),
  changed as (
    update everwatch_private.alerts as a
    set (
        severity, resource_name, message, value, threshold, state, fired_at, recovering_at, resolved_at,
        last_notified_at, notified_severity, held_back_by
      ) = (
        n.severity, n.resource_name, n.message, n.value, n.threshold, n.state, n.fired_at, n.recovering_at,
        n.resolved_at, n.last_notified_at, n.notified_severity, n.held_back_by
      )
    from judged as j
    cross join lateral (select (j.next).*) as n
    where a.id = n.id and not j.opens
    returning a.id
  )
  insert into everwatch_private.alert_events (alert_id, org_id, kind, severity, message, value, at, suppressed_by)
  select n.id, n.org_id, e.kind, n.severity, n.message, n.value, judge.at,
    case when e.kind in ('fired', 'escalated', 'repeated', 'resolved') then j.suppressed_by end
  from judged as j
  cross join lateral (select (j.next).*) as n
  cross join lateral unnest(j.events) with ordinality as e (kind, position)
  where n.id in (select opened.id from opened union all select changed.id from changed)
  order by n.started_at, n.id, e.position;
  get diagnostics written = row_count;
  return written;
end
$$;

comment on function everwatch_private.judge(text, timestamptz, uuid[], everwatch_private.condition[])
  is 'Brings the open alerts of a type that the caller has locked in line with the conditions that it measured for the same resources, opens what is missing, and returns the number of events.';

create function everwatch_private.steps_to_write(
  type text,
  at timestamptz,
  locked uuid[],
  conditions everwatch_private.condition[]
)
  returns table(opens boolean, next everwatch_private.alerts, events text[], suppressed_by text)
  language plpgsql stable set search_path = ''
  -- As few as are unhealthy: for the thousand that Postgres assumes, the update would read all history.
  rows 10
  as $$
#variable_conflict use_column
begin
  return query
  with measured as (
    select c as condition,
      everwatch_private.fingerprint(c.org_id, c.type, c.resource_type, c.resource_id) as fingerprint
    from unnest(conditions) as c
  ),
  pair as (
    select a.alert, m.condition, coalesce((a.alert).org_id, (m.condition).org_id) as org_id
    from (select o as alert, o.fingerprint from everwatch_private.alerts as o where o.id = any (locked)) as a
    full join measured as m on m.fingerprint = a.fingerprint
    where (a.alert).id is not null
      or ((m.condition).severity is not null and not exists (
        select from everwatch_private.alerts as o where o.fingerprint = m.fingerprint and o.state <> 'resolved'
      ))
  )
  select (pair.alert).id is null, step.*
  from pair
  join everwatch_private.alert_policies as d on d.type = steps_to_write.type
  left join everwatch.v_alert_policies as p on p.org_id = pair.org_id and p.type = steps_to_write.type
  cross join lateral everwatch_private.next_alert(
    pair.alert,
    pair.condition,
    coalesce(p.pending_for, d.pending_for),
    coalesce(p.keep_firing_for, d.keep_firing_for),
    coalesce(p.repeat_interval, d.repeat_interval),
    d.inhibited_by,
    steps_to_write.at
  ) as step
  where step.next is distinct from pair.alert;
end
$$;

comment on function everwatch_private.steps_to_write(text, timestamptz, uuid[], everwatch_private.condition[])
  is 'What alerts become that change: of a type the locked ones, each with the condition of its resource, and those that the other conditions open.';

revoke execute
  on function
    everwatch_private.judge(text, timestamptz, uuid[], everwatch_private.condition[]),
    everwatch_private.steps_to_write(text, timestamptz, uuid[], everwatch_private.condition[])
  from public;
