import type { AlertType } from './alert-type.ts'

export const cronJobFailing = {
  type: 'cron_job_failing',
  scope: 'operator',
  unit: 'failed runs in a row, or more',
  warning: 3,
  critical: 10,
  docs: { measured: 'runs of a scheduled job that failed in a row, or more', recovers: 'below' },
  prometheus: { summary: '{{ $value }} scheduled jobs fail' },
} as const satisfies AlertType
