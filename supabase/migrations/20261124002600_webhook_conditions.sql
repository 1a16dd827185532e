-- What is wrong with webhooks now. As with all conditions: live, as no refresh may delay a page.
create view monitoring.webhook_conditions
with
  (security_invoker = on) as
select
  w.org_id,
  'webhook_failure' as type,
  case
    when w.consecutive_failures >= 10 then 'critical'
    else 'warning'
  end as severity,
  'webhook' as resource_type,
  w.id::text as resource_id,
  w.url as resource_name,
  format('Webhook has %s consecutive failures', w.consecutive_failures) as message,
  w.consecutive_failures::numeric as value,
  case
    when w.consecutive_failures >= 10 then 10
    else 5
  end::numeric as threshold
from
  public.webhooks as w
where
  w.enabled
  and w.consecutive_failures >= 5
union all
select
  w.org_id,
  'webhook_inactive',
  'warning',
  'webhook',
  w.id::text,
  w.url,
  format('Webhook has had no successful delivery for %s days', i.days),
  i.days,
  7
from
  public.webhooks as w
  cross join lateral (
    -- One that never succeeded is given its first 7 days.
    select
      coalesce(max(d.sent_at), w.created_at) as since
    from
      public.webhook_deliveries as d
    where
      d.org_id = w.org_id
      and d.webhook_id = w.id
      and d.status = 'sent'
  ) as s
  cross join lateral (select floor(extract(epoch from now() - s.since) / 86400)) as i (days)
where
  w.enabled
  and i.days >= 7;

comment on view monitoring.webhook_conditions
  is 'The part of v_alert_conditions that is about webhooks.';

revoke all on monitoring.webhook_conditions from public, anon, authenticated, service_role;
grant select on monitoring.webhook_conditions to authenticated, service_role;
