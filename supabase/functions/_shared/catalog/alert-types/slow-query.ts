import type { AlertType } from './alert-type.ts'

export const slowQuery = {
  type: 'slow_query',
  scope: 'operator',
  unit: 'seconds, exceeded',
  critical: 5,
  keepFiringFor: '5 minutes',
  prepare: 'find_slow_statements',
  docs: {
    measured: 'seconds that a query has been running, or took before it finished',
    recovers: 'below',
  },
  prometheus: { summary: '{{ $value }} database queries take longer than {critical} seconds' },
} as const satisfies AlertType
