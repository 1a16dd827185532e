import type { AlertType } from './alert-type.ts'

export const refreshFailing = {
  type: 'refresh_failing',
  scope: 'operator',
  unit: 'failed refreshes in a row, or more',
  warning: 1,
  docs: {
    measured: 'refreshes of the views that failed since the last that did not, or more',
    recovers: 'below',
  },
  prometheus: {
    summary: 'The last {{ $value }} refreshes failed',
    expr: { warning: 'everwatch_refresh_consecutive_failures >= {warning}' },
  },
} as const satisfies AlertType
