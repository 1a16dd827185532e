import { chart, table, type PanelRow } from '../panels.ts'
import { over, rows } from './queries.ts'

/** Errors of the API, and whose rate limits are nearly used up. */
export const api: PanelRow = {
  title: 'API and rate limits',
  panels: [
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
  ],
}
