-- What the database does by itself. A name that is scheduled already is replaced, so that this may
-- run any number of times.
select
  cron.schedule(
    'everwatch-refresh-monitoring-views',
    '*/5 * * * *',
    'select public.refresh_monitoring_views()'
  );

select
  cron.schedule('everwatch-evaluate-alerts', '* * * * *', 'select monitoring.evaluate_alerts()');

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
