import type postgres from 'postgres'

export interface MetricsArguments {
  org_id?: string
  type?: string
  page_limit?: number
  after?: string
}

export interface Metrics {
  org_id: string
  timestamp: string
  refreshed_at: string
  webhooks?: Part & { webhooks: Row[] }
  rules?: Part & { rules: Row[] }
  rate_limits?: Part & { windows: Row[] }
  api?: Part & { hours: Row[] }
  system?: Record<'refresh' | 'history', Row>
  alerts?: { total: number; critical: number; warning: number; alerts: Row[]; next: string | null }
}

type Row = Record<string, unknown>
interface Part {
  summary: Row
  next: string | null
}

/** Calls `monitoring_metrics` by its arguments' names, as the Data API does. */
export function readMetrics(args: MetricsArguments = {}) {
  return async (sql: postgres.ISql): Promise<Metrics> => {
    const entries = Object.entries(args) as [string, string | number][]
    const list = entries.map(([name], index) => `${name} => $${index + 1}`).join(', ')
    const values = entries.map(([, value]) => value)
    const [row] = await sql.unsafe<[{ metrics: Metrics }]>(
      `select everwatch.monitoring_metrics(${list}) as metrics`,
      values,
    )
    return row.metrics
  }
}
