-- What an operator may set: how long things are kept, and how often the views are refreshed.
create table everwatch_private.rollup_settings (
  singleton boolean primary key default true check (singleton),
  refresh_every interval not null default '5 minutes' check (
    refresh_every in (
      '1 minute',
      '2 minutes',
      '3 minutes',
      '4 minutes',
      '5 minutes',
      '6 minutes',
      '10 minutes',
      '12 minutes',
      '15 minutes',
      '20 minutes',
      '30 minutes'
    )
  ),
  hourly_for interval not null,
  raw_retention interval not null,
  rollup_retention interval not null,
  constraint rollups_outlive_raw_rows check (rollup_retention >= raw_retention)
);

comment on table everwatch_private.rollup_settings
  is 'What the operator sets, one row: see docs/operations.md.';
comment on column everwatch_private.rollup_settings.refresh_every
  is 'Between two refreshes of the views: minutes that divide the hour. The schedule follows it.';
comment on column everwatch_private.rollup_settings.hourly_for
  is 'How long webhooks and rules are rolled up by the hour; by the day afterwards.';
comment on column everwatch_private.rollup_settings.raw_retention
  is 'How long rows of webhook_deliveries, rule_executions and api_audit_logs are kept, at least: a month''s partition goes when its newest row is older.';
comment on column everwatch_private.rollup_settings.rollup_retention
  is 'How long rollups are kept; what is older counts in the lifetime totals alone.';

create function everwatch_private.check_settings()
  returns trigger
  language plpgsql set search_path = ''
  as $$
declare
  wrong everwatch_private.retentions;
begin
  select * into wrong
  from everwatch_private.retentions as r
  where r.setting is not null and (to_jsonb(new) ->> r.setting)::interval not between r.least and r.most
  limit 1;
  if found then
    raise exception '% must be from % to %.', wrong.setting, wrong.least, wrong.most using errcode = '23514';
  end if;
  return new;
end
$$;

comment on function everwatch_private.check_settings()
  is 'Refuses (23514) to keep rows for less or for longer than retentions allows.';

create trigger check_settings
  before insert or update on everwatch_private.rollup_settings
  for each row
  execute function everwatch_private.check_settings();

create function everwatch_private.schedule_refresh()
  returns trigger
  language plpgsql set search_path = ''
  as $$
begin
  insert into everwatch_private.jobs (name, schedule, command)
  values (
    'everwatch-refresh-monitoring-views',
    format('*/%s * * * *', extract(epoch from new.refresh_every)::integer / 60),
    'select everwatch.refresh_monitoring_views()'
  )
  on conflict (name) do update set schedule = excluded.schedule;
  return null;
end
$$;

comment on function everwatch_private.schedule_refresh()
  is 'Schedules the refresh as often as rollup_settings says.';

revoke execute
  on function everwatch_private.check_settings(), everwatch_private.schedule_refresh()
  from public;

create trigger schedule_refresh
  after insert or update on everwatch_private.rollup_settings
  for each row
  execute function everwatch_private.schedule_refresh();

insert into
  everwatch_private.rollup_settings(hourly_for, raw_retention, rollup_retention)
select
  max(usual) filter (where setting = 'hourly_for'),
  max(usual) filter (where setting = 'raw_retention'),
  max(usual) filter (where setting = 'rollup_retention')
from
  everwatch_private.retentions;
