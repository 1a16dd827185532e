import type { AlertType } from './alert-type.ts'

export const cronStopped = {
  type: 'cron_stopped',
  scope: 'operator',
  unit: 'minutes without any run, exceeded',
  critical: 5,
  keepFiringFor: '2 minutes',
  docs: { measured: 'minutes in which no scheduled job began', recovers: 'below' },
  prometheus: { summary: 'pg_cron begins no scheduled job any more' },
} as const satisfies AlertType
