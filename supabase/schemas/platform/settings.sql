-- What an operator tells the database once. One row, which is there from the start.
create table everwatch_private.settings (
  singleton boolean primary key default true check (singleton),
  functions_url text check (functions_url ~ '^https?://[^\s/?#@]+(/[^\s?#]*[^\s/?#])?$'),
  dashboard_url text check (dashboard_url ~ '^https?://[^\s/?#@]+\S*$'),
  heartbeat_url text check (heartbeat_url ~ '^https?://[^\s/?#@]+\S*$'),
  allowed_networks cidr[] not null default '{}',
  receiver_timeout_ms integer not null default 10000 check (receiver_timeout_ms between 100 and 20000),
  aliases boolean,
  installed_at timestamptz not null default now()
);

insert into
  everwatch_private.settings
default values;

comment on table everwatch_private.settings
  is 'What the operator sets, one row: see docs/alerts.md.';
comment on column everwatch_private.settings.functions_url
  is 'Where the database reaches the edge functions, for example https://abc.supabase.co/functions/v1. Nothing is sent until it is set.';
comment on column everwatch_private.settings.dashboard_url
  is 'Where a message links to; null: it links nowhere.';
comment on column everwatch_private.settings.heartbeat_url
  is 'Called every minute while scheduler, pg_net, functions and database all work; who waits there raises the alarm when it is not. Null: none.';
comment on column everwatch_private.settings.allowed_networks
  is 'Private networks that channels may lead to all the same, and over plain http: for development.';
comment on column everwatch_private.settings.receiver_timeout_ms
  is 'Milliseconds that a receiver has to answer.';
comment on column everwatch_private.settings.aliases
  is 'Whether the aliases of our names are wanted in public; null until apply_aliases() decides.';
comment on column everwatch_private.settings.installed_at
  is 'Since when there is something to watch: what never ran is late from then on.';
