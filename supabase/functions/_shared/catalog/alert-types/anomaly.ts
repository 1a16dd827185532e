import type { AlertType } from './alert-type.ts'

export const anomaly = {
  type: 'anomaly',
  scope: 'org',
  unit: 'how unusual an hour is, from 0.5 to 1, or more',
  warning: 0.5,
  keepFiringFor: '60 minutes',
  inhibitedBy: ['pg_net_down', 'cron_stopped'],
  docs: {
    measured: 'how unusual the last hour of a watched series was ([foresight](foresight.md))',
    recovers: 'usual',
  },
  prometheus: { summary: '{{ $value }} series of org {{ $labels.org_id }} are unusual' },
} as const satisfies AlertType
