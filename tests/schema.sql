-- The schema that the migrations make, object by object, for reading and for comparing: what a change
-- to a migration does can be seen here. Made by `npm run check -- --fix`; nothing reads it.

-- cluster/extensions/pg_cron

create extension "pg_cron";

comment on extension "pg_cron" is 'Job scheduler for PostgreSQL (local stand-in)';

-- cluster/extensions/pg_net

create extension "pg_net" schema "extensions";

comment on extension "pg_net" is 'Async HTTP (local stand-in)';

-- cluster/extensions/pgcrypto

create extension "pgcrypto" schema "extensions";

comment on extension "pgcrypto" is 'cryptographic functions';

-- cluster/extensions/uuid-ossp

create extension "uuid-ossp" schema "extensions";

comment on extension "uuid-ossp" is 'generate universally unique identifiers (UUIDs)';

-- cluster/misc

select
  cron.schedule_in_database('everwatch-refresh-monitoring-views', '*/5 * * * *',
  'select public.refresh_monitoring_views()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-trim-run-logs', '17 3 * * *',
  'select monitoring.trim_run_logs()', 'postgres', null, true);

-- cluster/roles

alter default privileges for role "postgres" revoke all on FUNCTIONS from public;

-- schemas/monitoring/functions/alert_metrics

create or replace function monitoring.alert_metrics (
  org_id     uuid,
  page_limit integer,
  after      text
)
  returns jsonb
  language sql
  stable
  set search_path to ''
  AS $function$
  with alerts as (
    -- 'critical' sorts before 'warning'.
    select array[a.severity, a.type, a.resource_id] as key, a
    from public.v_alert_conditions as a
    where a.org_id = alert_metrics.org_id
  ),
  found as (
    select x.*
    from alerts as x
    where x.key > monitoring.decode_cursor(alert_metrics.after, 'alerts')
    order by x.key
    limit alert_metrics.page_limit + 1
  ),
  counts as (
    select jsonb_build_object(
      'total', count(*),
      'critical', count(*) filter (where (x.a).severity = 'critical'),
      'warning', count(*) filter (where (x.a).severity = 'warning')
    )
    from alerts as x
  )
  select (select * from counts) || monitoring.page(
    'alerts',
    (
      select jsonb_agg(
        jsonb_build_object('key', f.key, 'item', to_jsonb(f.a) - 'org_id') order by f.key
      )
      from found as f
    ),
    alert_metrics.page_limit
  )
$function$;

comment on function "monitoring"."alert_metrics"(uuid, integer, text) is 'How many alert conditions of an org are true now, and one page of them, critical ones first: v_alert_conditions.';

revoke all on function "monitoring"."alert_metrics"(uuid, integer, text) from public;

