import { chart, type PanelRow } from '../panels.ts'
import { interval, over } from './queries.ts'

/** Whether the monitoring itself keeps up. */
export const everwatch: PanelRow = {
  title: 'Everwatch itself',
  panels: [
    chart({
      title: 'How long a refresh takes',
      unit: 's',
      queries: [over('max(everwatch_refresh_duration_seconds)', 'refresh')],
    }),
    chart({
      title: 'What waits',
      unit: 'short',
      queries: [
        over('max(everwatch_refresh_backlog)', 'changes for a refresh').refId('A'),
        over('max(everwatch_http_requests_waiting)', 'HTTP requests of pg_net').refId('B'),
      ],
    }),
    chart({
      title: 'Scheduled jobs: time since the last success',
      unit: 's',
      queries: [
        over(
          'time() - max by (cron_job) (everwatch_cron_job_last_success_timestamp_seconds)',
          '{{cron_job}}',
        ),
      ],
    }),
    chart({
      title: 'Notifications, an hour',
      unit: 'short',
      interval,
      queries: [
        over(
          'sum by (channel_kind, outcome) (increase(everwatch_notifications_total[1h]))',
          '{{channel_kind}} {{outcome}}',
        ),
      ],
    }),
    chart({
      title: 'Notifications that wait',
      unit: 'short',
      queries: [
        over('sum by (channel_kind) (everwatch_notifications_waiting)', '{{channel_kind}}'),
      ],
    }),
    chart({
      title: 'The oldest notification that is due',
      unit: 's',
      queries: [
        over(
          'time() - min by (channel_kind) (everwatch_notifications_oldest_due_timestamp_seconds)',
          '{{channel_kind}}',
        ),
      ],
    }),
  ],
}
