import type { AlertType } from './alert-type.ts'

export const rateLimit = {
  type: 'rate_limit',
  scope: 'org',
  unit: '% of the limit, exceeded',
  warning: 90,
  recovery: 80,
  keepFiringFor: '5 minutes',
  docs: {
    measured: '% of a limit used, in windows that are open or closed within the last minute',
    recovers: 'at {recovery}',
  },
  prometheus: {
    summary:
      'A rate limit of org {{ $labels.org_id }} ({{ $labels.key_type }}) is {{ $value | printf "%.1f" }}% used',
    expr: { warning: '100 * everwatch_rate_limit_utilization_ratio > {warning}' },
  },
} as const satisfies AlertType
