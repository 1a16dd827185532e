-- The webhooks' part of monitoring_metrics. A webhook that was deleted since the last refresh is no longer
-- anyone's.
create function everwatch_private.webhook_summary(org_id uuid)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
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
      -- Critical now, as the alerts have it: a page waits for no refresh.
      'critical_webhooks', count(*) filter (where w.enabled and w.consecutive_failures >= (
        select level.critical
        from everwatch_private.webhook_levels as level
        where level.org_id = webhook_summary.org_id
      ))
    )
    from everwatch.mv_webhook_performance as p
    join everwatch.webhooks as w on w.org_id = p.org_id and w.id = p.webhook_id
    where p.org_id = webhook_summary.org_id
  );
end
$$;

comment on function everwatch_private.webhook_summary(uuid)
  is 'Summary over all of an org''s webhooks.';

create function everwatch_private.webhook_metrics(org_id uuid, page_limit integer, after text)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    with found as (
      select array[p.webhook_id::text] as key, p
      from everwatch.mv_webhook_performance as p
      join everwatch.webhooks as w on w.org_id = p.org_id and w.id = p.webhook_id
      where p.org_id = webhook_metrics.org_id
        and array[p.webhook_id::text] > (select everwatch_private.decode_cursor(webhook_metrics.after, 'webhooks'))
      order by 1
      limit webhook_metrics.page_limit + 1
    )
    select jsonb_build_object(
      'summary', everwatch_private.webhook_summary(webhook_metrics.org_id)
    ) || everwatch_private.page(
      'webhooks',
      (
        select jsonb_agg(
          jsonb_build_object(
            'key', f.key,
            'item', to_jsonb(f.p) - 'org_id' || jsonb_build_object(
              'health_status', h.health_status, 'health_reason', h.health_reason
            )
          )
          order by f.key
        )
        from found as f
        left join everwatch.v_webhook_health as h
          on h.org_id = webhook_metrics.org_id and h.webhook_id = (f.p).webhook_id
      ),
      webhook_metrics.page_limit
    )
  );
end
$$;

comment on function everwatch_private.webhook_metrics(uuid, integer, text)
  is 'Summary over all of an org''s webhooks, and one page of them: mv_webhook_performance with the health of now.';

revoke execute
  on function
    everwatch_private.webhook_summary(uuid),
    everwatch_private.webhook_metrics(uuid, integer, text)
  from public;
