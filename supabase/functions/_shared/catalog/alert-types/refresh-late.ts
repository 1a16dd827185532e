import type { AlertType } from './alert-type.ts'

export const refreshLate = {
  type: 'refresh_late',
  scope: 'operator',
  unit: 'times its interval since the last refresh, exceeded',
  critical: 2,
  docs: {
    measured: 'time since the last refresh of the views, in times of its interval',
    recovers: 'below',
  },
  prometheus: {
    summary: 'The counters were last refreshed {{ $value | printf "%.1f" }} intervals ago',
    expr: {
      critical:
        '(time() - everwatch_refresh_last_success_timestamp_seconds) / everwatch_refresh_interval_seconds > {critical}',
    },
  },
} as const satisfies AlertType
