import type { Family } from './exposition.ts'
import { family, sample } from './family.ts'
import type { Scrape } from './scrape.ts'

export function systemFamilies({
  refresh,
  history_complete,
  jobs,
  http_requests_waiting,
  pg_net_is_up,
}: Scrape): Family[] {
  return [
    family(
      'gauge',
      'refresh_last_success_timestamp_seconds',
      'Up to when counters and histograms are complete.',
      [sample({}, refresh.refreshed_at)],
    ),
    family('gauge', 'refresh_interval_seconds', 'How often they are to be refreshed.', [
      sample({}, refresh.every_seconds),
    ]),
    family('gauge', 'refresh_duration_seconds', 'How long the last refresh took.', [
      sample({}, refresh.duration_ms / 1000),
    ]),
    family(
      'gauge',
      'refresh_consecutive_failures',
      'Refreshes that failed since the last one that did not.',
      [sample({}, refresh.failures)],
    ),
    family(
      'gauge',
      'refresh_backlog',
      'Changes that wait for the next refresh; for the secret key alone.',
      refresh.backlog === null ? [] : [sample({}, refresh.backlog)],
    ),
    family(
      'gauge',
      'history_complete',
      '1 when all history is counted, 0 while a backfill goes on.',
      [sample({}, Number(history_complete))],
    ),
    family(
      'gauge',
      'cron_job_active',
      '1 for a scheduled job that is active, 0 for one that is not.',
      jobs.map(({ name, active }) => sample({ cron_job: name }, Number(active))),
    ),
    family(
      'gauge',
      'cron_job_failing',
      '1 when the last run of a scheduled job failed; absent while it has no runs.',
      jobs.flatMap(({ name, last_status }) =>
        last_status === null ? [] : [sample({ cron_job: name }, Number(last_status === 'failed'))],
      ),
    ),
    family(
      'gauge',
      'cron_job_last_success_timestamp_seconds',
      'When a run of a scheduled job that succeeded last began; absent when none did lately.',
      jobs.flatMap(({ name, last_succeeded_at }) =>
        last_succeeded_at === null ? [] : [sample({ cron_job: name }, last_succeeded_at)],
      ),
    ),
    family('gauge', 'http_requests_waiting', 'HTTP requests that pg_net has not sent yet.', [
      sample({}, http_requests_waiting),
    ]),
    family('gauge', 'pg_net_up', '1 when pg_net has a worker, 0 when nothing is sent.', [
      sample({}, Number(pg_net_is_up)),
    ]),
  ]
}