grant execute
  on function "monitoring"."alert_metrics"(uuid, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/api_metrics

create or replace function monitoring.api_metrics (
  org_id     uuid,
  page_limit integer,
  after      text
)
  returns jsonb
  language sql
  stable
  set search_path to ''
  AS $function$
  -- The newest hours come first. The first page is of the current hour and the 23 before it; later
  -- ones go further back. The cursor is the first hour of the page, counted from the epoch.
  with asked as (
    select
      case
        when api_metrics.after is null then timestamptz 'infinity'
        else to_timestamp(3600 * substring(
          (monitoring.decode_cursor(api_metrics.after, 'hours'))[1] from '^\d{1,7}$'
        )::bigint)
      end as before,
      case
        when api_metrics.after is null
          then date_bin(interval '1 hour', now() - interval '23 hours', timestamptz 'epoch')
        else timestamptz '-infinity'
      end as oldest
  ),
  newest as (
    select date_bin(interval '1 hour', max(l.created_at), timestamptz 'epoch') as hour
    from public.api_audit_logs as l
    where l.org_id = api_metrics.org_id
      and l.created_at < (select a.before from asked as a)
      and l.created_at >= (select a.oldest from asked as a)
  ),
  -- A page begins at an hour with traffic, so that a gap is no empty page.
  span as (
    select
      n.hour as last,
      greatest(a.oldest, n.hour - interval '1 hour' * (api_metrics.page_limit - 1)) as first
    from asked as a
    cross join newest as n
  ),
  summary as (
    select jsonb_build_object(
      'total_requests', count(*),
      'successful_requests', count(*) filter (where l.status_code < 400),
      'failed_requests', count(*) filter (where l.status_code >= 400),
      'success_rate', round(100.0 * count(*) filter (where l.status_code < 400) / nullif(count(*), 0), 1),
      'avg_response_time_ms', round(avg(l.duration_ms), 1),
      'p95_response_time_ms', round((percentile_cont(0.95) within group (order by l.duration_ms))::numeric, 1)
    )
    from public.api_audit_logs as l
    where l.org_id = api_metrics.org_id and l.created_at >= now() - interval '24 hours'
  )
  select jsonb_build_object(
    'summary', (select * from summary),
    'hours', (
      select coalesce(jsonb_agg(to_jsonb(u) - 'org_id' order by u.hour desc), '[]')
      from public.v_api_usage_metrics as u
      where u.org_id = api_metrics.org_id
        and u.hour >= (select s.first from span as s)
        and u.hour <= (select s.last from span as s)
    ),
    'next', (
      select monitoring.encode_cursor(
        'hours', jsonb_build_array((extract(epoch from s.first) / 3600)::bigint)
      )
      from span as s
      where exists (
        select
        from public.api_audit_logs as l
        where l.org_id = api_metrics.org_id and l.created_at < s.first
      )
    )
  )
$function$;

comment on function "monitoring"."api_metrics"(uuid, integer, text) is 'Summary of an org''s API requests in the last 24 hours, and one page of its hours, newest first: v_api_usage_metrics.';

revoke all on function "monitoring"."api_metrics"(uuid, integer, text) from public;

grant execute
  on function "monitoring"."api_metrics"(uuid, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/count_deliveries

create or replace function monitoring.count_deliveries()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  perform monitoring.lock_webhooks(array_agg(webhook_id), array_agg(status = 'failed'))
  from deliveries
  where status <> 'pending';

  -- A snapshot from before the lock may show a count that a later commit has changed. At read
  -- committed the update below takes a new one; otherwise this fails with serialization_failure.
  if current_setting('transaction_isolation') <> 'read committed' then
    perform from public.webhooks
    where id in (select webhook_id from deliveries where status <> 'pending')
    order by id
    for share;
  end if;

  with ordered as (
    select webhook_id, status, sent_at,
      coalesce(bool_or(status = 'sent') over (
        partition by webhook_id
        order by sent_at, position
        rows between 1 following and unbounded following
      ), false) as recovered
    from (select *, row_number() over () as position from deliveries) as delivery
    where status <> 'pending'
  ),
  outcome as (
    select webhook_id,
      bool_or(status = 'sent') as succeeded,
      count(*) filter (where status = 'failed' and not recovered) as trailing_failures,
      max(sent_at) filter (where status = 'failed') as last_failure_at
    from ordered
    group by webhook_id
  ),
  -- Locked in one order for all, so that two batches with the same webhooks cannot deadlock.
  to_write as materialized (
    select webhook.id
    from public.webhooks as webhook
    join outcome on outcome.webhook_id = webhook.id
    where outcome.last_failure_at is not null or webhook.consecutive_failures > 0
    order by webhook.id
    for no key update of webhook
  )
  update public.webhooks as webhook
  set consecutive_failures = outcome.trailing_failures
      + case when outcome.succeeded then 0 else webhook.consecutive_failures end,
    last_failure_at = greatest(webhook.last_failure_at, outcome.last_failure_at)
  from outcome
  join to_write on to_write.id = outcome.webhook_id
  where webhook.id = outcome.webhook_id;
  return null;
end
$function$;

comment on function "monitoring"."count_deliveries"() is 'Keeps consecutive_failures and last_failure_at of the webhooks whose deliveries a statement finished; within it, by sent_at and then by position.';

revoke all on function "monitoring"."count_deliveries"() from public;

grant execute on function "monitoring"."count_deliveries"() to "postgres";

-- schemas/monitoring/functions/count_executions

create or replace function monitoring.count_executions()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  -- Locked in one order for all, so that two batches with the same rules cannot deadlock.
  perform from public.automation_rules
  where id in (select rule_id from executions)
  order by id
  for no key update;

  update public.automation_rules as rule
  set trigger_count = rule.trigger_count + added.executions,
    last_triggered_at = greatest(rule.last_triggered_at, added.last_executed_at)
  from (
    select rule_id, count(*) as executions, max(executed_at) as last_executed_at
    from executions
    group by rule_id
  ) as added
  where rule.id = added.rule_id;
  return null;
end
$function$;

comment on function "monitoring"."count_executions"() is 'Adds a statement''s new executions to their rules'' trigger_count and last_triggered_at.';

revoke all on function "monitoring"."count_executions"() from public;

grant execute on function "monitoring"."count_executions"() to "postgres";

-- schemas/monitoring/functions/create_org

create or replace function monitoring.create_org (
  name text
)
  returns uuid
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  new_id uuid;
begin
  if (select auth.uid()) is null then
    raise exception 'sign in to create an organisation'
      using errcode = 'PT401', detail = 'unauthenticated';
  end if;
  insert into public.orgs (name) values (create_org.name) returning id into new_id;
  insert into public.org_members (org_id, user_id, role) values (new_id, auth.uid(), 'owner');
  return new_id;
end
$function$;

comment on function "monitoring"."create_org"(text) is 'Makes an org with the signed-in user as its owner; what public.create_org calls.';

revoke all on function "monitoring"."create_org"(text) from public;

grant execute on function "monitoring"."create_org"(text) to "authenticated", "postgres";

-- schemas/monitoring/functions/decode_cursor

create or replace function monitoring.decode_cursor (
  cursor text,
  list   text
)
  returns text[]
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  place jsonb;
begin
  if cursor is null then
    return array[]::text[];
  end if;
  begin
    place := convert_from(decode(cursor, 'hex'), 'UTF8')::jsonb;
  exception
    when data_exception then place := null;
  end;
  if jsonb_typeof(place -> list) is distinct from 'array' then
    raise exception 'after is not a cursor of this list.'
      using errcode = 'PT400', detail = 'invalid_cursor', hint = 'after';
  end if;
  return array(select jsonb_array_elements_text(place -> list));
end
$function$;

comment on function "monitoring"."decode_cursor"(text, text) is 'The key after which a page of this list begins; empty for the first page. Any text is safe as a key: it is only compared.';

revoke all on function "monitoring"."decode_cursor"(text, text) from public;

grant execute
  on function "monitoring"."decode_cursor"(text, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/encode_cursor

create or replace function monitoring.encode_cursor (
  list text,
  key  jsonb
)
  returns text
  language sql
  immutable
  set search_path to ''
  AS $function$
  select encode(convert_to(jsonb_build_object(list, key)::text, 'UTF8'), 'hex')
$function$;

comment on function "monitoring"."encode_cursor"(text, jsonb) is 'The place behind the row with this key (an array) in a list, as text that is safe in a URL.';

revoke all on function "monitoring"."encode_cursor"(text, jsonb) from public;

grant execute
  on function "monitoring"."encode_cursor"(text, jsonb)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/event_fields

create or replace function monitoring.event_fields()
  returns table (
    type     text,
    field    text,
    kind     text,
    required boolean,
    limits   int8range,
    pattern  text
  )
  language sql
  immutable
  set search_path to ''
  AS $function$
  values
    ('webhook_delivery', 'id', 'uuid', false, null::int8range, null::text),
    ('webhook_delivery', 'webhook_id', 'reference', true, null, null),
    ('webhook_delivery', 'status', 'text', true, '[1,20]', '^(pending|sent|failed)$'),
    ('webhook_delivery', 'duration_ms', 'integer', false, '[0,2147483647]', null),
    ('webhook_delivery', 'event_type', 'text', false, '[1,200]', null),
    ('webhook_delivery', 'status_code', 'integer', false, '[100,599]', null),
    ('webhook_delivery', 'attempt', 'integer', false, '[1,2147483647]', null),
    ('webhook_delivery', 'error', 'text', false, '[0,10000]', null),
    ('webhook_delivery', 'sent_at', 'time', false, null, null),
    ('rule_execution', 'id', 'uuid', false, null, null),
    ('rule_execution', 'rule_id', 'reference', true, null, null),
    ('rule_execution', 'status', 'text', true, '[1,20]', '^(success|failed)$'),
    ('rule_execution', 'duration_ms', 'integer', true, '[0,2147483647]', null),
    ('rule_execution', 'affected_contacts', 'integer', true, '[0,2147483647]', null),
    ('rule_execution', 'error', 'text', false, '[0,10000]', null),
    ('rule_execution', 'executed_at', 'time', false, null, null),
    ('api_request', 'id', 'uuid', false, null, null),
    ('api_request', 'org_id', 'reference', true, null, null),
    ('api_request', 'method', 'text', true, '[1,20]', '^[A-Z]+$'),
    ('api_request', 'path', 'text', true, '[1,2048]', null),
    ('api_request', 'status_code', 'integer', true, '[100,599]', null),
    ('api_request', 'duration_ms', 'integer', true, '[0,2147483647]', null),
    ('api_request', 'request_id', 'text', false, '[1,200]', null),
    ('api_request', 'resource_type', 'text', false, '[1,100]', null),
    ('api_request', 'api_key_id', 'reference', false, null, null),
    ('api_request', 'ip', 'ip', false, null, null),
    ('api_request', 'user_agent', 'text', false, '[0,1024]', null),
    ('api_request', 'created_at', 'time', false, null, null),
    ('rate_limit', 'id', 'uuid', false, null, null),
    ('rate_limit', 'org_id', 'reference', true, null, null),
    ('rate_limit', 'key_type', 'text', true, '[1,20]', '^(api_key|org|ip)$'),
    ('rate_limit', 'identifier', 'text', true, '[1,200]', null),
    ('rate_limit', 'request_count', 'integer', true, '[0,2147483647]', null),
    ('rate_limit', 'limit_max', 'integer', true, '[1,2147483647]', null),
    ('rate_limit', 'window_start', 'time', false, null, null),
    ('rate_limit', 'window_seconds', 'integer', false, '[1,2147483647]', null)
$function$;

comment on function "monitoring"."event_fields"() is 'The fields of each type of event. kind: uuid, reference (the uuid of a row that is there), text, integer, time or ip; limits: of an integer''s value or of a text''s length in characters.';

revoke all on function "monitoring"."event_fields"() from public;

grant execute on function "monitoring"."event_fields"() to "postgres", "service_role";

-- schemas/monitoring/functions/fill_in_org_of_rule

create or replace function monitoring.fill_in_org_of_rule()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  select org_id into new.org_id from public.automation_rules where id = new.rule_id;
  return new;
end
$function$;

comment on function "monitoring"."fill_in_org_of_rule"() is 'Gives an execution without org_id its rule''s.';

revoke all on function "monitoring"."fill_in_org_of_rule"() from public;

grant execute on function "monitoring"."fill_in_org_of_rule"() to "postgres";

-- schemas/monitoring/functions/fill_in_org_of_webhook

create or replace function monitoring.fill_in_org_of_webhook()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  select org_id into new.org_id from public.webhooks where id = new.webhook_id;
  return new;
end
$function$;

comment on function "monitoring"."fill_in_org_of_webhook"() is 'Gives a delivery without org_id its webhook''s.';

revoke all on function "monitoring"."fill_in_org_of_webhook"() from public;

grant execute on function "monitoring"."fill_in_org_of_webhook"() to "postgres";

-- schemas/monitoring/functions/is_ip

create or replace function monitoring.is_ip (
  value text
)
  returns boolean
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
begin
  return value::inet is not null;
exception
  when data_exception then return false;
end
$function$;

comment on function "monitoring"."is_ip"(text) is 'Whether a text is an IPv4 or IPv6 address.';

revoke all on function "monitoring"."is_ip"(text) from public;

grant execute on function "monitoring"."is_ip"(text) to "postgres", "service_role";

-- schemas/monitoring/functions/is_known

create or replace function monitoring.is_known (
  event jsonb,
  field text
)
  returns boolean
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return case field
    when 'webhook_id' then
      exists (select from public.webhooks where id = (event ->> 'webhook_id')::uuid)
    when 'rule_id' then
      exists (select from public.automation_rules where id = (event ->> 'rule_id')::uuid)
    when 'org_id' then
      exists (select from public.orgs where id = (event ->> 'org_id')::uuid)
    when 'api_key_id' then
      exists (
        select from public.api_keys
        where id = (event ->> 'api_key_id')::uuid and org_id::text = lower(event ->> 'org_id')
      )
  end;
end
$function$;

comment on function "monitoring"."is_known"(jsonb, text) is 'Whether the row to which a field of an event refers is there.';

revoke all on function "monitoring"."is_known"(jsonb, text) from public;

grant execute on function "monitoring"."is_known"(jsonb, text) to "postgres", "service_role";

-- schemas/monitoring/functions/is_time

create or replace function monitoring.is_time (
  value text
)
  returns boolean
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  -- Postgres alone would also take `tomorrow`, and times without an offset.
  return value ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$'
    and value::timestamptz <= now() + interval '5 minutes';
exception
  when data_exception then return false;
end
$function$;

comment on function "monitoring"."is_time"(text) is 'Whether a text is an ISO 8601 time with an offset, at most five minutes ahead of the database''s clock.';

revoke all on function "monitoring"."is_time"(text) from public;

grant execute on function "monitoring"."is_time"(text) to "postgres", "service_role";

-- schemas/monitoring/functions/keep_an_owner

create or replace function monitoring.keep_an_owner()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  -- Two owners who remove each other at the same time meet at this row. It is written, not only
  -- locked, so that a transaction with an older snapshot fails instead of missing the other one.
  update public.orgs set name = name where id = old.org_id;
  -- No such org: it is being deleted, and its members go with it.
  if found and not exists (
    select from public.org_members where org_id = old.org_id and role = 'owner'
  ) then
    raise exception 'an organisation keeps at least one owner'
      using errcode = 'PT409', detail = 'last_owner', hint = 'role';
  end if;
  return null;
end
$function$;

comment on function "monitoring"."keep_an_owner"() is 'Refuses (409, last_owner) a change that would leave an org without an owner.';

revoke all on function "monitoring"."keep_an_owner"() from public;

grant execute on function "monitoring"."keep_an_owner"() to "postgres";

-- schemas/monitoring/functions/keep_history

create or replace function monitoring.keep_history()
  returns trigger
  language plpgsql
  set search_path to ''
  AS $function$
begin
  raise exception 'a finished delivery does not change, nor does the webhook of any'
    using errcode = 'PT409', detail = 'finished', hint = 'status';
end
$function$;

comment on function "monitoring"."keep_history"() is 'Refuses (409, finished) changes that would make the webhook''s counters wrong.';

revoke all on function "monitoring"."keep_history"() from public;

grant execute on function "monitoring"."keep_history"() to "postgres";

-- schemas/monitoring/functions/lock_webhooks

create or replace function monitoring.lock_webhooks (
  webhook_ids uuid[],
  failed      boolean[]
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  -- Webhooks share few locks, so that no batch, however wide, fills the server's lock table.
  buckets constant integer := 128;
  class constant integer := 'public.webhooks'::regclass::oid::integer;
  wanted record;
begin
  for wanted in
    select uuid_hash(delivery.webhook_id) & (buckets - 1) as bucket, bool_or(delivery.failed) as alone
    from unnest(webhook_ids, lock_webhooks.failed) as delivery (webhook_id, failed)
    group by bucket
    order by bucket
  loop
    if wanted.alone then
      perform pg_advisory_xact_lock(class, wanted.bucket);
    else
      perform pg_advisory_xact_lock_shared(class, wanted.bucket);
    end if;
  end loop;
end
$function$;

comment on function "monitoring"."lock_webhooks"(uuid[], boolean[]) is 'Locks webhooks until commit, in one order for all callers: alone where a delivery failed, shared otherwise.';

revoke all on function "monitoring"."lock_webhooks"(uuid[], boolean[]) from public;

grant execute
  on function "monitoring"."lock_webhooks"(uuid[], boolean[])
  to "postgres", "service_role";

-- schemas/monitoring/functions/may_read

create or replace function monitoring.may_read (
  org_id uuid
)
  returns boolean
  language sql
  stable
  set search_path to ''
  AS $function$
  select monitoring.reads_every_org()
    or may_read.org_id = any (array(select monitoring.my_org_ids()))
$function$;

comment on function "monitoring"."may_read"(uuid) is 'Whether the caller may read what belongs to this org: its members, and whoever reads every org.';

revoke all on function "monitoring"."may_read"(uuid) from public;

grant execute
  on function "monitoring"."may_read"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/metrics_org

create or replace function monitoring.metrics_org (
  org_id uuid
)
  returns uuid
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  mine uuid[];
begin
  if monitoring.reads_every_org() then
    if metrics_org.org_id is null then
      raise exception 'Name the org with org_id.'
        using errcode = 'PT400', detail = 'org_required', hint = 'org_id';
    elsif not exists (select from public.orgs as o where o.id = metrics_org.org_id) then
      raise exception 'There is no such org.'
        using errcode = 'PT404', detail = 'org_not_found', hint = 'org_id';
    end if;
    return metrics_org.org_id;
  end if;

  if auth.uid() is null then
    raise exception 'Sign in first.' using errcode = 'PT401', detail = 'unauthenticated';
  end if;

  mine := array(select monitoring.my_org_ids());
  -- An org that does not exist and one that is another's are told alike.
  if cardinality(mine) = 0 or metrics_org.org_id <> all (mine) then
    raise exception 'You are not a member of this org.'
      using errcode = 'PT403', detail = 'not_a_member', hint = 'org_id';
  elsif metrics_org.org_id is null and cardinality(mine) > 1 then
    raise exception 'You are a member of several orgs: name one with org_id.'
      using errcode = 'PT400', detail = 'org_required', hint = 'org_id';
  end if;
  return coalesce(metrics_org.org_id, mine[1]);
end
$function$;

comment on function "monitoring"."metrics_org"(uuid) is 'The org whose metrics the caller may read: the one named, or a member''s only one. Raises PT401, PT403, PT400 or PT404 with a machine code in the detail.';

revoke all on function "monitoring"."metrics_org"(uuid) from public;

grant execute
  on function "monitoring"."metrics_org"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/my_org_ids

create or replace function monitoring.my_org_ids (
  roles text[] default ARRAY['owner'::text,
  'admin'::text,
  'member'::text,
  'viewer'::text]
)
  returns SETOF uuid
  language sql
  stable
  security definer
  set search_path to ''
  AS $function$
  select org_id
  from public.org_members
  where user_id = (select auth.uid()) and role = any (roles)
$function$;

comment on function "monitoring"."my_org_ids"(text[]) is 'The orgs in which the signed-in user has one of these roles (default: any); none without a session.';

revoke all on function "monitoring"."my_org_ids"(text[]) from public;

grant execute
  on function "monitoring"."my_org_ids"(text[])
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/page

create or replace function monitoring.page (
  list       text,
  found      jsonb,
  page_limit integer
)
  returns jsonb
  language sql
  immutable
  set search_path to ''
  AS $function$
  select jsonb_build_object(
    list, coalesce(jsonb_agg(f.row -> 'item' order by f.n) filter (where f.n <= page_limit), '[]'),
    'next', case
      when count(*) > page_limit
        then monitoring.encode_cursor(list, found -> (page_limit - 1) -> 'key')
    end
  )
  from jsonb_array_elements(found) with ordinality as f (row, n)
$function$;

comment on function "monitoring"."page"(text, jsonb, integer) is 'One page of a list and the cursor of the next. `found` holds up to page_limit + 1 rows, each with its unique key and its item, in order.';

revoke all on function "monitoring"."page"(text, jsonb, integer) from public;

grant execute
  on function "monitoring"."page"(text, jsonb, integer)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/rate_limit_metrics

create or replace function monitoring.rate_limit_metrics (
  org_id     uuid,
  page_limit integer,
  after      text
)
  returns jsonb
  language sql
  stable
  set search_path to ''
  AS $function$
  with windows as (
    select array[u.key_type, u.identifier, extract(epoch from u.window_start)::text] as key, u
    from public.v_rate_limit_utilization as u
    where u.org_id = rate_limit_metrics.org_id
  ),
  found as (
    select w.*
    from windows as w
    where w.key > monitoring.decode_cursor(rate_limit_metrics.after, 'windows')
    order by w.key
    limit rate_limit_metrics.page_limit + 1
  ),
  fullest as (
    select (w.u).*
    from windows as w
    order by (w.u).utilization_pct desc, (w.u).seconds_until_reset desc
    limit 1
  ),
  -- The aggregates make one row of none, too.
  summary as (
    select jsonb_build_object(
      'current_utilization_pct', max(f.utilization_pct),
      'status', coalesce(max(f.status), 'normal'),
      'limit_max', max(f.limit_max),
      'request_count', max(f.request_count),
      'seconds_until_reset', max(f.seconds_until_reset)
    )
    from fullest as f
  )
  select jsonb_build_object('summary', (select * from summary)) || monitoring.page(
    'windows',
    (
      select jsonb_agg(
        jsonb_build_object('key', f.key, 'item', to_jsonb(f.u) - 'org_id') order by f.key
      )
      from found as f
    ),
    rate_limit_metrics.page_limit
  )
$function$;

comment on function "monitoring"."rate_limit_metrics"(uuid, integer, text) is
  'The fullest open window of an org, and one page of all that are open: v_rate_limit_utilization.';

revoke all on function "monitoring"."rate_limit_metrics"(uuid, integer, text) from public;

grant execute
  on function "monitoring"."rate_limit_metrics"(uuid, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/reads_every_org

create or replace function monitoring.reads_every_org()
  returns boolean
  language sql
  stable
  set search_path to ''
  AS $function$
  -- `role` is what the Data API set for this request; without it, the one who signed in. Unlike
  -- current_user, neither changes inside a security definer function.
  select coalesce(bool_or(r.rolsuper or r.rolbypassrls), false)
  from pg_catalog.pg_roles as r
  where r.rolname = coalesce(nullif(current_setting('role'), 'none'), session_user)
$function$;

comment on function "monitoring"."reads_every_org"() is 'Whether row level security does not apply to the caller: the secret key, or the database''s owner.';

revoke all on function "monitoring"."reads_every_org"() from public;

grant execute
  on function "monitoring"."reads_every_org"()
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/refresh_views

create or replace function monitoring.refresh_views()
  returns jsonb
  language plpgsql
  security definer
  set search_path to ''
  set lock_timeout to '30s'
  AS $function$
declare
  started constant timestamptz := clock_timestamp();
  run monitoring.refresh_runs;
  counted jsonb;
  failure text;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('monitoring.refresh_views', 0)) then
    return jsonb_build_object('status', 'skipped', 'refreshed_at', monitoring.refreshed_at());
  end if;

  -- A failure undoes this block alone: both views keep their rows, and the run is recorded.
  begin
    refresh materialized view concurrently public.mv_webhook_performance;
    refresh materialized view concurrently public.mv_rule_performance;
    counted := jsonb_build_object(
      'mv_webhook_performance', (select count(*) from public.mv_webhook_performance),
      'mv_rule_performance', (select count(*) from public.mv_rule_performance)
    );
  exception
    when others or query_canceled then
      failure := format('%s: %s', sqlstate, sqlerrm);
      raise warning 'refresh_monitoring_views failed: %', failure;
  end;

  insert into monitoring.refresh_runs (started_at, finished_at, view_rows, error, started_by)
  values (
    started, clock_timestamp(), counted, failure,
    coalesce(nullif(current_setting('role'), 'none'), session_user)
  )
  returning * into run;

  return jsonb_build_object(
    'status', case when run.error is null then 'refreshed' else 'failed' end,
    'refreshed_at', monitoring.refreshed_at(),
    'duration_ms', run.duration_ms,
    'rows', run.view_rows,
    'error', run.error
  );
end
$function$;

comment on function "monitoring"."refresh_views"() is 'Refreshes both materialized views, or neither, and records the run. Only one runs at a time: a second returns at once as skipped. Never raises: a failure is in its answer, in refresh_runs and in the log.';

revoke all on function "monitoring"."refresh_views"() from public;

grant execute on function "monitoring"."refresh_views"() to "postgres", "service_role";

-- schemas/monitoring/functions/refreshed_at

create or replace function monitoring.refreshed_at()
  returns timestamp with time zone
  language sql
  stable
  security definer
  set search_path to ''
  AS $function$
  select r.started_at
  from monitoring.refresh_runs as r
  where r.error is null
  order by r.id desc
  limit 1
$function$;

comment on function "monitoring"."refreshed_at"() is 'Everything that was committed before this moment is in the materialized views: when their last successful refresh began.';

revoke all on function "monitoring"."refreshed_at"() from public;

grant execute
  on function "monitoring"."refreshed_at"()
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/rejected_events

create or replace function monitoring.rejected_events (
  events jsonb
)
  returns table (
    "position" bigint,
    code       text,
    field      text,
    message    text
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  with event as (
    select position, jsonb_strip_nulls(value) as body, value ->> 'type' as type
    from jsonb_array_elements(events) with ordinality as _ (value, position)
  ),
  given as (
    select event.position, event.body, spec.*,
      event.body -> spec.field as value, event.body ->> spec.field as content
    from event
    join monitoring.event_fields() as spec on spec.type = event.type
  ),
  judged as (
    select given.*,
      case
        when value is null then not required
        when kind = 'integer' then
          case
            when jsonb_typeof(value) = 'number' and content ~ '^-?\d{1,18}$'
              then content::bigint <@ limits
            else false
          end
        when jsonb_typeof(value) <> 'string' then false
        when kind in ('uuid', 'reference') then
          content ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        when kind = 'text' then
          length(content)::bigint <@ limits and (pattern is null or content ~ pattern)
        when kind = 'time' then monitoring.is_time(content)
        when kind = 'ip' then monitoring.is_ip(content)
      end as valid
    from given
  ),
  problem as (
    select position, 1 as step, 'unknown_type' as code, 'type' as field,
      'must be one of ' || (
        select string_agg(distinct known.type, ', ') from monitoring.event_fields() as known
      ) as message
    from event
    where not exists (
      select from monitoring.event_fields() as known where known.type = event.type
    )
    union all
    select position, 2, case when value is null then 'required' else 'invalid' end, field,
      case
        when value is null then 'is required'
        when kind = 'integer' then
          format('must be a whole number from %s to %s', lower(limits), upper(limits) - 1)
        when kind = 'text' and pattern is not null then format('must match %s', pattern)
        when kind = 'text' then
          format('must be text of %s to %s characters', lower(limits), upper(limits) - 1)
        when kind = 'time' then 'must be an ISO 8601 time with an offset, and not ahead of now'
        when kind = 'ip' then 'must be an IP address'
        else 'must be a uuid'
      end
    from judged
    where not valid
    union all
    select position, 3, 'invalid', field, 'must be null while the delivery is pending'
    from given
    where type = 'webhook_delivery' and body ->> 'status' = 'pending'
      and field in ('duration_ms', 'status_code', 'error') and value is not null
    union all
    select position, 3, 'required', field, 'is required once the delivery has finished'
    from given
    where type = 'webhook_delivery' and body ->> 'status' <> 'pending'
      and field = 'duration_ms' and value is null
    union all
    select position, 3, 'invalid', field, 'must be below 400 when the delivery was sent'
    from given
    where type = 'webhook_delivery' and body ->> 'status' = 'sent'
      and field = 'status_code' and content ~ '^[45]\d\d$'
    union all
    select position, 4, 'not_found', field, 'does not exist'
    from judged
    where kind = 'reference' and value is not null
      and case when valid then not monitoring.is_known(body, field) end
  )
  select distinct on (position) position, code, field, message
  from problem
  order by position, step, field
$function$;

comment on function "monitoring"."rejected_events"(jsonb) is 'Which events of a batch cannot be stored (position from 1), and the first field of each that is wrong.';

revoke all on function "monitoring"."rejected_events"(jsonb) from public;

grant execute on function "monitoring"."rejected_events"(jsonb) to "postgres", "service_role";

-- schemas/monitoring/functions/rule_metrics

create or replace function monitoring.rule_metrics (
  org_id     uuid,
  page_limit integer,
  after      text
)
  returns jsonb
  language sql
  stable
  set search_path to ''
  AS $function$
  -- A rule that was deleted since the last refresh is no longer anyone's.
  with performance as (
    select p.*
    from monitoring.rule_performance(rule_metrics.org_id) as p
    where exists (select from public.automation_rules as r where r.id = p.rule_id)
  ),
  found as (
    select array[p.rule_id::text] as key, p
    from performance as p
    where array[p.rule_id::text] > monitoring.decode_cursor(rule_metrics.after, 'rules')
    order by 1
    limit rule_metrics.page_limit + 1
  ),
  summary as (
    select jsonb_build_object(
      'total_rules', count(*),
      'enabled_rules', count(*) filter (where p.enabled),
      'total_triggers', coalesce(sum(p.trigger_count), 0),
      'triggers_24h', coalesce(sum(p.executions_24h), 0),
      'triggers_7d', coalesce(sum(p.executions_7d), 0),
      'rules_by_type', (
        select coalesce(jsonb_object_agg(t.rule_type, t.rules), '{}')
        from (select rule_type, count(*) as rules from performance group by rule_type) as t
      )
    )
    from performance as p
  )
  select jsonb_build_object('summary', (select * from summary)) || monitoring.page(
    'rules',
    (
      select jsonb_agg(
        jsonb_build_object('key', f.key, 'item', to_jsonb(f.p) - 'org_id') order by f.key
      )
      from found as f
    ),
    rule_metrics.page_limit
  )
$function$;

comment on function "monitoring"."rule_metrics"(uuid, integer, text) is 'Summary over all of an org''s automation rules, and one page of them: mv_rule_performance.';

revoke all on function "monitoring"."rule_metrics"(uuid, integer, text) from public;

grant execute
  on function "monitoring"."rule_metrics"(uuid, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/rule_performance

create or replace function monitoring.rule_performance (
  org_id uuid
)
  returns SETOF public.mv_rule_performance
  language sql
  stable
  security definer
  set search_path to ''
  AS $function$
  select p.*
  from public.mv_rule_performance as p
  where p.org_id = rule_performance.org_id
    and (select monitoring.may_read(rule_performance.org_id))
$function$;

comment on function "monitoring"."rule_performance"(uuid) is 'The rows of mv_rule_performance of one org, for those who may read that org; nothing for others.';

revoke all on function "monitoring"."rule_performance"(uuid) from public;

grant execute
  on function "monitoring"."rule_performance"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/slow_queries

create or replace function monitoring.slow_queries()
  returns table (
    query_id text,
    pid      integer,
    role     name,
    seconds  numeric
  )
  language sql
  stable
  security definer
  set search_path to ''
  AS $function$
  select coalesce(a.query_id::text, 'pid:' || a.pid), a.pid, a.usename, s.seconds
  from pg_catalog.pg_stat_activity as a
  cross join lateral (
    select round(extract(epoch from clock_timestamp() - a.query_start), 1)
  ) as s (seconds)
  where (select monitoring.reads_every_org())
    and a.datname = current_database()
    and a.backend_type = 'client backend'
    and a.state = 'active'
    and a.pid <> pg_backend_pid()
    -- A scheduled job may take its time: nobody waits for it.
    and a.application_name not like 'pg_cron%'
    and s.seconds > 5
$function$;

comment on function "monitoring"."slow_queries"() is 'Queries that have been running for more than 5 seconds; nothing for callers who do not read every org. query_id is that of pg_stat_statements.';

revoke all on function "monitoring"."slow_queries"() from public;

grant execute
  on function "monitoring"."slow_queries"()
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/store_api_requests

create or replace function monitoring.store_api_requests (
  events jsonb
)
  returns void
  language sql
  set search_path to ''
  AS $function$
  insert into public.api_audit_logs
  select request.*
  from jsonb_array_elements(events) as body
  cross join jsonb_populate_record(
    null::public.api_audit_logs,
    jsonb_build_object('id', gen_random_uuid(), 'created_at', now()) || jsonb_strip_nulls(body)
  ) as request
  order by request.id
  on conflict (id) do nothing
$function$;

comment on function "monitoring"."store_api_requests"(jsonb) is 'Stores API requests.';

revoke all on function "monitoring"."store_api_requests"(jsonb) from public;

grant execute on function "monitoring"."store_api_requests"(jsonb) to "postgres", "service_role";

-- schemas/monitoring/functions/store_rate_limits

create or replace function monitoring.store_rate_limits (
  events jsonb
)
  returns void
  language sql
  set search_path to ''
  AS $function$
  insert into public.api_rate_limits as known (
    org_id, key_type, identifier, window_start, window_seconds, request_count, limit_max, updated_at
  )
  select distinct on (org_id, key_type, identifier, window_start)
    org_id, key_type, identifier, window_start, window_seconds,
    max(request_count) over (partition by org_id, key_type, identifier, window_start),
    limit_max, now()
  from (
    select position, report.org_id, report.key_type, report.identifier, report.window_seconds,
      report.request_count, report.limit_max,
      coalesce(
        report.window_start,
        date_bin(make_interval(secs => report.window_seconds), now(), 'epoch')
      ) as window_start
    from jsonb_array_elements(events) with ordinality as event (body, position)
    cross join jsonb_populate_record(
      null::public.api_rate_limits,
      jsonb_build_object('window_seconds', 60) || jsonb_strip_nulls(body)
    ) as report
  ) as report
  order by org_id, key_type, identifier, window_start, position desc
  on conflict (org_id, key_type, identifier, window_start) do update
  set window_seconds = excluded.window_seconds,
    request_count = greatest(known.request_count, excluded.request_count),
    limit_max = excluded.limit_max,
    updated_at = excluded.updated_at
$function$;

comment on function "monitoring"."store_rate_limits"(jsonb) is 'Stores the use of rate limits: of each window, the highest count reported.';

revoke all on function "monitoring"."store_rate_limits"(jsonb) from public;

grant execute on function "monitoring"."store_rate_limits"(jsonb) to "postgres", "service_role";

-- schemas/monitoring/functions/store_rule_executions

create or replace function monitoring.store_rule_executions (
  events jsonb
)
  returns void
  language sql
  set search_path to ''
  AS $function$
  insert into public.rule_executions
  select execution.*
  from jsonb_array_elements(events) as body
  join public.automation_rules as rule on rule.id = (body ->> 'rule_id')::uuid
  cross join jsonb_populate_record(
    null::public.rule_executions,
    jsonb_build_object('id', gen_random_uuid(), 'executed_at', now())
      || jsonb_strip_nulls(body) || jsonb_build_object('org_id', rule.org_id)
  ) as execution
  order by execution.id
  on conflict (id) do nothing
$function$;

comment on function "monitoring"."store_rule_executions"(jsonb) is 'Stores runs of rules.';

revoke all on function "monitoring"."store_rule_executions"(jsonb) from public;

grant execute on function "monitoring"."store_rule_executions"(jsonb) to "postgres", "service_role";

-- schemas/monitoring/functions/store_webhook_deliveries

create or replace function monitoring.store_webhook_deliveries (
  events jsonb
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  deliveries public.webhook_deliveries[];
begin
  -- All of the batch's locks, before its first statement.
  perform monitoring.lock_webhooks(
    array_agg((body ->> 'webhook_id')::uuid), array_agg(body ->> 'status' = 'failed')
  )
  from jsonb_array_elements(events) as body
  where body ->> 'status' <> 'pending';

  -- And the webhooks that will be written although others share their locks. A statement that updates
  -- some rows and inserts others would lock them in two turns: each in order, both together in none.
  perform from public.webhooks as webhook
  where webhook.consecutive_failures > 0
    and webhook.id in (
      select (body ->> 'webhook_id')::uuid
      from jsonb_array_elements(events) as body
      where body ->> 'status' <> 'pending'
    )
  order by webhook.id
  for no key update;

  -- A statement counts what it updates before what it inserts, whatever their order. So failures
  -- that a success follows, successes, and failures that none follows are three statements; within
  -- each of them order makes no difference to the counters.
  for deliveries in
    with event as (
      select position, delivery,
        first_value(delivery.webhook_id) over (partition by delivery.id order by position) as owner
      from jsonb_array_elements(events) with ordinality as _ (body, position)
      join public.webhooks as webhook on webhook.id = (body ->> 'webhook_id')::uuid
      cross join jsonb_populate_record(
        null::public.webhook_deliveries,
        jsonb_build_object('id', gen_random_uuid(), 'attempt', 1, 'sent_at', now())
          || jsonb_strip_nulls(body) || jsonb_build_object('org_id', webhook.org_id)
      ) as delivery
    ),
    -- What an id amounts to at the end of the batch: the first event that finishes it, if any does.
    outcome as (
      select distinct on ((delivery).id) position, delivery
      from event
      where (delivery).webhook_id = owner
      order by (delivery).id, (delivery).status = 'pending', position
    ),
    step as (
      select delivery, case
        when (delivery).status <> 'failed' then 2
        when bool_or((delivery).status = 'sent') over (
          partition by (delivery).webhook_id
          order by (delivery).sent_at, position
          rows between 1 following and unbounded following
        ) then 1
        else 3
      end as number
      from outcome
    )
    select array_agg(delivery order by (delivery).id) from step group by number order by number
  loop
    insert into public.webhook_deliveries as known
    select * from unnest(deliveries)
    on conflict (id) do update
    set status = excluded.status,
      status_code = excluded.status_code,
      attempt = greatest(known.attempt, excluded.attempt),
      duration_ms = excluded.duration_ms,
      error = excluded.error,
      event_type = coalesce(excluded.event_type, known.event_type),
      sent_at = excluded.sent_at
    where known.status = 'pending' and excluded.status <> 'pending'
      and known.webhook_id = excluded.webhook_id;
  end loop;
end
$function$;

comment on function "monitoring"."store_webhook_deliveries"(jsonb) is 'Stores deliveries, and finishes those that were pending.';

revoke all on function "monitoring"."store_webhook_deliveries"(jsonb) from public;

grant execute
  on function "monitoring"."store_webhook_deliveries"(jsonb)
  to "postgres", "service_role";

-- schemas/monitoring/functions/trim_run_logs

create or replace function monitoring.trim_run_logs()
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  week_ago constant timestamptz := now() - interval '7 days';
begin
  -- Only runid is indexed there, and a run that could not start has no times: so cut at a runid. The
  -- newest 50,000 are the most that is kept, whatever their times.
  delete from cron.job_run_details
  where runid <= greatest(
    (select runid from cron.job_run_details where start_time < week_ago order by runid desc limit 1),
    (select max(runid) - 50000 from cron.job_run_details)
  );

  -- The last success stays: it says how old the views are.
  delete from monitoring.refresh_runs
  where started_at < week_ago
    and id is distinct from (select max(id) from monitoring.refresh_runs where error is null);
end
$function$;

comment on function "monitoring"."trim_run_logs"() is 'Deletes what cron.job_run_details and refresh_runs hold of more than 7 days ago.';

revoke all on function "monitoring"."trim_run_logs"() from public;

grant execute on function "monitoring"."trim_run_logs"() to "postgres";

-- schemas/monitoring/functions/webhook_metrics

create or replace function monitoring.webhook_metrics (
  org_id     uuid,
  page_limit integer,
  after      text
)
  returns jsonb
  language sql
  stable
  set search_path to ''
  AS $function$
  -- A webhook that was deleted since the last refresh is no longer anyone's.
  with performance as (
    select p.*
    from monitoring.webhook_performance(webhook_metrics.org_id) as p
    where exists (select from public.webhooks as w where w.id = p.webhook_id)
  ),
  found as (
    select array[p.webhook_id::text] as key, p
    from performance as p
    where array[p.webhook_id::text] > monitoring.decode_cursor(webhook_metrics.after, 'webhooks')
    order by 1
    limit webhook_metrics.page_limit + 1
  ),
  summary as (
    select jsonb_build_object(
      'total_webhooks', count(*),
      'enabled_webhooks', count(*) filter (where p.enabled),
      'total_deliveries', coalesce(sum(p.total_deliveries), 0),
      'successful_deliveries', coalesce(sum(p.successful_deliveries), 0),
      'failed_deliveries', coalesce(sum(p.failed_deliveries), 0),
      -- Over deliveries: the mean of the webhooks' rates would let a quiet one outvote a busy one.
      'avg_success_rate', round(
        100.0 * sum(p.successful_deliveries)
          / nullif(sum(p.successful_deliveries) + sum(p.failed_deliveries), 0), 1
      ),
      'webhooks_with_failures', count(*) filter (where p.consecutive_failures > 0),
      'critical_webhooks', count(*) filter (where p.enabled and p.consecutive_failures >= 10)
    )
    from performance as p
  )
  select jsonb_build_object('summary', (select * from summary)) || monitoring.page(
    'webhooks',
    (
      select jsonb_agg(
        jsonb_build_object(
          'key', f.key,
          'item', to_jsonb(f.p) - 'org_id' || jsonb_build_object('health_status', h.health_status)
        )
        order by f.key
      )
      from found as f
      left join public.v_webhook_health as h on h.webhook_id = (f.p).webhook_id
    ),
    webhook_metrics.page_limit
  )
$function$;

comment on function "monitoring"."webhook_metrics"(uuid, integer, text) is 'Summary over all of an org''s webhooks, and one page of them: mv_webhook_performance with the health of now.';

revoke all on function "monitoring"."webhook_metrics"(uuid, integer, text) from public;

grant execute
  on function "monitoring"."webhook_metrics"(uuid, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/webhook_performance

create or replace function monitoring.webhook_performance (
  org_id uuid
)
  returns SETOF public.mv_webhook_performance
  language sql
  stable
  security definer
  set search_path to ''
  AS $function$
  select p.*
  from public.mv_webhook_performance as p
  where p.org_id = webhook_performance.org_id
    and (select monitoring.may_read(webhook_performance.org_id))
$function$;

comment on function "monitoring"."webhook_performance"(uuid) is 'The rows of mv_webhook_performance of one org, for those who may read that org; nothing for others.';

revoke all on function "monitoring"."webhook_performance"(uuid) from public;

grant execute
  on function "monitoring"."webhook_performance"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/schema

create schema "monitoring";

comment on schema "monitoring" is 'Internals of the monitoring system: helpers, rollups, schedules. Not exposed through the Data API.';

grant usage on schema "monitoring" to "authenticated";

grant create, usage on schema "monitoring" to "postgres";

grant usage on schema "monitoring" to "service_role";

-- schemas/monitoring/tables/refresh_runs

create table "monitoring"."refresh_runs" (
  "id"          bigint                   generated always as identity not null,
  "started_at"  timestamp with time zone not null,
  "finished_at" timestamp with time zone not null,
  "view_rows"   jsonb,
  "error"       text,
  "started_by"  name                     not null,
  constraint "refresh_runs_have_rows_or_an_error" check (((view_rows IS NULL) <> (error IS NULL))),
  constraint "refresh_runs_pkey" primary key (id)
);

alter table "monitoring"."refresh_runs"
  add column "duration_ms" integer generated always as
    (((EXTRACT(epoch from (finished_at - started_at)) * (1000)::numeric))::integer) stored not null;

comment on column "monitoring"."refresh_runs"."duration_ms" is 'Milliseconds, for all views together.';

comment on column "monitoring"."refresh_runs"."error" is 'Why it failed, with the SQLSTATE; the views kept the rows they had.';

comment on column "monitoring"."refresh_runs"."started_by" is 'The database role that asked for it.';

comment on column "monitoring"."refresh_runs"."view_rows" is 'Rows of each view after the refresh, by the view''s name; null when it failed.';

comment on table "monitoring"."refresh_runs" is 'Each refresh of the materialized views; kept for 7 days, the last success for ever.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."refresh_runs"
  to "postgres";

grant select on table "monitoring"."refresh_runs" to "service_role";

-- schemas/monitoring/views/database_conditions

create view "monitoring"."database_conditions" with (security_invoker=on) AS  SELECT DISTINCT ON (query_id) NULL::uuid AS org_id,
    'slow_query'::text AS type,
    'critical'::text AS severity,
    'database'::text AS resource_type,
    query_id AS resource_id,
    (current_database())::text AS resource_name,
    format('Query of %s has been running for %s seconds (pid %s)'::text, role, seconds, pid) AS message,
    seconds AS value,
    (5)::numeric AS threshold
   FROM monitoring.slow_queries() q(query_id, pid, role, seconds)
  ORDER BY query_id, seconds DESC;

comment on view "monitoring"."database_conditions" is 'The part of v_alert_conditions that is about the database itself; empty for members.';

grant select on table "monitoring"."database_conditions" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."database_conditions"
  to "postgres";

grant select on table "monitoring"."database_conditions" to "service_role";

-- schemas/monitoring/views/rule_conditions

create view "monitoring"."rule_conditions" with (security_invoker=on) AS  SELECT r.org_id,
    'rule_not_triggering'::text AS type,
    'warning'::text AS severity,
    'rule'::text AS resource_type,
    (r.id)::text AS resource_id,
    r.name AS resource_name,
    format('Rule has not triggered for %s hours; its longest recent gap was %s'::text, h.silent, h.gap) AS message,
    h.silent AS value,
    h.allowed AS threshold
   FROM ((public.automation_rules r
     CROSS JOIN LATERAL ( SELECT count(*) AS known,
            max(x.executed_at) AS last,
            max((x.executed_at - x.previous)) AS longest_gap
           FROM ( SELECT e.executed_at,
                    lead(e.executed_at) OVER (ORDER BY e.executed_at DESC) AS previous
                   FROM public.rule_executions e
                  WHERE ((e.org_id = r.org_id) AND (e.rule_id = r.id))
                  ORDER BY e.executed_at DESC
                 LIMIT 50) x) recent)
     CROSS JOIN LATERAL ( SELECT round((EXTRACT(epoch FROM (now() - recent.last)) / (3600)::numeric), 1) AS silent,
            round((EXTRACT(epoch FROM recent.longest_gap) / (3600)::numeric), 1) AS gap,
            round(GREATEST((24)::numeric, (((2)::numeric * EXTRACT(epoch FROM recent.longest_gap)) / (3600)::numeric)), 1) AS allowed) h)
  WHERE (r.enabled AND (recent.known >= 5) AND (h.silent > h.allowed));

comment on view "monitoring"."rule_conditions" is 'The part of v_alert_conditions that is about automation rules.';

grant select on table "monitoring"."rule_conditions" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."rule_conditions"
  to "postgres";

grant select on table "monitoring"."rule_conditions" to "service_role";

-- schemas/monitoring/views/traffic_conditions

create view "monitoring"."traffic_conditions" with (security_invoker=on) AS  SELECT o.id AS org_id,
    'api_error_rate'::text AS type,
    'critical'::text AS severity,
    'org'::text AS resource_type,
    (o.id)::text AS resource_id,
    o.name AS resource_name,
    format('%s%% of %s API requests failed in the last hour'::text, p.failed_pct, r.total) AS message,
    p.failed_pct AS value,
    (50)::numeric AS threshold
   FROM ((public.orgs o
     CROSS JOIN LATERAL ( SELECT count(*) AS total,
            count(*) FILTER (WHERE (l.status_code >= 400)) AS failed
           FROM public.api_audit_logs l
          WHERE ((l.org_id = o.id) AND (l.created_at >= (now() - '01:00:00'::interval)))) r)
     CROSS JOIN LATERAL ( SELECT round(((100.0 * (r.failed)::numeric) / (NULLIF(r.total, 0))::numeric), 1) AS round) p(failed_pct))
  WHERE ((r.total >= 20) AND ((2 * r.failed) > r.total))
UNION ALL
( SELECT DISTINCT ON (l.org_id, l.key_type, l.identifier) l.org_id,
    'rate_limit'::text AS type,
    'warning'::text AS severity,
    'rate_limit'::text AS resource_type,
    ((l.key_type || ':'::text) || l.identifier) AS resource_id,
    l.identifier AS resource_name,
    format('Rate limit of %s %s is %s%% used'::text, l.key_type, l.identifier, l.utilization_pct) AS message,
    l.utilization_pct AS value,
    90 AS threshold
   FROM public.v_rate_limit_utilization l
  WHERE (l.status = ANY (ARRAY['warning'::text, 'throttled'::text]))
  ORDER BY l.org_id, l.key_type, l.identifier, l.utilization_pct DESC);

comment on view "monitoring"."traffic_conditions" is 'The part of v_alert_conditions that is about API requests and rate limits.';

grant select on table "monitoring"."traffic_conditions" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."traffic_conditions"
  to "postgres";

grant select on table "monitoring"."traffic_conditions" to "service_role";

-- schemas/monitoring/views/webhook_conditions

create view "monitoring"."webhook_conditions" with (security_invoker=on) AS  SELECT w.org_id,
    'webhook_failure'::text AS type,
        CASE
            WHEN (w.consecutive_failures >= 10) THEN 'critical'::text
            ELSE 'warning'::text
        END AS severity,
    'webhook'::text AS resource_type,
    (w.id)::text AS resource_id,
    w.url AS resource_name,
    format('Webhook has %s consecutive failures'::text, w.consecutive_failures) AS message,
    (w.consecutive_failures)::numeric AS value,
    (
        CASE
            WHEN (w.consecutive_failures >= 10) THEN 10
            ELSE 5
        END)::numeric AS threshold
   FROM public.webhooks w
  WHERE (w.enabled AND (w.consecutive_failures >= 5))
UNION ALL
 SELECT w.org_id,
    'webhook_inactive'::text AS type,
    'warning'::text AS severity,
    'webhook'::text AS resource_type,
    (w.id)::text AS resource_id,
    w.url AS resource_name,
    format('Webhook has had no successful delivery for %s days'::text, i.days) AS message,
    i.days AS value,
    7 AS threshold
   FROM ((public.webhooks w
     CROSS JOIN LATERAL ( SELECT COALESCE(max(d.sent_at), w.created_at) AS since
           FROM public.webhook_deliveries d
          WHERE ((d.org_id = w.org_id) AND (d.webhook_id = w.id) AND (d.status = 'sent'::text))) s)
     CROSS JOIN LATERAL ( SELECT floor((EXTRACT(epoch FROM (now() - s.since)) / (86400)::numeric)) AS floor) i(days))
  WHERE (w.enabled AND (i.days >= (7)::numeric));

comment on view "monitoring"."webhook_conditions" is 'The part of v_alert_conditions that is about webhooks.';

grant select on table "monitoring"."webhook_conditions" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."webhook_conditions"
  to "postgres";

grant select on table "monitoring"."webhook_conditions" to "service_role";

-- schemas/public/functions/create_org

create or replace function public.create_org (
  name text
)
  returns uuid
  language sql
  set search_path to ''
  AS $function$
  select monitoring.create_org(name)
$function$;

comment on function "public"."create_org"(text) is 'Makes an org with the signed-in user as its owner and returns its id.';

revoke all on function "public"."create_org"(text) from public;

grant execute on function "public"."create_org"(text) to "authenticated", "postgres";

-- schemas/public/functions/monitoring_metrics

create or replace function public.monitoring_metrics (
  org_id     uuid    default null::uuid,
  type       text    default 'all'::text,
  page_limit integer default 100,
  after      text    default null::text
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  types constant text[] := array['webhook', 'rule', 'rate_limit', 'api', 'alerts', 'all'];
  org constant uuid := monitoring.metrics_org(monitoring_metrics.org_id);
  answer jsonb;
begin
  if type is null or type <> all (types) then
    raise exception 'type must be one of %.', array_to_string(types, ', ')
      using errcode = 'PT400', detail = 'invalid_type', hint = 'type';
  elsif page_limit is null or page_limit not between 1 and 500 then
    raise exception 'page_limit must be from 1 to 500.'
      using errcode = 'PT400', detail = 'invalid_limit', hint = 'page_limit';
  elsif after is not null and type = 'all' then
    raise exception 'after continues one list: name its type.'
      using errcode = 'PT400', detail = 'invalid_cursor', hint = 'after';
  end if;

  answer := jsonb_build_object(
    'org_id', org, 'timestamp', now(), 'refreshed_at', monitoring.refreshed_at()
  );
  if type in ('webhook', 'all') then
    answer := answer || jsonb_build_object('webhooks', monitoring.webhook_metrics(org, page_limit, after));
  end if;
  if type in ('rule', 'all') then
    answer := answer || jsonb_build_object('rules', monitoring.rule_metrics(org, page_limit, after));
  end if;
  if type in ('rate_limit', 'all') then
    answer := answer || jsonb_build_object('rate_limits', monitoring.rate_limit_metrics(org, page_limit, after));
  end if;
  if type in ('api', 'all') then
    answer := answer || jsonb_build_object('api', monitoring.api_metrics(org, page_limit, after));
  end if;
  if type in ('alerts', 'all') then
    answer := answer || jsonb_build_object('alerts', monitoring.alert_metrics(org, page_limit, after));
  end if;
  return answer;
end
$function$;

comment on function "public"."monitoring_metrics"(uuid, text, integer, text) is
  'An org''s metrics: of one type (webhook, rule, rate_limit, api, alerts) or all. Lists hold page_limit rows (1 to 500) and continue after the cursor that their `next` gives. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke all on function "public"."monitoring_metrics"(uuid, text, integer, text) from public;

grant execute
  on function "public"."monitoring_metrics"(uuid, text, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/refresh_monitoring_views

create or replace function public.refresh_monitoring_views()
  returns jsonb
  language sql
  set search_path to ''
  AS $function$
  select monitoring.refresh_views()
$function$;

comment on function "public"."refresh_monitoring_views"() is 'Refreshes mv_webhook_performance and mv_rule_performance; for the schedule and the secret key. Returns status (refreshed, skipped or failed), refreshed_at, duration_ms, rows of each view, and error.';

revoke all on function "public"."refresh_monitoring_views"() from public;

grant execute on function "public"."refresh_monitoring_views"() to "postgres", "service_role";

-- schemas/public/functions/track_events

create or replace function public.track_events (
  events jsonb
)
  returns jsonb
  language plpgsql
  set search_path to ''
  AS $function$
declare
  rejected jsonb;
  stored jsonb;
  accepted integer;
begin
  if jsonb_typeof(events) is distinct from 'array' or jsonb_array_length(events) > 1000 then
    raise exception 'a batch is an array of at most 1000 events'
      using errcode = 'PT400', detail = 'invalid_batch', hint = 'events';
  end if;

  with event as (
    select body, position, body ->> 'type' as type, problem.code, problem.field, problem.message
    from jsonb_array_elements(events) with ordinality as _ (body, position)
    left join monitoring.rejected_events(events) as problem using (position)
  )
  select
    coalesce(jsonb_agg(jsonb_build_object(
      'index', coalesce(body -> 'index', to_jsonb(position - 1)),
      'code', code, 'field', field, 'message', message
    ) order by position) filter (where code is not null), '[]'),
    count(*) filter (where code is null),
    (
      select jsonb_object_agg(type, bodies)
      from (
        select type, jsonb_agg(body order by position) as bodies
        from event
        where code is null
        group by type
      ) as of_type
    )
  into rejected, accepted, stored
  from event;

  if stored ? 'webhook_delivery' then
    perform monitoring.store_webhook_deliveries(stored -> 'webhook_delivery');
  end if;
  if stored ? 'rule_execution' then
    perform monitoring.store_rule_executions(stored -> 'rule_execution');
  end if;
  if stored ? 'api_request' then
    perform monitoring.store_api_requests(stored -> 'api_request');
  end if;
  if stored ? 'rate_limit' then
    perform monitoring.store_rate_limits(stored -> 'rate_limit');
  end if;
  return jsonb_build_object('accepted', accepted, 'rejected', rejected);
end
$function$;

comment on function "public"."track_events"(jsonb) is 'Stores a batch of up to 1000 events in one transaction and returns {accepted, rejected: [{index, code, field, message}]}; an event that is rejected leaves the others as they are.';

revoke all on function "public"."track_events"(jsonb) from public;

grant execute on function "public"."track_events"(jsonb) to "postgres", "service_role";

-- schemas/public/materialized_views/mv_rule_performance

create materialized view "public"."mv_rule_performance"
  AS  SELECT r.id AS rule_id,
    r.org_id,
    r.name AS rule_name,
    r.type AS rule_type,
    r.enabled,
    r.trigger_count,
    r.last_triggered_at,
    r.created_at,
    r.segment_id,
    s.name AS segment_name,
    s.member_count AS segment_member_count,
    COALESCE(e.total, (0)::bigint) AS total_executions,
    COALESCE(e.successful, (0)::bigint) AS successful_executions,
    COALESCE(e.failed, (0)::bigint) AS failed_executions,
    round(((100.0 * (e.successful)::numeric) / (e.total)::numeric), 2) AS success_rate_pct,
    e.avg_duration_ms,
    COALESCE(e.affected_contacts, (0)::bigint) AS total_affected_contacts,
    COALESCE(e.executions_24h, (0)::bigint) AS executions_24h,
    COALESCE(e.executions_7d, (0)::bigint) AS executions_7d
   FROM ((public.automation_rules r
     LEFT JOIN public.segments s ON ((s.id = r.segment_id)))
     LEFT JOIN ( SELECT rule_executions.rule_id,
            count(*) AS total,
            count(*) FILTER (WHERE (rule_executions.status = 'success'::text)) AS successful,
            count(*) FILTER (WHERE (rule_executions.status = 'failed'::text)) AS failed,
            round(avg(rule_executions.duration_ms), 1) AS avg_duration_ms,
            sum(rule_executions.affected_contacts) AS affected_contacts,
            count(*) FILTER (WHERE (rule_executions.executed_at >= (now() - '24:00:00'::interval))) AS executions_24h,
            count(*) FILTER (WHERE (rule_executions.executed_at >= (now() - '7 days'::interval))) AS executions_7d
           FROM public.rule_executions
          GROUP BY rule_executions.rule_id) e ON ((e.rule_id = r.id)));

create unique index mv_rule_performance_key on public.mv_rule_performance
  using btree (org_id, rule_id);

comment on materialized view "public"."mv_rule_performance" is 'Executions of each automation rule, from rule_executions, as of monitoring.refreshed_at(). Members read it through monitoring.rule_performance().';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."mv_rule_performance"
  to "postgres";

grant select on table "public"."mv_rule_performance" to "service_role";

-- schemas/public/materialized_views/mv_webhook_performance

create materialized view "public"."mv_webhook_performance"
  AS  SELECT w.id AS webhook_id,
    w.org_id,
    w.url,
    w.enabled,
    w.consecutive_failures,
    d.last_success_at,
    w.last_failure_at,
    w.created_at,
    COALESCE(d.total, (0)::bigint) AS total_deliveries,
    COALESCE(d.successful, (0)::bigint) AS successful_deliveries,
    COALESCE(d.failed, (0)::bigint) AS failed_deliveries,
    COALESCE(d.pending, (0)::bigint) AS pending_deliveries,
    round(((100.0 * (d.successful)::numeric) / (NULLIF((d.successful + d.failed), 0))::numeric), 2) AS success_rate_pct,
    d.avg_duration_ms,
    d.p95_duration_ms,
    d.max_duration_ms,
    COALESCE(d.deliveries_24h, (0)::bigint) AS deliveries_24h,
    COALESCE(d.failures_24h, (0)::bigint) AS failures_24h,
    COALESCE(d.deliveries_7d, (0)::bigint) AS deliveries_7d,
    COALESCE(d.failures_7d, (0)::bigint) AS failures_7d
   FROM (public.webhooks w
     LEFT JOIN ( SELECT webhook_deliveries.webhook_id,
            count(*) AS total,
            count(*) FILTER (WHERE (webhook_deliveries.status = 'sent'::text)) AS successful,
            count(*) FILTER (WHERE (webhook_deliveries.status = 'failed'::text)) AS failed,
            count(*) FILTER (WHERE (webhook_deliveries.status = 'pending'::text)) AS pending,
            max(webhook_deliveries.sent_at) FILTER (WHERE (webhook_deliveries.status = 'sent'::text)) AS last_success_at,
            round(avg(webhook_deliveries.duration_ms), 1) AS avg_duration_ms,
            round((percentile_cont((0.95)::double precision) WITHIN GROUP (ORDER BY ((webhook_deliveries.duration_ms)::double precision)))::numeric, 1) AS p95_duration_ms,
            max(webhook_deliveries.duration_ms) AS max_duration_ms,
            count(*) FILTER (WHERE (webhook_deliveries.sent_at >= (now() - '24:00:00'::interval))) AS deliveries_24h,
            count(*) FILTER (WHERE ((webhook_deliveries.status = 'failed'::text) AND (webhook_deliveries.sent_at >= (now() - '24:00:00'::interval)))) AS failures_24h,
            count(*) FILTER (WHERE (webhook_deliveries.sent_at >= (now() - '7 days'::interval))) AS deliveries_7d,
            count(*) FILTER (WHERE ((webhook_deliveries.status = 'failed'::text) AND (webhook_deliveries.sent_at >= (now() - '7 days'::interval)))) AS failures_7d
           FROM public.webhook_deliveries
          GROUP BY webhook_deliveries.webhook_id) d ON ((d.webhook_id = w.id)));

create unique index mv_webhook_performance_key on public.mv_webhook_performance
  using btree (org_id, webhook_id);

comment on materialized view "public"."mv_webhook_performance" is 'Deliveries of each webhook, from webhook_deliveries, as of monitoring.refreshed_at(). Members read it through monitoring.webhook_performance().';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."mv_webhook_performance"
  to "postgres";

grant select on table "public"."mv_webhook_performance" to "service_role";

-- schemas/public/schema

comment on schema "public" is 'standard public schema';

revoke all on schema "public" from public;

grant usage on schema "public" to public;

revoke all on schema "public" from "anon";

grant usage on schema "public" to "anon";

revoke all on schema "public" from "authenticated";

grant usage on schema "public" to "authenticated";

revoke all on schema "public" from "pg_database_owner";

grant create, usage on schema "public" to "pg_database_owner";

revoke all on schema "public" from "postgres";

grant create, usage on schema "public" to "postgres";

revoke all on schema "public" from "service_role";

grant usage on schema "public" to "service_role";

-- schemas/public/tables/api_audit_logs

create table "public"."api_audit_logs" (
  "id"            uuid                     not null default gen_random_uuid(),
  "org_id"        uuid                     not null,
  "request_id"    text,
  "api_key_id"    uuid,
  "method"        text                     not null,
  "path"          text                     not null,
  "resource_type" text,
  "status_code"   integer                  not null,
  "duration_ms"   integer                  not null,
  "ip"            inet,
  "user_agent"    text,
  "created_at"    timestamp with time zone not null default now(),
  constraint "api_audit_logs_duration_ms_check" check ((duration_ms >= 0)),
  constraint "api_audit_logs_method_check" check ((method ~ '^[A-Z]{1,20}$'::text)),
  constraint "api_audit_logs_path_check" check (((length(path) >= 1) AND (length(path) <= 2048))),
  constraint "api_audit_logs_pkey" primary key (id),
  constraint "api_audit_logs_request_id_check"
    check (((length(request_id) >= 1) AND (length(request_id) <= 200))),
  constraint "api_audit_logs_resource_type_check"
    check (((length(resource_type) >= 1) AND (length(resource_type) <= 100))),
  constraint "api_audit_logs_status_code_check"
    check (((status_code >= 100) AND (status_code <= 599))),
  constraint "api_audit_logs_user_agent_check" check ((length(user_agent) <= 1024)),
  constraint "api_audit_logs_org_id_api_key_id_fkey" foreign key (org_id, api_key_id)
    references public.api_keys(org_id, id) on delete set null (api_key_id),
  constraint "api_audit_logs_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

alter table "public"."api_audit_logs"
  enable row level security;

create index api_audit_logs_by_key_idx on public.api_audit_logs
  using btree (org_id, api_key_id, created_at desc)
  where (api_key_id is not null);

create index api_audit_logs_by_time_idx on public.api_audit_logs
  using btree (org_id, created_at desc);

create policy "members read their orgs' requests" on "public"."api_audit_logs"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."api_audit_logs"."api_key_id" is 'The key that was used; null for a signed-in user.';

comment on column "public"."api_audit_logs"."created_at" is 'When the request came in.';

comment on column "public"."api_audit_logs"."duration_ms" is 'Milliseconds from request to response.';

comment on column "public"."api_audit_logs"."path" is 'Path without the query string, up to 2048 characters.';

comment on column "public"."api_audit_logs"."request_id" is 'The id that the response carried as x-request-id.';

comment on column "public"."api_audit_logs"."resource_type" is 'Kind of thing asked for, for example contacts; null when it was not said.';

comment on table "public"."api_audit_logs" is 'Requests to the portal''s API, one row each.';

grant select on table "public"."api_audit_logs" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."api_audit_logs"
  to "postgres";

grant delete, insert, select on table "public"."api_audit_logs" to "service_role";

-- schemas/public/tables/api_keys

create table "public"."api_keys" (
  "id"         uuid                     not null default gen_random_uuid(),
  "org_id"     uuid                     not null,
  "name"       text                     not null,
  "prefix"     text                     not null,
  "digest"     bytea                    not null,
  "created_at" timestamp with time zone not null default now(),
  "revoked_at" timestamp with time zone,
  constraint "api_keys_check" check ((revoked_at >= created_at)),
  constraint "api_keys_digest_check" check ((octet_length(digest) = 32)),
  constraint "api_keys_digest_key" unique (digest),
  constraint "api_keys_name_check" check (((length(name) >= 1) AND (length(name) <= 200))),
  constraint "api_keys_org_id_id_key" unique (org_id, id),
  constraint "api_keys_pkey" primary key (id),
  constraint "api_keys_prefix_check" check (((length(prefix) >= 4) AND (length(prefix) <= 32))),
  constraint "api_keys_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

alter table "public"."api_keys"
  enable row level security;

create policy "members read their orgs' keys" on "public"."api_keys"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

create policy "owners and admins add keys" on "public"."api_keys"
  for insert
  to "authenticated"
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) AS
    my_org_ids))));

create policy "owners and admins rename and revoke keys" on "public"."api_keys"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) as
    my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) AS
    my_org_ids))));

comment on column "public"."api_keys"."digest" is 'SHA-256 of the whole key, 32 bytes. Only the secret key''s holder reads it.';

comment on column "public"."api_keys"."prefix" is 'The first characters of the key, by which a person recognises it.';

comment on column "public"."api_keys"."revoked_at" is 'Since when the key is refused; null while it is valid.';

comment on table "public"."api_keys" is 'Keys to the portal''s API. The key itself is shown once and kept nowhere.';

grant select ("created_at") on table "public"."api_keys" to "authenticated";

grant insert ("digest") on table "public"."api_keys" to "authenticated";

grant select ("id") on table "public"."api_keys" to "authenticated";

grant insert ("name"), select ("name"), update ("name")
  on table "public"."api_keys"
  to "authenticated";

grant insert ("org_id"), select ("org_id") on table "public"."api_keys" to "authenticated";

grant insert ("prefix"), select ("prefix") on table "public"."api_keys" to "authenticated";

grant select ("revoked_at"), update ("revoked_at") on table "public"."api_keys" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."api_keys"
  to "postgres";

grant delete, insert, select, update on table "public"."api_keys" to "service_role";

-- schemas/public/tables/api_rate_limits

create table "public"."api_rate_limits" (
  "org_id"         uuid                     not null,
  "key_type"       text                     not null,
  "identifier"     text                     not null,
  "window_start"   timestamp with time zone not null,
  "window_seconds" integer                  not null default 60,
  "request_count"  integer                  not null default 0,
  "limit_max"      integer                  not null,
  "updated_at"     timestamp with time zone not null default now(),
  constraint "api_rate_limits_identifier_check"
    check (((length(identifier) >= 1) AND (length(identifier) <= 200))),
  constraint "api_rate_limits_key_type_check"
    check ((key_type = ANY (ARRAY['api_key'::text, 'org'::text, 'ip'::text]))),
  constraint "api_rate_limits_limit_max_check" check ((limit_max > 0)),
  constraint "api_rate_limits_pkey" primary key (org_id, key_type, identifier, window_start),
  constraint "api_rate_limits_request_count_check" check ((request_count >= 0)),
  constraint "api_rate_limits_window_seconds_check" check ((window_seconds > 0)),
  constraint "api_rate_limits_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

alter table "public"."api_rate_limits"
  enable row level security;

alter table "public"."api_rate_limits"
  add column "window_end" timestamp
    with time zone generated always as
    ((((window_start AT TIME ZONE 'UTC'::text) + make_interval(secs => (window_seconds)::double
    precision)) AT TIME ZONE 'UTC'::text)) stored not null;

create index api_rate_limits_by_end_idx on public.api_rate_limits using btree (org_id, window_end);

create policy "members read their orgs' rate limits" on "public"."api_rate_limits"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."api_rate_limits"."identifier" is 'Which one: the key''s id, the org''s id, or the address.';

comment on column "public"."api_rate_limits"."key_type" is 'What is limited: an api_key, a whole org, or an ip.';

comment on column "public"."api_rate_limits"."limit_max" is 'Requests that the window allows.';

comment on column "public"."api_rate_limits"."request_count" is 'Requests counted in the window; it may exceed limit_max.';

comment on column "public"."api_rate_limits"."updated_at" is 'When the row was last reported.';

comment on column "public"."api_rate_limits"."window_end" is 'When the window closes and the count starts again.';

comment on column "public"."api_rate_limits"."window_seconds" is 'Length of the window in seconds.';

comment on table "public"."api_rate_limits" is 'Use of each rate limit, one row for each key and window.';

grant select on table "public"."api_rate_limits" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."api_rate_limits"
  to "postgres";

grant delete, insert, select, update on table "public"."api_rate_limits" to "service_role";

-- schemas/public/tables/automation_rules

create table "public"."automation_rules" (
  "id"                uuid                     not null default gen_random_uuid(),
  "org_id"            uuid                     not null,
  "name"              text                     not null,
  "type"              text                     not null,
  "segment_id"        uuid,
  "enabled"           boolean                  not null default true,
  "trigger_count"     bigint                   not null default 0,
  "last_triggered_at" timestamp with time zone,
  "created_at"        timestamp with time zone not null default now(),
  constraint "automation_rules_check" check (((trigger_count = 0) = (last_triggered_at IS NULL))),
  constraint "automation_rules_name_check" check (((length(name) >= 1) AND (length(name) <= 200))),
  constraint "automation_rules_org_id_id_key" unique (org_id, id),
  constraint "automation_rules_pkey" primary key (id),
  constraint "automation_rules_trigger_count_check" check ((trigger_count >= 0)),
  constraint "automation_rules_type_check" check ((type ~ '^[a-z][a-z0-9_]{0,99}$'::text)),
  constraint "automation_rules_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade,
  constraint "automation_rules_org_id_segment_id_fkey" foreign key (org_id, segment_id)
    references public.segments(org_id, id) on delete set null (segment_id)
);

alter table "public"."automation_rules"
  enable row level security;

create index automation_rules_segment_idx on public.automation_rules
  using btree (org_id, segment_id);

create policy "all but viewers add rules" on "public"."automation_rules"
  for insert
  to "authenticated"
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers change rules" on "public"."automation_rules"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers delete rules" on "public"."automation_rules"
  for delete
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))));

