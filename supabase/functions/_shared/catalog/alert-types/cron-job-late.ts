import type { AlertType } from './alert-type.ts'

export const cronJobLate = {
  type: 'cron_job_late',
  scope: 'operator',
  unit: 'times its period without a success, exceeded',
  warning: 3,
  critical: 10,
  pendingFor: '2 minutes',
  docs: {
    measured: 'periods of a scheduled job without a success, for two minutes',
    recovers: 'below',
  },
  prometheus: { summary: '{{ $value }} scheduled jobs are late' },
} as const satisfies AlertType
