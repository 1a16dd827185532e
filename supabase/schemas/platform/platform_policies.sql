-- When the platform's own conditions are alerts, and which alerts of tenants they explain.
insert into
  everwatch_private.alert_policies(type, scope, unit, warning, critical, pending_for, keep_firing_for)
values
  ('pg_net_down', 'operator', 'is down', null, 1, '0', '2 minutes'),
  (
    'pg_net_backlog',
    'operator',
    'requests that wait, exceeded',
    200,
    2000,
    '1 minute',
    '2 minutes'
  ),
  ('calls_failing', 'operator', 'failed calls in 15 minutes, or more', 3, 10, '0', '0'),
  ('cron_job_failing', 'operator', 'failed runs in a row, or more', 3, 10, '0', '0'),
  (
    'cron_job_late',
    'operator',
    'times its period without a success, exceeded',
    3,
    10,
    '2 minutes',
    '0'
  ),
  ('cron_stopped', 'operator', 'minutes without any run, exceeded', null, 5, '0', '2 minutes'),
  ('notifications_dead', 'operator', 'given up in a day, or more', 1, 100, '0', '0'),
  ('notifications_late', 'operator', 'minutes overdue, exceeded', 5, 30, '0', '2 minutes');

-- While nothing is sent or started, it is not the receiver of a webhook, or a rule, that is broken.
update everwatch_private.alert_policies
set
  inhibited_by = '{pg_net_down,cron_stopped}'
where
  type in ('webhook_failure', 'webhook_inactive', 'rule_not_triggering');
