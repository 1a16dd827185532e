-- How conditions were over a time that is past, for trying a policy before it is switched on. The
-- functions everwatch_private.<type>_history judge what is stored of the policy's org as
-- everwatch_private.<type>_conditions would have: at whatever moment that could have changed.
create function everwatch_private.webhook_failure_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  with webhook as (
    select w.id, w.url, everwatch_private.failures_in_a_row(w, since) as failures
    from everwatch.webhooks as w
    where w.org_id = policy.org_id and w.enabled
  ),
  outcome as (
    select d.id, d.webhook_id, d.sent_at, d.status,
      count(*) filter (where d.status = 'sent') over webhook as successes,
      lead(d.sent_at) over webhook as next_at
    from everwatch.webhook_deliveries as d
    where d.org_id = policy.org_id
      and d.status in ('sent', 'failed')
      and d.sent_at > since
      and d.sent_at < until
    window webhook as (partition by d.webhook_id order by d.sent_at, d.id)
  ),
  run as (
    select w.id, w.url, since as at, null as next_at, w.failures
    from webhook as w
    union all
    select w.id, w.url, o.sent_at, o.next_at,
      case o.successes when 0 then w.failures else 0 end
        + count(*) filter (where o.status = 'failed')
          over (partition by o.webhook_id, o.successes order by o.sent_at, o.id)
    from outcome as o
    join webhook as w on w.id = o.webhook_id
  )
  select
    'webhook',
    r.id::text,
    r.url,
    r.at,
    case
      when r.failures >= policy.critical then 'critical'
      when r.failures >= policy.warning then 'warning'
    end,
    r.failures < least(policy.warning, policy.critical)
      and r.failures <= coalesce(policy.recovery, 'infinity')
  from run as r
  -- Of those at one moment, the last.
  where r.next_at is distinct from r.at
$$;

comment on function everwatch_private.webhook_failure_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'How the deliveries of an org''s enabled webhooks failed, in the order of sent_at.';

create function everwatch_private.failures_in_a_row(webhook everwatch.webhooks, at timestamptz)
  returns bigint
  language sql stable set search_path = ''
  as $$
  select count(*)
  from everwatch.webhook_deliveries as d
  where d.org_id = webhook.org_id
    and d.webhook_id = webhook.id
    and d.status = 'failed'
    and d.sent_at <= failures_in_a_row.at
    and d.sent_at > coalesce(
      (
        select max(s.sent_at)
        from everwatch.webhook_deliveries as s
        where s.org_id = webhook.org_id
          and s.webhook_id = webhook.id
          and s.status = 'sent'
          and s.sent_at <= failures_in_a_row.at
      ),
      '-infinity'
    )
$$;

comment on function everwatch_private.failures_in_a_row(everwatch.webhooks, timestamptz)
  is 'How many deliveries of a webhook had failed since its last success, as of then, in the order of sent_at.';

create function everwatch_private.webhook_inactive_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  with success as (
    -- One that never succeeded is given as many days from its beginning.
    select w.id, w.url, greatest(w.created_at, (
      select max(d.sent_at)
      from everwatch.webhook_deliveries as d
      where d.org_id = policy.org_id
        and d.webhook_id = w.id
        and d.status = 'sent'
        and d.sent_at < since
    )) as at
    from everwatch.webhooks as w
    where w.org_id = policy.org_id and w.enabled
    union
    select w.id, w.url, d.sent_at
    from everwatch.webhooks as w
    join everwatch.webhook_deliveries as d on d.org_id = w.org_id and d.webhook_id = w.id
    where w.org_id = policy.org_id
      and w.enabled
      and d.status = 'sent'
      and d.sent_at >= since
      and d.sent_at < until
  ),
  silence as (
    select s.*, lead(s.at, 1, until) over (partition by s.id order by s.at) as ends
    from success as s
  )
  select 'webhook', s.id::text, s.url, l.at, l.severity, l.severity is null
  from silence as s
  cross join lateral (
    values
      (s.at, null),
      (s.at + interval '1 day' * least(policy.warning, 36500)::float8, 'warning'),
      (s.at + interval '1 day' * least(policy.critical, 36500)::float8, 'critical')
  ) as l (at, severity)
  where l.at < s.ends
    -- least() takes no notice of a level that there is not.
    and case l.severity
      when 'warning' then policy.warning is not null
      when 'critical' then policy.critical is not null
      else true
    end
$$;

comment on function everwatch_private.webhook_inactive_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'For how long an org''s enabled webhooks had no success, from the last one before `since` on.';

revoke execute
  on function
    everwatch_private.webhook_failure_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.failures_in_a_row(everwatch.webhooks, timestamptz),
    everwatch_private.webhook_inactive_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  from public;
