-- What is wrong or was, one row for each time: an alert is pending while its condition is not true for
-- long enough, firing, recovering while it is not false for long enough, and resolved. Resolved ones
-- are history.
create function everwatch_private.fingerprint(
  org_id uuid,
  type text,
  resource_type text,
  resource_id text
)
  returns text
  language sql immutable set search_path = ''
  as $$
  select encode(sha256(convert_to(jsonb_build_array(org_id, type, resource_type, resource_id)::text, 'UTF8')), 'hex')
$$;

comment on function everwatch_private.fingerprint(uuid, text, text, text)
  is 'What stays the same while an alert''s severity and value change: 64 hexadecimal digits, of the org (null for the operator''s), the type and the resource.';

create table everwatch_private.alerts (
  id uuid primary key default gen_random_uuid(),
  org_id uuid references everwatch.orgs (id) on delete cascade,
  fingerprint text not null generated always as (everwatch_private.fingerprint (org_id, type, resource_type, resource_id)) stored,
  type text not null references everwatch_private.alert_policies (type),
  severity text not null check (severity in ('warning', 'critical')),
  resource_type text not null,
  resource_id text not null,
  resource_name text not null,
  message text not null,
  value numeric not null,
  threshold numeric not null,
  state text not null check (state in ('pending', 'firing', 'recovering', 'resolved')),
  started_at timestamptz not null,
  fired_at timestamptz,
  recovering_at timestamptz,
  resolved_at timestamptz,
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  acknowledged_until timestamptz,
  last_notified_at timestamptz,
  notified_severity text check (notified_severity in ('warning', 'critical')),
  held_back_by text check (held_back_by in ('silence', 'acknowledgement', 'inhibition')),
  constraint alerts_fired_unless_pending check (
    state in ('pending', 'resolved')
    or fired_at is not null
  ),
  constraint alerts_recover_at_a_time check (state <> 'recovering' or recovering_at is not null),
  constraint alerts_resolve_at_a_time check ((state = 'resolved') = (resolved_at is not null)),
  constraint alerts_notified_of_a_severity check ((last_notified_at is null) = (notified_severity is null))
);

-- At most one open alert for each thing that can be wrong.
create unique index alerts_open_key
  on everwatch_private.alerts (fingerprint)
  where state <> 'resolved';

-- An org's alerts, newest first.
create index alerts_by_org_idx on everwatch_private.alerts (org_id, started_at desc);

comment on table everwatch_private.alerts
  is 'Alerts: one row from the moment a condition became true until it is resolved, and then as history. Members read them through v_alerts.';
comment on column everwatch_private.alerts.org_id is 'Whose alert it is; null for the operator''s.';
comment on column everwatch_private.alerts.fingerprint
  is 'The same for every alert of this org, type and resource; at most one of them is open.';
comment on column everwatch_private.alerts.message is 'What is wrong, as last measured.';
comment on column everwatch_private.alerts.value
  is 'What was last measured, in the unit of threshold.';
comment on column everwatch_private.alerts.threshold
  is 'The limit that value reached (failures, days) or exceeded.';
comment on column everwatch_private.alerts.state
  is 'pending: true for less than its policy asks; firing; recovering: false for less than its policy asks; resolved.';
comment on column everwatch_private.alerts.started_at is 'Since when the condition has been true.';
comment on column everwatch_private.alerts.fired_at
  is 'When pending became firing; null when it never did.';
comment on column everwatch_private.alerts.recovering_at
  is 'Since when the condition has been false, when it is; the last such time of a resolved alert.';
comment on column everwatch_private.alerts.acknowledged_by
  is 'Who acknowledged it; null for the secret key, and while nobody has.';
comment on column everwatch_private.alerts.acknowledged_until
  is 'When the acknowledgement expires; null when it holds until the alert is resolved.';
comment on column everwatch_private.alerts.last_notified_at
  is 'When the last notification was owed that nothing held back; null when there was none.';
comment on column everwatch_private.alerts.notified_severity is 'The severity that it told.';
comment on column everwatch_private.alerts.held_back_by
  is 'What holds back the notification that is owed; null when none is.';

alter table everwatch_private.alerts enable row level security;

grant select, update (acknowledged_by, acknowledged_at, acknowledged_until)
  on everwatch_private.alerts
  to authenticated, service_role;

create policy "members read their orgs' alerts"
  on everwatch_private.alerts
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "all but viewers acknowledge alerts"
  on everwatch_private.alerts
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

revoke execute on function everwatch_private.fingerprint(uuid, text, text, text) from public;

create view everwatch.v_alerts
with
  (security_invoker = on) as
select
  id,
  org_id,
  fingerprint,
  type,
  severity,
  resource_type,
  resource_id,
  resource_name,
  message,
  value,
  threshold,
  state,
  started_at,
  fired_at,
  recovering_at,
  resolved_at,
  acknowledged_by,
  acknowledged_at,
  acknowledged_until,
  last_notified_at,
  held_back_by
from
  everwatch_private.alerts;

comment on view everwatch.v_alerts
  is 'Alerts, open ones and resolved ones, of the orgs that the caller may read: see everwatch_private.alerts.';

grant select on everwatch.v_alerts to authenticated, service_role;
