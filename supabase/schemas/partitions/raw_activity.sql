-- The raw rows of all sources in one form: as what they count.
create view everwatch_private.raw_activity
with
  (security_invoker = on) as
select
  'delivery'::everwatch_private.source as source,
  org_id,
  webhook_id as resource_id,
  sent_at as happened_at,
  (status = 'pending')::integer as pending,
  (status = 'sent')::integer as succeeded,
  (status = 'failed')::integer as failed,
  duration_ms,
  0 as affected,
  null::text as resource_type,
  null::integer as status_code
from
  everwatch.webhook_deliveries
union all
select
  'execution',
  org_id,
  rule_id,
  executed_at,
  0,
  (status = 'success')::integer,
  (status = 'failed')::integer,
  duration_ms,
  affected_contacts,
  null,
  null
from
  everwatch.rule_executions
union all
select
  'request',
  org_id,
  org_id,
  created_at,
  0,
  (status_code < 400)::integer,
  (status_code >= 400)::integer,
  duration_ms,
  0,
  coalesce(resource_type, 'unknown'),
  status_code
from
  everwatch.api_audit_logs;

comment on view everwatch_private.raw_activity
  is 'Rows of webhook_deliveries, rule_executions and api_audit_logs in one form.';

grant select on everwatch_private.raw_activity to authenticated, service_role;

create function everwatch_private.raw_extremes(
  source everwatch_private.source,
  resource_id uuid,
  since timestamptz,
  until timestamptz
)
  returns table(duration_max integer, last_success_at timestamptz)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select max(a.duration_ms), max(a.happened_at) filter (where a.succeeded > 0)
  from everwatch_private.resources as r
  join everwatch_private.raw_activity as a
    on a.source = r.source and a.org_id = r.org_id and a.resource_id = r.id
  where r.source = raw_extremes.source and r.id = raw_extremes.resource_id
    and a.happened_at >= since and a.happened_at < until;
end
$$;

comment on function everwatch_private.raw_extremes(everwatch_private.source, uuid, timestamptz, timestamptz)
  is 'The longest duration, in milliseconds, and the last success of a resource''s raw rows from `since` until before `until`.';

revoke execute
  on function everwatch_private.raw_extremes(everwatch_private.source, uuid, timestamptz, timestamptz)
  from public;
