-- The history of each alert: rows are added, in the transaction that changes the alert, and never
-- changed. A notification is owed for each event that fired, escalated, repeated or resolved, unless
-- `suppressed_by` says what held it back: that is decided here, once.
create table everwatch_private.alert_events (
  id bigint generated always as identity primary key,
  alert_id uuid not null references everwatch_private.alerts (id) on delete cascade,
  org_id uuid,
  kind text not null check (
    kind in (
      'pending',
      'cleared',
      'fired',
      'escalated',
      'changed',
      'repeated',
      'recovering',
      'refired',
      'resolved',
      'acknowledged',
      'unacknowledged'
    )
  ),
  severity text not null check (severity in ('warning', 'critical')),
  message text not null,
  value numeric not null,
  at timestamptz not null,
  suppressed_by text check (suppressed_by in ('silence', 'acknowledgement', 'inhibition')),
  actor uuid,
  constraint alert_events_suppress_notifications_only check (
    suppressed_by is null
    or kind in ('fired', 'escalated', 'repeated', 'resolved')
  )
);

create index alert_events_by_alert_idx on everwatch_private.alert_events (alert_id, id desc);

create index alert_events_by_org_idx on everwatch_private.alert_events (org_id, id desc);

comment on table everwatch_private.alert_events
  is 'What happened to each alert, in order; append-only. Members read it through v_alert_history.';
comment on column everwatch_private.alert_events.org_id
  is 'The alert''s org; null for the operator''s.';
comment on column everwatch_private.alert_events.kind
  is 'pending, cleared (never fired); fired, escalated (warning became critical), changed (of severity, without a notification), repeated; recovering, refired (before it was resolved), resolved; acknowledged, unacknowledged.';
comment on column everwatch_private.alert_events.at is 'As of when it was judged.';
comment on column everwatch_private.alert_events.suppressed_by
  is 'What held back the notification: silence, acknowledgement or inhibition; null when nothing did.';
comment on column everwatch_private.alert_events.actor
  is 'The user who did it; null for what happened by itself, and for the secret key.';

alter table everwatch_private.alert_events enable row level security;

grant select on everwatch_private.alert_events to authenticated, service_role;

create policy "members read their orgs' alert history"
  on everwatch_private.alert_events
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create view everwatch.v_alert_history
with
  (security_invoker = on) as
select
  e.id,
  e.alert_id,
  e.org_id,
  a.type,
  a.resource_type,
  a.resource_id,
  a.resource_name,
  e.kind,
  e.severity,
  e.message,
  e.value,
  e.at,
  e.suppressed_by,
  e.actor
from
  everwatch_private.alert_events as e
  join everwatch_private.alerts as a on a.id = e.alert_id;

comment on view everwatch.v_alert_history
  is 'What happened to the alerts of the orgs that the caller may read, with the alert''s resource: see everwatch_private.alert_events.';

grant select on everwatch.v_alert_history to authenticated, service_role;
