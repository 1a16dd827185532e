import type { TestDatabase } from './database.ts'

/**
 * A few weeks in the life of 100 orgs, so many rows that Postgres prefers indexes to reading
 * everything; returns a member of one of the orgs.
 */
export async function fillWithTraffic(
  db: TestDatabase,
): Promise<{ orgId: string; userId: string }> {
  await db.sql.unsafe(`
    insert into everwatch.orgs (name) select 'Org ' || n from generate_series(1, 100) as n;
    insert into auth.users (id, email)
      select gen_random_uuid(), 'user' || n || '@example.com' from generate_series(1, 2000) as n;
    insert into everwatch.org_members (org_id, user_id, role)
      select o.id, u.id, 'owner'
      from (select id, row_number() over () as n from everwatch.orgs) as o
      join (select id, row_number() over () as n from auth.users) as u on u.n % 100 = o.n % 100;
    insert into everwatch.segments (org_id, name) select id, 'Cold' from everwatch.orgs;
    insert into everwatch.automation_rules (org_id, name, type, segment_id)
      select s.org_id, 'Rule ' || n, 'no_touch_days', s.id
      from everwatch.segments as s, generate_series(1, 10) as n;
    insert into everwatch.rule_executions (org_id, rule_id, status, duration_ms, executed_at)
      select r.org_id, r.id, 'success', n, now() - n * interval '1 day'
      from everwatch.automation_rules as r, generate_series(1, 20) as n;
    insert into everwatch.webhooks (org_id, url)
      select id, 'https://example.com/' || n from everwatch.orgs, generate_series(1, 10) as n;
    insert into everwatch.webhook_deliveries (org_id, webhook_id, status, duration_ms, sent_at)
      select w.org_id, w.id, case when n % 10 = 0 then 'failed' else 'sent' end, n,
        now() - n * interval '1 day'
      from everwatch.webhooks as w, generate_series(1, 20) as n;
    insert into everwatch.api_keys (org_id, name, prefix, digest)
      select id, 'Server', 'ew_test_', sha256(id::text::bytea) from everwatch.orgs;
    insert into everwatch.api_audit_logs
        (org_id, api_key_id, method, path, status_code, duration_ms, created_at)
      select k.org_id, case when n % 2 = 0 then k.id end, 'GET', '/v1/contacts', 200, n,
        now() - n * interval '1 hour'
      from everwatch.api_keys as k, generate_series(1, 200) as n;
    insert into everwatch.api_rate_limits
        (org_id, key_type, identifier, window_start, request_count, limit_max)
      select id, 'org', id::text, now() - n * interval '1 minute', 10, 100
      from everwatch.orgs, generate_series(0, 200) as n;
    insert into everwatch.deploys (org_id, service, version, deployed_at, next_look_at)
      select id, 'api', n::text, t, case when n = 1 and id = (select min(id::text)::uuid from everwatch.orgs) then t end
      from everwatch.orgs, generate_series(1, 50) as n, lateral (select now() - n * interval '2 hours') as _ (t);
    insert into everwatch_private.deploy_comparisons (deploy_id, org_id, resource_type, resource_id,
        resource_name, metric, verdict, measure, before, after, change, change_low, change_high,
        p_value, q_value, rows_before, rows_after)
      select d.id, d.org_id, 'route', r.name, r.name, 'latency',
        case when n = 1 then 'worse' else 'no difference' end, 'p95_ms', 100, 150, 0.5, 0.4, 0.6,
        0.001, 0.01, 100, 100
      from everwatch.deploys as d, generate_series(1, 10) as n,
        lateral (select 'GET /v1/contacts/' || n as name) as r
      where d.next_look_at is null;
    insert into everwatch_private.alerts (org_id, type, severity, resource_type, resource_id, resource_name,
        message, value, threshold, state, started_at, fired_at, resolved_at)
      select w.org_id, 'webhook_failure', 'warning', 'webhook', w.id, w.url, '5 failures', 5, 5,
        'resolved', t, t, t + interval '1 hour'
      from everwatch.webhooks as w, generate_series(1, 5) as n,
        lateral (select now() - n * interval '1 day') as _ (t);
    insert into everwatch_private.alert_events (alert_id, org_id, kind, severity, message, value, at)
      select id, org_id, kind, severity, message, value, started_at
      from everwatch_private.alerts, unnest(array['fired', 'resolved']) as kind;
    insert into everwatch_private.channels (org_id, kind, name, url, secret_id)
      select id, 'webhook', 'Channel ' || n, 'https://example.com/', gen_random_uuid()
      from everwatch.orgs, generate_series(1, 20) as n;
    insert into everwatch_private.notifications (org_id, channel_id, event_id, group_key, status, message_id,
        attempts, queued_at, due_at, finished_at)
      select c.org_id, c.id, e.id, 'webhook_failure', 'delivered', gen_random_uuid(), 1, e.at, e.at,
        e.at
      from everwatch_private.channels as c
      join everwatch_private.alert_events as e on e.org_id = c.org_id and e.kind = 'fired'
      where c.name = 'Channel 1';
    insert into everwatch_private.notification_counts (org_id, channel_kind, outcome, counted)
      select id, kind, outcome, 5
      from everwatch.orgs, everwatch_private.channel_kinds,
        unnest('{delivered,dead,dropped}'::text[]) as outcome;
    insert into everwatch_private.alert_policy_overrides (org_id, type, enabled)
      select id, type, true from everwatch.orgs, everwatch_private.alert_policies where scope = 'org';
    insert into everwatch_private.silences (org_id, matchers, reason, created_at, ends_at)
      select id, '{"type": "rate_limit"}', 'maintenance', t, t + interval '1 hour'
      from everwatch.orgs, generate_series(1, 50) as n,
        lateral (select now() - n * interval '1 day') as _ (t);
    insert into everwatch_private.insights (org_id, kind, severity, resource_type, resource_id, resource_name,
        metric, sentence, detail, first_stated_at, last_stated_at, ended_at)
      select id, 'anomaly', 'info', 'org', n, name, 'deliveries', 'It was unusual.', '{}', t, t, t
      from everwatch.orgs, generate_series(1, 50) as n,
        lateral (select now() - n * interval '1 day') as _ (t);
    insert into everwatch_private.evaluation_errors (at, type, during, error)
      select now() - n * interval '1 minute', 'rate_limit', 'evaluation', 'broken'
      from generate_series(10, 5000) as n;
    analyze;`)
  const [member] = await db.sql<[{ orgId: string; userId: string }]>`
    select org_id as "orgId", user_id as "userId" from everwatch.org_members limit 1`
  return member
}
