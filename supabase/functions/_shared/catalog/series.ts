/** What a series is of. The first three are the sources that are rolled up: see `everwatch_private.raw_tables`. */
export type Subject = 'delivery' | 'execution' | 'request' | 'rate_limit' | 'custom'

export const units = ['count', 'percent', 'milliseconds', 'value'] as const

export type Unit = (typeof units)[number]

export interface SeriesKind {
  name: string
  subject: Subject
  /** What of its subject it measures: see `everwatch_private.activity_measures()`, and its like. */
  measure: string
  unit: Unit
  /** What people call it. */
  label: string
  /** What it is called in a chart, beside others of its subject. */
  inChart?: string
  /** Whether more of it is good news. */
  better?: 'more' | 'less'
  /** What the detector says of it, where it is watched; %s is the value. */
  anomaly?: string
  /** Where Prometheus has the same: a family, without `everwatch_`. */
  prometheus?: string
}

const delivered = 'webhook_deliveries_total'
const executed = 'rule_executions_total'
const requested = 'api_requests_total'

/** What there is over time, in the order in which documents tell it. There is no other list of it. */
// prettier-ignore
export const series = [
  { name: 'deliveries', subject: 'delivery', measure: 'begun', unit: 'count', label: 'Deliveries', inChart: 'All', anomaly: '%s deliveries in an hour', prometheus: delivered },
  { name: 'failed_deliveries', subject: 'delivery', measure: 'failed', unit: 'count', label: 'Failed deliveries', inChart: 'Failed', better: 'less', prometheus: delivered },
  { name: 'delivery_success_rate_pct', subject: 'delivery', measure: 'succeeded_pct', unit: 'percent', label: 'Success rate', better: 'more', prometheus: delivered },
  { name: 'delivery_failure_rate_pct', subject: 'delivery', measure: 'failed_pct', unit: 'percent', label: 'Failure rate', better: 'less', anomaly: '%s%% of deliveries failed', prometheus: delivered },
  { name: 'delivery_avg_ms', subject: 'delivery', measure: 'avg_ms', unit: 'milliseconds', label: 'Average latency', inChart: 'Average', better: 'less', prometheus: 'webhook_delivery_duration_seconds' },
  { name: 'delivery_p95_ms', subject: 'delivery', measure: 'p95_ms', unit: 'milliseconds', label: 'Delivery p95', inChart: 'p95', better: 'less', anomaly: 'p95 is %s ms', prometheus: 'webhook_delivery_duration_seconds' },
  { name: 'executions', subject: 'execution', measure: 'begun', unit: 'count', label: 'Executions', inChart: 'All', anomaly: '%s executions in an hour', prometheus: executed },
  { name: 'failed_executions', subject: 'execution', measure: 'failed', unit: 'count', label: 'Failed executions', inChart: 'Failed', better: 'less', prometheus: executed },
  { name: 'execution_success_rate_pct', subject: 'execution', measure: 'succeeded_pct', unit: 'percent', label: 'Success rate', better: 'more', prometheus: executed },
  { name: 'execution_failure_rate_pct', subject: 'execution', measure: 'failed_pct', unit: 'percent', label: 'Failure rate', better: 'less', anomaly: '%s%% of executions failed', prometheus: executed },
  { name: 'execution_avg_ms', subject: 'execution', measure: 'avg_ms', unit: 'milliseconds', label: 'Average duration', inChart: 'Average', better: 'less', prometheus: 'rule_execution_duration_seconds' },
  { name: 'affected_contacts', subject: 'execution', measure: 'affected', unit: 'count', label: 'Affected contacts', inChart: 'Contacts', prometheus: 'rule_affected_contacts_total' },
  { name: 'api_requests', subject: 'request', measure: 'begun', unit: 'count', label: 'API requests', inChart: 'All', anomaly: '%s API requests in an hour', prometheus: requested },
  { name: 'failed_api_requests', subject: 'request', measure: 'failed', unit: 'count', label: 'Failed API requests', inChart: 'Failed', better: 'less', anomaly: '%s failed API requests in an hour', prometheus: requested },
  { name: 'api_error_rate_pct', subject: 'request', measure: 'failed_pct', unit: 'percent', label: 'API errors', inChart: 'Error rate', better: 'less', prometheus: requested },
  { name: 'api_avg_ms', subject: 'request', measure: 'avg_ms', unit: 'milliseconds', label: 'Average response time', inChart: 'Average', better: 'less', prometheus: 'api_request_duration_seconds' },
  { name: 'api_p95_ms', subject: 'request', measure: 'p95_ms', unit: 'milliseconds', label: 'API p95', inChart: 'p95', better: 'less', prometheus: 'api_request_duration_seconds' },
  { name: 'rate_limit_utilization_pct', subject: 'rate_limit', measure: 'utilization_pct', unit: 'percent', label: 'Rate-limit peak', better: 'less', prometheus: 'rate_limit_utilization_ratio' },
  { name: 'custom_count', subject: 'custom', measure: 'count', unit: 'count', label: 'Values' },
  { name: 'custom_sum', subject: 'custom', measure: 'sum', unit: 'value', label: 'Sum' },
  { name: 'custom_avg', subject: 'custom', measure: 'avg', unit: 'value', label: 'Average' },
  { name: 'custom_min', subject: 'custom', measure: 'min', unit: 'value', label: 'Least' },
  { name: 'custom_max', subject: 'custom', measure: 'max', unit: 'value', label: 'Most' },
  { name: 'custom_last', subject: 'custom', measure: 'last', unit: 'value', label: 'Latest' },
  { name: 'custom_p95', subject: 'custom', measure: 'p95', unit: 'value', label: 'p95 of a histogram' },
] as const satisfies SeriesKind[]

export type SeriesName = (typeof series)[number]['name']

export const seriesNames: SeriesName[] = series.map(({ name }) => name)

/** @returns what there is to know of a series; of one that the list does not have there is no name */
export function seriesOf(name: SeriesName): SeriesKind {
  return series.find((each) => each.name === name)!
}
