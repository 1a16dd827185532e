-- How a webhook is, by the same words everywhere.
create function everwatch_private.webhook_health_status(
  enabled boolean,
  consecutive_failures integer,
  last_success_at timestamptz,
  created_at timestamptz
)
  returns text
  language plpgsql stable set search_path = ''
  as $$
begin
  return case
    when not enabled then 'disabled'
    when consecutive_failures >= 10 then 'critical'
    when consecutive_failures >= 5 then 'warning'
    -- One that never succeeded is given its first 7 days.
    when coalesce(last_success_at, created_at) <= now() - interval '7 days' then 'inactive'
    else 'healthy'
  end;
end
$$;

comment on function everwatch_private.webhook_health_status(boolean, integer, timestamptz, timestamptz)
  is 'disabled; critical from 10 consecutive failures on, warning from 5; inactive without a success for 7 days; else healthy.';

revoke execute
  on function everwatch_private.webhook_health_status(boolean, integer, timestamptz, timestamptz)
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
  everwatch_private.webhook_health_status(w.enabled, w.consecutive_failures, s.last_success_at, w.created_at) as health_status,
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
  floor(extract(epoch from now() - s.last_success_at) / 86400)::integer as days_since_last_success
from
  everwatch.webhooks as w
  -- Nearly all have succeeded lately: that opens one partition or two, and no others.
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
        )
      ) as last_success_at
  ) as s;

comment on view everwatch.v_webhook_health
  is 'The state of each webhook now, live from webhooks and webhook_deliveries.';
comment on column everwatch.v_webhook_health.health_status
  is 'As everwatch_private.webhook_health_status() has it.';
comment on column everwatch.v_webhook_health.failure_rate_24h
  is 'Percent of deliveries finished in the last 24 hours that failed; null when there was none.';
comment on column everwatch.v_webhook_health.days_since_last_success
  is 'Whole days; null when none of the deliveries that are kept succeeded.';

grant select on everwatch.v_webhook_health to authenticated, service_role;
