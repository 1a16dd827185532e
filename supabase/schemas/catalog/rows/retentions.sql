-- Made of supabase/functions/_shared/catalog by `npm run check -- --fix generated`.
insert into
  everwatch_private.retentions(kind, usual, least, most, setting)
values
  ('raw_rows', '90 days', '8 days', '10 years', 'raw_retention'),
  ('hourly_rollups', '30 days', '8 days', '400 days', 'hourly_for'),
  ('rollups', '2 years', '30 days', '20 years', 'rollup_retention'),
  ('alerts', '1 year', '30 days', '20 years', null),
  ('silences', '1 year', '30 days', '20 years', null),
  ('insights', '1 year', '30 days', '20 years', null),
  ('deploys', '1 year', '30 days', '20 years', null),
  ('notifications', '90 days', '2 days', '10 years', null),
  ('function_calls', '30 days', '30 days', '1 year', null),
  ('metric_points', '7 days', '1 day', '90 days', null),
  ('series_scores', '35 days', '15 days', '400 days', null),
  ('disk_samples', '60 days', '30 days', '400 days', null),
  ('outbox_samples', '2 days', '2 hours', '30 days', null),
  ('refresh_runs', '7 days', '1 day', '1 year', null),
  ('cron_runs', '7 days', '7 days', '1 year', null),
  ('evaluation_runs', '7 days', '1 day', '1 year', null),
  ('evaluation_errors', '7 days', '1 day', '1 year', null);