create policy "members read their orgs' rules" on "public"."automation_rules"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."automation_rules"."last_triggered_at" is 'The latest executed_at of an execution; null when there was none.';

comment on column "public"."automation_rules"."segment_id" is 'The contacts it is about; null for all of the org''s.';

comment on column "public"."automation_rules"."trigger_count" is 'Executions ever recorded, failed ones too; deleting old executions leaves it as it is.';

comment on column "public"."automation_rules"."type" is 'What the rule watches, for example warmth_threshold, no_touch_days or stage_change.';

comment on table "public"."automation_rules" is 'Automations of an org: when something holds for contacts of a segment, act on them.';

grant insert ("enabled"), update ("enabled") on table "public"."automation_rules" to "authenticated";

grant insert ("name"), update ("name") on table "public"."automation_rules" to "authenticated";

grant insert ("org_id") on table "public"."automation_rules" to "authenticated";

grant insert ("segment_id"), update ("segment_id")
  on table "public"."automation_rules"
  to "authenticated";

grant insert ("type"), update ("type") on table "public"."automation_rules" to "authenticated";

grant delete, select on table "public"."automation_rules" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."automation_rules"
  to "postgres";

grant delete, insert, select, update on table "public"."automation_rules" to "service_role";

-- schemas/public/tables/org_members

