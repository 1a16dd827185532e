-- Where an org is told of its alerts. What must stay secret of a channel stands in the Vault: an
-- address that whoever knows it may post to, the key of a service, what signs our messages.
create table everwatch_private.channels (
  id uuid primary key default gen_random_uuid(),
  org_id uuid references everwatch.orgs (id) on delete cascade,
  kind text not null references everwatch_private.channel_kinds (kind),
  name text not null,
  enabled boolean not null default true,
  disabled_because text,
  url text,
  target text generated always as (split_part(split_part(url, '?', 1), '#', 1)) stored,
  email_from text,
  email_to text[],
  min_severity text not null default 'warning',
  types text[] not null default '{}',
  mute_windows jsonb not null default '[]',
  group_seconds numeric not null default 1,
  secret_id uuid not null,
  previous_secret_id uuid,
  previous_secret_until timestamptz,
  created_at timestamptz not null default now(),
  constraint channels_previous_secret_ends check ((previous_secret_id is null) = (previous_secret_until is null))
);

create index channels_org_id_idx on everwatch_private.channels (org_id);

comment on table everwatch_private.channels
  is 'Where alerts are told: of one org, or the operator''s own (org_id null). Read through v_notification_channels.';
comment on column everwatch_private.channels.org_id
  is 'Whose alerts it tells; null: the platform''s own.';
comment on column everwatch_private.channels.enabled
  is 'False: nothing is sent, and what waits is dropped.';
comment on column everwatch_private.channels.disabled_because
  is 'Why the system disabled it; null when nobody did, or a person.';
comment on column everwatch_private.channels.url
  is 'Where messages are sent; null where the address is the secret.';
comment on column everwatch_private.channels.target
  is 'The url without its query, which may hold a secret.';
comment on column everwatch_private.channels.email_from
  is 'The sender, as the mail service has verified it.';
comment on column everwatch_private.channels.types
  is 'The types of alerts that are told; empty: all.';
comment on column everwatch_private.channels.mute_windows
  is 'When nothing is sent: [{"days": ["sat", "sun"], "from": "22:00", "to": "07:00", "time_zone": "Europe/Berlin"}]. Without days every day; a window that ends before it begins ends the next day.';
comment on column everwatch_private.channels.group_seconds
  is 'A message waits until nothing more has happened for so long, at most ten times that; 0: each event is a message of its own.';
comment on column everwatch_private.channels.secret_id is 'The id in vault.secrets.';
comment on column everwatch_private.channels.previous_secret_id
  is 'What also signs until previous_secret_until, while receivers change over.';

alter table everwatch_private.channels enable row level security;

grant select (id, org_id, kind, name, enabled, disabled_because, target, email_from, email_to, min_severity, types, mute_windows, group_seconds, previous_secret_until, created_at)
  on everwatch_private.channels
  to authenticated, service_role;

create policy "members read their orgs' channels"
  on everwatch_private.channels
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create view everwatch.v_notification_channels
with
  (security_invoker = on) as
select
  id,
  org_id,
  kind,
  name,
  enabled,
  disabled_because,
  target,
  email_from,
  email_to,
  min_severity,
  types,
  mute_windows,
  group_seconds,
  previous_secret_until,
  created_at
from
  everwatch_private.channels;

comment on view everwatch.v_notification_channels
  is 'Where an org is told of its alerts, without any secret. Change it with create_channel, update_channel, rotate_channel_secret and delete_channel.';
comment on column everwatch.v_notification_channels.target
  is 'Where messages are sent, without the query; null where the address is the secret.';
comment on column everwatch.v_notification_channels.previous_secret_until
  is 'Until when the secret before the last rotation signs as well.';

grant select on everwatch.v_notification_channels to authenticated, service_role;
