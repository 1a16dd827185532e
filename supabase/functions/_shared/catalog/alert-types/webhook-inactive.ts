import type { AlertType } from './alert-type.ts'

export const webhookInactive = {
  type: 'webhook_inactive',
  scope: 'org',
  unit: 'days without a success, or more',
  warning: 7,
  inhibitedBy: ['pg_net_down', 'cron_stopped'],
  docs: {
    measured: 'days since the last success of an enabled webhook, or since it was made',
    recovers: 'below {warning}',
  },
  prometheus: {
    summary:
      'Webhook {{ $labels.webhook_id }} has had no successful delivery for {{ $value }} days',
    expr: {
      warning:
        'floor((time() - (everwatch_webhook_last_success_timestamp_seconds or everwatch_webhook_created_timestamp_seconds)) / 86400) >= {warning} and on (webhook_id) everwatch_webhook_enabled == 1',
    },
  },
} as const satisfies AlertType