create table "public"."org_members" (
  "org_id"     uuid                     not null,
  "user_id"    uuid                     not null,
  "role"       text                     not null,
  "created_at" timestamp with time zone not null default now(),
  constraint "org_members_pkey" primary key (org_id, user_id),
  constraint "org_members_role_check"
    check ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'viewer'::text]))),
  constraint "org_members_user_id_fkey" foreign key (user_id) references auth.users(id)
    on delete cascade,
  constraint "org_members_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

alter table "public"."org_members"
  enable row level security;

create index org_members_user_id_idx on public.org_members using btree (user_id);

create trigger keep_an_owner
  after delete or update on public.org_members
  for each row
  when ((old.role = 'owner'::text))
  execute function monitoring.keep_an_owner();

create policy "members see who else is in their orgs" on "public"."org_members"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

create policy "owners add anyone, admins anyone but owners" on "public"."org_members"
  for insert
  to "authenticated"
  with
    check
    (((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text]) AS my_org_ids))) OR
    ((role <> 'owner'::text) AND (org_id = ANY (ARRAY( SELECT
    monitoring.my_org_ids(ARRAY['admin'::text]) AS my_org_ids))))));

create policy "owners change any role, admins any but owners'" on "public"."org_members"
  for update
  to "authenticated"
  using
    (((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text]) as my_org_ids))) or
    ((role <> 'owner'::text) AND (org_id = ANY (ARRAY( select
    monitoring.my_org_ids(ARRAY['admin'::text]) as my_org_ids))))))
  with
    check
    (((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text]) AS my_org_ids))) OR
    ((role <> 'owner'::text) AND (org_id = ANY (ARRAY( SELECT
    monitoring.my_org_ids(ARRAY['admin'::text]) AS my_org_ids))))));

