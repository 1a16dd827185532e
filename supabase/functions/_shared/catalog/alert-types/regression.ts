import type { AlertType } from './alert-type.ts'

export const regression = {
  type: 'regression',
  scope: 'org',
  unit: 'times 5% slower, or half a point more failures, or more',
  warning: 1,
  critical: 20,
  minimumSample: 100,
  docs: {
    measured:
      'what became worse with a deploy, in times of 5% slower or half a point more failures, or more',
    recovers: 'below',
    sample: '{minimumSample} rows',
  },
  prometheus: {
    summary:
      '{{ $value }} routes, webhooks or rules of org {{ $labels.org_id }} are worse since a deploy',
  },
} as const satisfies AlertType
