import type { AlertType } from './alert-type.ts'

export const pgNetBacklog = {
  type: 'pg_net_backlog',
  scope: 'operator',
  unit: 'requests that wait, exceeded',
  warning: 200,
  critical: 2000,
  pendingFor: '1 minute',
  keepFiringFor: '2 minutes',
  docs: { measured: 'requests that wait in the queue of pg_net, for a minute', recovers: 'below' },
  prometheus: {
    summary: '{{ $value }} requests wait in the queue of pg_net',
    expr: {
      warning: 'everwatch_http_requests_waiting > {warning} <= {critical}',
      critical: 'everwatch_http_requests_waiting > {critical}',
    },
  },
} as const satisfies AlertType