create policy "owners remove anyone, admins all but owners, anyone themselves"
  on "public"."org_members"
  for delete
  to "authenticated"
  using
    (((user_id = ( select auth.uid() as uid)) or (org_id = ANY (ARRAY( select
    monitoring.my_org_ids(ARRAY['owner'::text]) as my_org_ids))) or
    ((role <> 'owner'::text) AND (org_id = ANY (ARRAY( select
    monitoring.my_org_ids(ARRAY['admin'::text]) as my_org_ids))))));

comment on column "public"."org_members"."role" is 'owner: everything; admin: everything but owners; member: writes webhooks, segments and rules; viewer: reads.';

comment on table "public"."org_members" is 'Membership of a user in an org. An org never loses its last owner.';

grant insert ("org_id") on table "public"."org_members" to "authenticated";

grant insert ("role"), update ("role") on table "public"."org_members" to "authenticated";

grant insert ("user_id") on table "public"."org_members" to "authenticated";

grant delete, select on table "public"."org_members" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."org_members"
  to "postgres";

grant delete, insert, select, update on table "public"."org_members" to "service_role";

-- schemas/public/tables/orgs

create table "public"."orgs" (
  "id"         uuid                     not null default gen_random_uuid(),
  "name"       text                     not null,
  "created_at" timestamp with time zone not null default now(),
  constraint "orgs_name_check" check (((length(name) >= 1) AND (length(name) <= 200))),
  constraint "orgs_pkey" primary key (id)
);

