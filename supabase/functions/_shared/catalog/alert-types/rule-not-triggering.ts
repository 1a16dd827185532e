import type { AlertType } from './alert-type.ts'

export const ruleNotTriggering = {
  type: 'rule_not_triggering',
  scope: 'org',
  unit: 'times its longest gap (a day at least), exceeded',
  warning: 2,
  minimumSample: 5,
  inhibitedBy: ['pg_net_down', 'cron_stopped'],
  docs: {
    measured: 'silence of an enabled rule, in times of the longest gap of its last 50 executions',
    recovers: 'below',
    sample: '{minimumSample} executions',
  },
  prometheus: {
    summary:
      '{{ $value }} rules of org {{ $labels.org_id }} are silent for longer than their cadence explains',
  },
} as const satisfies AlertType
