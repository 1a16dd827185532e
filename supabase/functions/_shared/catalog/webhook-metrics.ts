/** One number of each webhook: a column of `mv_webhook_performance`, where SQL says how it is found. */
export interface WebhookMetric {
  column: string
  unit: 'count' | 'percent' | 'milliseconds'
  /** What it is, for who reads the library's types. */
  meaning: string
  /** Its column in the dashboard's list of webhooks. */
  inTable?: { key: string; head: string; from?: 'tablet' | 'desk' }
  /** How Prometheus is told of it; several may be samples of one family. Counts are 0 before the first refresh. */
  prometheus?: {
    /** Without `everwatch_` and `_total`. */
    family: string
    type: 'counter' | 'gauge'
    help: string
    /** What tells it apart from others of its family. */
    labels?: Record<string, string>
  }
}

const finished = {
  family: 'webhook_deliveries',
  type: 'counter',
  help: 'Finished deliveries, by how they ended: sent or failed.',
} as const

/** The numbers of each webhook, in the order in which they are told and shown. There is no other list of them. */
export const webhookMetrics = [
  { column: 'total_deliveries', unit: 'count', meaning: 'Deliveries of any status' },
  {
    column: 'successful_deliveries',
    unit: 'count',
    meaning: 'Deliveries that were sent',
    prometheus: { ...finished, labels: { status: 'sent' } },
  },
  {
    column: 'failed_deliveries',
    unit: 'count',
    meaning: 'Deliveries that failed',
    prometheus: { ...finished, labels: { status: 'failed' } },
  },
  {
    column: 'pending_deliveries',
    unit: 'count',
    meaning: 'Deliveries that are not finished',
    prometheus: {
      family: 'webhook_deliveries_pending',
      type: 'gauge',
      help: 'Deliveries that are not finished.',
    },
  },
  {
    column: 'success_rate_pct',
    unit: 'percent',
    meaning: 'Percent of finished deliveries that were sent; null when none is finished',
    inTable: { key: 'success', head: 'Success' },
  },
  { column: 'avg_duration_ms', unit: 'milliseconds', meaning: 'How long finished deliveries took' },
  {
    column: 'p95_duration_ms',
    unit: 'milliseconds',
    meaning: 'How long 95% of finished deliveries took at most, within 1%',
    inTable: { key: 'p95', head: 'p95', from: 'tablet' },
  },
  { column: 'max_duration_ms', unit: 'milliseconds', meaning: 'How long the longest took' },
  {
    column: 'failures_24h',
    unit: 'count',
    meaning: 'Deliveries that failed in the 24 hours before the refresh',
    inTable: { key: 'failures_24h', head: 'Failures 24 h', from: 'tablet' },
  },
  {
    column: 'consecutive_failures',
    unit: 'count',
    meaning: 'Failed deliveries since the last one that was sent',
    inTable: { key: 'run', head: 'In a row', from: 'desk' },
  },
  {
    column: 'deliveries_24h',
    unit: 'count',
    meaning: 'Deliveries in the 24 hours before the refresh',
    inTable: { key: 'deliveries_24h', head: 'Deliveries 24 h', from: 'desk' },
  },
  {
    column: 'deliveries_7d',
    unit: 'count',
    meaning: 'Deliveries in the 7 days before the refresh',
  },
  {
    column: 'failures_7d',
    unit: 'count',
    meaning: 'Deliveries that failed in the 7 days before the refresh',
  },
] as const satisfies WebhookMetric[]
