import type { AlertType } from './alert-type.ts'

export const pgNetDown = {
  type: 'pg_net_down',
  scope: 'operator',
  unit: 'is down',
  critical: 1,
  keepFiringFor: '2 minutes',
  docs: {
    measured: 'pg_net, which carries every call of a function, has no worker',
    recovers: 'has one',
  },
  prometheus: {
    summary: 'pg_net, which carries every call of a function, has no worker',
    expr: { critical: 'everwatch_pg_net_up == 0' },
  },
} as const satisfies AlertType
