-- What orgs hold of the project's tables, as of the last measurement.
create table everwatch_private.storage (
  org_id uuid not null,
  resource_type text not null check (resource_type in ('org', 'webhook', 'rule', 'route')),
  resource_id text not null,
  raw_rows bigint not null check (raw_rows >= 0),
  bytes bigint not null,
  primary key (org_id, resource_type, resource_id)
);

comment on table everwatch_private.storage
  is 'The bytes of the project''s tables, their indexes and their TOAST tables, by what they are about. With cost_state.rest_bytes it is all of them, to the byte.';
comment on column everwatch_private.storage.org_id
  is 'Without a foreign key: an org that is deleted is in it until the next measurement.';
comment on column everwatch_private.storage.resource_type
  is 'webhook, rule or route (a method and a path of the API); org: what is an org''s and of none of these.';
comment on column everwatch_private.storage.raw_rows
  is 'Rows of webhook_deliveries, rule_executions or api_audit_logs.';

-- Routes are in no rollup, nor are bytes out. Each day that has ended is counted once, so that what this
-- costs follows what is new. A request that comes in later, with a time of a day before, is its org's and
-- of no route; what it or such a delivery sent is not counted.
create table everwatch_private.route_days (
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  route text not null,
  day date not null,
  requests bigint not null,
  duration_sum bigint not null,
  bytes_out bigint,
  primary key (org_id, route, day)
);

comment on table everwatch_private.route_days
  is 'Requests by route (method and path) and day in UTC: the 100 busiest routes of each org and day.';
comment on column everwatch_private.route_days.route
  is 'Empty: all that are rarer, which are the org''s.';
comment on column everwatch_private.route_days.duration_sum is 'Milliseconds.';
comment on column everwatch_private.route_days.bytes_out
  is 'Of those requests that said it; null when none did.';

create table everwatch_private.webhook_days (
  org_id uuid not null,
  webhook_id uuid not null,
  day date not null,
  bytes_out bigint not null,
  primary key (org_id, webhook_id, day),
  foreign key (org_id, webhook_id) references everwatch.webhooks (org_id, id) on delete cascade
);

comment on table everwatch_private.webhook_days
  is 'Bytes out by webhook and day in UTC, where a delivery said it.';
comment on column everwatch_private.webhook_days.bytes_out
  is 'Of those deliveries that said it and had finished.';

create table everwatch_private.cost_state (
  singleton boolean primary key default true check (singleton),
  measured_at timestamptz,
  days_before date,
  rest_bytes bigint,
  database_bytes bigint,
  function_calls bigint,
  bytes_out bigint
);

insert into
  everwatch_private.cost_state
default values;

comment on table everwatch_private.cost_state
  is 'What the whole project uses, as of the last measurement, one row: all null before the first.';
comment on column everwatch_private.cost_state.days_before
  is 'Until when days are counted by route and webhook.';
comment on column everwatch_private.cost_state.rest_bytes
  is 'Of the project''s tables: what is nobody''s, or not known whose.';
comment on column everwatch_private.cost_state.database_bytes
  is 'Of the whole database, also of what is not the project''s.';
comment on column everwatch_private.cost_state.function_calls
  is 'In 30 days, those that are recorded: requests that the orgs'' API served, and what the database asked of edge functions. Calls of `track` and `monitoring` are not.';
comment on column everwatch_private.cost_state.bytes_out
  is 'Of the last 30 days that have ended, what is recorded: bodies of answers and of deliveries; null when nothing is.';

create view everwatch_private.relation_sizes
with
  (security_invoker = on) as
select
  c.oid as relation,
  n.nspname as schema_name,
  c.relname as name,
  greatest(c.reltuples, 0)::bigint as estimated_rows,
  pg_total_relation_size(c.oid) as bytes,
  pg_indexes_size(c.oid) as index_bytes
from
  pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where
  c.relkind = 'r'
  and n.nspname in ('everwatch', 'everwatch_private');

comment on view everwatch_private.relation_sizes
  is 'Everwatch''s tables and partitions, with their sizes in bytes.';