alter table "public"."orgs"
  enable row level security;

create policy "members read their orgs" on "public"."orgs"
  for select
  to "authenticated"
  using ((id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

create policy "owners and admins rename their orgs" on "public"."orgs"
  for update
  to "authenticated"
  using
    ((id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) as
    my_org_ids))))
  with
    check
    ((id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) AS
    my_org_ids))));

create policy "owners delete their orgs" on "public"."orgs"
  for delete
  to "authenticated"
  using ((id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text]) as my_org_ids))));

comment on column "public"."orgs"."name" is 'What people call it, up to 200 characters; not unique.';

comment on table "public"."orgs" is 'Organisations: the tenants. Deleting one deletes everything that belongs to it.';

grant update ("name") on table "public"."orgs" to "authenticated";

grant delete, select on table "public"."orgs" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."orgs"
  to "postgres";

grant delete, insert, select, update on table "public"."orgs" to "service_role";

-- schemas/public/tables/rule_executions

create table "public"."rule_executions" (
  "id"                uuid                     not null default gen_random_uuid(),
  "org_id"            uuid                     not null,
  "rule_id"           uuid                     not null,
  "status"            text                     not null,
  "duration_ms"       integer                  not null,
  "affected_contacts" integer                  not null default 0,
  "error"             text,
  "executed_at"       timestamp with time zone not null default now(),
  constraint "rule_executions_affected_contacts_check" check ((affected_contacts >= 0)),
  constraint "rule_executions_duration_ms_check" check ((duration_ms >= 0)),
  constraint "rule_executions_error_check" check ((length(error) <= 10000)),
  constraint "rule_executions_org_id_rule_id_fkey" foreign key (org_id, rule_id)
    references public.automation_rules(org_id, id) on delete cascade,
  constraint "rule_executions_pkey" primary key (id),
  constraint "rule_executions_status_check"
    check ((status = ANY (ARRAY['success'::text, 'failed'::text])))
);

