import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { chosen } from '../panels.ts'

export const source = chosen('prometheus')
const query = (expr: string): DataqueryBuilder =>
  new DataqueryBuilder().refId('A').datasource(source).expr(expr)
export const now = (expr: string): DataqueryBuilder => query(expr).instant()
export const over = (expr: string, legend: string): DataqueryBuilder =>
  query(expr).range().legendFormat(legend)
export const rows = (expr: string): DataqueryBuilder => now(expr).format(PromQueryFormat.Table)

export const org = 'org_id=~"$org"'
/** Counters grow at each refresh, every 5 minutes: a shorter range would see none, or all at once. */
export const interval = '15m'
export const rate = (counter: string, more = ''): string =>
  `rate(${counter}{${org}${more}}[$__rate_interval])`
export const quantiles = (histogram: string): DataqueryBuilder[] =>
  [0.5, 0.95, 0.99].map((quantile, n) =>
    over(
      `histogram_quantile(${quantile}, sum by (le) (${rate(`${histogram}_bucket`)}))`,
      `p${quantile * 100}`,
    ).refId('ABC'.charAt(n)),
  )
export const share = (counter: string, label: string, value: string): string =>
  `sum(increase(${counter}{${org},${label}="${value}"}[1h])) / sum(increase(${counter}{${org}}[1h]))`
/** With the host that a webhook delivers to, or the name of a rule. */
export const named = (expr: string, id: string, label: string, info: string): string =>
  `${expr} * on (${id}) group_left (${label}) ${info}`
