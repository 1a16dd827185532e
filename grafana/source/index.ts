import { postgresDashboard } from './postgres/index.ts'
import { prometheusDashboard } from './prometheus/index.ts'

/** Each dashboard's text, by its file below `grafana/dashboards/`. */
export function dashboardFiles(): Record<string, string> {
  return {
    'everwatch-prometheus.json': write(prometheusDashboard().build()),
    'everwatch-postgres.json': write(postgresDashboard().build()),
  }
}

const write = (model: object): string => `${JSON.stringify(model, null, 2)}\n`
