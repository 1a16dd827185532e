-- What a statement changes, added up per hour. Each trigger calls the rows it is about `changed`: added
-- ones count once, removed ones count back. An updated row is both.
create function everwatch_private.capture_deliveries()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
declare
  sign constant integer := tg_argv[0];
begin
  insert into everwatch_private.changes (
    source, resource_id, starts_at, pending, succeeded, failed, timed, duration_sum, duration_max,
    last_success_at, bins, removed
  )
  select 'delivery', webhook_id, date_bin('1 hour', sent_at, 'epoch'),
    sign * count(*) filter (where status = 'pending'),
    sign * count(*) filter (where status = 'sent'),
    sign * count(*) filter (where status = 'failed'),
    sign * count(duration_ms),
    sign * coalesce(sum(duration_ms), 0),
    max(duration_ms) filter (where sign > 0),
    max(sent_at) filter (where sign > 0 and status = 'sent'),
    everwatch_private.count_values(
      array_agg(duration_ms::double precision) filter (where duration_ms is not null),
      array_agg(sign::bigint) filter (where duration_ms is not null)
    ),
    -- One that was pending was no maximum.
    sign < 0 and bool_or(status <> 'pending')
  from changed
  group by 2, 3;
  return null;
end
$$;

comment on function everwatch_private.capture_deliveries()
  is 'Adds what a statement did to deliveries to everwatch_private.changes: with 1 the rows that it added, with -1 those that it removed.';

create trigger capture_inserted
  after insert on everwatch.webhook_deliveries
  referencing new table as changed
  for each statement
  execute function everwatch_private.capture_deliveries('1');

create trigger capture_updated_from
  after update on everwatch.webhook_deliveries
  referencing old table as changed
  for each statement
  execute function everwatch_private.capture_deliveries('-1');

create trigger capture_updated_to
  after update on everwatch.webhook_deliveries
  referencing new table as changed
  for each statement
  execute function everwatch_private.capture_deliveries('1');

create trigger capture_deleted
  after delete on everwatch.webhook_deliveries
  referencing old table as changed
  for each statement
  execute function everwatch_private.capture_deliveries('-1');

create function everwatch_private.capture_executions()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
declare
  sign constant integer := tg_argv[0];
begin
  insert into everwatch_private.changes (
    source, resource_id, starts_at, succeeded, failed, timed, duration_sum, duration_max, last_success_at,
    affected, bins, removed
  )
  select 'execution', rule_id, date_bin('1 hour', executed_at, 'epoch'),
    sign * count(*) filter (where status = 'success'),
    sign * count(*) filter (where status = 'failed'),
    sign * count(duration_ms),
    sign * coalesce(sum(duration_ms), 0),
    max(duration_ms) filter (where sign > 0),
    max(executed_at) filter (where sign > 0 and status = 'success'),
    sign * sum(affected_contacts),
    everwatch_private.count_values(
      array_agg(duration_ms::double precision) filter (where duration_ms is not null),
      array_agg(sign::bigint) filter (where duration_ms is not null)
    ),
    sign < 0
  from changed
  group by 2, 3;
  return null;
end
$$;

comment on function everwatch_private.capture_executions()
  is 'As capture_deliveries(), of executions.';

create trigger capture_inserted
  after insert on everwatch.rule_executions
  referencing new table as changed
  for each statement
  execute function everwatch_private.capture_executions('1');

create trigger capture_deleted
  after delete on everwatch.rule_executions
  referencing old table as changed
  for each statement
  execute function everwatch_private.capture_executions('-1');

create function everwatch_private.capture_requests()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
declare
  sign constant integer := tg_argv[0];
begin
  insert into everwatch_private.changes (
    source, resource_id, starts_at, succeeded, failed, timed, duration_sum, duration_max, last_success_at,
    resource_type, status_code, bins, removed
  )
  select 'request', org_id, date_bin('1 hour', created_at, 'epoch'),
    sign * count(*) filter (where status_code < 400),
    sign * count(*) filter (where status_code >= 400),
    sign * count(duration_ms),
    sign * coalesce(sum(duration_ms), 0),
    max(duration_ms) filter (where sign > 0),
    max(created_at) filter (where sign > 0 and status_code < 400),
    coalesce(resource_type, 'unknown'),
    status_code,
    everwatch_private.count_values(
      array_agg(duration_ms::double precision) filter (where duration_ms is not null),
      array_agg(sign::bigint) filter (where duration_ms is not null)
    ),
    sign < 0
  from changed
  group by 2, 3, resource_type, status_code;
  return null;
end
$$;

comment on function everwatch_private.capture_requests()
  is 'As capture_deliveries(), of requests, each kind of resource and each status by itself.';

create trigger capture_inserted
  after insert on everwatch.api_audit_logs
  referencing new table as changed
  for each statement
  execute function everwatch_private.capture_requests('1');

create trigger capture_deleted
  after delete on everwatch.api_audit_logs
  referencing old table as changed
  for each statement
  execute function everwatch_private.capture_requests('-1');

revoke execute
  on function
    everwatch_private.capture_deliveries(),
    everwatch_private.capture_executions(),
    everwatch_private.capture_requests()
  from public;
