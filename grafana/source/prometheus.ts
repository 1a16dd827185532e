import {
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  type DashboardBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { apiErrorRate } from '../../supabase/functions/_shared/catalog/alert-types/api-error-rate.ts'
import { rateLimit } from '../../supabase/functions/_shared/catalog/alert-types/rate-limit.ts'
import { refreshLate } from '../../supabase/functions/_shared/catalog/alert-types/refresh-late.ts'
import { defaultLevels, refreshedEvery } from './default-levels.ts'
import { chart, chosen, dashboard, stat, table } from './panels.ts'

const source = chosen('prometheus')
const query = (expr: string): DataqueryBuilder =>
  new DataqueryBuilder().refId('A').datasource(source).expr(expr)
const now = (expr: string): DataqueryBuilder => query(expr).instant()
const over = (expr: string, legend: string): DataqueryBuilder =>
  query(expr).range().legendFormat(legend)
const rows = (expr: string): DataqueryBuilder => now(expr).format(PromQueryFormat.Table)

const org = 'org_id=~"$org"'
/** Counters grow at each refresh, every 5 minutes: a shorter range would see none, or all at once. */
const interval = '15m'
const rate = (counter: string, more = ''): string =>
  `rate(${counter}{${org}${more}}[$__rate_interval])`
const quantiles = (histogram: string): DataqueryBuilder[] =>
  [0.5, 0.95, 0.99].map((quantile, n) =>
    over(
      `histogram_quantile(${quantile}, sum by (le) (${rate(`${histogram}_bucket`)}))`,
      `p${quantile * 100}`,
    ).refId('ABC'.charAt(n)),
  )
const share = (counter: string, label: string, value: string): string =>
  `sum(increase(${counter}{${org},${label}="${value}"}[1h])) / sum(increase(${counter}{${org}}[1h]))`
/** With the host that a webhook delivers to, or the name of a rule. */
const named = (expr: string, id: string, label: string, info: string): string =>
  `${expr} * on (${id}) group_left (${label}) ${info}`

/** What a Prometheus that scrapes Everwatch knows. */
export function prometheusDashboard(): DashboardBuilder {
  return dashboard('Everwatch', 'everwatch-prometheus', 'prometheus')
    .description('Webhooks, rules, API and rate limits, from a Prometheus that scrapes Everwatch.')
    .withVariable(
      new QueryVariableBuilder('org')
        .label('Organisation')
        .datasource(source)
        .query('query_result(everwatch_org_info)')
        .regex('/org_id="(?<value>[^"]+)",org_name="(?<text>(?:[^"\\\\]|\\\\.)*)"/')
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .allValue('.*'),
    )
    .withRow(new RowBuilder('Is everything well?'))
    .withPanel(
      stat({
        title: 'Alerts firing',
        unit: 'short',
        levels: { warning: 1 },
        queries: [now(`sum(everwatch_alerts{${org},state="firing"}) or vector(0)`)],
      }),
    )
    .withPanel(
      stat({
        title: 'Failed deliveries, 1 h',
        unit: 'percentunit',
        queries: [now(share('everwatch_webhook_deliveries_total', 'status', 'failed'))],
      }),
    )
    .withPanel(
      stat({
        title: 'Critical webhooks',
        unit: 'short',
        levels: { critical: 1 },
        queries: [now(`sum(everwatch_webhooks{${org},health="critical"})`)],
      }),
    )
    .withPanel(
      stat({
        title: 'Failed API requests, 1 h',
        unit: 'percentunit',
        ...defaultLevels(apiErrorRate, 1 / 100),
        queries: [now(share('everwatch_api_requests_total', 'outcome', 'failed'))],
      }),
    )
    .withPanel(
      stat({
        title: 'Fullest rate limit',
        unit: 'percentunit',
        ...defaultLevels(rateLimit, 1 / 100),
        queries: [now(`max(everwatch_rate_limit_utilization_ratio{${org}}) or vector(0)`)],
      }),
    )
    .withPanel(
      stat({
        title: 'Age of the numbers',
        unit: 's',
        ...defaultLevels(refreshLate, refreshedEvery),
        queries: [now('time() - max(everwatch_refresh_last_success_timestamp_seconds)')],
      }),
    )
    .withRow(new RowBuilder('Webhooks'))
    .withPanel(
      chart({
        title: 'Deliveries a second',
        unit: 'reqps',
        interval,
        queries: [
          over(`sum by (status) (${rate('everwatch_webhook_deliveries_total')})`, '{{status}}'),
        ],
      }),
    )
    .withPanel(
      chart({
        title: 'How long deliveries take',
        unit: 's',
        interval,
        queries: quantiles('everwatch_webhook_delivery_duration_seconds'),
      }),
    )
    .withPanel(
      table({
        title: 'Failing webhooks',
        description: 'By consecutive failures.',
        queries: [
          rows(
            `sort_desc(topk(10, ${named(
              `(everwatch_webhook_consecutive_failures{${org}} > 0)`,
              'webhook_id',
              'host',
              'everwatch_webhook_info',
            )}))`,
          ),
        ],
      }),
    )
    .withPanel(
      chart({
        title: 'Webhooks by health',
        unit: 'short',
        queries: [over(`sum by (health) (everwatch_webhooks{${org}})`, '{{health}}')],
      }),
    )
    .withRow(new RowBuilder('API and rate limits'))
    .withPanel(
      chart({
        title: 'Requests a second',
        unit: 'reqps',
        interval,
        queries: [
          over(`sum by (outcome) (${rate('everwatch_api_requests_total')})`, '{{outcome}}'),
        ],
      }),
    )
    .withPanel(
      chart({
        title: 'How long requests take',
        unit: 's',
        interval,
        queries: quantiles('everwatch_api_request_duration_seconds'),
      }),
    )
    .withPanel(
      chart({
        title: 'Rate limits: the fullest of each type',
        unit: 'percentunit',
        queries: [
          over(
            `max by (key_type) (everwatch_rate_limit_utilization_ratio{${org}})`,
            '{{key_type}}',
          ),
        ],
      }),
    )
    .withPanel(
      chart({
        title: 'Open alerts',
        unit: 'short',
        queries: [
          over(`sum by (type, severity) (everwatch_alerts{${org}})`, '{{type}} ({{severity}})'),
        ],
      }),
    )
    .withRow(new RowBuilder('Rules'))
    .withPanel(
      chart({
        title: 'Executions a second',
        unit: 'ops',
        interval,
        queries: [
          over(`sum by (status) (${rate('everwatch_rule_executions_total')})`, '{{status}}'),
        ],
      }),
    )
    .withPanel(
      table({
        title: 'Rules that ran most, 24 h',
        queries: [
          rows(
            `sort_desc(topk(10, ${named(
              `sum by (rule_id) (increase(everwatch_rule_executions_total{${org}}[24h]))`,
              'rule_id',
              'rule_name',
              'everwatch_rule_info',
            )}))`,
          ),
        ],
      }),
    )
    .withRow(new RowBuilder('Costs'))
    .withPanel(
      chart({
        title: 'Bytes at rest: the organisations that hold most',
        description: 'As measured once a day.',
        unit: 'decbytes',
        queries: [
          over(
            named(
              `topk(10, sum by (org_id) (everwatch_org_stored_bytes{${org}}))`,
              'org_id',
              'org_name',
              'everwatch_org_info',
            ),
            '{{org_name}}',
          ),
        ],
      }),
    )
    .withPanel(
      chart({
        title: 'The disk, a month: the organisations that it costs most',
        description: 'Their shares of the bill, at the prices that the operator keeps.',
        unit: 'short',
        queries: [
          over(
            named(
              `topk(10, everwatch_org_disk_monthly_cost{${org}})`,
              'org_id',
              'org_name',
              'everwatch_org_info',
            ),
            '{{org_name}} ({{currency}})',
          ),
        ],
      }),
    )
    .withRow(new RowBuilder('Everwatch itself'))
    .withPanel(
      chart({
        title: 'How long a refresh takes',
        unit: 's',
        queries: [over('max(everwatch_refresh_duration_seconds)', 'refresh')],
      }),
    )
    .withPanel(
      chart({
        title: 'What waits',
        unit: 'short',
        queries: [
          over('max(everwatch_refresh_backlog)', 'changes for a refresh').refId('A'),
          over('max(everwatch_http_requests_waiting)', 'HTTP requests of pg_net').refId('B'),
        ],
      }),
    )
    .withPanel(
      chart({
        title: 'Scheduled jobs: time since the last success',
        unit: 's',
        queries: [
          over(
            'time() - max by (cron_job) (everwatch_cron_job_last_success_timestamp_seconds)',
            '{{cron_job}}',
          ),
        ],
      }),
    )
    .withPanel(
      chart({
        title: 'Notifications, an hour',
        unit: 'short',
        interval,
        queries: [
          over(
            'sum by (channel_kind, outcome) (increase(everwatch_notifications_total[1h]))',
            '{{channel_kind}} {{outcome}}',
          ),
        ],
      }),
    )
    .withPanel(
      chart({
        title: 'Notifications that wait',
        unit: 'short',
        queries: [
          over('sum by (channel_kind) (everwatch_notifications_waiting)', '{{channel_kind}}'),
        ],
      }),
    )
    .withPanel(
      chart({
        title: 'The oldest notification that is due',
        unit: 's',
        queries: [
          over(
            'time() - min by (channel_kind) (everwatch_notifications_oldest_due_timestamp_seconds)',
            '{{channel_kind}}',
          ),
        ],
      }),
    )
}
