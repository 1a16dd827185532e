/** For how long rows are kept. Lengths of time are as Postgres reads them. */
export interface Retention {
  kind: string
  /** For how long, unless the owner of the database says otherwise. */
  usual: string
  /** Between which bounds the owner may set it. */
  least: string
  most: string
  /** Why it must not be less; said in docs/operations.md. */
  leastBecause?: string
  /** What is kept, and from when on the time counts. */
  what: string
  /** The column of `everwatch_private.rollup_settings` in which it is set; otherwise it is set in `retentions`. */
  setting?: string
}

const log = { usual: '7 days', least: '1 day', most: '1 year' } as const
const record = { usual: '1 year', least: '30 days', most: '20 years' } as const

/** Each kind of rows that goes by itself, in the order in which docs/operations.md tells them. There is no other list. */
export const retentions: readonly Retention[] = [
  {
    kind: 'raw_rows',
    usual: '90 days',
    least: '8 days',
    most: '10 years',
    leastBecause: 'the 7-day columns need them',
    what: 'raw deliveries, executions and API requests, at least: whole months go',
    setting: 'raw_retention',
  },
  {
    kind: 'hourly_rollups',
    usual: '30 days',
    least: '8 days',
    most: '400 days',
    leastBecause: 'the 7-day columns need them',
    what: 'rollups of webhooks and rules by the hour; they become days',
    setting: 'hourly_for',
  },
  {
    kind: 'rollups',
    usual: '2 years',
    least: '30 days',
    most: '20 years',
    leastBecause: 'nor may it be less than `raw_retention`',
    what: 'rollups; what is older counts in the lifetime totals alone',
    setting: 'rollup_retention',
  },
  { kind: 'alerts', ...record, what: 'alerts, once they are resolved' },
  { kind: 'silences', ...record, what: 'silences, once they have ended' },
  { kind: 'insights', ...record, what: 'insights, once they have ended' },
  { kind: 'deploys', ...record, what: 'deploys, and what changed with them' },
  {
    kind: 'notifications',
    usual: '90 days',
    least: '2 days',
    most: '10 years',
    leastBecause: 'a day of them is looked at for `notifications_dead`',
    what: 'notifications, once they are delivered, dead or dropped',
  },
  {
    kind: 'function_calls',
    usual: '30 days',
    least: '30 days',
    most: '1 year',
    leastBecause: 'costs are those of 30 days',
    what: 'calls of edge functions by the database',
  },
  {
    kind: 'metric_points',
    usual: '7 days',
    least: '1 day',
    most: '90 days',
    leastBecause: 'a value that is sent again is known by them',
    what: 'single values of metrics of one’s own; their hours stay',
  },
  {
    kind: 'series_scores',
    usual: '35 days',
    least: '15 days',
    most: '400 days',
    leastBecause: 'nothing is said of a series that has no two weeks of history',
    what: 'hours of watched series, as they were scored; a series that is new begins as far back',
  },
  {
    kind: 'disk_samples',
    usual: '60 days',
    least: '30 days',
    most: '400 days',
    leastBecause: 'four weeks are looked at to predict',
    what: 'how full the disk was, by the day',
  },
  {
    kind: 'outbox_samples',
    usual: '2 days',
    least: '2 hours',
    most: '30 days',
    leastBecause: 'an hour is looked at to predict',
    what: 'how many notifications waited, by five minutes',
  },
  { kind: 'refresh_runs', ...log, what: 'refreshes; the last that succeeded stays' },
  {
    kind: 'cron_runs',
    ...log,
    least: '7 days',
    leastBecause: 'a job may run once a week',
    what: 'runs of pg_cron’s jobs, of all jobs in the database; 50,000 at most',
  },
  { kind: 'evaluation_runs', ...log, what: 'evaluations of all orgs’ alerts' },
  { kind: 'evaluation_errors', ...log, what: 'types of alerts that could not be judged' },
]
