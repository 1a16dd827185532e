import type { AlertType } from './alert-type.ts'

export const webhookFailure = {
  type: 'webhook_failure',
  scope: 'org',
  unit: 'consecutive failures, or more',
  warning: 5,
  critical: 10,
  keepFiringFor: '5 minutes',
  inhibitedBy: ['pg_net_down', 'cron_stopped'],
  // Late: whoever tracks a delivery waits while its alerts are locked.
  judgeOrder: 1,
  docs: {
    measured: 'consecutive failures of an enabled webhook, or more',
    recovers: 'below {warning}',
  },
  prometheus: {
    summary: 'Webhook {{ $labels.webhook_id }} has {{ $value }} consecutive failures',
    expr: {
      warning:
        'everwatch_webhook_consecutive_failures >= {warning} < {critical} and on (webhook_id) everwatch_webhook_enabled == 1',
      critical:
        'everwatch_webhook_consecutive_failures >= {critical} and on (webhook_id) everwatch_webhook_enabled == 1',
    },
  },
} as const satisfies AlertType
