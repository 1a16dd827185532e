import type { AlertType } from './alert-type.ts'

export const notificationsLate = {
  type: 'notifications_late',
  scope: 'operator',
  unit: 'minutes overdue, exceeded',
  warning: 5,
  critical: 30,
  keepFiringFor: '2 minutes',
  docs: {
    measured: 'minutes for which notifications have been due and were not sent',
    recovers: 'below',
  },
  prometheus: {
    summary: 'Notifications are due, the oldest for {{ $value | printf "%.1f" }} minutes',
    expr: {
      warning:
        '(time() - min(everwatch_notifications_oldest_due_timestamp_seconds)) / 60 > {warning} <= {critical}',
      critical:
        '(time() - min(everwatch_notifications_oldest_due_timestamp_seconds)) / 60 > {critical}',
    },
  },
} as const satisfies AlertType
