import { chart, table, type PanelRow } from '../panels.ts'
import { over, rows } from './queries.ts'

/** What became of deliveries, what rules did, and what alerts are open. */
export const webhooksAndRules: PanelRow = {
  title: 'Webhooks and rules',
  panels: [
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
  ],
}
