import type { AlertType } from './alert-type.ts'

export const errorBudgetBurn = {
  type: 'error_budget_burn',
  scope: 'org',
  unit: 'times the rate that uses up the budget in 30 days, exceeded',
  warning: 1,
  critical: 6,
  minimumSample: 20,
  keepFiringFor: '5 minutes',
  docs: {
    measured:
      'how many times too fast the error budget of an [objective](predictions.md) burns, over 3 days (warning), 6 hours, or, from 2.4 times that on, an hour',
    recovers: 'below',
    sample: '{minimumSample}',
  },
  prometheus: {
    summary:
      '{{ $value }} error budgets of org {{ $labels.org_id }} burn faster than their 30 days allow',
  },
} as const satisfies AlertType
