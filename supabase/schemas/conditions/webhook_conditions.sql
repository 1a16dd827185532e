-- What is wrong with webhooks. As with all conditions: live, as no refresh may delay a page; as of any
-- time `at`, so that a test can drive it; of one org or, where org_id is null, of every org that the
-- caller may read. Plans are generic: to plan a look into each partition takes longer than to look.
create function everwatch_private.orgs_asked(org_id uuid)
  returns uuid[]
  language plpgsql stable set search_path = ''
  as $$
begin
  return case
    when orgs_asked.org_id is null then array(select o.id from everwatch.orgs as o)
    else array[orgs_asked.org_id]
  end;
end
$$;

comment on function everwatch_private.orgs_asked(uuid)
  is 'The org, or every one that the caller may read where it is null.';

revoke execute on function everwatch_private.orgs_asked(uuid) from public;

-- Of webhooks that are named: this runs at each failed delivery.
create function everwatch_private.webhook_failures(webhook_ids uuid[])
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select
    w.org_id,
    p.type,
    s.severity,
    'webhook',
    w.id::text,
    w.url,
    format('Webhook has %s consecutive failures', w.consecutive_failures),
    w.consecutive_failures::numeric,
    case s.severity when 'critical' then p.critical else coalesce(p.warning, p.critical) end
  from everwatch.webhooks as w
  join everwatch.v_alert_policies as p on p.org_id = w.org_id and p.type = 'webhook_failure'
  cross join lateral (
    select case
      when w.consecutive_failures >= p.critical then 'critical'
      when w.consecutive_failures >= p.warning then 'warning'
    end
  ) as s (severity)
  where w.id = any (webhook_failures.webhook_ids)
    and w.enabled
    and p.enabled
    and (s.severity is not null or w.consecutive_failures > p.recovery);
end
$$;

comment on function everwatch_private.webhook_failures(uuid[])
  is 'Those of some webhooks that are enabled and whose deliveries keep failing.';

create function everwatch_private.webhook_failure_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  return query
  select f.*
  from everwatch_private.webhook_failures(
    array(
      select w.id
      from everwatch.webhooks as w
      where w.enabled
        and w.consecutive_failures > 0
        and w.created_at <= webhook_failure_conditions.at
        and w.org_id = any (orgs)
    )
  ) as f;
end
$$;

comment on function everwatch_private.webhook_failure_conditions(timestamptz, uuid)
  is 'Enabled webhooks whose deliveries keep failing: of one org or of all. The counter is of now, whatever `at`.';

create function everwatch_private.webhook_inactive_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  return query
  select
    w.org_id,
    p.type,
    case when i.days >= p.critical then 'critical' when i.days >= p.warning then 'warning' end,
    'webhook',
    w.id::text,
    w.url,
    format('Webhook has had no successful delivery for %s days', i.days),
    i.days,
    case when i.days >= p.critical then p.critical else coalesce(p.warning, p.critical) end
  from everwatch.webhooks as w
  join everwatch.v_alert_policies as p on p.org_id = w.org_id and p.type = 'webhook_inactive'
  -- A hundred years at most: longer intervals cannot be subtracted from a time.
  cross join lateral (
    select webhook_inactive_conditions.at
      - interval '1 day' * least(p.warning, p.critical, 36500)::float8
  ) as l (latest)
  cross join lateral (
    -- One that never succeeded is given as many days from its beginning.
    select coalesce(max(d.sent_at), w.created_at)
    from everwatch.webhook_deliveries as d
    where d.org_id = w.org_id
      and d.webhook_id = w.id
      and d.status = 'sent'
      and d.sent_at <= l.latest
  ) as s (since)
  cross join lateral (
    select floor(extract(epoch from webhook_inactive_conditions.at - s.since) / 86400)
  ) as i (days)
  where w.enabled
    and p.enabled
    and w.created_at <= l.latest
    -- Nearly every webhook ends here, at the newest rows of an index. (As a scalar, because an anti join
    -- would not look for `latest` in the index, and read all of a silent webhook's history.)
    and (
      select true
      from everwatch.webhook_deliveries as d
      where d.org_id = w.org_id
        and d.webhook_id = w.id
        and d.status = 'sent'
        and d.sent_at > l.latest
        and d.sent_at <= webhook_inactive_conditions.at
      limit 1
    ) is null
    and i.days >= least(p.warning, p.critical)
    and w.org_id = any (orgs);
end
$$;

comment on function everwatch_private.webhook_inactive_conditions(timestamptz, uuid)
  is 'Enabled webhooks without a success for days: of one org or of all.';

revoke execute
  on function
    everwatch_private.webhook_failures(uuid[]),
    everwatch_private.webhook_failure_conditions(timestamptz, uuid),
    everwatch_private.webhook_inactive_conditions(timestamptz, uuid)
  from public;
