-- The tables whose rows are rolled up, each row once something has happened. They are partitioned by
-- calendar month, in UTC; partitions live in `monitoring`, where no API role reaches them.
create type monitoring.source as enum('delivery', 'execution', 'request');

comment on type monitoring.source
  is 'What a raw row tells of: a delivery of a webhook, an execution of a rule, or a request to an org''s API.';

create table monitoring.raw_tables (
  source monitoring.source primary key,
  name text not null unique,
  time_column text not null,
  complete_since timestamptz not null default '-infinity'
);

insert into
  monitoring.raw_tables(source, name, time_column)
values
  ('delivery', 'webhook_deliveries', 'sent_at'),
  ('execution', 'rule_executions', 'executed_at'),
  ('request', 'api_audit_logs', 'created_at');

comment on table monitoring.raw_tables is 'The tables in public whose rows are rolled up.';
comment on column monitoring.raw_tables.time_column is 'What they are partitioned by.';
comment on column monitoring.raw_tables.complete_since
  is 'Rows from before this moment may have been dropped by retention: of them the rollups know more.';

revoke all on monitoring.raw_tables from public, anon, authenticated, service_role;

create view monitoring.resources
with
  (security_invoker = on) as
select
  'delivery'::monitoring.source as source,
  id,
  org_id
from
  public.webhooks
union all
select
  'execution',
  id,
  org_id
from
  public.automation_rules
union all
select
  'request',
  id,
  id
from
  public.orgs;

comment on view monitoring.resources
  is 'What raw rows are about: webhooks, rules and orgs that are there.';

revoke all on monitoring.resources from public, anon, authenticated, service_role;
