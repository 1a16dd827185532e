-- What the database does by itself. A name that is scheduled already is replaced, so that this may
-- run any number of times.
create or replace function monitoring.schedule_refresh() returns trigger language plpgsql set search_path = '' as $$
begin
  perform cron.schedule(
    'everwatch-refresh-monitoring-views',
    format('*/%s * * * *', extract(epoch from new.refresh_every)::integer / 60),
    'select public.refresh_monitoring_views()'
  );
  return null;
end
$$;

comment on function monitoring.schedule_refresh()
  is 'Schedules the refresh as often as rollup_settings says.';

revoke all on function monitoring.schedule_refresh() from public, anon, authenticated, service_role;

create or replace trigger schedule_refresh after update on monitoring.rollup_settings for each row execute function monitoring.schedule_refresh();

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
  cron.schedule('everwatch-backfill', '* * * * *', 'select monitoring.backfill(10)');

select
  cron.schedule('everwatch-trim-run-logs', '17 3 * * *', 'select monitoring.trim_run_logs()');
