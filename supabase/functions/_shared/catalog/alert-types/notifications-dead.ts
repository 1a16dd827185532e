import type { AlertType } from './alert-type.ts'

export const notificationsDead = {
  type: 'notifications_dead',
  scope: 'operator',
  unit: 'given up in a day, or more',
  warning: 1,
  critical: 100,
  docs: {
    measured: 'notifications to a channel that were given up in a day, or more',
    recovers: 'below',
  },
  prometheus: { summary: 'Notifications to {{ $value }} channels were given up' },
} as const satisfies AlertType
