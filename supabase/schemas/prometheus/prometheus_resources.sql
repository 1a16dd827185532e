-- What Prometheus is told of each webhook and of each rule: from their own rows and what the
-- refresh keeps of them, so that it costs as much as there are of them, whatever their history. As of the last refresh.
create function everwatch_private.prometheus_webhooks(org_ids uuid[])
  returns table(org_id uuid, webhook_id uuid, host text, enabled boolean, created_at timestamptz, consecutive_failures integer, last_success_at timestamptz, health text, numbers jsonb)
  language sql stable set search_path = ''
  as $$
  select w.org_id, w.id,
    -- Nothing else of an address: the rest may hold a secret.
    substring(w.url from '(?i)^https?://(?:[^/?#\\]*@)?(\[[^\]/?#\\]*\]|[^:/?#\\]*)'),
    w.enabled, w.created_at, w.consecutive_failures, p.last_success_at, h.status,
    case when p.webhook_id is not null then everwatch_private.webhook_samples(p) end
  from everwatch.webhooks as w
  join everwatch_private.webhook_levels as level on level.org_id = w.org_id
  left join everwatch.mv_webhook_performance as p on p.webhook_id = w.id
  cross join lateral everwatch_private.webhook_health(
    w.enabled, w.consecutive_failures, level.warning, level.critical,
    p.last_success_at, w.last_failure_at, w.created_at,
    level.most_days
  ) as h
  where w.org_id = any (org_ids)
  order by w.org_id, w.id
$$;

comment on function everwatch_private.prometheus_webhooks(uuid[])
  is 'The webhooks of some orgs with their numbers, which are null before their first refresh.';

create function everwatch_private.prometheus_rules(org_ids uuid[])
  returns table(org_id uuid, rule_id uuid, name text, type text, enabled boolean, succeeded bigint, failed bigint, affected_contacts bigint, last_success_at timestamptz)
  language sql stable set search_path = ''
  as $$
  select r.org_id, r.id, r.name, r.type, r.enabled,
    coalesce(t.succeeded, 0), coalesce(t.failed, 0), coalesce(t.affected, 0), t.last_success_at
  from everwatch.automation_rules as r
  left join everwatch_private.totals as t on t.source = 'execution' and t.resource_id = r.id
  where r.org_id = any (org_ids)
  order by r.org_id, r.id
$$;

comment on function everwatch_private.prometheus_rules(uuid[])
  is 'The rules of some orgs with their lifetime counts.';

revoke execute
  on function
    everwatch_private.prometheus_webhooks(uuid[]),
    everwatch_private.prometheus_rules(uuid[])
  from public;
