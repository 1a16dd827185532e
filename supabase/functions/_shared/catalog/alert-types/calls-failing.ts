import type { AlertType } from './alert-type.ts'

export const callsFailing = {
  type: 'calls_failing',
  scope: 'operator',
  unit: 'failed calls in 15 minutes, or more',
  warning: 3,
  critical: 10,
  docs: {
    measured: 'calls of an edge function in 15 minutes that brought no 2xx, or more',
    recovers: 'below',
  },
  prometheus: { summary: '{{ $value }} edge functions do not answer the database as they should' },
} as const satisfies AlertType
