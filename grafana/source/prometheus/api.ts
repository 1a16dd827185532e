import { chart, type PanelRow } from '../panels.ts'
import { org, interval, over, rate, quantiles } from './queries.ts'

/** What the API was asked, its rate limits, and what alerts are open. */
export const api: PanelRow = {
  title: 'API and rate limits',
  panels: [
    chart({
      title: 'Requests a second',
      unit: 'reqps',
      interval,
      queries: [over(`sum by (outcome) (${rate('everwatch_api_requests_total')})`, '{{outcome}}')],
    }),
    chart({
      title: 'How long requests take',
      unit: 's',
      interval,
      queries: quantiles('everwatch_api_request_duration_seconds'),
    }),
    chart({
      title: 'Rate limits: the fullest of each type',
      unit: 'percentunit',
      queries: [
        over(`max by (key_type) (everwatch_rate_limit_utilization_ratio{${org}})`, '{{key_type}}'),
      ],
    }),
    chart({
      title: 'Open alerts',
      unit: 'short',
      queries: [
        over(`sum by (type, severity) (everwatch_alerts{${org}})`, '{{type}} ({{severity}})'),
      ],
    }),
  ],
}
