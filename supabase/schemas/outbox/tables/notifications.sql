-- The outbox: what is owed to whom, one row for each event of an alert and each channel that is told
-- of it, added in the transaction of the event. queued, then sending while one sender holds the
-- lease, then delivered, or queued again for later, or dead. Rows that go out together are one
-- message, which keeps its id and its contents however often it is sent.
create table everwatch_private.notifications (
  id bigint generated always as identity primary key,
  org_id uuid,
  channel_id uuid not null references everwatch_private.channels (id) on delete cascade,
  event_id bigint references everwatch_private.alert_events (id) on delete cascade,
  group_key text not null,
  status text not null default 'queued' check (status in ('queued', 'sending', 'delivered', 'dead', 'dropped')),
  message_id uuid,
  dedup_key text,
  attempts integer not null default 0 check (attempts >= 0),
  queued_at timestamptz not null,
  due_at timestamptz not null,
  leased_until timestamptz,
  finished_at timestamptz,
  status_code integer,
  answer text,
  error text,
  duration_ms integer,
  unique (event_id, channel_id),
  constraint notifications_leased_while_sending check ((status = 'sending') = (leased_until is not null)),
  constraint notifications_finish_at_a_time check ((status in ('delivered', 'dead', 'dropped')) = (finished_at is not null)),
  constraint notifications_sent_as_a_message check (
    message_id is not null
    or (attempts = 0 and status in ('queued', 'dead', 'dropped'))
  )
);

-- What is still to be done: few rows, however long the history.
create index notifications_open_idx
  on everwatch_private.notifications (channel_id, group_key)
  where status in ('queued', 'sending');

-- An org's notifications, newest first.
create index notifications_by_org_idx on everwatch_private.notifications (org_id, id desc);

comment on table everwatch_private.notifications
  is 'What is owed to a channel, and what became of it. Read through v_notifications.';
comment on column everwatch_private.notifications.org_id
  is 'The channel''s org; null for the operator''s.';
comment on column everwatch_private.notifications.event_id
  is 'What happened, in alert_events; null for a test of the channel.';
comment on column everwatch_private.notifications.group_key
  is 'What may go out together: the type of alert, for webhooks with the receiver''s host.';
comment on column everwatch_private.notifications.status
  is 'queued until due_at; sending until leased_until; delivered; dead: given up, see error; dropped: no longer of use.';
comment on column everwatch_private.notifications.message_id
  is 'The message that carries it, given when it is first sent: the id by which a receiver knows repetitions.';
comment on column everwatch_private.notifications.dedup_key
  is 'The incident that it belongs to, of a channel that keeps them.';
comment on column everwatch_private.notifications.attempts
  is 'How often it was sent or a sender took it on.';
comment on column everwatch_private.notifications.status_code
  is 'HTTP status of the last answer; null when there was none.';
comment on column everwatch_private.notifications.answer
  is 'How the last answer began, at most 500 characters.';
comment on column everwatch_private.notifications.error
  is 'Why the last attempt failed, or why there was none.';
comment on column everwatch_private.notifications.duration_ms
  is 'Milliseconds that the last attempt took.';

alter table everwatch_private.notifications enable row level security;

grant select on everwatch_private.notifications to authenticated, service_role;

create policy "members read their orgs' notifications"
  on everwatch_private.notifications
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create view everwatch.v_notifications
with
  (security_invoker = on) as
select
  n.id,
  n.org_id,
  n.channel_id,
  c.kind as channel_kind,
  c.name as channel_name,
  e.alert_id,
  coalesce(e.kind, 'test') as event,
  n.status,
  n.message_id,
  n.attempts,
  n.queued_at,
  n.due_at,
  n.finished_at,
  n.status_code,
  n.answer,
  n.error,
  n.duration_ms
from
  everwatch_private.notifications as n
  join everwatch_private.channels as c on c.id = n.channel_id
  left join everwatch_private.alert_events as e on e.id = n.event_id;

comment on view everwatch.v_notifications
  is 'What was owed to which channel, and what became of it. A dead one is sent again with resend_notification.';
comment on column everwatch.v_notifications.event
  is 'fired, escalated, repeated, resolved or acknowledged; test when somebody tried the channel.';
comment on column everwatch.v_notifications.status
  is 'queued (see due_at), sending, delivered, dead (given up, see error) or dropped (no longer of use).';
comment on column everwatch.v_notifications.message_id is 'Events that went out together share it.';

grant select on everwatch.v_notifications to authenticated, service_role;
