-- What the database does by itself. A name that is scheduled already is replaced, so that this may
-- run any number of times. The refresh is scheduled whenever its settings, which say how often, are
-- written.
update monitoring.rollup_settings
set
  refresh_every = refresh_every
where
  singleton;

select
  cron.schedule('everwatch-make-partitions', '7 * * * *', 'select monitoring.make_partitions()');

select
  cron.schedule('everwatch-expire-raw-rows', '*/10 * * * *', 'select monitoring.expire_raw_rows()');

select
  cron.schedule('everwatch-age-rollups', '27 0 * * *', 'select monitoring.age_rollups()');

select
  cron.schedule(
    'everwatch-merge-deleted-durations',
    '37 0 * * *',
    'select monitoring.merge_deleted_durations()'
  );

select
  cron.schedule('everwatch-backfill', '* * * * *', 'select monitoring.backfill()');

select
  cron.schedule('everwatch-evaluate-alerts', '* * * * *', 'select monitoring.evaluate_alerts()');

select
  cron.schedule('everwatch-score-series', '*/5 * * * *', 'select monitoring.score_watched_series()');

select
  cron.schedule(
    'everwatch-dispatch-notifications',
    '* * * * *',
    'select monitoring.dispatch_notifications()'
  );

select
  cron.schedule('everwatch-record-call-outcomes', '* * * * *', 'select monitoring.record_call_outcomes()');

select
  cron.schedule('everwatch-send-heartbeat', '* * * * *', 'select monitoring.send_heartbeat()');

select
  cron.schedule('everwatch-trim-notifications', '47 3 * * *', 'select monitoring.trim_notifications()');

select
  cron.schedule('everwatch-trim-run-logs', '17 3 * * *', 'select monitoring.trim_run_logs()');

select
  cron.schedule('everwatch-trim-alerts', '27 3 * * *', 'select monitoring.trim_alerts()');

select
  cron.schedule('everwatch-trim-metric-points', '37 3 * * *', 'select monitoring.trim_metric_points()');

select
  cron.schedule('everwatch-judge-deploys', '* * * * *', 'select monitoring.judge_deploys()');

select
  cron.schedule('everwatch-state-anomalies', '* * * * *', 'select monitoring.state_anomalies()');

select
  cron.schedule('everwatch-state-predictions', '* * * * *', 'select monitoring.state_predictions()');

select
  cron.schedule('everwatch-state-savings', '57 3 * * *', 'select monitoring.state_savings()');