alter table "public"."rule_executions"
  enable row level security;

create index rule_executions_by_rule_idx on public.rule_executions
  using btree (org_id, rule_id, executed_at desc);

create trigger count_executions
  after insert on public.rule_executions referencing NEW table as executions
  for each STATEMENT
  execute function monitoring.count_executions();

create trigger fill_in_org
  before insert on public.rule_executions
  for each row
  when ((new.org_id IS NULL))
  execute function monitoring.fill_in_org_of_rule();

create policy "members read their orgs' executions" on "public"."rule_executions"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."rule_executions"."affected_contacts" is 'Contacts on which the run acted.';

comment on column "public"."rule_executions"."duration_ms" is 'Milliseconds from start to end of the run.';

comment on column "public"."rule_executions"."executed_at" is 'When the rule ran.';

comment on column "public"."rule_executions"."org_id" is 'The rule''s org; filled in when left out.';

comment on table "public"."rule_executions" is 'Runs of automation rules, one row each.';

grant select on table "public"."rule_executions" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."rule_executions"
  to "postgres";

grant delete, insert, select on table "public"."rule_executions" to "service_role";

-- schemas/public/tables/segments

create table "public"."segments" (
  "id"           uuid                     not null default gen_random_uuid(),
  "org_id"       uuid                     not null,
  "name"         text                     not null,
  "member_count" integer                  not null default 0,
  "created_at"   timestamp with time zone not null default now(),
  constraint "segments_member_count_check" check ((member_count >= 0)),
  constraint "segments_name_check" check (((length(name) >= 1) AND (length(name) <= 200))),
  constraint "segments_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade,
  constraint "segments_org_id_id_key" unique (org_id, id),
  constraint "segments_pkey" primary key (id)
);

alter table "public"."segments"
  enable row level security;

create policy "all but viewers add segments" on "public"."segments"
  for insert
  to "authenticated"
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers change segments" on "public"."segments"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers delete segments" on "public"."segments"
  for delete
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))));

create policy "members read their orgs' segments" on "public"."segments"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."segments"."member_count" is 'Contacts in the segment when it was last computed; written with the secret key only.';

comment on table "public"."segments" is 'Groups of contacts at which automation rules aim.';

grant insert ("name"), update ("name") on table "public"."segments" to "authenticated";

grant insert ("org_id") on table "public"."segments" to "authenticated";

grant delete, select on table "public"."segments" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."segments"
  to "postgres";

grant delete, insert, select, update on table "public"."segments" to "service_role";

-- schemas/public/tables/webhook_deliveries

create table "public"."webhook_deliveries" (
  "id"          uuid                     not null default gen_random_uuid(),
  "org_id"      uuid                     not null,
  "webhook_id"  uuid                     not null,
  "event_type"  text,
  "status"      text                     not null,
  "status_code" integer,
  "attempt"     integer                  not null default 1,
  "duration_ms" integer,
  "error"       text,
  "sent_at"     timestamp with time zone not null default now(),
  constraint "webhook_deliveries_attempt_check" check ((attempt >= 1)),
  constraint "webhook_deliveries_duration_ms_check" check ((duration_ms >= 0)),
  constraint "webhook_deliveries_duration_once_finished"
    check (((status = 'pending'::text) = (duration_ms IS NULL))),
  constraint "webhook_deliveries_error_check" check ((length(error) <= 10000)),
  constraint "webhook_deliveries_event_type_check"
    check (((length(event_type) >= 1) AND (length(event_type) <= 200))),
  constraint "webhook_deliveries_no_answer_while_pending"
    check (((status <> 'pending'::text) OR ((status_code IS NULL) AND (error IS NULL)))),
  constraint "webhook_deliveries_pkey" primary key (id),
  constraint "webhook_deliveries_sent_is_no_error"
    check (((status <> 'sent'::text) OR (status_code IS NULL) OR (status_code < 400))),
  constraint "webhook_deliveries_status_check"
    check ((status = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text]))),
  constraint "webhook_deliveries_status_code_check"
    check (((status_code >= 100) AND (status_code <= 599))),
  constraint "webhook_deliveries_org_id_webhook_id_fkey" foreign key (org_id, webhook_id)
    references public.webhooks(org_id, id) on delete cascade
);

