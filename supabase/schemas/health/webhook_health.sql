-- How a webhook is, by the same words everywhere, and by the policies of its org.
create function everwatch_private.webhook_health(
  enabled boolean,
  consecutive_failures integer,
  warning numeric,
  critical numeric,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  created_at timestamptz,
  most_days numeric,
  out status text,
  out reason text
)
  language plpgsql stable set search_path = ''
  as $$
begin
  reason := case
    when not enabled then 'disabled'
    when consecutive_failures >= least(warning, critical) then 'consecutive_failures'
    when coalesce(last_success_at, last_failure_at) is null then 'no_data'
    when floor(extract(epoch from now() - coalesce(last_success_at, created_at)) / 86400) >= most_days then 'no_success'
  end;
  status := case reason
    when 'disabled' then 'disabled'
    when 'consecutive_failures' then
      case when consecutive_failures >= critical then 'critical' else 'warning' end
    when 'no_data' then 'inactive'
    when 'no_success' then 'inactive'
    else 'healthy'
  end;
end
$$;

comment on function everwatch_private.webhook_health(boolean, integer, numeric, numeric, timestamptz, timestamptz, timestamptz, numeric)
  is 'disabled; critical or warning from so many consecutive failures on; inactive before the first delivery has finished, and so many days after the last success (where there was none: after it was made); else healthy. A threshold that is null is never reached. reason is disabled, consecutive_failures, no_data or no_success; null when healthy.';

revoke execute
  on function everwatch_private.webhook_health(boolean, integer, numeric, numeric, timestamptz, timestamptz, timestamptz, numeric)
  from public;

-- How each webhook is now. Live: a short read of an index per webhook, and none of its history.
create view everwatch.v_webhook_health
with
  (security_invoker = on) as
select
  w.id as webhook_id,
  w.org_id,
  w.url,
  w.enabled,
  w.consecutive_failures,
  s.last_success_at,
  w.last_failure_at,
  h.status as health_status,
  -- Here, so that whoever does not ask for it does not wait for it.
  (
    select
      round(100.0 * count(*) filter (where d.status = 'failed') / nullif(count(*), 0), 2)
    from
      everwatch.webhook_deliveries as d
    where
      d.org_id = w.org_id
      and d.webhook_id = w.id
      and d.status in ('sent', 'failed')
      and d.sent_at >= now() - interval '24 hours'
  ) as failure_rate_24h,
  floor(extract(epoch from now() - s.last_success_at) / 86400)::integer as days_since_last_success,
  h.reason as health_reason
from
  everwatch.webhooks as w
  join everwatch_private.webhook_levels as level on level.org_id = w.org_id
  -- Nearly all have succeeded lately: that opens one partition or two, and no others,
  -- whatever the policy says.
  cross join lateral (
    select
      max(d.sent_at) as last_success_at
    from
      everwatch.webhook_deliveries as d
    where
      d.org_id = w.org_id
      and d.webhook_id = w.id
      and d.status = 'sent'
      and d.sent_at > now() - interval '7 days'
      and d.sent_at < now() + interval '1 day'
  ) as lately
  cross join lateral (
    select
      coalesce(
        lately.last_success_at,
        (
          select
            max(d.sent_at)
          from
            everwatch.webhook_deliveries as d
          where
            d.org_id = w.org_id
            and d.webhook_id = w.id
            and d.status = 'sent'
        ),
        -- The rows themselves may have expired.
        (
          select
            p.last_success_at
          from
            everwatch.mv_webhook_performance as p
          where
            p.org_id = w.org_id
            and p.webhook_id = w.id
        )
      ) as last_success_at
      -- Found once, and not anew wherever it is used below.
    offset
      0
  ) as s
  cross join lateral everwatch_private.webhook_health(
    w.enabled,
    w.consecutive_failures,
    level.warning,
    level.critical,
    s.last_success_at,
    w.last_failure_at,
    w.created_at,
    level.most_days
  ) as h;

comment on view everwatch.v_webhook_health
  is 'The state of each webhook now, live from webhooks, webhook_deliveries and the policies of their orgs.';
comment on column everwatch.v_webhook_health.health_status
  is 'As everwatch_private.webhook_health() has it, by the policies in force for the org.';
comment on column everwatch.v_webhook_health.health_reason
  is 'Why it is not healthy: disabled, consecutive_failures, no_data or no_success; null when it is.';
comment on column everwatch.v_webhook_health.failure_rate_24h
  is 'Percent of deliveries finished in the last 24 hours that failed; null when there was none.';
comment on column everwatch.v_webhook_health.days_since_last_success
  is 'Whole days; null when no delivery ever succeeded.';

grant select on everwatch.v_webhook_health to authenticated, service_role;
