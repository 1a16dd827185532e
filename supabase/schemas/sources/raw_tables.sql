-- The tables whose rows are rolled up, each row once something has happened. They are partitioned by
-- calendar month, in UTC; partitions live in everwatch_private, where no API role reaches them.
--
-- A source is text: a value of an enum could not be added and used in one transaction, as a release
-- does. Tables refer to raw_tables instead, save those that get a row with each hour or statement.
create domain everwatch_private.source as text collate "C";

comment on domain everwatch_private.source
  is 'What a raw row tells of: a delivery of a webhook, an execution of a rule, or a request to an org''s API. A source of raw_tables.';

create table everwatch_private.raw_tables (
  source everwatch_private.source primary key,
  name text not null unique,
  time_column text not null,
  complete_since timestamptz not null default '-infinity'
);

insert into
  everwatch_private.raw_tables(source, name, time_column)
values
  ('delivery', 'webhook_deliveries', 'sent_at'),
  ('execution', 'rule_executions', 'executed_at'),
  ('request', 'api_audit_logs', 'created_at');

comment on table everwatch_private.raw_tables
  is 'The tables of everwatch whose rows are rolled up.';
comment on column everwatch_private.raw_tables.time_column is 'What they are partitioned by.';
comment on column everwatch_private.raw_tables.complete_since
  is 'Rows from before this moment may have been dropped by retention: of them the rollups know more.';

create view everwatch_private.resources
with
  (security_invoker = on) as
select
  'delivery'::everwatch_private.source as source,
  id,
  org_id
from
  everwatch.webhooks
union all
select
  'execution',
  id,
  org_id
from
  everwatch.automation_rules
union all
select
  'request',
  id,
  id
from
  everwatch.orgs;

comment on view everwatch_private.resources
  is 'What raw rows are about: webhooks, rules and orgs that are there.';