alter table "public"."webhook_deliveries"
  enable row level security;

create index webhook_deliveries_by_time_idx on public.webhook_deliveries
  using btree (org_id, sent_at desc);

create index webhook_deliveries_by_webhook_idx on public.webhook_deliveries
  using btree (org_id, webhook_id, status, sent_at desc);

create trigger count_inserted
  after insert on public.webhook_deliveries referencing NEW table as deliveries
  for each STATEMENT
  execute function monitoring.count_deliveries();

create trigger count_updated
  after update on public.webhook_deliveries referencing NEW table as deliveries
  for each STATEMENT
  execute function monitoring.count_deliveries();

create trigger fill_in_org
  before insert on public.webhook_deliveries
  for each row
  when ((new.org_id IS NULL))
  execute function monitoring.fill_in_org_of_webhook();

create trigger keep_history
  before update on public.webhook_deliveries
  for each row
  when
    (((old.status <> 'pending'::text) OR (((new.id IS DISTINCT FROM old.id) OR (new.webhook_id IS
    DISTINCT FROM old.webhook_id)) OR (new.org_id IS DISTINCT FROM old.org_id))))
  execute function monitoring.keep_history();

create policy "members read their orgs' deliveries" on "public"."webhook_deliveries"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."webhook_deliveries"."attempt" is 'Which try of the same event this is, from 1.';

comment on column "public"."webhook_deliveries"."duration_ms" is 'Milliseconds from request to answer; null exactly while pending.';

comment on column "public"."webhook_deliveries"."event_type" is 'What was delivered, for example contact.created; null when it was not said.';

comment on column "public"."webhook_deliveries"."org_id" is 'The webhook''s org; filled in when left out.';

comment on column "public"."webhook_deliveries"."sent_at" is 'When the attempt was made.';

comment on column "public"."webhook_deliveries"."status" is 'pending: not answered yet; sent: accepted by the receiver; failed: anything else.';

comment on column "public"."webhook_deliveries"."status_code" is 'HTTP status of the answer; null when there was none.';

comment on table "public"."webhook_deliveries" is 'Attempts to deliver an event to a webhook, one row each.';

grant select on table "public"."webhook_deliveries" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."webhook_deliveries"
  to "postgres";

grant delete, insert, select, update on table "public"."webhook_deliveries" to "service_role";

-- schemas/public/tables/webhooks

create table "public"."webhooks" (
  "id"                   uuid                     not null default gen_random_uuid(),
  "org_id"               uuid                     not null,
  "url"                  text                     not null,
  "enabled"              boolean                  not null default true,
  "consecutive_failures" integer                  not null default 0,
  "last_failure_at"      timestamp with time zone,
  "created_at"           timestamp with time zone not null default now(),
  constraint "webhooks_check" check (((consecutive_failures = 0) OR (last_failure_at IS NOT NULL))),
  constraint "webhooks_consecutive_failures_check" check ((consecutive_failures >= 0)),
  constraint "webhooks_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade,
  constraint "webhooks_org_id_id_key" unique (org_id, id),
  constraint "webhooks_pkey" primary key (id),
  constraint "webhooks_url_check"
    check (((url ~* '^https?://[^\s/?#]+[^\s]*$'::text) AND (length(url) <= 2048)))
);

alter table "public"."webhooks"
  enable row level security;

create policy "all but viewers add webhooks" on "public"."webhooks"
  for insert
  to "authenticated"
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers change webhooks" on "public"."webhooks"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers delete webhooks" on "public"."webhooks"
  for delete
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))));

create policy "members read their orgs' webhooks" on "public"."webhooks"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."webhooks"."consecutive_failures" is 'Failed deliveries since the last one that was sent, in the order in which they were committed.';

comment on column "public"."webhooks"."last_failure_at" is 'The latest sent_at of a failed delivery; null when none ever failed.';

comment on column "public"."webhooks"."url" is 'Absolute http or https address, up to 2048 characters.';

comment on table "public"."webhooks" is 'Endpoints to which an org''s events are delivered.';

grant insert ("enabled"), update ("enabled") on table "public"."webhooks" to "authenticated";

grant insert ("org_id") on table "public"."webhooks" to "authenticated";

grant insert ("url"), update ("url") on table "public"."webhooks" to "authenticated";

grant delete, select on table "public"."webhooks" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."webhooks"
  to "postgres";

grant delete, insert, select, update on table "public"."webhooks" to "service_role";

-- schemas/public/views/v_alert_conditions

create view "public"."v_alert_conditions" with (security_invoker=on) AS  SELECT webhook_conditions.org_id,
    webhook_conditions.type,
    webhook_conditions.severity,
    webhook_conditions.resource_type,
    webhook_conditions.resource_id,
    webhook_conditions.resource_name,
    webhook_conditions.message,
    webhook_conditions.value,
    webhook_conditions.threshold
   FROM monitoring.webhook_conditions
UNION ALL
 SELECT traffic_conditions.org_id,
    traffic_conditions.type,
    traffic_conditions.severity,
    traffic_conditions.resource_type,
    traffic_conditions.resource_id,
    traffic_conditions.resource_name,
    traffic_conditions.message,
    traffic_conditions.value,
    traffic_conditions.threshold
   FROM monitoring.traffic_conditions
UNION ALL
 SELECT rule_conditions.org_id,
    rule_conditions.type,
    rule_conditions.severity,
    rule_conditions.resource_type,
    rule_conditions.resource_id,
    rule_conditions.resource_name,
    rule_conditions.message,
    rule_conditions.value,
    rule_conditions.threshold
   FROM monitoring.rule_conditions
UNION ALL
 SELECT database_conditions.org_id,
    database_conditions.type,
    database_conditions.severity,
    database_conditions.resource_type,
    database_conditions.resource_id,
    database_conditions.resource_name,
    database_conditions.message,
    database_conditions.value,
    database_conditions.threshold
   FROM monitoring.database_conditions;

comment on view "public"."v_alert_conditions" is 'The alert conditions that are true now; one row for each org, type and resource.';

grant select on table "public"."v_alert_conditions" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_alert_conditions"
  to "postgres";

grant select on table "public"."v_alert_conditions" to "service_role";

-- schemas/public/views/v_api_usage_metrics

create view "public"."v_api_usage_metrics" with (security_invoker=on) AS  SELECT o.id AS org_id,
    h.hour,
    u.total_requests,
    u.successful_requests,
    u.failed_requests,
    round(((100.0 * (u.successful_requests)::numeric) / (u.total_requests)::numeric), 2) AS success_rate_pct,
    u.avg_response_time_ms,
    u.p95_response_time_ms,
    u.max_response_time_ms,
    ( SELECT jsonb_object_agg(c.resource_type, c.requests) AS jsonb_object_agg
           FROM ( SELECT COALESCE(l.resource_type, 'unknown'::text) AS resource_type,
                    count(*) AS requests
                   FROM public.api_audit_logs l
                  WHERE ((l.org_id = o.id) AND (l.created_at >= h.hour) AND (l.created_at < (h.hour + '01:00:00'::interval)))
                  GROUP BY COALESCE(l.resource_type, 'unknown'::text)) c) AS requests_by_resource,
    ( SELECT COALESCE(jsonb_object_agg(c.status_code, c.requests), '{}'::jsonb) AS "coalesce"
           FROM ( SELECT l.status_code,
                    count(*) AS requests
                   FROM public.api_audit_logs l
                  WHERE ((l.org_id = o.id) AND (l.created_at >= h.hour) AND (l.created_at < (h.hour + '01:00:00'::interval)) AND (l.status_code >= 400))
                  GROUP BY l.status_code) c) AS errors_by_status_code
   FROM (((public.orgs o
     CROSS JOIN LATERAL ( SELECT min(l.created_at) AS first,
            max(l.created_at) AS last
           FROM public.api_audit_logs l
          WHERE (l.org_id = o.id)) span)
     CROSS JOIN LATERAL generate_series(date_bin('01:00:00'::interval, span.first, '1970-01-01 00:00:00+00'::timestamp with time zone), span.last, '01:00:00'::interval) h(hour))
     CROSS JOIN LATERAL ( SELECT count(*) AS total_requests,
            count(*) FILTER (WHERE (l.status_code < 400)) AS successful_requests,
            count(*) FILTER (WHERE (l.status_code >= 400)) AS failed_requests,
            round(avg(l.duration_ms), 1) AS avg_response_time_ms,
            round((percentile_cont((0.95)::double precision) WITHIN GROUP (ORDER BY ((l.duration_ms)::double precision)))::numeric, 1) AS p95_response_time_ms,
            max(l.duration_ms) AS max_response_time_ms
           FROM public.api_audit_logs l
          WHERE ((l.org_id = o.id) AND (l.created_at >= h.hour) AND (l.created_at < (h.hour + '01:00:00'::interval)))) u)
  WHERE (u.total_requests > 0);

comment on view "public"."v_api_usage_metrics" is 'API requests of each org by the hour, live from api_audit_logs; an hour without requests has no row.';

grant select on table "public"."v_api_usage_metrics" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_api_usage_metrics"
  to "postgres";

grant select on table "public"."v_api_usage_metrics" to "service_role";

-- schemas/public/views/v_rate_limit_utilization

create view "public"."v_rate_limit_utilization" with (security_invoker=on) AS  SELECT org_id,
    key_type,
    identifier,
    window_start,
    request_count,
    limit_max,
    round(((100.0 * (request_count)::numeric) / (limit_max)::numeric), 2) AS utilization_pct,
    (ceil(EXTRACT(epoch FROM (window_end - now()))))::integer AS seconds_until_reset,
        CASE
            WHEN (request_count >= limit_max) THEN 'throttled'::text
            WHEN (((10)::bigint * request_count) > ((9)::bigint * limit_max)) THEN 'warning'::text
            ELSE 'normal'::text
        END AS status
   FROM public.api_rate_limits l
  WHERE (window_end > now());

comment on view "public"."v_rate_limit_utilization" is 'Use of each rate limit in its open windows, live from api_rate_limits.';

grant select on table "public"."v_rate_limit_utilization" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_rate_limit_utilization"
  to "postgres";

grant select on table "public"."v_rate_limit_utilization" to "service_role";

-- schemas/public/views/v_webhook_health

create view "public"."v_webhook_health" with (security_invoker=on) AS  SELECT w.id AS webhook_id,
    w.org_id,
    w.url,
    w.enabled,
    w.consecutive_failures,
    s.last_success_at,
    w.last_failure_at,
        CASE
            WHEN (NOT w.enabled) THEN 'disabled'::text
            WHEN (w.consecutive_failures >= 10) THEN 'critical'::text
            WHEN (w.consecutive_failures >= 5) THEN 'warning'::text
            WHEN (COALESCE(s.last_success_at, w.created_at) <= (now() - '7 days'::interval)) THEN 'inactive'::text
            ELSE 'healthy'::text
        END AS health_status,
    f.failure_rate_24h,
    (floor((EXTRACT(epoch FROM (now() - s.last_success_at)) / (86400)::numeric)))::integer AS days_since_last_success
   FROM ((public.webhooks w
     CROSS JOIN LATERAL ( SELECT max(d.sent_at) AS last_success_at
           FROM public.webhook_deliveries d
          WHERE ((d.org_id = w.org_id) AND (d.webhook_id = w.id) AND (d.status = 'sent'::text))) s)
     CROSS JOIN LATERAL ( SELECT round(((100.0 * (count(*) FILTER (WHERE (d.status = 'failed'::text)))::numeric) / (NULLIF(count(*), 0))::numeric), 2) AS failure_rate_24h
           FROM public.webhook_deliveries d
          WHERE ((d.org_id = w.org_id) AND (d.webhook_id = w.id) AND (d.status = ANY (ARRAY['sent'::text, 'failed'::text])) AND (d.sent_at >= (now() - '24:00:00'::interval)))) f);

comment on view "public"."v_webhook_health" is 'The state of each webhook now, live from webhooks and webhook_deliveries.';

grant select on table "public"."v_webhook_health" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_webhook_health"
  to "postgres";

grant select on table "public"."v_webhook_health" to "service_role";
