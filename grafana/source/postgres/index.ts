import {
  QueryVariableBuilder,
  VariableRefresh,
  type DashboardBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboard, withRows } from '../panels.ts'
import { api } from './api.ts'
import { costs } from './costs.ts'
import { notifications } from './notifications.ts'
import { overview } from './overview.ts'
import { webhooksAndRules } from './webhooks-and-rules.ts'
import { source, type } from './queries.ts'

/** What the database knows, asked as the role that `grafana/postgres/reader.sql` makes. */
export function postgresDashboard(): DashboardBuilder {
  const empty = dashboard('Everwatch, from Postgres', 'everwatch-postgres', type)
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
  return withRows(empty, [overview, webhooksAndRules, api, costs, notifications])
}
