import type { AlertType } from './alert-type.ts'

export const evaluationFailed = {
  type: 'evaluation_failed',
  scope: 'operator',
  unit: 'errors in five minutes, or more',
  critical: 1,
  keepFiringFor: '5 minutes',
  // Last: it tells which of the others could not be judged.
  judgeOrder: 2,
  docs: { measured: 'failures to judge a type of alert, in five minutes', recovers: 'below' },
  prometheus: { summary: 'Everwatch could not judge its own conditions' },
} as const satisfies AlertType
