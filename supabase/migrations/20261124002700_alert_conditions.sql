-- Everything that is wrong now: one row for each condition that is true.
create view public.v_alert_conditions
with
  (security_invoker = on) as
select
  org_id,
  type,
  severity,
  resource_type,
  resource_id,
  resource_name,
  message,
  value,
  threshold
from
  monitoring.webhook_conditions
union all
select
  org_id,
  type,
  severity,
  resource_type,
  resource_id,
  resource_name,
  message,
  value,
  threshold
from
  monitoring.traffic_conditions
union all
select
  org_id,
  type,
  severity,
  resource_type,
  resource_id,
  resource_name,
  message,
  value,
  threshold
from
  monitoring.rule_conditions
union all
select
  org_id,
  type,
  severity,
  resource_type,
  resource_id,
  resource_name,
  message,
  value,
  threshold
from
  monitoring.database_conditions
union all
select
  org_id,
  type,
  severity,
  resource_type,
  resource_id,
  resource_name,
  message,
  value,
  threshold
from
  monitoring.refresh_conditions;

comment on view public.v_alert_conditions
  is 'The alert conditions that are true now; one row for each org, type and resource.';
comment on column public.v_alert_conditions.org_id
  is 'Whose condition it is; null for the database''s and the monitoring''s own, which only the secret key and the owner see.';
comment on column public.v_alert_conditions.type
  is 'webhook_failure, webhook_inactive, api_error_rate, rate_limit, rule_not_triggering, slow_query, refresh_late or refresh_failing.';
comment on column public.v_alert_conditions.value
  is 'What was measured, in the unit of threshold: failures, days, percent, hours or seconds.';
comment on column public.v_alert_conditions.threshold
  is 'The limit that value reached (failures, days) or exceeded.';

revoke all on public.v_alert_conditions from public, anon, authenticated, service_role;
grant select on public.v_alert_conditions to authenticated, service_role;
