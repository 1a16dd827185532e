import {
  QueryVariableBuilder,
  VariableRefresh,
  type DashboardBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboard, withRows } from '../panels.ts'
import { api } from './api.ts'
import { costs } from './costs.ts'
import { everwatch } from './everwatch.ts'
import { overview } from './overview.ts'
import { rules } from './rules.ts'
import { webhooks } from './webhooks.ts'
import { source } from './queries.ts'

/** What a Prometheus that scrapes Everwatch knows. */
export function prometheusDashboard(): DashboardBuilder {
  const empty = dashboard('Everwatch', 'everwatch-prometheus', 'prometheus')
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
  return withRows(empty, [overview, webhooks, api, rules, costs, everwatch])
}
