import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  type DashboardBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { refreshLate } from '../../supabase/functions/_shared/catalog/alert-types/refresh-late.ts'
import { defaultLevels, refreshedEvery } from './default-levels.ts'
import { chart, chosen, dashboard, stat, table } from './panels.ts'
import { sqlQuery } from './sql-query.ts'

const type = 'grafana-postgresql-datasource'
const source = chosen(type)
const rows = (sql: string): Builder<Dataquery> => sqlQuery(source, 'table', sql)
const over = (sql: string): Builder<Dataquery> => sqlQuery(source, 'time_series', sql)

/** What the database knows, asked as the role that `grafana/postgres/reader.sql` makes. */
export function postgresDashboard(): DashboardBuilder {
  return dashboard('Everwatch, from Postgres', 'everwatch-postgres', type)
    .description(
      'Webhooks, rules, API, rate limits and notifications, asked of the database itself.',
    )
    .withVariable(
      new QueryVariableBuilder('org')
        .label('Organisation')
        .datasource(source)
        .query('select name as __text, id as __value from everwatch.orgs order by name')
        .refresh(VariableRefresh.OnDashboardLoad)
        .multi(true)
        .includeAll(true),
    )
    .withRow(new RowBuilder('Is everything well?'))
    .withPanel(
      stat({
        title: 'Alerts firing',
        unit: 'short',
        levels: { warning: 1 },
        queries: [
          rows(`
select count(*) as alerts from everwatch.v_alerts
where state = 'firing' and org_id::text in ($org)`),
        ],
      }),
    )
    .withPanel(
      stat({
        title: 'Failed deliveries, 24 h',
        unit: 'percent',
        queries: [
          rows(`
select 100.0 * sum(failures_24h) / nullif(sum(deliveries_24h), 0) as failed
from everwatch.mv_webhook_performance where org_id::text in ($org)`),
        ],
      }),
    )
    .withPanel(
      stat({
        title: 'Age of the numbers',
        unit: 's',
        ...defaultLevels(refreshLate, refreshedEvery),
        queries: [
          rows(`
select extract(epoch from now() - max(started_at)) as age
from everwatch_private.refresh_runs where error is null`),
        ],
      }),
    )
    .withRow(new RowBuilder('Webhooks and rules'))
    .withPanel(
      chart({
        title: 'Webhook success rate over time',
        unit: 'percent',
        queries: [
          over(`
select date_trunc('hour', r.starts_at) as time,
  100.0 * sum(r.succeeded) / nullif(sum(r.succeeded + r.failed), 0) as "success rate"
from everwatch_private.rollups as r
join everwatch.webhooks as w on w.id = r.resource_id
where r.source = 'delivery' and $__timeFilter(r.starts_at) and w.org_id::text in ($org)
group by 1 order by 1`),
        ],
      }),
    )
    .withPanel(
      table({
        title: 'Top failing webhooks',
        queries: [
          rows(`
select url, consecutive_failures, success_rate_pct, failures_24h, last_failure_at
from everwatch.mv_webhook_performance
where consecutive_failures > 0 and org_id::text in ($org)
order by consecutive_failures desc limit 10`),
        ],
      }),
    )
    .withPanel(
      table({
        title: 'Effectiveness of rules',
        queries: [
          rows(`
select rule_name, rule_type, trigger_count, executions_7d, segment_member_count, last_triggered_at
from everwatch.mv_rule_performance
where enabled and org_id::text in ($org)
order by trigger_count desc limit 100`),
        ],
      }),
    )
    .withPanel(
      table({
        title: 'Open alerts',
        queries: [
          rows(`
select severity, type, state, resource_name, message, started_at
from everwatch.v_alerts
where state <> 'resolved' and org_id::text in ($org)
order by severity, started_at limit 100`),
        ],
      }),
    )
    .withRow(new RowBuilder('API and rate limits'))
    .withPanel(
      chart({
        title: 'API error rate',
        unit: 'percent',
        queries: [
          over(`
select hour as time, 100.0 * sum(failed_requests) / nullif(sum(total_requests), 0) as "error rate"
from everwatch.v_api_usage_metrics
where $__timeFilter(hour) and org_id::text in ($org)
group by 1 order by 1`),
        ],
      }),
    )
    .withPanel(
      table({
        title: 'Rate limit pressure',
        queries: [
          rows(`
select key_type, identifier, utilization_pct, status, request_count, limit_max, seconds_until_reset
from everwatch.v_rate_limit_utilization
where status in ('warning', 'throttled') and org_id::text in ($org)
order by utilization_pct desc limit 100`),
        ],
      }),
    )
    .withRow(new RowBuilder('Costs'))
    .withPanel(
      table({
        title: 'Who holds most',
        description:
          'As measured once a day; the disk, a month, at the prices that the operator keeps.',
        queries: [
          rows(`
select o.name as organisation, s.bytes, round(price.of_gigabyte * s.bytes / 1e9, 6) as disk_cost_a_month,
  price.currency, state.measured_at
from (select org_id, sum(bytes) as bytes from everwatch_private.storage group by org_id) as s
join everwatch.orgs as o on o.id = s.org_id
cross join (
  select everwatch_private.share_of_bill('disk', 1) as of_gigabyte, min(currency) as currency
  from everwatch_private.prices
) as price
cross join everwatch_private.cost_state as state
where s.org_id::text in ($org)
order by s.bytes desc limit 100`),
        ],
      }),
    )
    .withPanel(
      table({
        title: 'What holds most',
        queries: [
          rows(`
select o.name as organisation, s.resource_type, coalesce(w.url, s.resource_id) as resource, s.raw_rows, s.bytes
from everwatch_private.storage as s
join everwatch.orgs as o on o.id = s.org_id
left join everwatch.webhooks as w on s.resource_type = 'webhook' and w.id::text = s.resource_id
where s.org_id::text in ($org)
order by s.bytes desc limit 100`),
        ],
      }),
    )
    .withRow(new RowBuilder('Notifications'))
    .withPanel(
      table({
        title: 'Outbox: what waits, and what is dead',
        queries: [
          rows(`
select n.status, c.kind as channel_kind, c.name as channel, n.attempts, n.queued_at,
  case when n.status = 'queued' then n.due_at end as next_attempt, n.error
from everwatch_private.notifications as n
join everwatch_private.channels as c on c.id = n.channel_id
where n.status in ('queued', 'sending', 'dead') and n.org_id::text in ($org)
order by n.status = 'dead' desc, n.id desc limit 100`),
        ],
      }),
    )
    .withPanel(
      chart({
        title: 'Notifications by what became of them',
        unit: 'short',
        queries: [
          over(`
select date_trunc('hour', finished_at) as time,
  count(*) filter (where status = 'delivered') as delivered,
  count(*) filter (where status = 'dead') as dead
from everwatch_private.notifications
where $__timeFilter(finished_at) and org_id::text in ($org)
group by 1 order by 1`),
        ],
      }),
    )
}
