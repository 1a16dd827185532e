-- Everwatch 0.2.0: the whole database, for a project that has none of it. Made by
-- `npm run release` of the files in supabase/schemas, which are the ones to edit.

-- Functions may be made before what they speak of.
set check_function_bodies = off;

-- schemas/project/schemas.sql

-- Two schemas of our own, beside what the project has. The API roles may look names up in both, since
-- policies and functions in `everwatch` call helpers in `everwatch_private` as the caller; what they
-- may read and run there is granted object by object.
create schema everwatch;

comment on schema everwatch
  is 'Everwatch: what people and programs reach. Exposed through the Data API.';

create schema everwatch_private;

comment on schema everwatch_private is 'Everwatch: internals. Not exposed through the Data API.';

grant usage on schema everwatch, everwatch_private to authenticated, service_role;

-- schemas/catalog/tables/alert_policies.sql

-- When a condition is true, and when it is an alert. A type of alert is one file in the catalog, which has
-- its row here made, and one function,
-- everwatch_private.<type>_conditions(at, org_id), which says of what the condition is true.
create function everwatch_private.is_threshold(value numeric)
  returns boolean
  language sql immutable set search_path = ''
  as $$
  select value = 'Infinity' or (value between 0 and 1e9 and scale(value) <= 6)
$$;

comment on function everwatch_private.is_threshold(numeric)
  is 'Whether a number may be a threshold: within bounds in which nothing that is computed with it can overflow; Infinity is never reached.';

revoke execute on function everwatch_private.is_threshold(numeric) from public;

create table everwatch_private.alert_policies (
  type text primary key check (type ~ '^[a-z][a-z0-9_]{0,40}$'),
  scope text not null check (scope in ('org', 'operator')),
  unit text not null,
  enabled boolean not null default true,
  warning numeric check (everwatch_private.is_threshold (warning)),
  critical numeric check (everwatch_private.is_threshold (critical)),
  recovery numeric check (everwatch_private.is_threshold (recovery)),
  minimum_sample integer not null default 0 check (minimum_sample >= 0),
  pending_for interval not null default '0' check (pending_for >= interval '0'),
  keep_firing_for interval not null default '0' check (keep_firing_for >= interval '0'),
  repeat_interval interval not null default '4 hours' check (repeat_interval >= interval '1 minute'),
  inhibited_by text[] not null default '{}',
  judge_order integer not null default 0,
  prepare text check (prepare ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint alert_policies_have_a_threshold check (coalesce(warning, critical) is not null)
);

comment on table everwatch_private.alert_policies
  is 'The types of alerts, and the policy of each for orgs that have set nothing else.';
comment on column everwatch_private.alert_policies.scope
  is 'org: judged for each org, whose members are told; operator: about the platform itself.';
comment on column everwatch_private.alert_policies.unit is 'What the thresholds count.';
comment on column everwatch_private.alert_policies.warning
  is 'Where a warning begins; null or Infinity for no such level.';
comment on column everwatch_private.alert_policies.critical is 'Where it is critical; as warning.';
comment on column everwatch_private.alert_policies.recovery
  is 'What fires stays true while above this: for webhook_failure, api_error_rate and rate_limit; null where falling below the thresholds is enough.';
comment on column everwatch_private.alert_policies.minimum_sample
  is 'Fewer requests or executions than this say nothing.';
comment on column everwatch_private.alert_policies.pending_for
  is 'For how long the condition must be true before the alert fires.';
comment on column everwatch_private.alert_policies.keep_firing_for
  is 'For how long the condition must be false before the alert is resolved.';
comment on column everwatch_private.alert_policies.repeat_interval
  is 'After how long an alert that still fires notifies again.';
comment on column everwatch_private.alert_policies.inhibited_by
  is 'Types of the operator''s alerts that explain this one: while one of them fires, its notifications are held back.';
comment on column everwatch_private.alert_policies.judge_order
  is 'An evaluation judges the types with the lowest number first.';
comment on column everwatch_private.alert_policies.prepare
  is 'The function everwatch_private.<prepare>(at) that an evaluation calls before it judges the type; null for none.';

grant select on everwatch_private.alert_policies to authenticated, service_role;

-- schemas/catalog/tables/channel_kinds.sql

-- The kinds of channels: what tells them apart in the database. Its rows are made of the catalog in
-- supabase/functions/_shared/catalog/channel-kinds.
create table everwatch_private.channel_kinds (
  kind text primary key,
  secret_is text not null,
  secret_pattern text not null,
  secret_is_made boolean not null,
  url_is_secret boolean not null,
  default_url text,
  fields text[] not null,
  keeps_incidents boolean not null
);

comment on table everwatch_private.channel_kinds
  is 'The kinds of channels, from the catalog; a release brings its rows.';
comment on column everwatch_private.channel_kinds.secret_is
  is 'What the secret of such a channel is, as the end of a sentence.';
comment on column everwatch_private.channel_kinds.secret_pattern
  is 'The regular expression that the secret matches.';
comment on column everwatch_private.channel_kinds.secret_is_made
  is 'Whether we make the secret, where none is given: it signs what is sent.';
comment on column everwatch_private.channel_kinds.url_is_secret
  is 'Whether messages go to the address that is the secret: such a channel has no url.';
comment on column everwatch_private.channel_kinds.default_url
  is 'Where the service of this kind is, unless the channel says otherwise; null: there is none.';
comment on column everwatch_private.channel_kinds.fields
  is 'The settings that a form asks for: of url, secret, email_from, email_to.';
comment on column everwatch_private.channel_kinds.keeps_incidents
  is 'Whether such a channel is told one event of one incident at a time: opened, acknowledged, resolved.';

-- schemas/catalog/tables/retentions.sql

-- For how long rows are kept. What there is to know of each kind is made of the catalog in
-- supabase/functions/_shared/catalog/retentions.ts; what the owner sets stands beside it.
create table everwatch_private.retentions (
  kind text primary key,
  usual interval not null,
  least interval not null,
  most interval not null,
  setting text,
  kept_for interval,
  constraint kept_for_is_within_bounds check (kept_for between least and most),
  constraint kept_for_is_set_in_one_place check (setting is null or kept_for is null)
);

comment on table everwatch_private.retentions
  is 'For how long each kind of rows is kept, and what the owner may set: see docs/operations.md.';
comment on column everwatch_private.retentions.usual
  is 'For how long, where the owner has set nothing; a release may bring another.';
comment on column everwatch_private.retentions.least is 'The least that the owner may set.';
comment on column everwatch_private.retentions.most is 'The most that the owner may set.';
comment on column everwatch_private.retentions.setting
  is 'The column of rollup_settings in which it is set; null for what is set here.';
comment on column everwatch_private.retentions.kept_for
  is 'What the owner has set; null for the usual.';

create function everwatch_private.kept_for(kind text)
  returns interval
  language plpgsql stable set search_path = ''
  as $$
declare
  length interval;
begin
  select coalesce(r.kept_for, r.usual) into strict length
  from everwatch_private.retentions as r
  where r.kind = kept_for.kind and r.setting is null;
  return length;
end
$$;

comment on function everwatch_private.kept_for(text)
  is 'For how long rows of a kind are kept. Fails for a kind that there is not, and for those that rollup_settings has.';

revoke execute on function everwatch_private.kept_for(text) from public;

-- schemas/catalog/tables/series.sql

-- What there is over time. Its rows are made of the catalog in supabase/functions/_shared/catalog/series.ts.
create table everwatch_private.series (
  name text primary key,
  subject text not null,
  measure text not null,
  unit text not null,
  anomaly text,
  unique (subject, measure)
);

comment on table everwatch_private.series
  is 'The metrics that monitoring_timeseries knows, from the catalog; a release brings its rows.';
comment on column everwatch_private.series.subject
  is 'What it is of: delivery, execution, request (the sources), rate_limit, or custom for an org''s own.';
comment on column everwatch_private.series.measure
  is 'What of its subject it measures, as activity_measure(), rate_limit_series() and custom_series() name it.';
comment on column everwatch_private.series.anomaly
  is 'What is said of an hour that is unusual, %s being its value; null for what is not watched.';

grant select on everwatch_private.series to authenticated, service_role;

-- schemas/catalog/rows/alert_policies.sql

-- Made of supabase/functions/_shared/catalog by `npm run check -- --fix generated`.
insert into
  everwatch_private.alert_policies(
    type,
    scope,
    unit,
    warning,
    critical,
    recovery,
    minimum_sample,
    pending_for,
    keep_firing_for,
    inhibited_by,
    judge_order,
    prepare
  )
values
  (
    'webhook_failure',
    'org',
    'consecutive failures, or more',
    5,
    10,
    null,
    0,
    '0',
    '5 minutes',
    array['pg_net_down', 'cron_stopped'],
    1,
    null
  ),
  (
    'api_error_rate',
    'org',
    '% of the requests of an hour, exceeded',
    null,
    50,
    40,
    20,
    '0',
    '5 minutes',
    '{}',
    0,
    null
  ),
  (
    'rate_limit',
    'org',
    '% of the limit, exceeded',
    90,
    null,
    80,
    0,
    '0',
    '5 minutes',
    '{}',
    0,
    null
  ),
  (
    'webhook_inactive',
    'org',
    'days without a success, or more',
    7,
    null,
    null,
    0,
    '0',
    '0',
    array['pg_net_down', 'cron_stopped'],
    0,
    null
  ),
  (
    'rule_not_triggering',
    'org',
    'times its longest gap (a day at least), exceeded',
    2,
    null,
    null,
    5,
    '0',
    '0',
    array['pg_net_down', 'cron_stopped'],
    0,
    null
  ),
  (
    'regression',
    'org',
    'times 5% slower, or half a point more failures, or more',
    1,
    20,
    null,
    100,
    '0',
    '0',
    '{}',
    0,
    null
  ),
  (
    'error_budget_burn',
    'org',
    'times the rate that uses up the budget in 30 days, exceeded',
    1,
    6,
    null,
    20,
    '0',
    '5 minutes',
    '{}',
    0,
    null
  ),
  (
    'anomaly',
    'org',
    'how unusual an hour is, from 0.5 to 1, or more',
    0.5,
    null,
    null,
    0,
    '0',
    '60 minutes',
    array['pg_net_down', 'cron_stopped'],
    0,
    null
  ),
  (
    'slow_query',
    'operator',
    'seconds, exceeded',
    null,
    5,
    null,
    0,
    '0',
    '5 minutes',
    '{}',
    0,
    'find_slow_statements'
  ),
  (
    'evaluation_failed',
    'operator',
    'errors in five minutes, or more',
    null,
    1,
    null,
    0,
    '0',
    '5 minutes',
    '{}',
    2,
    null
  ),
  (
    'refresh_late',
    'operator',
    'times its interval since the last refresh, exceeded',
    null,
    2,
    null,
    0,
    '0',
    '0',
    '{}',
    0,
    null
  ),
  (
    'refresh_failing',
    'operator',
    'failed refreshes in a row, or more',
    1,
    null,
    null,
    0,
    '0',
    '0',
    '{}',
    0,
    null
  ),
  ('pg_net_down', 'operator', 'is down', null, 1, null, 0, '0', '2 minutes', '{}', 0, null),
  (
    'pg_net_backlog',
    'operator',
    'requests that wait, exceeded',
    200,
    2000,
    null,
    0,
    '1 minute',
    '2 minutes',
    '{}',
    0,
    null
  ),
  (
    'calls_failing',
    'operator',
    'failed calls in 15 minutes, or more',
    3,
    10,
    null,
    0,
    '0',
    '0',
    '{}',
    0,
    null
  ),
  (
    'cron_job_failing',
    'operator',
    'failed runs in a row, or more',
    3,
    10,
    null,
    0,
    '0',
    '0',
    '{}',
    0,
    null
  ),
  (
    'cron_job_late',
    'operator',
    'times its period without a success, exceeded',
    3,
    10,
    null,
    0,
    '2 minutes',
    '0',
    '{}',
    0,
    null
  ),
  (
    'cron_stopped',
    'operator',
    'minutes without any run, exceeded',
    null,
    5,
    null,
    0,
    '0',
    '2 minutes',
    '{}',
    0,
    null
  ),
  (
    'notifications_dead',
    'operator',
    'given up in a day, or more',
    1,
    100,
    null,
    0,
    '0',
    '0',
    '{}',
    0,
    null
  ),
  (
    'notifications_late',
    'operator',
    'minutes overdue, exceeded',
    5,
    30,
    null,
    0,
    '0',
    '2 minutes',
    '{}',
    0,
    null
  );

-- schemas/catalog/rows/channel_kinds.sql

-- Made of supabase/functions/_shared/catalog by `npm run check -- --fix generated`.
insert into
  everwatch_private.channel_kinds(
    kind,
    secret_is,
    secret_pattern,
    secret_is_made,
    url_is_secret,
    default_url,
    fields,
    keeps_incidents
  )
values
  (
    'slack',
    'the address of a Slack incoming webhook',
    '^https?://[^\s/?#@]+/\S+$',
    false,
    true,
    null,
    array['secret'],
    false
  ),
  (
    'discord',
    'the address of a Discord webhook',
    '^https?://[^\s/?#@]+/\S+$',
    false,
    true,
    null,
    array['secret'],
    false
  ),
  (
    'teams',
    'the address of a workflow of Microsoft Teams',
    '^https?://[^\s/?#@]+/\S+$',
    false,
    true,
    null,
    array['secret'],
    false
  ),
  (
    'pagerduty',
    'the routing key of a PagerDuty integration (Events v2)',
    '^[A-Za-z0-9]{20,64}$',
    false,
    false,
    'https://events.pagerduty.com/v2/enqueue',
    array['secret'],
    true
  ),
  (
    'email',
    'the key of the mail service, of 8 to 200 characters',
    '^[!-~]{8,200}$',
    false,
    false,
    'https://api.resend.com/emails',
    array['secret', 'email_from', 'email_to'],
    false
  ),
  (
    'webhook',
    'whsec_ and the base64 of 24 to 64 bytes',
    '^whsec_(([A-Za-z0-9+/]{4}){8,20}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?|([A-Za-z0-9+/]{4}){21}([A-Za-z0-9+/]{2}==)?)$',
    true,
    false,
    null,
    array['url'],
    false
  );

-- schemas/catalog/rows/retentions.sql

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

-- schemas/catalog/rows/series.sql

-- Made of supabase/functions/_shared/catalog by `npm run check -- --fix generated`.
insert into
  everwatch_private.series(name, subject, measure, unit, anomaly)
values
  ('deliveries', 'delivery', 'begun', 'count', '%s deliveries in an hour'),
  ('failed_deliveries', 'delivery', 'failed', 'count', null),
  ('delivery_success_rate_pct', 'delivery', 'succeeded_pct', 'percent', null),
  ('delivery_failure_rate_pct', 'delivery', 'failed_pct', 'percent', '%s%% of deliveries failed'),
  ('delivery_avg_ms', 'delivery', 'avg_ms', 'milliseconds', null),
  ('delivery_p95_ms', 'delivery', 'p95_ms', 'milliseconds', 'p95 is %s ms'),
  ('executions', 'execution', 'begun', 'count', '%s executions in an hour'),
  ('failed_executions', 'execution', 'failed', 'count', null),
  ('execution_success_rate_pct', 'execution', 'succeeded_pct', 'percent', null),
  ('execution_failure_rate_pct', 'execution', 'failed_pct', 'percent', '%s%% of executions failed'),
  ('execution_avg_ms', 'execution', 'avg_ms', 'milliseconds', null),
  ('affected_contacts', 'execution', 'affected', 'count', null),
  ('api_requests', 'request', 'begun', 'count', '%s API requests in an hour'),
  ('failed_api_requests', 'request', 'failed', 'count', '%s failed API requests in an hour'),
  ('api_error_rate_pct', 'request', 'failed_pct', 'percent', null),
  ('api_avg_ms', 'request', 'avg_ms', 'milliseconds', null),
  ('api_p95_ms', 'request', 'p95_ms', 'milliseconds', null),
  ('rate_limit_utilization_pct', 'rate_limit', 'utilization_pct', 'percent', null),
  ('custom_count', 'custom', 'count', 'count', null),
  ('custom_sum', 'custom', 'sum', 'value', null),
  ('custom_avg', 'custom', 'avg', 'value', null),
  ('custom_min', 'custom', 'min', 'value', null),
  ('custom_max', 'custom', 'max', 'value', null),
  ('custom_last', 'custom', 'last', 'value', null),
  ('custom_p95', 'custom', 'p95', 'value', null);

-- schemas/releases/versions.sql

-- Which releases this database was brought to, each with the checksum of its file.
create table everwatch.versions (
  version text primary key check (version ~ '^\d+\.\d+\.\d+(-[0-9a-z.]+)?$'),
  checksum text not null check (checksum ~ '^[0-9a-f]{64}$'),
  installed_at timestamptz not null default now()
);

comment on table everwatch.versions
  is 'The releases that were applied, the newest last; written by the releases themselves.';
comment on column everwatch.versions.checksum
  is 'SHA-256 of the release''s file, as hexadecimal digits, without the statement that writes this row.';

alter table everwatch.versions enable row level security;

create policy "the secret key reads which release is installed"
  on everwatch.versions
  for select
  to service_role
  using (true);

grant select on everwatch.versions to service_role;

create function everwatch_private.missing_release()
  returns table(part text, detail text, remedy text)
  language sql stable set search_path = ''
  as $$
  select 'release', 'no release is written down: the tables were made without their rows',
    'Restore the data of the dump as well, or apply the migration of a release'
  where not exists (select from everwatch.versions)
$$;

comment on function everwatch_private.missing_release()
  is 'Whether only the schema was restored, without what the releases wrote into its tables.';

revoke execute on function everwatch_private.missing_release() from public;

-- schemas/installation/extensions.sql

-- What the database needs beyond Postgres itself; all of it is available on every Supabase project.
create table everwatch_private.extensions (name text primary key, schema text not null);

comment on table everwatch_private.extensions is 'The extensions that we use.';
comment on column everwatch_private.extensions.schema
  is 'Where one is made that the project does not have yet.';

insert into
  everwatch_private.extensions(name, schema)
values
  ('pg_cron', 'pg_catalog'),
  ('pg_net', 'extensions'),
  ('pg_stat_statements', 'extensions'),
  ('pgcrypto', 'extensions'),
  ('supabase_vault', 'vault');

create function everwatch_private.create_extensions()
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  wanted everwatch_private.extensions;
begin
  for wanted in select * from everwatch_private.extensions as e order by e.name loop
    execute format('create extension if not exists %I with schema %I', wanted.name, wanted.schema);
  end loop;
end
$$;

comment on function everwatch_private.create_extensions()
  is 'Creates the extensions that the project does not have yet.';

create function everwatch_private.missing_extensions()
  returns table(part text, detail text, remedy text)
  language sql stable set search_path = ''
  as $$
  select 'extension', wanted.name || ' is not there', 'select everwatch.repair()'
  from everwatch_private.extensions as wanted
  where not exists (select from pg_catalog.pg_extension as e where e.extname = wanted.name)
  order by wanted.name
$$;

comment on function everwatch_private.missing_extensions()
  is 'Extensions that we use and the project does not have.';

revoke execute
  on function everwatch_private.create_extensions(), everwatch_private.missing_extensions()
  from public;

select everwatch_private.create_extensions();

-- schemas/installation/jobs.sql

-- What pg_cron runs for us. Each job's row stands beside its function; pg_cron follows the rows, and
-- whoever looks for a job that is missing reads them. A dump keeps them, and not pg_cron's own.
create table everwatch_private.jobs (
  name text primary key check (name like 'everwatch-%'),
  schedule text not null,
  command text not null
);

comment on table everwatch_private.jobs is 'Our scheduled jobs, as they should be in cron.job.';
comment on column everwatch_private.jobs.name is 'The jobname in cron.job.';

create function everwatch_private.follow_job()
  returns trigger
  language plpgsql set search_path = ''
  as $$
begin
  if new.name is distinct from old.name then
    perform cron.unschedule(j.jobid) from cron.job as j where j.jobname = old.name and j.username = current_user;
  end if;
  if new.name is not null then
    perform cron.schedule(new.name, new.schedule, new.command);
  end if;
  return null;
end
$$;

comment on function everwatch_private.follow_job()
  is 'Schedules a job as its row says, and unschedules it when the row goes.';

create trigger follow_job
  after insert or update or delete on everwatch_private.jobs
  for each row
  execute function everwatch_private.follow_job();

create function everwatch_private.schedule_jobs()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform cron.schedule(wanted.name, wanted.schedule, wanted.command) from everwatch_private.jobs as wanted;
  perform cron.alter_job(job.jobid, active => true)
  from everwatch_private.jobs as wanted
  join cron.job as job on job.jobname = wanted.name and job.username = current_user
  where not job.active;
end
$$;

comment on function everwatch_private.schedule_jobs()
  is 'Schedules all jobs again, also those that somebody changed or switched off.';

create function everwatch_private.missing_jobs()
  returns table(part text, detail text, remedy text)
  language plpgsql stable set search_path = ''
  as $$
begin
  if to_regclass('cron.job') is null then
    return;
  end if;
  return query
  select 'job', wanted.name || found.fault, 'select everwatch.repair()'
  from everwatch_private.jobs as wanted
  left join cron.job as job on job.jobname = wanted.name and job.username = current_user
  cross join lateral (
    select case
      when job.jobid is null then ' is not scheduled'
      when not job.active then ' is switched off'
      when job.command <> wanted.command then ' runs another command'
      when job.schedule <> wanted.schedule then format(' runs at %s, not at %s', job.schedule, wanted.schedule)
    end
  ) as found (fault)
  where found.fault is not null
  order by wanted.name;
end
$$;

comment on function everwatch_private.missing_jobs()
  is 'Jobs that pg_cron does not run as their rows say.';

revoke execute
  on function
    everwatch_private.follow_job(),
    everwatch_private.schedule_jobs(),
    everwatch_private.missing_jobs()
  from public;

-- schemas/callers/callers.sql

-- Who asks. Functions that read rollups as their owner must know whether the caller may see an org.
create function everwatch_private.reads_every_org()
  returns boolean
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    -- `role` is what the Data API set for this request; without it, the one who signed in. Unlike
    -- current_user, neither changes inside a security definer function.
    select coalesce(bool_or(r.rolsuper or r.rolbypassrls), false)
    from pg_catalog.pg_roles as r
    where r.rolname = coalesce(nullif(current_setting('role'), 'none'), session_user)
  );
end
$$;

comment on function everwatch_private.reads_every_org()
  is 'Whether row level security does not apply to the caller: the secret key, or the database''s owner.';

create function everwatch_private.may_read(org_id uuid)
  returns boolean
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select everwatch_private.reads_every_org()
      or may_read.org_id = any (array(select everwatch_private.my_org_ids()))
  );
end
$$;

comment on function everwatch_private.may_read(uuid)
  is 'Whether the caller may read what belongs to this org: its members, and whoever reads every org.';

revoke execute
  on function everwatch_private.reads_every_org(), everwatch_private.may_read(uuid)
  from public;

-- schemas/callers/my_org_ids.sql

-- Who may do what is asked in one place: the orgs in which the caller has one of some roles. The
-- policies compare with `= any (array(select …))`: read once a statement, and usable by an index.
create function everwatch_private.my_org_ids(
  roles text[] default array['owner', 'admin', 'member', 'viewer']
)
  returns setof uuid
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  -- In plpgsql, which keeps the plan: in SQL each reader of each table would wait for it anew.
  return query
  select m.org_id
  from everwatch.org_members as m
  where m.user_id = auth.uid() and m.role = any (roles);
end
$$;

comment on function everwatch_private.my_org_ids(text[])
  is 'The orgs in which the signed-in user has one of these roles (default: any); none without a session.';

revoke execute on function everwatch_private.my_org_ids(text[]) from public;

-- schemas/tenancy/create_org.sql

-- Nobody may insert an org or its first owner directly: the two come together or not at all.
create function everwatch_private.create_org(name text)
  returns uuid
  language plpgsql security definer set search_path = ''
  as $$
declare
  new_id uuid;
begin
  if (select auth.uid()) is null then
    raise exception 'sign in to create an organisation'
      using errcode = 'PT401', detail = 'unauthenticated';
  end if;
  insert into everwatch.orgs (name) values (create_org.name) returning id into new_id;
  insert into everwatch.org_members (org_id, user_id, role) values (new_id, auth.uid(), 'owner');
  return new_id;
end
$$;

comment on function everwatch_private.create_org(text)
  is 'Makes an org with the signed-in user as its owner; what everwatch.create_org calls.';

revoke execute on function everwatch_private.create_org(text) from public;

create function everwatch.create_org(name text)
  returns uuid
  language sql set search_path = ''
  as $$
  select everwatch_private.create_org(name)
$$;

comment on function everwatch.create_org(text)
  is 'Makes an org with the signed-in user as its owner and returns its id.';

revoke execute on function everwatch.create_org(text) from public;

-- schemas/tenancy/orgs.sql

-- The tenants. Every other row belongs to exactly one of them, and no member of one sees another.
create table everwatch.orgs (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now()
);

comment on table everwatch.orgs
  is 'Organisations: the tenants. Deleting one deletes everything that belongs to it.';
comment on column everwatch.orgs.name is 'What people call it, up to 200 characters; not unique.';

alter table everwatch.orgs enable row level security;

grant select, update (name), delete on everwatch.orgs to authenticated;
grant select, insert, update, delete on everwatch.orgs to service_role;

-- Who belongs to an org, and in which role. A user may belong to several.
create table everwatch.org_members (
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (org_id, user_id)
);

create index org_members_user_id_idx on everwatch.org_members (user_id);

comment on table everwatch.org_members
  is 'Membership of a user in an org. An org never loses its last owner.';
comment on column everwatch.org_members.role
  is 'owner: everything; admin: everything but owners; member: writes webhooks, segments and rules; viewer: reads.';

alter table everwatch.org_members enable row level security;

grant select, insert (org_id, user_id, role), update (role), delete
  on everwatch.org_members
  to authenticated;
grant select, insert, update, delete on everwatch.org_members to service_role;

create function everwatch_private.keep_an_owner()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  -- Two owners who remove each other at the same time meet at this row. It is written, not only
  -- locked, so that a transaction with an older snapshot fails instead of missing the other one.
  update everwatch.orgs set name = name where id = old.org_id;
  -- No such org: it is being deleted, and its members go with it.
  if found and not exists (
    select from everwatch.org_members where org_id = old.org_id and role = 'owner'
  ) then
    raise exception 'an organisation keeps at least one owner'
      using errcode = 'PT409', detail = 'last_owner', hint = 'role';
  end if;
  return null;
end
$$;

comment on function everwatch_private.keep_an_owner()
  is 'Refuses (409, last_owner) a change that would leave an org without an owner.';

revoke execute on function everwatch_private.keep_an_owner() from public;

create trigger keep_an_owner
  after update or delete on everwatch.org_members
  for each row
  when (old.role = 'owner')
  execute function everwatch_private.keep_an_owner();

create policy "members read their orgs"
  on everwatch.orgs
  for select
  to authenticated
  using (id = any (array(select everwatch_private.my_org_ids())));

create policy "owners and admins rename their orgs"
  on everwatch.orgs
  for update
  to authenticated
  using (id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))))
  with check (id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create policy "owners delete their orgs"
  on everwatch.orgs
  for delete
  to authenticated
  using (id = any (array(select everwatch_private.my_org_ids(array['owner']))));

create policy "members see who else is in their orgs"
  on everwatch.org_members
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "owners add anyone, admins anyone but owners"
  on everwatch.org_members
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner'])))
    or (role <> 'owner' and org_id = any (array(select everwatch_private.my_org_ids(array['admin'])))));

create policy "owners change any role, admins any but owners'"
  on everwatch.org_members
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner'])))
    or (role <> 'owner' and org_id = any (array(select everwatch_private.my_org_ids(array['admin'])))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner'])))
    or (role <> 'owner' and org_id = any (array(select everwatch_private.my_org_ids(array['admin'])))));

create policy "owners remove anyone, admins all but owners, anyone themselves"
  on everwatch.org_members
  for delete
  to authenticated
  using (user_id = (select auth.uid())
    or org_id = any (array(select everwatch_private.my_org_ids(array['owner'])))
    or (role <> 'owner' and org_id = any (array(select everwatch_private.my_org_ids(array['admin'])))));

-- schemas/policies/alert_policy_overrides.sql

-- What an org has set otherwise: null in all other columns.
create table everwatch_private.alert_policy_overrides (
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  type text not null references everwatch_private.alert_policies (type) on delete cascade,
  enabled boolean,
  warning numeric check (everwatch_private.is_threshold (warning)),
  critical numeric check (everwatch_private.is_threshold (critical)),
  recovery numeric check (everwatch_private.is_threshold (recovery)),
  minimum_sample integer check (minimum_sample >= 0),
  pending_for interval check (pending_for >= interval '0'),
  keep_firing_for interval check (keep_firing_for >= interval '0'),
  repeat_interval interval check (repeat_interval >= interval '1 minute'),
  primary key (type, org_id)
);

create index alert_policy_overrides_org_idx on everwatch_private.alert_policy_overrides (org_id);

comment on table everwatch_private.alert_policy_overrides
  is 'What orgs have set otherwise than everwatch_private.alert_policies; null where they have not.';

alter table everwatch_private.alert_policy_overrides enable row level security;

grant select, insert, update
  on everwatch_private.alert_policy_overrides
  to authenticated, service_role;

create policy "members read their orgs' policies"
  on everwatch_private.alert_policy_overrides
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "owners and admins set policies"
  on everwatch_private.alert_policy_overrides
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create policy "owners and admins change policies"
  on everwatch_private.alert_policy_overrides
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create view everwatch.v_alert_policies
with
  (security_invoker = on) as
select
  o.id as org_id,
  d.type,
  d.unit,
  coalesce(x.enabled, d.enabled) as enabled,
  -- Infinity is how a level is done without when it is stored; whoever reads finds no level at all.
  nullif(coalesce(x.warning, d.warning), 'Infinity') as warning,
  nullif(coalesce(x.critical, d.critical), 'Infinity') as critical,
  nullif(coalesce(x.recovery, d.recovery), 'Infinity') as recovery,
  coalesce(x.minimum_sample, d.minimum_sample) as minimum_sample,
  coalesce(x.pending_for, d.pending_for) as pending_for,
  coalesce(x.keep_firing_for, d.keep_firing_for) as keep_firing_for,
  coalesce(x.repeat_interval, d.repeat_interval) as repeat_interval
from
  everwatch.orgs as o
  cross join everwatch_private.alert_policies as d
  left join everwatch_private.alert_policy_overrides as x on x.org_id = o.id
  and x.type = d.type
where
  d.scope = 'org';

comment on view everwatch.v_alert_policies
  is 'The policy in force for each org and type of alert: the org''s own, and the default where it has set nothing. See everwatch_private.alert_policies for the columns; a level that is done without is null.';

grant select on everwatch.v_alert_policies to authenticated, service_role;

create view everwatch_private.alert_levels
with
  (security_invoker = on) as
select
  org_id,
  type,
  case
    when enabled then warning
  end as warning,
  case
    when enabled then critical
  end as critical
from
  everwatch.v_alert_policies;

comment on view everwatch_private.alert_levels
  is 'From where on an org calls something a warning or critical, for whatever shows a status: null for a level that is done without, and where the policy is switched off.';

grant select on everwatch_private.alert_levels to authenticated, service_role;

create view everwatch_private.webhook_levels
with
  (security_invoker = on) as
select
  org_id,
  max(warning) filter (where type = 'webhook_failure') as warning,
  max(critical) filter (where type = 'webhook_failure') as critical,
  max(least(warning, critical)) filter (where type = 'webhook_inactive') as most_days
from
  everwatch_private.alert_levels
where
  type in ('webhook_failure', 'webhook_inactive')
group by
  org_id;

comment on view everwatch_private.webhook_levels
  is 'What everwatch_private.webhook_health() goes by, one row for each org: as a row of groups it is found once for an org, and not for each of its webhooks.';
comment on column everwatch_private.webhook_levels.warning
  is 'From how many consecutive failures on; critical likewise.';
comment on column everwatch_private.webhook_levels.most_days
  is 'How many days without a success make a webhook inactive.';

grant select on everwatch_private.webhook_levels to authenticated, service_role;

-- schemas/portal/api_keys.sql

-- The keys with which an org's programs call the portal's API. Keys are revoked, never deleted, so
-- that the audit log can name them; when one was last used is the newest row there that names it.
create table everwatch.api_keys (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  name text not null check (length(name) between 1 and 200),
  prefix text not null check (length(prefix) between 4 and 32),
  digest bytea not null unique check (octet_length(digest) = 32),
  created_at timestamptz not null default now(),
  revoked_at timestamptz check (revoked_at >= created_at),
  unique (org_id, id)
);

comment on table everwatch.api_keys
  is 'Keys to the portal''s API. The key itself is shown once and kept nowhere.';
comment on column everwatch.api_keys.prefix
  is 'The first characters of the key, by which a person recognises it.';
comment on column everwatch.api_keys.digest
  is 'SHA-256 of the whole key, 32 bytes. Only the secret key''s holder reads it.';
comment on column everwatch.api_keys.revoked_at
  is 'Since when the key is refused; null while it is valid.';

alter table everwatch.api_keys enable row level security;

grant select (id, org_id, name, prefix, created_at, revoked_at), insert (org_id, name, prefix, digest), update (name, revoked_at)
  on everwatch.api_keys
  to authenticated;
grant select, insert, update, delete on everwatch.api_keys to service_role;

create policy "members read their orgs' keys"
  on everwatch.api_keys
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "owners and admins add keys"
  on everwatch.api_keys
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create policy "owners and admins rename and revoke keys"
  on everwatch.api_keys
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

-- schemas/portal/automation_rules.sql

-- Groups of contacts at which automation rules aim. The contacts are the portal's; only the size of
-- a group is known here.
create table everwatch.segments (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  name text not null check (length(name) between 1 and 200),
  member_count integer not null default 0 check (member_count >= 0),
  created_at timestamptz not null default now(),
  unique (org_id, id)
);

comment on table everwatch.segments is 'Groups of contacts at which automation rules aim.';
comment on column everwatch.segments.member_count
  is 'Contacts in the segment when it was last computed; written with the secret key only.';

alter table everwatch.segments enable row level security;

grant select, insert (org_id, name), update (name), delete on everwatch.segments to authenticated;
grant select, insert, update, delete on everwatch.segments to service_role;

create policy "members read their orgs' segments"
  on everwatch.segments
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "all but viewers add segments"
  on everwatch.segments
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers change segments"
  on everwatch.segments
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers delete segments"
  on everwatch.segments
  for delete
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

-- What an org has set to happen by itself. `trigger_count` and `last_triggered_at` are kept by the
-- executions' trigger.
create table everwatch.automation_rules (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  name text not null check (length(name) between 1 and 200),
  type text not null check (type ~ '^[a-z][a-z0-9_]{0,99}$'),
  segment_id uuid,
  enabled boolean not null default true,
  trigger_count bigint not null default 0 check (trigger_count >= 0),
  last_triggered_at timestamptz,
  created_at timestamptz not null default now(),
  unique (org_id, id),
  foreign key (org_id, segment_id) references everwatch.segments (org_id, id) on delete set null (segment_id),
  check ((trigger_count = 0) = (last_triggered_at is null))
);

create index automation_rules_segment_idx on everwatch.automation_rules (org_id, segment_id);

comment on table everwatch.automation_rules
  is 'Automations of an org: when something holds for contacts of a segment, act on them.';
comment on column everwatch.automation_rules.type
  is 'What the rule watches, for example warmth_threshold, no_touch_days or stage_change.';
comment on column everwatch.automation_rules.segment_id
  is 'The contacts it is about; null for all of the org''s.';
comment on column everwatch.automation_rules.trigger_count
  is 'Executions ever recorded, failed ones too; deleting old executions leaves it as it is.';
comment on column everwatch.automation_rules.last_triggered_at
  is 'The latest executed_at of an execution; null when there was none.';

alter table everwatch.automation_rules enable row level security;

grant select, insert (org_id, name, type, segment_id, enabled), update (name, type, segment_id, enabled), delete
  on everwatch.automation_rules
  to authenticated;
grant select, insert, update, delete on everwatch.automation_rules to service_role;

create policy "members read their orgs' rules"
  on everwatch.automation_rules
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "all but viewers add rules"
  on everwatch.automation_rules
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers change rules"
  on everwatch.automation_rules
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers delete rules"
  on everwatch.automation_rules
  for delete
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

-- schemas/portal/webhooks.sql

-- Where an org wants to be told of events. `consecutive_failures` and `last_failure_at` are kept by
-- the deliveries' triggers; a healthy webhook's row is not written when a delivery succeeds, so the
-- time of the last success is the newest delivery that was sent.
create table everwatch.webhooks (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  url text not null check (url ~* '^https?://[^\s/?#]+[^\s]*$' and length(url) <= 2048),
  enabled boolean not null default true,
  consecutive_failures integer not null default 0 check (consecutive_failures >= 0),
  last_failure_at timestamptz,
  created_at timestamptz not null default now(),
  unique (org_id, id),
  check (consecutive_failures = 0 or last_failure_at is not null)
);

comment on table everwatch.webhooks is 'Endpoints to which an org''s events are delivered.';
comment on column everwatch.webhooks.url
  is 'Absolute http or https address, up to 2048 characters.';
comment on column everwatch.webhooks.consecutive_failures
  is 'Failed deliveries since the last one that was sent, in the order in which they were committed.';
comment on column everwatch.webhooks.last_failure_at
  is 'The latest sent_at of a failed delivery; null when none ever failed.';

alter table everwatch.webhooks enable row level security;

grant select, insert (org_id, url, enabled), update (url, enabled), delete
  on everwatch.webhooks
  to authenticated;
grant select, insert, update, delete on everwatch.webhooks to service_role;

create policy "members read their orgs' webhooks"
  on everwatch.webhooks
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "all but viewers add webhooks"
  on everwatch.webhooks
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers change webhooks"
  on everwatch.webhooks
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers delete webhooks"
  on everwatch.webhooks
  for delete
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

-- schemas/sources/keep_history.sql

-- Rows that were counted do not change: the tables of raw rows refuse it with this.
create function everwatch_private.keep_history()
  returns trigger
  language plpgsql set search_path = ''
  as $$
begin
  raise exception '%', tg_argv[0] using errcode = 'PT409', detail = 'finished', hint = 'status';
end
$$;

comment on function everwatch_private.keep_history()
  is 'Refuses (409, finished), in the words given, changes that would make counters and rollups wrong.';

revoke execute on function everwatch_private.keep_history() from public;

-- schemas/sources/make_judge.sql

-- Rows that come in are judged one by one, so that a bad one is set aside and the others are stored. What a
-- row must be like is said once, by the tables that take it: by their columns that are not null, by their
-- checks, each with a comment that says it in words, and by their foreign keys. make_judge() makes of
-- these the function that judges rows; it is called where the table is made, and has to be called again
-- in a release that changes one of them.
create type everwatch_private.rejection as (type text, place integer, code text, field text, message text);

comment on type everwatch_private.rejection
  is 'Why a row was set aside: of which type of event it is, its place among the rows of that type (from 1), the first field that is wrong, a code (required, invalid, not_found or limit_exceeded) and what was expected.';

create function everwatch_private.judge_cases(
  row_type regtype,
  time_column text,
  filled_in text[],
  tables regclass[],
  also text[],
  out fields text[],
  out codes text[],
  out messages text[],
  out cases text
)
  language sql stable set search_path = ''
  as $$
  with rule as (
    select * from everwatch_private.rules_of_rows(row_type, tables, filled_in)
    union all
    select 3, split_part(also[1], ' ', 1), 'invalid', substr(also[1], strpos(also[1], ' ') + 1), format('not (%s)', also[2])
    where also <> '{}'
    union all
    -- A time before 2000 was never meant: it counts seconds where milliseconds were expected.
    select 4, time_column, 'invalid', 'must be from 2000 on, and not ahead of now',
      format('not (r.%1$I >= ''2000-01-01Z'' and r.%1$I <= now() + interval ''5 minutes'')', time_column)
  ),
  numbered as (
    select *, row_number() over (order by step, field, message) as n from rule
  )
  select array_agg(field order by n), array_agg(code order by n), array_agg(message order by n),
    string_agg(format('when %s then %s', is_broken, n), E'\n        ' order by n)
  from numbered
$$;

comment on function everwatch_private.judge_cases(regtype, text, text[], regclass[], text[])
  is 'All that a row of a type must be like, numbered in the order in which it is looked at: what to say of each rule that is broken, and the SQL cases that give the number of the first.';

create function everwatch_private.make_judge(
  event_type text,
  row_type regtype,
  time_column text,
  filled_in text[] default '{}',
  tables regclass[] default null,
  also text[] default '{}'
)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  name constant text := 'judge_' || (select t.typname from pg_catalog.pg_type as t where t.oid = row_type);
  rules record;
begin
  select * into strict rules
  from everwatch_private.judge_cases(
    row_type, time_column, filled_in, coalesce(tables, array[row_type::text::regclass]), also
  );
  if array_position(rules.fields, null) is not null then
    raise exception 'a check on % has no comment that says it in words', row_type;
  end if;

  execute format(
    $function$
create function everwatch_private.%1$I(rows %2$s[])
  returns everwatch_private.rejection[]
  language plpgsql stable set search_path = ''
  as $body$
#variable_conflict use_column
declare
  fields constant text[] := %3$L::text[];
  codes constant text[] := %4$L::text[];
  messages constant text[] := %5$L::text[];
begin
  return array(
    select (%6$L, judged.place, codes[judged.rule], fields[judged.rule], messages[judged.rule])::everwatch_private.rejection
    from (
      select r.ordinality::integer as place, case
        %7$s
      end as rule
      from unnest(rows) with ordinality as r
      offset 0
    ) as judged
    where judged.rule is not null
  );
end
$body$
$function$,
    name, row_type, rules.fields, rules.codes, rules.messages, event_type, rules.cases
  );
  execute format(
    'comment on function everwatch_private.%1$I(%2$s[]) is %3$L', name, row_type,
    'Which rows cannot be stored, and the first field of each that is wrong. Made by make_judge().'
  );
  execute format('revoke execute on function everwatch_private.%1$I(%2$s[]) from public', name, row_type);
end
$$;

comment on function everwatch_private.make_judge(text, regtype, text, text[], regclass[], text[])
  is 'Makes the function that judges rows of a type of event by what their tables demand. time_column: when it happened, which may be at most five minutes ahead; filled_in: columns that are filled in while a row is stored; tables: those that take the rows, if the row is not of a table itself; also: one more check, which no table can make, after its sentence.';

revoke execute
  on function
    everwatch_private.judge_cases(regtype, text, text[], regclass[], text[]),
    everwatch_private.make_judge(text, regtype, text, text[], regclass[], text[])
  from public;

-- schemas/sources/raw_tables.sql

-- The tables whose rows are rolled up, each row once something has happened. They are partitioned by
-- calendar month, in UTC; partitions live in everwatch_private, where no API role reaches them.
--
-- A source is text: a value of an enum could not be added and used in one transaction, as a release
-- does. Tables refer to raw_tables instead, save those that get a row with each hour or statement.
create domain everwatch_private.source as text collate "C";

comment on domain everwatch_private.source
  is 'What a raw row tells of: a delivery of a webhook, an execution of a rule, or a request to an org''s API. A source of raw_tables.';

create table everwatch_private.raw_tables (
  source everwatch_private.source primary key,
  name text not null unique,
  time_column text not null,
  complete_since timestamptz not null default '-infinity'
);

insert into
  everwatch_private.raw_tables(source, name, time_column)
values
  ('delivery', 'webhook_deliveries', 'sent_at'),
  ('execution', 'rule_executions', 'executed_at'),
  ('request', 'api_audit_logs', 'created_at');

comment on table everwatch_private.raw_tables
  is 'The tables of everwatch whose rows are rolled up.';
comment on column everwatch_private.raw_tables.time_column is 'What they are partitioned by.';
comment on column everwatch_private.raw_tables.complete_since
  is 'Rows from before this moment may have been dropped by retention: of them the rollups know more.';

create view everwatch_private.resources
with
  (security_invoker = on) as
select
  'delivery'::everwatch_private.source as source,
  id,
  org_id
from
  everwatch.webhooks
union all
select
  'execution',
  id,
  org_id
from
  everwatch.automation_rules
union all
select
  'request',
  id,
  id
from
  everwatch.orgs;

comment on view everwatch_private.resources
  is 'What raw rows are about: webhooks, rules and orgs that are there.';

-- schemas/sources/rules_of_rows.sql

-- What rows must be like, as the tables that take them say it.
create function everwatch_private.rules_of_rows(
  row_type regtype,
  tables regclass[],
  filled_in text[]
)
  returns table(step integer, field text, code text, message text, is_broken text)
  language sql stable set search_path = ''
  as $$
  with given as (
    select a.attname::text as name
    from pg_catalog.pg_attribute as a
    join pg_catalog.pg_type as t on t.typrelid = a.attrelid
    where t.oid = row_type and a.attnum > 0 and not a.attisdropped
  ),
  told as (
    select c.*, obj_description(c.oid, 'pg_constraint') as sentence,
      array(
        select a.attname::text
        from unnest(c.conkey) with ordinality as k (attnum, n)
        join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.attnum
        order by k.n
      ) as columns
    from pg_catalog.pg_constraint as c
    where c.conrelid = any (tables)
  )
  select 1, a.attname::text, 'required', 'is required', format('r.%I is null', a.attname)
  from pg_catalog.pg_attribute as a
  join given on given.name = a.attname
  where a.attrelid = any (tables) and a.attnotnull and not a.atthasdef
    and a.attname <> all (filled_in)
  union all
  -- A check's comment is a sentence that begins with the field.
  select case cardinality(columns) when 1 then 2 else 3 end, split_part(sentence, ' ', 1), 'invalid',
    substr(sentence, strpos(sentence, ' ') + 1),
    format('not (%s)', pg_get_expr(conbin, conrelid))
  from told
  where contype = 'c' and columns <@ array(select name from given)
  union all
  -- What is filled in comes from the row that the key refers to. It is looked up row by row: an exists()
  -- would be planned to read the whole of its table for a batch of one.
  select 5, (array_agg(k.name order by k.n desc))[1], 'not_found', 'does not exist',
    format(
      '%s and (select true from %s as parent where %s limit 1) is null',
      string_agg(format('r.%I is not null', k.name), ' and '), told.confrelid::regclass,
      string_agg(format('parent.%I = r.%I', parent.attname, k.name), ' and ')
    )
  from told
  cross join lateral unnest(told.columns, told.confkey) with ordinality as k (name, attnum, n)
  join pg_catalog.pg_attribute as parent on parent.attrelid = told.confrelid and parent.attnum = k.attnum
  join given on given.name = k.name
  where told.contype = 'f' and told.conparentid = 0 and k.name <> all (filled_in)
  group by told.oid, told.confrelid
$$;

comment on function everwatch_private.rules_of_rows(regtype, regclass[], text[])
  is 'What the constraints of some tables say of the fields of a type of row, in the order in which it is looked at; is_broken is an SQL condition on r, one such row.';

revoke execute on function everwatch_private.rules_of_rows(regtype, regclass[], text[]) from public;

-- schemas/raw/api_audit_logs.sql

-- One row for each request to the portal's API. Rows are added and, when old, deleted; never changed.
-- The table is partitioned by month, as webhook_deliveries is.
create table everwatch.api_audit_logs (
  id uuid not null default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  request_id text check (length(request_id) between 1 and 200),
  api_key_id uuid,
  method text not null check (method ~ '^[A-Z]{1,20}$'),
  path text not null check (length(path) between 1 and 2048),
  resource_type text check (length(resource_type) between 1 and 100),
  status_code integer not null check (status_code between 100 and 599),
  duration_ms integer check (duration_ms >= 0),
  ip inet,
  user_agent text check (length(user_agent) <= 1024),
  created_at timestamptz not null default now() check (isfinite(created_at)),
  bytes_out bigint check (bytes_out between 0 and 1000000000000),
  foreign key (org_id, api_key_id) references everwatch.api_keys (org_id, id) on delete set null (api_key_id)
)
partition by
  range (created_at);

create table everwatch_private.api_audit_logs_default partition of everwatch.api_audit_logs (primary key (id)) default;

create index api_audit_logs_by_time_idx on everwatch.api_audit_logs (org_id, created_at desc);

create index api_audit_logs_by_key_idx
  on everwatch.api_audit_logs (org_id, api_key_id, created_at desc)
  where api_key_id is not null;

comment on table everwatch.api_audit_logs is 'Requests to the portal''s API, one row each.';
comment on table everwatch_private.api_audit_logs_default
  is 'Requests of months that have no partition.';
comment on column everwatch.api_audit_logs.id
  is 'Unique within a month; track_events keeps it unique over all.';
comment on column everwatch.api_audit_logs.request_id
  is 'The id that the response carried as x-request-id.';
comment on column everwatch.api_audit_logs.api_key_id
  is 'The key that was used; null for a signed-in user.';
comment on column everwatch.api_audit_logs.path
  is 'Path without the query string, up to 2048 characters.';
comment on column everwatch.api_audit_logs.resource_type
  is 'Kind of thing asked for, for example contacts; null when it was not said.';
comment on column everwatch.api_audit_logs.duration_ms
  is 'Milliseconds from request to response; null when it is not known.';
comment on column everwatch.api_audit_logs.created_at is 'When the request came in.';
comment on column everwatch.api_audit_logs.bytes_out
  is 'Bytes of the answer''s body; null when it was not said.';
comment on constraint api_audit_logs_request_id_check on everwatch.api_audit_logs
  is 'request_id must be text of 1 to 200 characters';
comment on constraint api_audit_logs_method_check on everwatch.api_audit_logs
  is 'method must be 1 to 20 capitals';
comment on constraint api_audit_logs_path_check on everwatch.api_audit_logs
  is 'path must be text of 1 to 2048 characters';
comment on constraint api_audit_logs_resource_type_check on everwatch.api_audit_logs
  is 'resource_type must be text of 1 to 100 characters';
comment on constraint api_audit_logs_status_code_check on everwatch.api_audit_logs
  is 'status_code must be from 100 to 599';
comment on constraint api_audit_logs_duration_ms_check on everwatch.api_audit_logs
  is 'duration_ms must not be below 0';
comment on constraint api_audit_logs_user_agent_check on everwatch.api_audit_logs
  is 'user_agent must be text of up to 1024 characters';
comment on constraint api_audit_logs_created_at_check on everwatch.api_audit_logs
  is 'created_at must be finite';
comment on constraint api_audit_logs_bytes_out_check on everwatch.api_audit_logs
  is 'bytes_out must be from 0 to a terabyte';

select
  everwatch_private.make_judge('api_request', 'everwatch.api_audit_logs', 'created_at');

alter table everwatch.api_audit_logs enable row level security;

grant select on everwatch.api_audit_logs to authenticated;
grant select, insert, delete on everwatch.api_audit_logs to service_role;

create policy "members read their orgs' requests"
  on everwatch.api_audit_logs
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

-- A key that is deleted leaves its requests without it; nothing else changes.
create trigger keep_history
  before update on everwatch.api_audit_logs
  for each row
  when ((new.id, new.org_id, new.resource_type, new.status_code, new.duration_ms, new.created_at) is distinct from (old.id, old.org_id, old.resource_type, old.status_code, old.duration_ms, old.created_at))
  execute function everwatch_private.keep_history('a request does not change');

-- schemas/raw/api_rate_limits.sql

-- How much of each limit is used, one row for each key and window.
create table everwatch.api_rate_limits (
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  key_type text not null check (key_type in ('api_key', 'org', 'ip')),
  identifier text not null check (length(identifier) between 1 and 200),
  window_start timestamptz not null,
  window_seconds integer not null default 60 check (window_seconds > 0),
  request_count integer not null check (request_count >= 0),
  limit_max integer not null check (limit_max > 0),
  updated_at timestamptz not null default now(),
  -- In UTC, where a second more is a second more whatever the session's time zone.
  window_end timestamptz not null generated always as (
    (window_start at time zone 'UTC' + make_interval(secs => window_seconds)) at time zone 'UTC'
  ) stored,
  primary key (org_id, key_type, identifier, window_start)
);

-- The windows that are open.
create index api_rate_limits_by_end_idx on everwatch.api_rate_limits (org_id, window_end);

comment on table everwatch.api_rate_limits
  is 'Use of each rate limit, one row for each key and window.';
comment on column everwatch.api_rate_limits.key_type
  is 'What is limited: an api_key, a whole org, or an ip.';
comment on column everwatch.api_rate_limits.identifier
  is 'Which one: the key''s id, the org''s id, or the address.';
comment on column everwatch.api_rate_limits.window_seconds is 'Length of the window in seconds.';
comment on column everwatch.api_rate_limits.window_end
  is 'When the window closes and the count starts again.';
comment on column everwatch.api_rate_limits.request_count
  is 'Requests counted in the window; it may exceed limit_max.';
comment on column everwatch.api_rate_limits.limit_max is 'Requests that the window allows.';
comment on column everwatch.api_rate_limits.updated_at is 'When the row was last reported.';
comment on constraint api_rate_limits_key_type_check on everwatch.api_rate_limits
  is 'key_type must be api_key, org or ip';
comment on constraint api_rate_limits_identifier_check on everwatch.api_rate_limits
  is 'identifier must be text of 1 to 200 characters';
comment on constraint api_rate_limits_window_seconds_check on everwatch.api_rate_limits
  is 'window_seconds must be 1 or more';
comment on constraint api_rate_limits_request_count_check on everwatch.api_rate_limits
  is 'request_count must not be below 0';
comment on constraint api_rate_limits_limit_max_check on everwatch.api_rate_limits
  is 'limit_max must be 1 or more';

select
  everwatch_private.make_judge('rate_limit', 'everwatch.api_rate_limits', 'window_start', filled_in => '{window_start}');

alter table everwatch.api_rate_limits enable row level security;

grant select on everwatch.api_rate_limits to authenticated;
grant select, insert, update, delete on everwatch.api_rate_limits to service_role;

create policy "members read their orgs' rate limits"
  on everwatch.api_rate_limits
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

-- schemas/raw/rule_executions.sql

-- One row for each time that a rule ran. Rows are added and, when old, deleted; never changed. The
-- table is partitioned by month, as webhook_deliveries is.
create table everwatch.rule_executions (
  id uuid not null default gen_random_uuid(),
  org_id uuid not null,
  rule_id uuid not null,
  status text not null check (status in ('success', 'failed')),
  duration_ms integer check (duration_ms >= 0),
  affected_contacts integer not null default 0 check (affected_contacts >= 0),
  error text check (length(error) <= 10000),
  executed_at timestamptz not null default now() check (isfinite(executed_at)),
  foreign key (org_id, rule_id) references everwatch.automation_rules (org_id, id) on delete cascade
)
partition by
  range (executed_at);

create table everwatch_private.rule_executions_default partition of everwatch.rule_executions (primary key (id)) default;

create index rule_executions_by_rule_idx
  on everwatch.rule_executions (org_id, rule_id, executed_at desc);

comment on table everwatch.rule_executions is 'Runs of automation rules, one row each.';
comment on table everwatch_private.rule_executions_default
  is 'Executions of months that have no partition.';
comment on column everwatch.rule_executions.id
  is 'Unique within a month; track_events keeps it unique over all.';
comment on column everwatch.rule_executions.org_id is 'The rule''s org; filled in when left out.';
comment on column everwatch.rule_executions.duration_ms
  is 'Milliseconds from start to end of the run; null when it is not known.';
comment on column everwatch.rule_executions.affected_contacts is 'Contacts on which the run acted.';
comment on column everwatch.rule_executions.executed_at is 'When the rule ran.';
comment on constraint rule_executions_status_check on everwatch.rule_executions
  is 'status must be success or failed';
comment on constraint rule_executions_duration_ms_check on everwatch.rule_executions
  is 'duration_ms must not be below 0';
comment on constraint rule_executions_affected_contacts_check on everwatch.rule_executions
  is 'affected_contacts must not be below 0';
comment on constraint rule_executions_error_check on everwatch.rule_executions
  is 'error must be text of up to 10000 characters';
comment on constraint rule_executions_executed_at_check on everwatch.rule_executions
  is 'executed_at must be finite';

select
  everwatch_private.make_judge('rule_execution', 'everwatch.rule_executions', 'executed_at', filled_in => '{org_id}');

alter table everwatch.rule_executions enable row level security;

grant select on everwatch.rule_executions to authenticated;
grant select, insert, delete on everwatch.rule_executions to service_role;

create policy "members read their orgs' executions"
  on everwatch.rule_executions
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create function everwatch_private.fill_in_org_of_rule()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  select org_id into new.org_id from everwatch.automation_rules where id = new.rule_id;
  return new;
end
$$;

comment on function everwatch_private.fill_in_org_of_rule()
  is 'Gives an execution without org_id its rule''s.';

revoke execute on function everwatch_private.fill_in_org_of_rule() from public;

create trigger fill_in_org
  before insert on everwatch.rule_executions
  for each row
  when (new.org_id is null)
  execute function everwatch_private.fill_in_org_of_rule();

create trigger keep_history
  before update on everwatch.rule_executions
  for each row
  execute function everwatch_private.keep_history('an execution does not change');

create function everwatch_private.count_executions()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  -- Locked in one order for all, so that two batches with the same rules cannot deadlock.
  perform from everwatch.automation_rules
  where id in (select rule_id from executions)
  order by id
  for no key update;

  update everwatch.automation_rules as rule
  set trigger_count = rule.trigger_count + added.executions,
    last_triggered_at = greatest(rule.last_triggered_at, added.last_executed_at)
  from (
    select rule_id, count(*) as executions, max(executed_at) as last_executed_at
    from executions
    group by rule_id
  ) as added
  where rule.id = added.rule_id;
  return null;
end
$$;

comment on function everwatch_private.count_executions()
  is 'Adds a statement''s new executions to their rules'' trigger_count and last_triggered_at.';

revoke execute on function everwatch_private.count_executions() from public;

create trigger count_executions
  after insert on everwatch.rule_executions
  referencing new table as executions
  for each statement
  execute function everwatch_private.count_executions();

-- schemas/raw/webhook_deliveries.sql

-- One row for each attempt to deliver an event to a webhook. A pending one finishes once, as sent or
-- failed; from then on it is history, which is deleted or left alone.
--
-- The table is partitioned by month, so that old rows go in an instant. Each partition has its own
-- primary key on the id: Postgres has no key over all of them that lacks the time.
create table everwatch.webhook_deliveries (
  id uuid not null default gen_random_uuid(),
  org_id uuid not null,
  webhook_id uuid not null,
  event_type text check (length(event_type) between 1 and 200),
  status text not null check (status in ('pending', 'sent', 'failed')),
  status_code integer check (status_code between 100 and 599),
  attempt integer not null default 1 check (attempt >= 1),
  duration_ms integer check (duration_ms >= 0),
  error text check (length(error) <= 10000),
  sent_at timestamptz not null default now() check (isfinite(sent_at)),
  bytes_out bigint check (bytes_out between 0 and 1000000000000),
  foreign key (org_id, webhook_id) references everwatch.webhooks (org_id, id) on delete cascade,
  constraint webhook_deliveries_no_duration_while_pending check (
    status <> 'pending'
    or duration_ms is null
  ),
  constraint webhook_deliveries_no_answer_while_pending check (
    status <> 'pending'
    or status_code is null
  ),
  constraint webhook_deliveries_no_error_while_pending check (status <> 'pending' or error is null),
  constraint webhook_deliveries_sent_is_no_error check (
    status <> 'sent'
    or status_code is null
    or status_code < 400
  )
)
partition by
  range (sent_at);

-- What no month's partition takes stays here: nothing is refused for its time.
create table everwatch_private.webhook_deliveries_default partition of everwatch.webhook_deliveries (primary key (id)) default;

-- The last success, and what failed or was sent since a time, of one webhook.
create index webhook_deliveries_by_webhook_idx
  on everwatch.webhook_deliveries (org_id, webhook_id, status, sent_at desc);

-- An org's deliveries over time.
create index webhook_deliveries_by_time_idx on everwatch.webhook_deliveries (org_id, sent_at desc);

comment on table everwatch.webhook_deliveries
  is 'Attempts to deliver an event to a webhook, one row each.';
comment on table everwatch_private.webhook_deliveries_default
  is 'Deliveries of months that have no partition.';
comment on column everwatch.webhook_deliveries.id
  is 'Unique within a month; track_events keeps it unique over all.';
comment on column everwatch.webhook_deliveries.org_id
  is 'The webhook''s org; filled in when left out.';
comment on column everwatch.webhook_deliveries.event_type
  is 'What was delivered, for example contact.created; null when it was not said.';
comment on column everwatch.webhook_deliveries.status
  is 'pending: not answered yet; sent: accepted by the receiver; failed: anything else.';
comment on column everwatch.webhook_deliveries.status_code
  is 'HTTP status of the answer; null when there was none.';
comment on column everwatch.webhook_deliveries.attempt
  is 'Which try of the same event this is, from 1.';
comment on column everwatch.webhook_deliveries.duration_ms
  is 'Milliseconds from request to answer; null while pending, and when it is not known.';
comment on column everwatch.webhook_deliveries.sent_at is 'When the attempt was made.';
comment on column everwatch.webhook_deliveries.bytes_out
  is 'Bytes of the body that was sent; null when it was not said.';
comment on constraint webhook_deliveries_event_type_check on everwatch.webhook_deliveries
  is 'event_type must be text of 1 to 200 characters';
comment on constraint webhook_deliveries_status_check on everwatch.webhook_deliveries
  is 'status must be pending, sent or failed';
comment on constraint webhook_deliveries_status_code_check on everwatch.webhook_deliveries
  is 'status_code must be from 100 to 599';
comment on constraint webhook_deliveries_attempt_check on everwatch.webhook_deliveries
  is 'attempt must be 1 or more';
comment on constraint webhook_deliveries_duration_ms_check on everwatch.webhook_deliveries
  is 'duration_ms must not be below 0';
comment on constraint webhook_deliveries_error_check on everwatch.webhook_deliveries
  is 'error must be text of up to 10000 characters';
comment on constraint webhook_deliveries_sent_at_check on everwatch.webhook_deliveries
  is 'sent_at must be finite';
comment on constraint webhook_deliveries_bytes_out_check on everwatch.webhook_deliveries
  is 'bytes_out must be from 0 to a terabyte';
comment on constraint webhook_deliveries_no_duration_while_pending on everwatch.webhook_deliveries
  is 'duration_ms must be null while the delivery is pending';
comment on constraint webhook_deliveries_no_answer_while_pending on everwatch.webhook_deliveries
  is 'status_code must be null while the delivery is pending';
comment on constraint webhook_deliveries_no_error_while_pending on everwatch.webhook_deliveries
  is 'error must be null while the delivery is pending';
comment on constraint webhook_deliveries_sent_is_no_error on everwatch.webhook_deliveries
  is 'status_code must be below 400 when the delivery was sent';

select
  everwatch_private.make_judge('webhook_delivery', 'everwatch.webhook_deliveries', 'sent_at', filled_in => '{org_id}');

alter table everwatch.webhook_deliveries enable row level security;

grant select on everwatch.webhook_deliveries to authenticated;
grant select, insert, update, delete on everwatch.webhook_deliveries to service_role;

create policy "members read their orgs' deliveries"
  on everwatch.webhook_deliveries
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create function everwatch_private.fill_in_org_of_webhook()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  select org_id into new.org_id from everwatch.webhooks where id = new.webhook_id;
  return new;
end
$$;

comment on function everwatch_private.fill_in_org_of_webhook()
  is 'Gives a delivery without org_id its webhook''s.';

revoke execute on function everwatch_private.fill_in_org_of_webhook() from public;

create trigger fill_in_org
  before insert on everwatch.webhook_deliveries
  for each row
  when (new.org_id is null)
  execute function everwatch_private.fill_in_org_of_webhook();

create trigger keep_history
  before update on everwatch.webhook_deliveries
  for each row
  when (old.status <> 'pending'
    or (new.id, new.webhook_id, new.org_id) is distinct from (old.id, old.webhook_id, old.org_id))
  execute function everwatch_private.keep_history('a finished delivery does not change, nor does the webhook of any');

-- schemas/partitions/expire_raw_rows.sql

-- Retention of raw rows. Whole partitions go: their files are unlinked, however many rows they have.
-- What the rows counted stays in the rollups, as no trigger of the table sees a partition go.
create function everwatch_private.expired_partitions(at timestamptz)
  returns table(source everwatch_private.source, partition text, until timestamptz)
  language sql stable set search_path = ''
  as $$
  select r.source, format('everwatch_private.%I', p.relname), bound.until
  from everwatch_private.raw_tables as r
  join pg_catalog.pg_inherits as i on i.inhparent = format('everwatch.%I', r.name)::regclass
  join pg_catalog.pg_class as p on p.oid = i.inhrelid
  cross join lateral (
    select substring(pg_get_expr(p.relpartbound, p.oid) from 'TO [(]''(.*)''[)]')::timestamptz
  ) as bound (until)
  cross join everwatch_private.rollup_settings as s
  where bound.until <= at - s.raw_retention
$$;

comment on function everwatch_private.expired_partitions(timestamptz)
  is 'Partitions of raw tables whose rows are all older than the retention, and the time before which they are.';

-- One partition a call, so that its locks are held for milliseconds; whoever waits behind it while it
-- waits for them does so for a second at most, then the next run tries again.
create function everwatch_private.expire_raw_rows(at timestamptz default now())
  returns text
  language plpgsql set search_path = '' set lock_timeout = '1s'
  as $$
declare
  expired record;
  deleted bigint;
begin
  select * into expired from everwatch_private.expired_partitions(at) order by until, source limit 1;
  if found then
    execute format('drop table %s', expired.partition);
    update everwatch_private.raw_tables as r
    set complete_since = greatest(r.complete_since, expired.until)
    where r.source = expired.source;
    return format('dropped %s', expired.partition);
  end if;

  -- Rows without a partition go in batches: straight from where they are, so that nobody counts them.
  for expired in
    select r.*, at - s.raw_retention as until
    from everwatch_private.raw_tables as r
    cross join everwatch_private.rollup_settings as s
    order by r.source
  loop
    execute format(
      'delete from everwatch_private.%1$I
      where ctid = any (array(select ctid from everwatch_private.%1$I where %2$I < %3$L limit 50000))',
      expired.name || '_default', expired.time_column, expired.until
    );
    get diagnostics deleted = row_count;
    if deleted > 0 then
      update everwatch_private.raw_tables as r
      set complete_since = greatest(r.complete_since, expired.until)
      where r.source = expired.source;
      return format('deleted %s rows of %s', deleted, expired.name);
    end if;
  end loop;
  return null;
end
$$;

comment on function everwatch_private.expire_raw_rows(timestamptz)
  is 'Drops the oldest partition that is past the retention of raw rows or, when there is none, deletes some rows that are and have no partition; returns what it did, or null when nothing was due.';

revoke execute
  on function
    everwatch_private.expired_partitions(timestamptz),
    everwatch_private.expire_raw_rows(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-expire-raw-rows', '*/10 * * * *', 'select everwatch_private.expire_raw_rows()');

-- schemas/partitions/make_partitions.sql

-- Making partitions: ahead of time, and for months whose rows wait in the default partition.
create view everwatch_private.waiting_rows
with
  (security_invoker = on) as
select
  'delivery'::everwatch_private.source as source,
  date_trunc('month', sent_at, 'UTC') as month,
  count(*) as waiting
from
  everwatch_private.webhook_deliveries_default
group by
  2
union all
select
  'execution',
  date_trunc('month', executed_at, 'UTC'),
  count(*)
from
  everwatch_private.rule_executions_default
group by
  2
union all
select
  'request',
  date_trunc('month', created_at, 'UTC'),
  count(*)
from
  everwatch_private.api_audit_logs_default
group by
  2;

comment on view everwatch_private.waiting_rows
  is 'How many rows are in the default partitions, by the month (UTC) whose partition they wait for.';

create function everwatch_private.partition_name(raw_table text, month timestamptz)
  returns text
  language sql immutable set search_path = ''
  as $$
  select format('%s_%s', raw_table, to_char(month at time zone 'UTC', 'YYYY_MM'))
$$;

comment on function everwatch_private.partition_name(text, timestamptz)
  is 'What the partition of a raw table for a month (UTC) is called, in everwatch_private.';

create function everwatch_private.make_partition(source everwatch_private.source, month timestamptz)
  returns text
  language plpgsql set search_path = ''
  as $$
declare
  raw everwatch_private.raw_tables;
  partition text;
  until constant timestamptz := (month at time zone 'UTC' + interval '1 month') at time zone 'UTC';
begin
  select * into strict raw from everwatch_private.raw_tables as r where r.source = make_partition.source;
  partition := everwatch_private.partition_name(raw.name, month);
  if to_regclass('everwatch_private.' || partition) is not null then
    return null;
  end if;

  execute format(
    'create table everwatch_private.%1$I (
      like everwatch.%2$I including defaults including constraints including storage, primary key (id)
    );
    comment on table everwatch_private.%1$I is %3$L;',
    partition, raw.name, format('Rows of %s for a month, from %s on.', raw.name, month)
  );
  -- Rows that wait for it move there. No trigger of the table sees it, as nothing happens to them.
  execute format(
    'lock table everwatch_private.%1$I in access exclusive mode;
    with waiting as (
      delete from everwatch_private.%1$I where %2$I >= %3$L and %2$I < %4$L returning *
    )
    insert into everwatch_private.%5$I select * from waiting;
    alter table everwatch.%6$I attach partition everwatch_private.%5$I for values from (%3$L) to (%4$L);',
    raw.name || '_default', raw.time_column, month, until, partition, raw.name
  );
  return partition;
end
$$;

comment on function everwatch_private.make_partition(everwatch_private.source, timestamptz)
  is 'Makes the partition of a raw table for the month that begins then, with the rows that wait for it; returns its name, or null when there is one already.';

-- Whoever writes waits behind this while it waits for its locks: only for a second, then the next run
-- tries again.
create function everwatch_private.make_partitions(
  since timestamptz default null,
  at timestamptz default now(),
  most_waiting bigint default 50000
)
  returns setof text
  language plpgsql set search_path = '' set lock_timeout = '1s'
  as $$
declare
  wanted record;
begin
  for wanted in
    with waiting as materialized (
      select * from everwatch_private.waiting_rows
    ),
    month as (
      select w.source, w.month
      from waiting as w
      join everwatch_private.rollup_settings as s
        on (w.month at time zone 'UTC' + interval '1 month') at time zone 'UTC' > at - s.raw_retention
        and w.month <= at + interval '2 months'
      union
      select r.source, m at time zone 'UTC'
      from everwatch_private.raw_tables as r
      cross join generate_series(
        date_trunc('month', coalesce(since, at) at time zone 'UTC'),
        date_trunc('month', at at time zone 'UTC') + interval '2 months',
        interval '1 month'
      ) as m
    )
    select m.source, m.month, w.waiting
    from month as m
    left join waiting as w using (source, month)
    order by m.source, m.month
  loop
    if since is null and wanted.waiting > most_waiting then
      raise warning '% rows of % wait for the partition of %: call everwatch_private.make_partitions() with its time in a quiet hour',
        wanted.waiting, wanted.source, wanted.month;
    else
      return query
      select made
      from everwatch_private.make_partition(wanted.source, wanted.month) as made
      where made is not null;
    end if;
  end loop;
end
$$;

comment on function everwatch_private.make_partitions(timestamptz, timestamptz, bigint)
  is 'Makes the partitions that are missing, from the month of `since` (default: this one) to two months ahead and for rows that wait in a default partition, and returns their names. Without `since` it leaves out months of which more than most_waiting rows wait, as moving them would hold up writers. Call it before loading history.';

create function everwatch_private.missing_partitions()
  returns table(part text, detail text, remedy text)
  language sql stable set search_path = ''
  as $$
  select 'partition', r.name || ' has none for this month', 'select everwatch.repair()'
  from everwatch_private.raw_tables as r
  where to_regclass('everwatch_private.' || everwatch_private.partition_name(r.name, now())) is null
  order by r.name
$$;

comment on function everwatch_private.missing_partitions()
  is 'Raw tables whose rows of today go into the default partition.';

revoke execute
  on function
    everwatch_private.partition_name(text, timestamptz),
    everwatch_private.missing_partitions(),
    everwatch_private.make_partition(everwatch_private.source, timestamptz),
    everwatch_private.make_partitions(timestamptz, timestamptz, bigint)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-make-partitions', '7 * * * *', 'select everwatch_private.make_partitions()');

-- schemas/partitions/raw_activity.sql

-- The raw rows of all sources in one form: as what they count.
create view everwatch_private.raw_activity
with
  (security_invoker = on) as
select
  'delivery'::everwatch_private.source as source,
  org_id,
  webhook_id as resource_id,
  sent_at as happened_at,
  (status = 'pending')::integer as pending,
  (status = 'sent')::integer as succeeded,
  (status = 'failed')::integer as failed,
  duration_ms,
  0 as affected,
  null::text as resource_type,
  null::integer as status_code
from
  everwatch.webhook_deliveries
union all
select
  'execution',
  org_id,
  rule_id,
  executed_at,
  0,
  (status = 'success')::integer,
  (status = 'failed')::integer,
  duration_ms,
  affected_contacts,
  null,
  null
from
  everwatch.rule_executions
union all
select
  'request',
  org_id,
  org_id,
  created_at,
  0,
  (status_code < 400)::integer,
  (status_code >= 400)::integer,
  duration_ms,
  0,
  coalesce(resource_type, 'unknown'),
  status_code
from
  everwatch.api_audit_logs;

comment on view everwatch_private.raw_activity
  is 'Rows of webhook_deliveries, rule_executions and api_audit_logs in one form.';

grant select on everwatch_private.raw_activity to authenticated, service_role;

create function everwatch_private.raw_extremes(
  source everwatch_private.source,
  resource_id uuid,
  since timestamptz,
  until timestamptz
)
  returns table(duration_max integer, last_success_at timestamptz)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select max(a.duration_ms), max(a.happened_at) filter (where a.succeeded > 0)
  from everwatch_private.resources as r
  join everwatch_private.raw_activity as a
    on a.source = r.source and a.org_id = r.org_id and a.resource_id = r.id
  where r.source = raw_extremes.source and r.id = raw_extremes.resource_id
    and a.happened_at >= since and a.happened_at < until;
end
$$;

comment on function everwatch_private.raw_extremes(everwatch_private.source, uuid, timestamptz, timestamptz)
  is 'The longest duration, in milliseconds, and the last success of a resource''s raw rows from `since` until before `until`.';

revoke execute
  on function everwatch_private.raw_extremes(everwatch_private.source, uuid, timestamptz, timestamptz)
  from public;

-- schemas/tracking/known_ids.sql

-- Whether an id is known. Postgres keeps an id unique within a partition; to keep it so over all of them
-- whoever tracks claims the ids first, and looks for them then.
create unlogged table everwatch_private.claimed_ids (id uuid primary key);

comment on table everwatch_private.claimed_ids
  is 'Ids that transactions in progress are about to store: who inserts one that another has inserted waits until that has ended. Nobody sees any, as each removes its own at once.';

create function everwatch_private.claim_ids(ids uuid[])
  returns integer
  language plpgsql set search_path = ''
  as $$
declare
  claimed integer;
begin
  -- In one order for all, so that batches with the same ids cannot deadlock.
  insert into everwatch_private.claimed_ids
  select distinct id from unnest(ids) as id where id is not null order by id;
  get diagnostics claimed = row_count;
  -- What others wait for is in the index until this transaction has ended.
  delete from everwatch_private.claimed_ids where id = any (ids);
  return claimed;
end
$$;

comment on function everwatch_private.claim_ids(uuid[])
  is 'Waits until no other transaction is about to store one of these ids, and has others wait for this one; returns how many different ones there are.';

-- A row that is set aside leaves a null in its place, so that all others keep theirs.
create function everwatch_private.set_aside(rows anyarray, places integer[])
  returns anyarray
  language plpgsql immutable set search_path = ''
  as $$
declare
  place integer;
begin
  foreach place in array coalesce(places, '{}') loop
    rows[place] := null;
  end loop;
  return rows;
end
$$;

comment on function everwatch_private.set_aside(anyarray, integer[])
  is 'Rows without those at some places, which are null from there on.';

create function everwatch_private.repeats(ids uuid[])
  returns integer[]
  language sql immutable set search_path = ''
  as $$
  select array_agg(repeated.place::integer)
  from (
    select given.place, row_number() over (partition by given.id order by given.place) as n
    from unnest(ids) with ordinality as given (id, place)
    where given.id is not null
  ) as repeated
  where repeated.n > 1
$$;

comment on function everwatch_private.repeats(uuid[])
  is 'The places of ids that came before, from 1.';

create function everwatch_private.repeated_deliveries(rows everwatch.webhook_deliveries[])
  returns integer[]
  language sql immutable set search_path = ''
  as $$
  select array_agg(given.place::integer)
  from (
    select d.ordinality as place,
      -- What it amounts to at the end: the first that finishes it, if any does, and else the first.
      first_value(d.ordinality) over (
        partition by d.id, d.webhook_id
        order by d.status = 'pending', d.ordinality
      ) as counts,
      first_value(d.webhook_id) over (partition by d.id order by d.ordinality) as owner,
      d.webhook_id
    from unnest(rows) with ordinality as d
    where d.id is not null
  ) as given
  where given.place <> given.counts or given.webhook_id <> given.owner
$$;

comment on function everwatch_private.repeated_deliveries(everwatch.webhook_deliveries[])
  is 'The places of deliveries that change nothing, as others in the batch have the same id: of one webhook the first that finishes it counts, and else the first; of several webhooks the first one''s.';

revoke execute
  on function
    everwatch_private.claim_ids(uuid[]),
    everwatch_private.set_aside(anyarray, integer[]),
    everwatch_private.repeats(uuid[]),
    everwatch_private.repeated_deliveries(everwatch.webhook_deliveries[])
  from public;

-- schemas/tracking/store_api_requests.sql

-- Requests are stored or known; none changes.
create function everwatch_private.store_api_requests(
  rows everwatch.api_audit_logs[],
  ids uuid[],
  with_repeats boolean
)
  returns everwatch_private.rejection[]
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan
  as $$
declare
  rejected constant everwatch_private.rejection[] := everwatch_private.judge_api_audit_logs(rows);
  known constant uuid[] := array(select l.id from everwatch.api_audit_logs as l where l.id = any (ids));
begin
  if rejected <> '{}' then
    rows := everwatch_private.set_aside(rows, array(select j.place from unnest(rejected) as j));
  end if;
  if with_repeats then
    rows := everwatch_private.set_aside(rows, everwatch_private.repeats(array(select r.id from unnest(rows) as r)));
  end if;
  insert into everwatch.api_audit_logs (
    id, org_id, request_id, api_key_id, method, path, resource_type, status_code, duration_ms, ip,
    user_agent, created_at, bytes_out
  )
  select coalesce(r.id, gen_random_uuid()), r.org_id, r.request_id, r.api_key_id, r.method, r.path,
    r.resource_type, r.status_code, r.duration_ms, r.ip, r.user_agent, coalesce(r.created_at, now()),
    r.bytes_out
  from unnest(rows) with ordinality as r
  where r.org_id is not null and (r.id is null or r.id <> all (known))
  order by r.ordinality;
  return rejected;
end
$$;

comment on function everwatch_private.store_api_requests(everwatch.api_audit_logs[], uuid[], boolean)
  is 'Stores requests and returns those that cannot be. ids: those of all rows of the batch.';

revoke execute
  on function everwatch_private.store_api_requests(everwatch.api_audit_logs[], uuid[], boolean)
  from public;

-- schemas/tracking/store_rate_limits.sql

-- A window's count only grows, so reports that arrive late or twice change nothing. Windows without a
-- start are those of the clock: the hour's minutes, the day's hours.
create function everwatch_private.store_rate_limits(rows everwatch.api_rate_limits[])
  returns everwatch_private.rejection[]
  language plpgsql set search_path = ''
  as $$
declare
  rejected constant everwatch_private.rejection[] := everwatch_private.judge_api_rate_limits(rows);
begin
  if rejected <> '{}' then
    rows := everwatch_private.set_aside(rows, array(select j.place from unnest(rejected) as j));
  end if;
  insert into everwatch.api_rate_limits as known (
    org_id, key_type, identifier, window_start, window_seconds, request_count, limit_max, updated_at
  )
  select distinct on (org_id, key_type, identifier, window_start)
    org_id, key_type, identifier, window_start, window_seconds,
    max(request_count) over (partition by org_id, key_type, identifier, window_start),
    limit_max, now()
  from (
    select l.ordinality as place, l.org_id, l.key_type, l.identifier, l.request_count, l.limit_max,
      length.seconds as window_seconds,
      coalesce(l.window_start, date_bin(make_interval(secs => length.seconds), now(), 'epoch')) as window_start
    from unnest(rows) with ordinality as l
    cross join lateral (select coalesce(l.window_seconds, 60)) as length (seconds)
    where l.org_id is not null
  ) as report
  -- In one order for all, so that batches with the same windows cannot deadlock.
  order by org_id, key_type, identifier, window_start, place desc
  on conflict (org_id, key_type, identifier, window_start) do update
  set window_seconds = excluded.window_seconds,
    request_count = greatest(known.request_count, excluded.request_count),
    limit_max = excluded.limit_max,
    updated_at = excluded.updated_at;
  return rejected;
end
$$;

comment on function everwatch_private.store_rate_limits(everwatch.api_rate_limits[])
  is 'Stores reports of rate limits of each window the highest count; returns those that cannot be stored.';

revoke execute
  on function everwatch_private.store_rate_limits(everwatch.api_rate_limits[])
  from public;

-- schemas/tracking/store_rule_executions.sql

-- Executions are stored or known; none changes.
create function everwatch_private.store_rule_executions(
  rows everwatch.rule_executions[],
  ids uuid[],
  with_repeats boolean
)
  returns everwatch_private.rejection[]
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan
  as $$
declare
  rejected constant everwatch_private.rejection[] := everwatch_private.judge_rule_executions(rows);
  known constant uuid[] := array(select x.id from everwatch.rule_executions as x where x.id = any (ids));
begin
  if rejected <> '{}' then
    rows := everwatch_private.set_aside(rows, array(select j.place from unnest(rejected) as j));
  end if;
  if with_repeats then
    rows := everwatch_private.set_aside(rows, everwatch_private.repeats(array(select e.id from unnest(rows) as e)));
  end if;
  insert into everwatch.rule_executions (
    id, org_id, rule_id, status, duration_ms, affected_contacts, error, executed_at
  )
  select coalesce(e.id, gen_random_uuid()),
    (select r.org_id from everwatch.automation_rules as r where r.id = e.rule_id),
    e.rule_id, e.status, e.duration_ms, coalesce(e.affected_contacts, 0), e.error,
    coalesce(e.executed_at, now())
  from unnest(rows) with ordinality as e
  where e.rule_id is not null and (e.id is null or e.id <> all (known))
  order by e.ordinality;
  return rejected;
end
$$;

comment on function everwatch_private.store_rule_executions(everwatch.rule_executions[], uuid[], boolean)
  is 'Stores executions and returns those that cannot be. ids: those of all rows of the batch.';

revoke execute
  on function everwatch_private.store_rule_executions(everwatch.rule_executions[], uuid[], boolean)
  from public;

-- schemas/tracking/store_webhook_deliveries.sql

-- The write path. Each `store_…` takes the rows of one type: it sets aside what cannot be stored, and
-- stores the others in the order in which they were given. One with an id that is known changes nothing.
-- Plans are generic: to plan a look into each partition takes several times as long as to look.
create function everwatch_private.store_webhook_deliveries(
  rows everwatch.webhook_deliveries[],
  ids uuid[],
  with_repeats boolean
)
  returns everwatch_private.rejection[]
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan
  as $$
declare
  rejected constant everwatch_private.rejection[] := everwatch_private.judge_webhook_deliveries(rows);
  known uuid[];
  pending uuid[];
  finished everwatch.webhook_deliveries[];
begin
  if rejected <> '{}' then
    rows := everwatch_private.set_aside(rows, array(select j.place from unnest(rejected) as j));
  end if;
  if with_repeats then
    rows := everwatch_private.set_aside(rows, everwatch_private.repeated_deliveries(rows));
  end if;
  select coalesce(array_agg(d.id), '{}'), array_agg(d.id) filter (where d.status = 'pending')
  into known, pending
  from everwatch.webhook_deliveries as d
  where d.id = any (ids);

  if pending <> '{}' then
    -- A pending one that finishes is taken out and stored again with the others: all of them are then
    -- counted in their order, and it goes where its time belongs.
    with outcome as materialized (
      select r.id, r.webhook_id from unnest(rows) as r where r.status <> 'pending'
    ),
    finishing as (
      delete from everwatch.webhook_deliveries as d
      using outcome as o
      where d.id = any (pending) and d.id = o.id and d.webhook_id = o.webhook_id and d.status = 'pending'
      returning d
    )
    select array_agg(d) into finished from finishing;
  end if;

  insert into everwatch.webhook_deliveries (
    id, org_id, webhook_id, event_type, status, status_code, attempt, duration_ms, error, sent_at, bytes_out
  )
  select coalesce(d.id, gen_random_uuid()),
    (select w.org_id from everwatch.webhooks as w where w.id = d.webhook_id),
    d.webhook_id, coalesce(d.event_type, f.event_type), d.status, d.status_code,
    greatest(coalesce(d.attempt, 1), f.attempt), d.duration_ms, d.error, coalesce(d.sent_at, now()),
    coalesce(d.bytes_out, f.bytes_out)
  from unnest(rows) with ordinality as d
  left join unnest(finished) as f on f.id = d.id
  where d.webhook_id is not null and (d.id is null or f.id is not null or d.id <> all (known))
  order by d.ordinality;
  return rejected;
end
$$;

comment on function everwatch_private.store_webhook_deliveries(everwatch.webhook_deliveries[], uuid[], boolean)
  is 'Stores deliveries and finishes those that were pending; returns those that cannot be stored. ids: those of all rows of the batch.';

revoke execute
  on function everwatch_private.store_webhook_deliveries(everwatch.webhook_deliveries[], uuid[], boolean)
  from public;

-- schemas/tracking/webhook_counters.sql

-- `webhooks.consecutive_failures` is the trailing run of failed deliveries in commit order, under any
-- number of writers. Order matters only around a failure, so a statement that holds one takes a lock
-- alone, and statements of successes share it: successes never wait for one another, and find the
-- row of a healthy webhook as it should be, so that they do not write it. Locks are kept to commit.
--
-- One delivery, or a batch of them, is one statement in one transaction. A transaction of several
-- statements counts as well; if its later ones need a lock alone that another transaction shares, one
-- of the two fails with deadlock_detected, and neither miscounts.
create function everwatch_private.lock_webhooks(webhook_ids uuid[], failed boolean[])
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  -- Webhooks share few locks, so that no batch, however wide, fills the server's lock table.
  buckets constant integer := 128;
  class constant integer := 'everwatch.webhooks'::regclass::oid::integer;
begin
  perform
    case when alone
      then pg_advisory_xact_lock(class, bucket)
      else pg_advisory_xact_lock_shared(class, bucket)
    end
  from (
    select uuid_hash(delivery.webhook_id) & (buckets - 1) as bucket, bool_or(delivery.failed) as alone
    from unnest(webhook_ids, lock_webhooks.failed) as delivery (webhook_id, failed)
    group by bucket
    order by bucket
  ) as wanted;
end
$$;

comment on function everwatch_private.lock_webhooks(uuid[], boolean[])
  is 'Locks webhooks until commit, in one order for all callers: alone where a delivery failed, shared otherwise.';

revoke execute on function everwatch_private.lock_webhooks(uuid[], boolean[]) from public;

create function everwatch_private.count_outcomes(
  webhook_ids uuid[],
  statuses text[],
  times timestamptz[]
)
  returns boolean
  language plpgsql set search_path = ''
  as $$
begin
  with ordered as (
    select webhook_id, status, sent_at,
      coalesce(bool_or(status = 'sent') over (
        partition by webhook_id
        order by sent_at, position
        rows between 1 following and unbounded following
      ), false) as recovered
    from unnest(webhook_ids, statuses, times) with ordinality as d (webhook_id, status, sent_at, position)
  ),
  outcome as (
    select webhook_id,
      bool_or(status = 'sent') as succeeded,
      count(*) filter (where status = 'failed' and not recovered) as trailing_failures,
      max(sent_at) filter (where status = 'failed') as last_failure_at
    from ordered
    group by webhook_id
  ),
  -- Locked in one order for all, so that two batches with the same webhooks cannot deadlock.
  to_write as materialized (
    select webhook.id
    from everwatch.webhooks as webhook
    join outcome on outcome.webhook_id = webhook.id
    where outcome.last_failure_at is not null or webhook.consecutive_failures > 0
    order by webhook.id
    for no key update of webhook
  )
  update everwatch.webhooks as webhook
  set consecutive_failures = outcome.trailing_failures
      + case when outcome.succeeded then 0 else webhook.consecutive_failures end,
    last_failure_at = greatest(webhook.last_failure_at, outcome.last_failure_at)
  from outcome
  join to_write on to_write.id = outcome.webhook_id
  where webhook.id = outcome.webhook_id;
  return found;
end
$$;

comment on function everwatch_private.count_outcomes(uuid[], text[], timestamptz[])
  is 'Writes consecutive_failures and last_failure_at of locked webhooks after some deliveries, by their times and then by their places; returns whether any had to be written.';

revoke execute
  on function everwatch_private.count_outcomes(uuid[], text[], timestamptz[])
  from public;

-- Only pending rows can be updated (`keep_history`), so every row of `deliveries` that is not pending
-- has just finished, whether it was inserted or updated.
create function everwatch_private.count_deliveries()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform everwatch_private.lock_webhooks(array_agg(webhook_id), array_agg(status = 'failed'))
  from deliveries
  where status <> 'pending';

  -- A snapshot from before the lock may show a count that a later commit has changed. At read
  -- committed the update takes a new one; otherwise this fails with serialization_failure.
  if current_setting('transaction_isolation') <> 'read committed' then
    perform from everwatch.webhooks
    where id in (select webhook_id from deliveries where status <> 'pending')
    order by id
    for share;
  end if;

  -- Nearly always there is nothing to write.
  if not exists (
    select
    from deliveries as d
    where d.status = 'failed' or d.status = 'sent' and exists (
      select from everwatch.webhooks as w where w.id = d.webhook_id and w.consecutive_failures > 0
    )
  ) then
    return null;
  end if;

  if everwatch_private.count_outcomes(d.webhook_ids, d.statuses, d.times) from (
    select array_agg(webhook_id) as webhook_ids, array_agg(status) as statuses, array_agg(sent_at) as times
    from deliveries
    where status <> 'pending'
  ) as d then
    perform everwatch_private.judge_webhooks(
      array(select webhook_id from deliveries where status <> 'pending')
    );
  end if;
  return null;
end
$$;

comment on function everwatch_private.count_deliveries()
  is 'Keeps consecutive_failures and last_failure_at of the webhooks whose deliveries a statement finished; within it, by sent_at and then by position. If any counter was written, their alerts are judged.';

revoke execute on function everwatch_private.count_deliveries() from public;

create trigger count_inserted
  after insert on everwatch.webhook_deliveries
  referencing new table as deliveries
  for each statement
  execute function everwatch_private.count_deliveries();

create trigger count_updated
  after update on everwatch.webhook_deliveries
  referencing new table as deliveries
  for each statement
  execute function everwatch_private.count_deliveries();

-- schemas/histograms/bins.sql

-- Values are counted in bins, each 2% wider than the one before, so that any quantile is known within 1%
-- and counts of different hours add up: as DDSketch does (Masson, Rim and Lee, 2019). The bin of a value is
-- ceil(ln(value) / ln(1.02)), so 1 is in bin 0; the lowest bin, -32768, is of 0, of what is below it, and of
-- what is too small to tell from it. count_values() places values in bins, as does the library
-- (track/bins.ts); a test compares the two.
create function everwatch_private.bin_growth()
  returns double precision
  language sql immutable set search_path = ''
  as $$
  select 1.02::double precision
$$;

comment on function everwatch_private.bin_growth()
  is 'How many times as high as its lower end the upper end of a bin is.';

create function everwatch_private.bin_value(bin integer)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  growth constant double precision := everwatch_private.bin_growth();
begin
  -- As far from both ends, relative to each.
  return case when bin > -32768 then 2 * growth ^ bin / (1 + growth) when bin = -32768 then 0 end;
end
$$;

comment on function everwatch_private.bin_value(integer)
  is 'What stands for the values in a bin: no more than 1% from any of them.';

create function everwatch_private.bin_duration(bin integer)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  growth constant double precision := everwatch_private.bin_growth();
  least_ms constant double precision := floor(growth ^ (bin - 1)) + 1;
  most_ms constant double precision := floor(growth ^ bin);
begin
  return case when bin >= 0 then 2 * least_ms * most_ms / (least_ms + most_ms) when bin < 0 then 0 end;
end
$$;

comment on function everwatch_private.bin_duration(integer)
  is 'What stands for the durations in a bin, in milliseconds. They are whole numbers, so it is as far from the least and the most of those; of the bins below that of 1 only 0 is one.';

revoke execute
  on function
    everwatch_private.bin_growth(),
    everwatch_private.bin_value(integer),
    everwatch_private.bin_duration(integer)
  from public;

-- schemas/histograms/counts.sql

-- How a histogram is stored, wherever one is: an array with an element for each bin that has values, which
-- is count * 65536 + bin + 32768. Several may be of one bin, and counts may be negative, as of rows that
-- went away: what counts is the sum. So two histograms are added by putting one after the other.
--
-- Of many values at once, with the formula of bins in it: a call for each value would cost more than all
-- else that is done with it, and one more for all of them half as much again.
create function everwatch_private.count_values(measured double precision[], counts bigint[])
  returns bigint[]
  language plpgsql immutable set search_path = ''
  as $$
declare
  log_growth constant double precision := ln(everwatch_private.bin_growth());
begin
  return nullif(array(
    select count * 65536 + 32768 + case when value > 1e-280 then ceil(ln(value) / log_growth) else -32768 end::bigint
    from (select unnest(measured) as value, unnest(counts) as count) as counted
    where value is not null
  ), '{}');
end
$$;

comment on function everwatch_private.count_values(double precision[], bigint[])
  is 'A histogram of values, of each as many as counts says, in their order, leaving out those that are null; null when it has none.';

create function everwatch_private.bins_of(measured double precision[])
  returns integer[]
  language plpgsql immutable set search_path = ''
  as $$
begin
  return array(
    select (element & 65535)::integer - 32768
    from unnest(
      everwatch_private.count_values(measured, array_fill(1::bigint, array[coalesce(cardinality(measured), 0)]))
    ) as element
  );
end
$$;

comment on function everwatch_private.bins_of(double precision[])
  is 'The bin of each value, none of them null.';

create function everwatch_private.sum_bins(bins bigint[])
  returns bigint[]
  language plpgsql immutable set search_path = ''
  as $$
begin
  return nullif(array(
    select sum(element >> 16)::bigint * 65536 + (element & 65535)
    from unnest(bins) as element
    group by element & 65535
    having sum(element >> 16) <> 0
  ), '{}');
end
$$;

comment on function everwatch_private.sum_bins(bigint[])
  is 'A histogram with one element for each bin; null when it has no values.';

create function everwatch_private.negate_bins(bins bigint[])
  returns bigint[]
  language plpgsql immutable set search_path = ''
  as $$
begin
  return array(select 2 * (element & 65535) - element from unnest(bins) as element);
end
$$;

comment on function everwatch_private.negate_bins(bigint[])
  is 'What takes a histogram away from one that it is added to.';

create function everwatch_private.unpack_bins(bins bigint[])
  returns table(bin integer, count bigint)
  language plpgsql immutable set search_path = ''
  as $$
begin
  return query
  select (element & 65535)::integer - 32768, sum(element >> 16)::bigint
  from unnest(bins) as element
  group by 1;
end
$$;

comment on function everwatch_private.unpack_bins(bigint[])
  is 'How many values a histogram has in each of its bins.';

create function everwatch_private.quantile_of_bins(bins bigint[], quantile double precision)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
begin
  return (
    select everwatch_private.bin_value(min(r.bin))
    from (
      select u.bin, sum(u.count) over (order by u.bin) as up_to, sum(u.count) over () as total
      from everwatch_private.unpack_bins(bins) as u
    ) as r
    where r.up_to >= ceil(quantile * r.total)
  );
end
$$;

comment on function everwatch_private.quantile_of_bins(bigint[], double precision)
  is 'A quantile of the values of a histogram, within 1%; null of none.';

revoke execute
  on function
    everwatch_private.count_values(double precision[], bigint[]),
    everwatch_private.bins_of(double precision[]),
    everwatch_private.sum_bins(bigint[]),
    everwatch_private.negate_bins(bigint[]),
    everwatch_private.unpack_bins(bigint[]),
    everwatch_private.quantile_of_bins(bigint[], double precision)
  from public;

-- schemas/histograms/durations.sql

-- The durations of all time of a resource, and their percentile at each refresh. This histogram alone is
-- unpacked, with the bin as the index, so that adding to it costs what is added; index -1 is of 0 ms.
create function everwatch_private.add_durations(
  inout histogram bigint[],
  inout p95_bin integer,
  inout p95_above bigint,
  bins bigint[],
  total bigint,
  out p95_ms numeric
)
  language plpgsql immutable set search_path = ''
  as $$
declare
  place constant double precision := 0.95 * (total - 1);
  -- How many durations are no shorter than the one at that place.
  at_least constant bigint := total - floor(place)::bigint;
  next_bin integer;
  low double precision;
  element bigint;
  bin integer;
begin
  histogram := coalesce(histogram, '{}');
  foreach element in array coalesce(bins, '{}') loop
    bin := greatest((element & 65535) - 32768, -1);
    histogram[bin] := coalesce(histogram[bin], 0) + (element >> 16);
    if bin > p95_bin then
      p95_above := p95_above + (element >> 16);
    end if;
  end loop;
  if total is null or total < 1 then
    p95_bin := null;
    p95_above := null;
    return;
  end if;

  -- The place moves little between two calls, so the search begins where it was; first at the top.
  p95_bin := coalesce(p95_bin, array_upper(histogram, 1));
  p95_above := coalesce(p95_above, 0);
  while p95_above >= at_least and p95_bin < 2047 loop
    p95_bin := p95_bin + 1;
    p95_above := p95_above - coalesce(histogram[p95_bin], 0);
  end loop;
  while p95_above + coalesce(histogram[p95_bin], 0) < at_least and p95_bin > -1 loop
    p95_above := p95_above + coalesce(histogram[p95_bin], 0);
    p95_bin := p95_bin - 1;
  end loop;

  -- Between two places it is interpolated, as percentile_cont does.
  next_bin := p95_bin;
  if p95_above = at_least - 1 and place > floor(place) then
    loop
      next_bin := next_bin + 1;
      exit when histogram[next_bin] > 0 or next_bin = 2047;
    end loop;
  end if;
  low := everwatch_private.bin_duration(p95_bin);
  if next_bin > p95_bin then
    low := low + (place - floor(place)) * (everwatch_private.bin_duration(next_bin) - low);
  end if;
  p95_ms := round(low::numeric, 1);
end
$$;

comment on function everwatch_private.add_durations(bigint[], integer, bigint, bigint[], bigint)
  is 'Adds a histogram of durations to an unpacked one (counts with the bin as the index, null for one of nothing) that then holds `total`, and finds its 95th percentile in milliseconds, within 1%: the bin of the one at its place, and how many durations are in bins above that, are where the next search begins.';

create function everwatch_private.pack_durations(histogram bigint[])
  returns bigint[]
  language plpgsql immutable set search_path = ''
  as $$
begin
  return array(
    select count * 65536 + case when bin < 0 then 0 else bin + 32768 end
    from (
      select u.count, array_lower(histogram, 1) - 1 + u.place as bin
      from unnest(histogram) with ordinality as u (count, place)
    ) as counted
    where count <> 0
  );
end
$$;

comment on function everwatch_private.pack_durations(bigint[])
  is 'A histogram as it is stored elsewhere (see count_values) of an unpacked one.';

revoke execute
  on function
    everwatch_private.add_durations(bigint[], integer, bigint, bigint[], bigint),
    everwatch_private.pack_durations(bigint[])
  from public;

-- schemas/rollups/capture_changes.sql

-- What a statement changes, added up per hour. Each trigger calls the rows it is about `changed`: added
-- ones count once, removed ones count back. An updated row is both.
create function everwatch_private.capture_deliveries()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
declare
  sign constant integer := tg_argv[0];
begin
  insert into everwatch_private.changes (
    source, resource_id, starts_at, pending, succeeded, failed, timed, duration_sum, duration_max,
    last_success_at, bins, removed
  )
  select 'delivery', webhook_id, date_bin('1 hour', sent_at, 'epoch'),
    sign * count(*) filter (where status = 'pending'),
    sign * count(*) filter (where status = 'sent'),
    sign * count(*) filter (where status = 'failed'),
    sign * count(duration_ms),
    sign * coalesce(sum(duration_ms), 0),
    max(duration_ms) filter (where sign > 0),
    max(sent_at) filter (where sign > 0 and status = 'sent'),
    everwatch_private.count_values(
      array_agg(duration_ms::double precision) filter (where duration_ms is not null),
      array_agg(sign::bigint) filter (where duration_ms is not null)
    ),
    -- One that was pending was no maximum.
    sign < 0 and bool_or(status <> 'pending')
  from changed
  group by 2, 3;
  return null;
end
$$;

comment on function everwatch_private.capture_deliveries()
  is 'Adds what a statement did to deliveries to everwatch_private.changes: with 1 the rows that it added, with -1 those that it removed.';

create trigger capture_inserted
  after insert on everwatch.webhook_deliveries
  referencing new table as changed
  for each statement
  execute function everwatch_private.capture_deliveries('1');

create trigger capture_updated_from
  after update on everwatch.webhook_deliveries
  referencing old table as changed
  for each statement
  execute function everwatch_private.capture_deliveries('-1');

create trigger capture_updated_to
  after update on everwatch.webhook_deliveries
  referencing new table as changed
  for each statement
  execute function everwatch_private.capture_deliveries('1');

create trigger capture_deleted
  after delete on everwatch.webhook_deliveries
  referencing old table as changed
  for each statement
  execute function everwatch_private.capture_deliveries('-1');

create function everwatch_private.capture_executions()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
declare
  sign constant integer := tg_argv[0];
begin
  insert into everwatch_private.changes (
    source, resource_id, starts_at, succeeded, failed, timed, duration_sum, duration_max, last_success_at,
    affected, bins, removed
  )
  select 'execution', rule_id, date_bin('1 hour', executed_at, 'epoch'),
    sign * count(*) filter (where status = 'success'),
    sign * count(*) filter (where status = 'failed'),
    sign * count(duration_ms),
    sign * coalesce(sum(duration_ms), 0),
    max(duration_ms) filter (where sign > 0),
    max(executed_at) filter (where sign > 0 and status = 'success'),
    sign * sum(affected_contacts),
    everwatch_private.count_values(
      array_agg(duration_ms::double precision) filter (where duration_ms is not null),
      array_agg(sign::bigint) filter (where duration_ms is not null)
    ),
    sign < 0
  from changed
  group by 2, 3;
  return null;
end
$$;

comment on function everwatch_private.capture_executions()
  is 'As capture_deliveries(), of executions.';

create trigger capture_inserted
  after insert on everwatch.rule_executions
  referencing new table as changed
  for each statement
  execute function everwatch_private.capture_executions('1');

create trigger capture_deleted
  after delete on everwatch.rule_executions
  referencing old table as changed
  for each statement
  execute function everwatch_private.capture_executions('-1');

create function everwatch_private.capture_requests()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
declare
  sign constant integer := tg_argv[0];
begin
  insert into everwatch_private.changes (
    source, resource_id, starts_at, succeeded, failed, timed, duration_sum, duration_max, last_success_at,
    resource_type, status_code, bins, removed
  )
  select 'request', org_id, date_bin('1 hour', created_at, 'epoch'),
    sign * count(*) filter (where status_code < 400),
    sign * count(*) filter (where status_code >= 400),
    sign * count(duration_ms),
    sign * coalesce(sum(duration_ms), 0),
    max(duration_ms) filter (where sign > 0),
    max(created_at) filter (where sign > 0 and status_code < 400),
    coalesce(resource_type, 'unknown'),
    status_code,
    everwatch_private.count_values(
      array_agg(duration_ms::double precision) filter (where duration_ms is not null),
      array_agg(sign::bigint) filter (where duration_ms is not null)
    ),
    sign < 0
  from changed
  group by 2, 3, resource_type, status_code;
  return null;
end
$$;

comment on function everwatch_private.capture_requests()
  is 'As capture_deliveries(), of requests, each kind of resource and each status by itself.';

create trigger capture_inserted
  after insert on everwatch.api_audit_logs
  referencing new table as changed
  for each statement
  execute function everwatch_private.capture_requests('1');

create trigger capture_deleted
  after delete on everwatch.api_audit_logs
  referencing old table as changed
  for each statement
  execute function everwatch_private.capture_requests('-1');

revoke execute
  on function
    everwatch_private.capture_deliveries(),
    everwatch_private.capture_executions(),
    everwatch_private.capture_requests()
  from public;

-- schemas/rollups/changes.sql

-- What happened to raw rows since the last refresh. Whoever writes raw rows adds here what that changes,
-- in the same transaction; a refresh takes what is committed and adds it to the rollups. So what is in
-- the rollups and what is here amount to the raw rows at any moment, in whatever order transactions
-- commit, and whatever crashes. A source is judged when it gets into the totals.
create table everwatch_private.changes (
  id bigint generated always as identity primary key,
  source everwatch_private.source not null,
  resource_id uuid not null,
  starts_at timestamptz not null,
  pending bigint not null default 0,
  succeeded bigint not null default 0,
  failed bigint not null default 0,
  timed bigint not null default 0,
  duration_sum bigint not null default 0,
  duration_max integer,
  last_success_at timestamptz,
  affected bigint not null default 0,
  resource_type text,
  status_code integer,
  bins bigint[],
  removed boolean not null default false,
  adds_to text not null default 'both' check (adds_to in ('rollups', 'totals', 'both'))
);

-- What a reader of the running hour adds to the rollups.
create index changes_of_requests_idx
  on everwatch_private.changes (resource_id, starts_at)
  where source = 'request';

-- It is emptied at each refresh: what that leaves behind is to go soon, so that the next reads little.
alter table everwatch_private.changes set(autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

comment on table everwatch_private.changes
  is 'What is to be added to the rollups at the next refresh; negative where rows went away.';
comment on column everwatch_private.changes.resource_id
  is 'The webhook, the rule, or the org whose API was asked.';
comment on column everwatch_private.changes.starts_at
  is 'The start of the hour of the raw rows, in UTC.';
comment on column everwatch_private.changes.timed is 'Finished rows whose duration is known.';
comment on column everwatch_private.changes.duration_sum is 'Milliseconds, of timed rows.';
comment on column everwatch_private.changes.affected is 'Contacts on which executions acted.';
comment on column everwatch_private.changes.resource_type
  is 'What requests asked for; null for other sources.';
comment on column everwatch_private.changes.status_code
  is 'How requests were answered; null for other sources.';
comment on column everwatch_private.changes.bins
  is 'A histogram of the durations of timed rows: see count_values().';
comment on column everwatch_private.changes.removed
  is 'Whether rows went away, so that maxima and the last success may be others.';
comment on column everwatch_private.changes.adds_to
  is 'The rollups, the totals, or both; the others have it already.';

alter table everwatch_private.changes enable row level security;

grant select on everwatch_private.changes to authenticated, service_role;

create policy "members read their orgs' requests"
  on everwatch_private.changes
  for select
  to authenticated
  using (source = 'request' and resource_id = any (array(select everwatch_private.my_org_ids())));

-- schemas/rollups/find_maxima.sql

-- Counts and sums go down by what was removed; a maximum has to be found again. Who adds the changes has
-- turned off what these few rows are looked up by.
create type everwatch_private.rollup_key as (source everwatch_private.source, resource_id uuid, starts_at timestamptz);

comment on type everwatch_private.rollup_key
  is 'Which row of the rollups; of the totals, without a start.';

create function everwatch_private.find_maxima_of_rollups(removed everwatch_private.rollup_key[])
  returns void
  language plpgsql set search_path = '' set enable_nestloop = on set enable_seqscan = on
  as $$
begin
  if removed is null then
    return;
  end if;

  -- Where retention has dropped raw rows, the rollups know of more than is there.
  update everwatch_private.rollups as r
  set duration_max = e.duration_max, last_success_at = e.last_success_at
  from unnest(removed) as k
  join everwatch_private.raw_tables as t on t.source = k.source and t.complete_since <= k.starts_at
  cross join everwatch_private.rollup_state as s
  cross join lateral everwatch_private.raw_extremes(
    k.source, k.resource_id, k.starts_at,
    k.starts_at + case
      when k.starts_at < s.daily_before and k.source <> 'request' then interval '24 hours'
      else interval '1 hour'
    end
  ) as e
  where (r.source, r.resource_id, r.starts_at) = (k.source, k.resource_id, k.starts_at)
    and k.starts_at > '-infinity';

  delete from everwatch_private.rollups as r
  using unnest(removed) as k
  where (r.source, r.resource_id, r.starts_at) = (k.source, k.resource_id, k.starts_at)
    and r.pending = 0 and r.succeeded = 0 and r.failed = 0;
end
$$;

comment on function everwatch_private.find_maxima_of_rollups(everwatch_private.rollup_key[])
  is 'Finds the maximum and the last success again, from raw rows, of rollups from which rows were removed; deletes those of which nothing is left.';

create function everwatch_private.find_maxima_of_totals(removed everwatch_private.rollup_key[])
  returns void
  language plpgsql set search_path = '' set enable_nestloop = on set enable_seqscan = on
  as $$
begin
  if removed is null then
    return;
  end if;

  update everwatch_private.totals as t
  set duration_max = e.duration_max, last_success_at = e.last_success_at
  from unnest(removed) as k
  cross join lateral (
    select max(r.duration_max) as duration_max, max(r.last_success_at) as last_success_at
    from everwatch_private.rollups as r
    where r.source = k.source and r.resource_id = k.resource_id
  ) as e
  where (t.source, t.resource_id) = (k.source, k.resource_id);
end
$$;

comment on function everwatch_private.find_maxima_of_totals(everwatch_private.rollup_key[])
  is 'Finds the maximum and the last success of totals again, from their rollups.';

revoke execute
  on function
    everwatch_private.find_maxima_of_rollups(everwatch_private.rollup_key[]),
    everwatch_private.find_maxima_of_totals(everwatch_private.rollup_key[])
  from public;

-- schemas/rollups/rollup_settings.sql

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

-- schemas/rollups/rollups.sql

-- What raw rows amount to, per hour. Of webhooks and rules it is kept per day once it is a month old;
-- what is older than the retention of rollups is added up in one row that starts at -infinity, so that
-- a resource's rows always amount to its totals. A source is judged there: once a resource, not once an
-- hour, which cost a tenth of a refresh.
create table everwatch_private.rollups (
  source everwatch_private.source not null,
  resource_id uuid not null,
  starts_at timestamptz not null,
  pending bigint not null default 0,
  succeeded bigint not null default 0,
  failed bigint not null default 0,
  timed bigint not null default 0,
  duration_sum bigint not null default 0,
  last_success_at timestamptz,
  affected bigint,
  duration_max integer,
  bins bigint[],
  p95_ms numeric,
  by_resource_type jsonb,
  by_error_code jsonb,
  primary key (source, resource_id, starts_at)
);

comment on table everwatch_private.rollups
  is 'Raw rows added up by hour, or by day where they are old; as of the last refresh.';
comment on column everwatch_private.rollups.resource_id
  is 'The webhook, the rule, or the org whose API was asked.';
comment on column everwatch_private.rollups.starts_at
  is 'Start of the hour in UTC; of the day, before daily_before of rollup_state, for deliveries and executions; -infinity for all that is older than the retention of rollups.';
comment on column everwatch_private.rollups.timed
  is 'Finished rows whose duration is known: means, percentiles and histograms are of those.';
comment on column everwatch_private.rollups.duration_sum is 'Milliseconds, of timed rows.';
comment on column everwatch_private.rollups.last_success_at
  is 'The latest time of a row that succeeded.';
comment on column everwatch_private.rollups.affected
  is 'Contacts on which executions acted; null for other sources.';
comment on column everwatch_private.rollups.duration_max
  is 'Milliseconds; the longest of those rows that are there or went by retention.';
comment on column everwatch_private.rollups.bins
  is 'A histogram of the durations of timed rows: see count_values().';
comment on column everwatch_private.rollups.p95_ms is 'Milliseconds, within 1%; of requests only.';
comment on column everwatch_private.rollups.by_resource_type
  is 'Counts of requests by what they asked for; null for other sources.';
comment on column everwatch_private.rollups.by_error_code
  is 'Counts of requests by status of 400 or more; null for other sources.';

alter table everwatch_private.rollups enable row level security;

grant select on everwatch_private.rollups to authenticated, service_role;

create policy "members read their orgs' requests"
  on everwatch_private.rollups
  for select
  to authenticated
  using (source = 'request' and resource_id = any (array(select everwatch_private.my_org_ids())));

-- All of a resource's rollups, and what of them is in the windows of a day and of a week.
create table everwatch_private.totals (
  source everwatch_private.source not null references everwatch_private.raw_tables (source),
  resource_id uuid not null,
  pending bigint not null default 0,
  succeeded bigint not null default 0,
  failed bigint not null default 0,
  timed bigint not null default 0,
  duration_sum bigint not null default 0,
  last_success_at timestamptz,
  affected bigint not null default 0,
  day_rows bigint not null default 0,
  day_failed bigint not null default 0,
  week_rows bigint not null default 0,
  week_failed bigint not null default 0,
  duration_max integer,
  p95_ms numeric,
  p95_bin integer,
  p95_above bigint,
  histogram bigint[] not null default '{}',
  primary key (source, resource_id)
);

comment on table everwatch_private.totals
  is 'Raw rows of all time added up, those that went by retention too; as of the last refresh.';
comment on column everwatch_private.totals.day_rows
  is 'Rows since day_from of rollup_state: the whole hours of the last 24. Of any status; day_failed, week_rows and week_failed are alike.';
comment on column everwatch_private.totals.timed is 'Finished rows whose duration is known.';
comment on column everwatch_private.totals.p95_bin
  is 'With p95_above, where the search for the percentile begins: see add_durations().';
comment on column everwatch_private.totals.histogram
  is 'Durations of timed rows, unpacked: see add_durations().';

create table everwatch_private.rollup_state (
  singleton boolean primary key default true check (singleton),
  at timestamptz not null default '-infinity',
  day_from timestamptz not null default '-infinity',
  week_from timestamptz not null default '-infinity',
  daily_before timestamptz not null default '-infinity',
  forgotten_before timestamptz not null default '-infinity'
);

insert into
  everwatch_private.rollup_state
default values;

comment on table everwatch_private.rollup_state is 'How far the rollups are, one row.';
comment on column everwatch_private.rollup_state.at
  is 'The moment at which the windows of a day and a week end: that of the last refresh.';
comment on column everwatch_private.rollup_state.day_from
  is 'Where the whole hours of the last 24 begin: less than an hour, or just one, after the window does.';
comment on column everwatch_private.rollup_state.week_from
  is 'Where the whole hours of the last 7 days begin.';
comment on column everwatch_private.rollup_state.daily_before
  is 'Until when deliveries and executions are rolled up by the day.';
comment on column everwatch_private.rollup_state.forgotten_before
  is 'Until when rollups were added up in one row.';

alter table everwatch_private.rollup_state enable row level security;

grant select on everwatch_private.rollup_state to authenticated, service_role;

create policy "members know how far the rollups are"
  on everwatch_private.rollup_state
  for select
  to authenticated
  using (exists (select from everwatch_private.my_org_ids()));

-- schemas/rollups/touched_resources.sql

-- Which webhooks and rules a refresh has to work out again. Whoever changes one adds its id here and waits
-- for nobody, as the same id may come often. A refresh takes what is committed. What it
-- does not find here it leaves alone, however many there are.
create table everwatch_private.touched_resources (
  id bigint generated always as identity primary key,
  source everwatch_private.source not null,
  resource_id uuid not null
);

-- As `changes`, which it is emptied with.
alter table everwatch_private.touched_resources set(autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

comment on table everwatch_private.touched_resources
  is 'Webhooks, rules and orgs that changed since the last refresh, or that are gone.';
comment on column everwatch_private.touched_resources.resource_id
  is 'The webhook or the org; the rule, or the segment of rules.';

create function everwatch_private.touch_resources()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  insert into everwatch_private.touched_resources (source, resource_id)
  select tg_argv[0]::everwatch_private.source, id from changed;
  return null;
end
$$;

comment on function everwatch_private.touch_resources()
  is 'Has the next refresh look at the rows that a statement changed.';

-- A trigger with a transition table is about one kind of statement, and needs one for each.
create trigger touch_inserted
  after insert on everwatch.webhooks
  referencing new table as changed
  for each statement
  execute function everwatch_private.touch_resources('delivery');

create trigger touch_updated
  after update on everwatch.webhooks
  referencing new table as changed
  for each statement
  execute function everwatch_private.touch_resources('delivery');

create trigger touch_deleted
  after delete on everwatch.webhooks
  referencing old table as changed
  for each statement
  execute function everwatch_private.touch_resources('delivery');

create trigger touch_inserted
  after insert on everwatch.automation_rules
  referencing new table as changed
  for each statement
  execute function everwatch_private.touch_resources('execution');

create trigger touch_updated
  after update on everwatch.automation_rules
  referencing new table as changed
  for each statement
  execute function everwatch_private.touch_resources('execution');

create trigger touch_deleted
  after delete on everwatch.automation_rules
  referencing old table as changed
  for each statement
  execute function everwatch_private.touch_resources('execution');

-- The segment, not its rules: a rule may be given it in a transaction that this one does not see. One
-- that is deleted is taken from its rules, which touches them.
create trigger touch_updated
  after update on everwatch.segments
  referencing new table as changed
  for each statement
  execute function everwatch_private.touch_resources('execution');

create trigger touch_deleted
  after delete on everwatch.orgs
  referencing old table as changed
  for each statement
  execute function everwatch_private.touch_resources('request');

create function everwatch_private.touch_everything()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  insert into everwatch_private.touched_resources (source, resource_id)
  select source, id from everwatch_private.resources
  union
  select source, resource_id from everwatch_private.totals
  union
  select 'delivery', webhook_id from everwatch.mv_webhook_performance
  union
  select 'execution', rule_id from everwatch.mv_rule_performance;
end
$$;

comment on function everwatch_private.touch_everything()
  is 'Has the next refresh look at every webhook, rule and org: after rows changed without triggers.';

create function everwatch_private.touch_truncated()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform everwatch_private.touch_everything();
  return null;
end
$$;

comment on function everwatch_private.touch_truncated()
  is 'As touch_everything(), after a table was emptied at once.';

create trigger touch_truncated
  after truncate on everwatch.webhooks
  for each statement
  execute function everwatch_private.touch_truncated();

create trigger touch_truncated
  after truncate on everwatch.automation_rules
  for each statement
  execute function everwatch_private.touch_truncated();

create trigger touch_truncated
  after truncate on everwatch.orgs
  for each statement
  execute function everwatch_private.touch_truncated();

revoke execute
  on function
    everwatch_private.touch_resources(),
    everwatch_private.touch_everything(),
    everwatch_private.touch_truncated()
  from public;

-- schemas/rollups/pending/changed_totals.sql

-- The totals as they would be if the changes were added now.
create view everwatch_private.changed_totals
with
  (security_invoker = on) as
select
  c.source,
  c.resource_id,
  coalesce(t.pending, 0) + c.pending as pending,
  coalesce(t.succeeded, 0) + c.succeeded as succeeded,
  coalesce(t.failed, 0) + c.failed as failed,
  coalesce(t.timed, 0) + c.timed as timed,
  coalesce(t.duration_sum, 0) + c.duration_sum as duration_sum,
  coalesce(t.affected, 0) + c.affected as affected,
  coalesce(t.day_rows, 0) + c.day_rows as day_rows,
  coalesce(t.day_failed, 0) + c.day_failed as day_failed,
  coalesce(t.week_rows, 0) + c.week_rows as week_rows,
  coalesce(t.week_failed, 0) + c.week_failed as week_failed,
  greatest(t.duration_max, c.duration_max) as duration_max,
  greatest(t.last_success_at, c.last_success_at) as last_success_at,
  h.p95_ms,
  h.p95_bin,
  h.p95_above,
  h.histogram
from
  (
    select
      source,
      resource_id,
      sum(pending)::bigint as pending,
      sum(succeeded)::bigint as succeeded,
      sum(failed)::bigint as failed,
      sum(timed)::bigint as timed,
      sum(duration_sum)::bigint as duration_sum,
      sum(affected)::bigint as affected,
      coalesce(
        sum(pending + succeeded + failed) filter (where starts_at >= day_from),
        0
      )::bigint as day_rows,
      coalesce(sum(failed) filter (where starts_at >= day_from), 0)::bigint as day_failed,
      coalesce(
        sum(pending + succeeded + failed) filter (where starts_at >= week_from),
        0
      )::bigint as week_rows,
      coalesce(sum(failed) filter (where starts_at >= week_from), 0)::bigint as week_failed,
      max(duration_max) as duration_max,
      max(last_success_at) as last_success_at
    from
      everwatch_private.changes
      cross join everwatch_private.rollup_state
    where
      adds_to <> 'rollups'
    group by
      source,
      resource_id
  ) as c
  left join (
    select
      source,
      resource_id,
      array_agg(element) as bins
    from
      everwatch_private.changes
      cross join lateral unnest(bins) as element
    where
      adds_to <> 'rollups'
    group by
      source,
      resource_id
  ) as b using (source, resource_id)
  left join lateral (
    select
      *
    from
      everwatch_private.totals as k
    where
      k.source = c.source
      and k.resource_id = c.resource_id
    limit
      1
  ) as t on true
  cross join lateral everwatch_private.add_durations(t.histogram, t.p95_bin, t.p95_above, b.bins, coalesce(t.timed, 0) + c.timed) as h;

comment on view everwatch_private.changed_totals
  is 'Rows of the totals as they would be with the changes.';

-- schemas/rollups/pending/move_windows.sql

-- The windows of 24 hours and of 7 days end at the refresh. Their whole hours are added up in the totals,
-- where they change by what is added, and by the hours that they leave behind. What they hold of the
-- hour in which they begin is counted from raw rows.
create function everwatch_private.move_windows(at timestamptz)
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
declare
  before everwatch_private.rollup_state;
  after everwatch_private.rollup_state;
begin
  select * into strict before from everwatch_private.rollup_state for update;
  update everwatch_private.rollup_state as s
  set at = move_windows.at,
    day_from = date_bin('1 hour', move_windows.at - interval '24 hours', 'epoch') + interval '1 hour',
    week_from = date_bin('1 hour', move_windows.at - interval '7 days', 'epoch') + interval '1 hour'
  where s.singleton
  returning * into after;
  perform everwatch_private.touch_passed(before.at, after.at);
  if (before.day_from, before.week_from) = (after.day_from, after.week_from) then
    return;
  end if;

  update everwatch_private.totals as t
  set day_rows = t.day_rows + change.day_rows,
    day_failed = t.day_failed + change.day_failed,
    week_rows = t.week_rows + change.week_rows,
    week_failed = t.week_failed + change.week_failed
  from (
    select t.source, t.resource_id,
      coalesce(sum(of_span.rows) filter (where span.is_day), 0) as day_rows,
      coalesce(sum(of_span.failed) filter (where span.is_day), 0) as day_failed,
      coalesce(sum(of_span.rows) filter (where not span.is_day), 0) as week_rows,
      coalesce(sum(of_span.failed) filter (where not span.is_day), 0) as week_failed
    from everwatch_private.totals as t
    cross join (
      values (true, before.day_from, after.day_from), (false, before.week_from, after.week_from)
    ) as span (is_day, was_from, is_from)
    -- A clock that was set back gives hours back.
    cross join lateral (
      select
        coalesce(sum(pending + succeeded + failed), 0) * case when is_from > was_from then -1 else 1 end as rows,
        coalesce(sum(failed), 0) * case when is_from > was_from then -1 else 1 end as failed
      from everwatch_private.rollups as r
      where r.source = t.source and r.resource_id = t.resource_id
        and r.starts_at >= least(was_from, is_from) and r.starts_at < greatest(was_from, is_from)
    ) as of_span
    where t.source <> 'request'
      -- Nothing leaves an empty window.
      and (is_from < was_from or case when is_day then t.day_rows else t.week_rows end > 0)
    group by t.source, t.resource_id
  ) as change
  where t.source = change.source and t.resource_id = change.resource_id
    and (change.day_rows <> 0 or change.week_rows <> 0);
end
$$;

comment on function everwatch_private.move_windows(timestamptz)
  is 'Lets the windows of a day and of a week end at a moment: takes from the totals the hours that no longer belong to them.';

revoke execute on function everwatch_private.move_windows(timestamptz) from public;

-- schemas/rollups/pending/placed_changes.sql

-- Where each change is to be added, and the durations that are there then.
create view everwatch_private.placed_changes
with
  (security_invoker = on) as
select
  c.source,
  c.resource_id,
  case
    when c.starts_at < s.forgotten_before then '-infinity'
    when c.starts_at < s.daily_before
    and c.source <> 'request' then date_bin('1 day', c.starts_at, 'epoch')
    else c.starts_at
  end as starts_at,
  c.pending,
  c.succeeded,
  c.failed,
  c.timed,
  c.duration_sum,
  c.duration_max,
  c.last_success_at,
  c.affected,
  c.resource_type,
  c.status_code,
  c.bins,
  c.removed
from
  everwatch_private.changes as c
  cross join everwatch_private.rollup_state as s
where
  c.adds_to <> 'totals';

comment on view everwatch_private.placed_changes
  is 'Changes that add to the rollups, each with the start of the row to which it is to be added.';

grant select on everwatch_private.placed_changes to authenticated, service_role;

-- schemas/rollups/pending/touch_passed.sql

-- As time passes, rows leave the windows of 24 hours and of 7 days: of a webhook or a rule to which that
-- happened the counts are others, with nothing new. Which rows these are tells no plan, so the session's
-- first is as good as any: planning costs as much as all else.
create function everwatch_private.touch_passed(since timestamptz, until timestamptz)
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan set jit = off
  as $$
begin
  -- The first time; or the clock was set back.
  if since = '-infinity' or until < since then
    perform everwatch_private.touch_everything();
    return;
  end if;

  -- As the indexes on time begin: org by org, and rule by rule. A rule whose week was empty has nothing
  -- that could leave it.
  insert into everwatch_private.touched_resources (source, resource_id)
  select 'delivery'::everwatch_private.source, d.webhook_id
  from (values (interval '24 hours'), (interval '7 days')) as w (length)
  cross join everwatch.orgs as o
  cross join lateral (
    select r.webhook_id
    from everwatch.webhook_deliveries as r
    where r.org_id = o.id and r.sent_at >= since - w.length and r.sent_at < until - w.length
    offset 0
  ) as d
  union
  select 'execution', p.rule_id
  from (values (interval '24 hours'), (interval '7 days')) as w (length)
  cross join everwatch.mv_rule_performance as p
  cross join lateral (
    select
    from everwatch.rule_executions as r
    where r.org_id = p.org_id and r.rule_id = p.rule_id
      and r.executed_at >= since - w.length and r.executed_at < until - w.length
    limit 1
  ) as x
  where p.executions_7d > 0;
end
$$;

comment on function everwatch_private.touch_passed(timestamptz, timestamptz)
  is 'Has the refresh look at webhooks and rules of which rows left a window, when the windows'' end moves from one moment to another.';

revoke execute on function everwatch_private.touch_passed(timestamptz, timestamptz) from public;

-- schemas/rollups/pending/window_edges.sql

-- What the windows of 24 hours and of 7 days hold of the hour in which they begin: of that hour the
-- totals have nothing, so it is counted from raw rows.
create view everwatch_private.window_edges
with
  (security_invoker = on) as
select
  edge.*
from
  everwatch_private.rollup_state as s
  cross join lateral (
    values
      (true, s.at - interval '24 hours', s.day_from),
      (false, s.at - interval '7 days', s.week_from)
  ) as edge (is_day, since, until);

comment on view everwatch_private.window_edges
  is 'The parts of an hour, two rows, with which the windows of a day and of a week begin.';

-- Org by org, as the index on time begins with it: a month of rows is not looked through for an hour of
-- them.
create function everwatch_private.delivery_edges(webhook_ids uuid[])
  returns table(resource_id uuid, day_rows bigint, day_failed bigint, week_rows bigint, week_failed bigint)
  language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
begin
  return query
  select d.webhook_id,
    count(*) filter (where d.is_day),
    count(*) filter (where d.is_day and d.status = 'failed'),
    count(*) filter (where not d.is_day),
    count(*) filter (where not d.is_day and d.status = 'failed')
  from (
    select edge.*, o.org_id
    from everwatch_private.window_edges as edge
    cross join (
      select distinct w.org_id
      from everwatch.webhooks as w
      where webhook_ids is null or w.id = any (webhook_ids)
    ) as o
  ) as span
  cross join lateral (
    select span.is_day, r.webhook_id, r.status
    from everwatch.webhook_deliveries as r
    where r.org_id = span.org_id and r.sent_at >= span.since and r.sent_at < span.until
    offset 0
  ) as d
  group by d.webhook_id;
end
$$;

comment on function everwatch_private.delivery_edges(uuid[])
  is 'Deliveries in window_edges, by the webhook: those of all webhooks of the orgs that have one of these; null asks for all.';

-- Rule by rule, as the index on executions begins with it.
create function everwatch_private.execution_edges(rule_ids uuid[])
  returns table(resource_id uuid, day_rows bigint, week_rows bigint)
  language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
begin
  return query
  select rule.id,
    sum(x.executions) filter (where edge.is_day)::bigint,
    sum(x.executions) filter (where not edge.is_day)::bigint
  from everwatch_private.window_edges as edge
  cross join everwatch.automation_rules as rule
  cross join lateral (
    select count(*) as executions
    from everwatch.rule_executions as r
    where r.org_id = rule.org_id and r.rule_id = rule.id
      and r.executed_at >= edge.since and r.executed_at < edge.until
  ) as x
  where rule_ids is null or rule.id = any (rule_ids)
  group by rule.id;
end
$$;

comment on function everwatch_private.execution_edges(uuid[])
  is 'Executions in window_edges, by the rule; null asks for all.';

revoke execute
  on function everwatch_private.delivery_edges(uuid[]), everwatch_private.execution_edges(uuid[])
  from public;

-- schemas/rollups/pending/hours/changed_bins.sql

-- Durations of each row of the rollups that changes add to, as bins.
create view everwatch_private.changed_bins
with
  (security_invoker = on) as
select
  source,
  resource_id,
  starts_at,
  case
  -- To make less of a few costs more than it saves.
    when count(*) > 32 then everwatch_private.sum_bins(array_agg(element))
    else array_agg(element)
  end as bins
from
  (
    select
      source,
      resource_id,
      starts_at,
      unnest(bins) as element
    from
      everwatch_private.placed_changes
    union all
    select
      c.source,
      c.resource_id,
      c.starts_at,
      unnest(r.bins)
    from
      (select distinct source, resource_id, starts_at from everwatch_private.placed_changes) as c
      -- The limit says that these few rows are to be looked up, however many there are.
      cross join lateral (
        select
          k.bins
        from
          everwatch_private.rollups as k
        where
          k.source = c.source
          and k.resource_id = c.resource_id
          and k.starts_at = c.starts_at
          and cardinality(k.bins) > 200
        limit
          1
      ) as r
  ) as known
group by
  source,
  resource_id,
  starts_at;

comment on view everwatch_private.changed_bins
  is 'The durations of changed rollups, as histograms.';

grant select on everwatch_private.changed_bins to authenticated, service_role;

-- schemas/rollups/pending/hours/changed_breakdowns.sql

-- What was asked for, and what failed: two objects of counts.
create view everwatch_private.changed_breakdowns
with
  (security_invoker = on) as
select
  resource_id,
  starts_at,
  jsonb_object_agg(key, count) filter (where kind = 'type') as by_resource_type,
  jsonb_object_agg(key, count) filter (where kind = 'error') as by_error_code
from
  (
    select
      resource_id,
      starts_at,
      kind,
      key,
      sum(count)::bigint as count
    from
      (
        select
          c.resource_id,
          c.starts_at,
          k.kind,
          k.key,
          k.count
        from
          everwatch_private.placed_changes as c
          cross join lateral (
            values
              ('type', c.resource_type, c.succeeded + c.failed),
              ('error', c.status_code::text, c.failed)
          ) as k (kind, key, count)
        where
          c.source = 'request'
          and c.resource_type is not null
        union all
        select
          c.resource_id,
          c.starts_at,
          k.kind,
          e.key,
          e.value::bigint
        from
          (
            select distinct
              resource_id,
              starts_at
            from
              everwatch_private.placed_changes
            where
              source = 'request'
          ) as c
          cross join lateral (
            select
              b.by_resource_type,
              b.by_error_code
            from
              everwatch_private.rollups as b
            where
              b.source = 'request'
              and b.resource_id = c.resource_id
              and b.starts_at = c.starts_at
            limit
              1
          ) as r
          cross join lateral (
            values
              ('type', r.by_resource_type),
              ('error', r.by_error_code)
          ) as k (kind, counts)
          cross join lateral jsonb_each_text(k.counts) as e
      ) as known
    group by
      resource_id,
      starts_at,
      kind,
      key
    having
      sum(count) <> 0
  ) as counted
group by
  resource_id,
  starts_at;

comment on view everwatch_private.changed_breakdowns
  is 'The requests of changed rollups by what they asked for, and the failed ones by their status.';

grant select on everwatch_private.changed_breakdowns to authenticated, service_role;

-- schemas/refresh/age_rollups.sql

-- Old rollups are made coarser: hours become days and, past the retention, one row for all that was. They
-- are taken out and added again, where they belong by then.
create function everwatch_private.age_rollups(at timestamptz default now())
  returns bigint
  language plpgsql set search_path = ''
  as $$
declare
  before everwatch_private.rollup_state;
  after everwatch_private.rollup_state;
  aged bigint;
begin
  perform everwatch_private.lock_rollups();
  select * into strict before from everwatch_private.rollup_state;
  update everwatch_private.rollup_state as s
  set daily_before = greatest(s.daily_before, date_bin('1 day', age_rollups.at - w.hourly_for, 'epoch')),
    forgotten_before = greatest(s.forgotten_before, date_bin('1 day', age_rollups.at - w.rollup_retention, 'epoch'))
  from everwatch_private.rollup_settings as w
  where s.singleton
  returning s.* into strict after;

  with old as (
    delete from everwatch_private.rollups as r
    where r.starts_at > '-infinity' and r.starts_at < after.forgotten_before
      -- The row of a day's first hour becomes the day's.
      or r.starts_at >= before.daily_before and r.starts_at < after.daily_before
        and r.source <> 'request' and r.starts_at <> date_bin('1 day', r.starts_at, 'epoch')
    returning r.*
  )
  insert into everwatch_private.changes (
    source, resource_id, starts_at, pending, succeeded, failed, timed, duration_sum, duration_max,
    last_success_at, affected, bins, adds_to
  )
  select source, resource_id, starts_at, pending, succeeded, failed, timed, duration_sum, duration_max,
    last_success_at, coalesce(affected, 0), bins, 'rollups'
  from old;
  get diagnostics aged = row_count;
  perform everwatch_private.fold_changes();
  return aged;
end
$$;

comment on function everwatch_private.age_rollups(timestamptz)
  is 'Makes days of the hours that are older than hourly_for of rollup_settings, and one row of what is older than rollup_retention; returns how many rows it took out.';

revoke execute on function everwatch_private.age_rollups(timestamptz) from public;

-- From the first moment on, late rows go where they belong.

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-age-rollups', '27 0 * * *', 'select everwatch_private.age_rollups()');

-- schemas/refresh/backfill.sql

-- Rolling up history that came in without triggers: a day at a time, the newest first, so that what is
-- recent is right first, and a run that ends or fails leaves nothing to be done twice.
create table everwatch_private.backfills (
  source everwatch_private.source primary key references everwatch_private.raw_tables (source),
  started_at timestamptz not null default clock_timestamp(),
  oldest_row_at timestamptz,
  done_since timestamptz not null default 'infinity',
  rows_done bigint not null default 0,
  finished_at timestamptz
);

comment on table everwatch_private.backfills
  is 'How far the history of each raw table is rolled up; without a row there was none to roll up.';
comment on column everwatch_private.backfills.oldest_row_at
  is 'Where it ends; null when there was no row.';
comment on column everwatch_private.backfills.done_since
  is 'Raw rows from this moment on are in the rollups; those from before it are to come.';
comment on column everwatch_private.backfills.rows_done is 'Raw rows that it has rolled up.';
comment on column everwatch_private.backfills.finished_at is 'Null while it is not done.';

create function everwatch_private.raw_bounds(
  source everwatch_private.source,
  until timestamptz,
  out oldest timestamptz,
  out newest timestamptz
)
  language plpgsql stable set search_path = ''
  as $$
declare
  raw everwatch_private.raw_tables;
begin
  select * into strict raw from everwatch_private.raw_tables as r where r.source = raw_bounds.source;
  -- Org by org, as the raw tables' indexes on time begin with it.
  execute format(
    'select min(t.oldest), max(t.newest)
    from everwatch.orgs as o
    cross join lateral (
      select min(%1$I) as oldest, max(%1$I) as newest
      from everwatch.%2$I
      where org_id = o.id and %1$I >= $1 and %1$I < $2
    ) as t',
    raw.time_column, raw.name
  ) into oldest, newest using raw.complete_since, until;
end
$$;

comment on function everwatch_private.raw_bounds(everwatch_private.source, timestamptz)
  is 'The times of the oldest and of the newest row of a raw table before `until`, of those of which retention dropped none.';

create function everwatch_private.start_backfill()
  returns setof everwatch_private.backfills
  language sql set search_path = ''
  as $$
  select everwatch_private.touch_everything();

  insert into everwatch_private.backfills as b (source, oldest_row_at)
  select r.source, bounds.oldest
  from everwatch_private.raw_tables as r
  cross join lateral everwatch_private.raw_bounds(r.source, 'infinity') as bounds
  on conflict (source) do update
  set started_at = excluded.started_at,
    oldest_row_at = excluded.oldest_row_at,
    done_since = excluded.done_since,
    rows_done = 0,
    finished_at = null
  returning *
$$;

comment on function everwatch_private.start_backfill()
  is 'Has the history of all raw tables rolled up by `backfill()`, from the start, and the next refresh look at every webhook and rule: call it after rows came in without triggers.';

create function everwatch_private.backfill_day(source everwatch_private.source)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  progress everwatch_private.backfills;
  since timestamptz;
begin
  select * into strict progress
  from everwatch_private.backfills as b
  where b.source = backfill_day.source
  for update;

  -- The newest day that is not done. All that is older than the rollups' retention is one span.
  select case when b.newest < s.forgotten_before then '-infinity' else date_bin('1 day', b.newest, 'epoch') end
  into since
  from everwatch_private.raw_bounds(backfill_day.source, progress.done_since) as b
  cross join everwatch_private.rollup_state as s;

  if since >= (select r.complete_since from everwatch_private.raw_tables as r where r.source = backfill_day.source) then
    update everwatch_private.backfills as b
    set rows_done = b.rows_done + everwatch_private.reconcile(backfill_day.source, since, progress.done_since),
      done_since = since
    where b.source = backfill_day.source;
  else
    update everwatch_private.backfills as b
    set finished_at = clock_timestamp(), done_since = '-infinity'
    where b.source = backfill_day.source;
  end if;
end
$$;

comment on function everwatch_private.backfill_day(everwatch_private.source)
  is 'Rolls up the newest day of a raw table that is not done, or says that all are.';

create function everwatch_private.backfill(days integer default 10)
  returns setof everwatch_private.backfills
  language plpgsql set search_path = ''
  as $$
declare
  -- Whoever refreshes the views waits for this one.
  until constant timestamptz := clock_timestamp() + interval '10 seconds';
  next everwatch_private.source;
begin
  for day in 1 .. days loop
    select b.source into next
    from everwatch_private.backfills as b
    where b.finished_at is null
    order by b.done_since desc, b.source
    limit 1;
    exit when not found;
    perform everwatch_private.backfill_day(next);
    exit when clock_timestamp() > until;
  end loop;
  return query select * from everwatch_private.backfills order by source;
end
$$;

comment on function everwatch_private.backfill(integer)
  is 'Goes on with rolling up history, by so many days of one raw table each or ten seconds, and returns how far it is. The schedule calls it; whoever is in a hurry may, too, again and again.';

revoke execute
  on function
    everwatch_private.raw_bounds(everwatch_private.source, timestamptz),
    everwatch_private.start_backfill(),
    everwatch_private.backfill_day(everwatch_private.source),
    everwatch_private.backfill(integer)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-backfill', '* * * * *', 'select everwatch_private.backfill()');

-- schemas/refresh/changed_rollups.sql

-- The rollups as they would be if the changes were added now. A refresh writes these rows; who wants to
-- see the running hour reads them before that.
create view everwatch_private.changed_rollups
with
  (security_invoker = on) as
select
  c.source,
  c.resource_id,
  c.starts_at,
  coalesce(r.pending, 0) + c.pending as pending,
  coalesce(r.succeeded, 0) + c.succeeded as succeeded,
  coalesce(r.failed, 0) + c.failed as failed,
  coalesce(r.timed, 0) + c.timed as timed,
  coalesce(r.duration_sum, 0) + c.duration_sum as duration_sum,
  coalesce(r.affected, 0) + c.affected as affected,
  greatest(r.duration_max, c.duration_max) as duration_max,
  greatest(r.last_success_at, c.last_success_at) as last_success_at,
  f.bins,
  case
    when c.source = 'request' then (
      select
        d.p95_ms
      from
        everwatch_private.add_durations(null, null, null, f.bins, coalesce(r.timed, 0) + c.timed) as d
    )
  end as p95_ms,
  k.by_resource_type,
  k.by_error_code,
  c.removed
from
  (
    select
      source,
      resource_id,
      starts_at,
      sum(pending)::bigint as pending,
      sum(succeeded)::bigint as succeeded,
      sum(failed)::bigint as failed,
      sum(timed)::bigint as timed,
      sum(duration_sum)::bigint as duration_sum,
      sum(affected)::bigint as affected,
      max(duration_max) as duration_max,
      max(last_success_at) as last_success_at,
      bool_or(removed) as removed
    from
      everwatch_private.placed_changes
    group by
      source,
      resource_id,
      starts_at
  ) as c
  left join lateral (
    select
      *
    from
      everwatch_private.rollups as k
    where
      k.source = c.source
      and k.resource_id = c.resource_id
      and k.starts_at = c.starts_at
    limit
      1
  ) as r on true
  left join everwatch_private.changed_bins as b on b.source = c.source
  and b.resource_id = c.resource_id
  and b.starts_at = c.starts_at
  left join everwatch_private.changed_breakdowns as k on c.source = 'request'
  and k.resource_id = c.resource_id
  and k.starts_at = c.starts_at
  cross join lateral (
    select
      case
        when cardinality(r.bins) > 200 then b.bins
        else array_cat(r.bins, b.bins)
      end
  ) as f (bins);

comment on view everwatch_private.changed_rollups
  is 'Rows of the rollups as they would be with the changes; `removed` says that maxima and the last success may be less.';

grant select on everwatch_private.changed_rollups to authenticated, service_role;

-- schemas/refresh/fold_changes.sql

-- Adding the changes to the rollups and the totals. One statement takes them and writes what they make
-- of both, so that all is of one moment, and either done or not. Only one runs at a time.
create function everwatch_private.lock_rollups()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('everwatch_private.rollups', 0));
end
$$;

comment on function everwatch_private.lock_rollups()
  is 'Makes the caller the only one who writes rollups until its transaction ends.';

-- It is long because it is one statement: a part of it in a function of its own would read with a later
-- snapshot, and so changes that are not taken.
--
-- How many changes there are, statistics do not know, and a session keeps the plan of its first call. So
-- nothing in it may depend on that: planned for few changes, each of them would have all others added up
-- anew, and planned for few rollups, each of them would read all.
create function everwatch_private.fold_changes()
  returns bigint
  language plpgsql set search_path = '' set enable_nestloop = off set enable_seqscan = off set work_mem = '32MB' set jit = off
  as $$
declare
  folded bigint;
  rollups_with_less everwatch_private.rollup_key[];
  totals_with_less everwatch_private.rollup_key[];
begin
  if not exists (select from everwatch_private.changes) then
    return 0;
  end if;

  with taken as (
    delete from everwatch_private.changes where true returning *
  ),
  touched as (
    insert into everwatch_private.touched_resources (source, resource_id)
    select distinct source, resource_id from taken where adds_to <> 'rollups' and source <> 'request'
  ),
  -- What is about a resource that is gone is about nothing. The limit has each looked up, however many
  -- there are.
  present as materialized (
    select c.source, c.resource_id
    from (select distinct source, resource_id from taken) as c
    cross join lateral (
      select from everwatch_private.resources as r where r.source = c.source and r.id = c.resource_id limit 1
    ) as r
  ),
  rollup as materialized (
    select c.*
    from everwatch_private.changed_rollups as c
    join present as p using (source, resource_id)
  ),
  rolled_up as (
    insert into everwatch_private.rollups as r (
      source, resource_id, starts_at, pending, succeeded, failed, timed, duration_sum, affected,
      duration_max, last_success_at, bins, p95_ms, by_resource_type, by_error_code
    )
    select source, resource_id, starts_at, pending, succeeded, failed, timed, duration_sum,
      case when source = 'execution' then affected end,
      duration_max, last_success_at, bins, p95_ms, by_resource_type, by_error_code
    from rollup
    on conflict (source, resource_id, starts_at) do update
    set (
      pending, succeeded, failed, timed, duration_sum, affected,
      duration_max, last_success_at, bins, p95_ms, by_resource_type, by_error_code
    ) = (
      excluded.pending, excluded.succeeded, excluded.failed, excluded.timed, excluded.duration_sum, excluded.affected,
      excluded.duration_max, excluded.last_success_at, excluded.bins, excluded.p95_ms,
      excluded.by_resource_type, excluded.by_error_code
    )
  ),
  summed_up as (
    insert into everwatch_private.totals as t (
      source, resource_id, pending, succeeded, failed, timed, duration_sum, affected, day_rows, day_failed,
      week_rows, week_failed, duration_max, last_success_at, p95_ms, p95_bin, p95_above, histogram
    )
    select c.source, c.resource_id, c.pending, c.succeeded, c.failed, c.timed, c.duration_sum, c.affected,
      c.day_rows, c.day_failed, c.week_rows, c.week_failed, c.duration_max, c.last_success_at,
      c.p95_ms, c.p95_bin, c.p95_above, c.histogram
    from everwatch_private.changed_totals as c
    join present as p using (source, resource_id)
    on conflict (source, resource_id) do update
    set (
      pending, succeeded, failed, timed, duration_sum, affected, day_rows, day_failed,
      week_rows, week_failed, duration_max, last_success_at, p95_ms, p95_bin, p95_above, histogram
    ) = (
      excluded.pending, excluded.succeeded, excluded.failed, excluded.timed, excluded.duration_sum, excluded.affected,
      excluded.day_rows, excluded.day_failed, excluded.week_rows, excluded.week_failed,
      excluded.duration_max, excluded.last_success_at, excluded.p95_ms, excluded.p95_bin,
      excluded.p95_above, excluded.histogram
    )
  )
  select coalesce(sum(abs(pending) + abs(succeeded) + abs(failed)) filter (where adds_to = 'both'), 0),
    (
      select array_agg((r.source, r.resource_id, r.starts_at)::everwatch_private.rollup_key)
      from rollup as r
      where r.removed
    ),
    array_agg(distinct (source, resource_id, null)::everwatch_private.rollup_key) filter (where removed)
  into strict folded, rollups_with_less, totals_with_less
  from taken;

  perform everwatch_private.find_maxima_of_rollups(rollups_with_less),
    everwatch_private.find_maxima_of_totals(totals_with_less);
  return folded;
end
$$;

comment on function everwatch_private.fold_changes()
  is 'Adds all changes to the rollups and the totals, and has the next refresh look at the webhooks and rules that they are about; returns how many raw rows these are.';

revoke execute
  on function everwatch_private.lock_rollups(), everwatch_private.fold_changes()
  from public;

-- schemas/refresh/forget_resources.sql

-- Deleting a webhook, a rule or an org deletes what is known of it, at the next refresh. No foreign key
-- does it at once, because whoever deletes would then wait for a refresh, or a refresh for them.
create function everwatch_private.forget_resources(touched uuid[])
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
declare
  gone constant uuid[] := array(
    select t.id
    from unnest(touched) as t (id)
    -- The offset has each looked up, however many webhooks there are.
    cross join lateral (
      select exists (select from everwatch_private.resources as r where r.id = t.id offset 0) as is_there
    ) as r
    where not r.is_there
  );
begin
  if gone = '{}' then
    return;
  end if;

  with forgotten as (
    delete from everwatch_private.totals as t
    where t.source = any (array(select r.source from everwatch_private.raw_tables as r))
      and t.resource_id = any (gone)
    returning source, resource_id
  )
  delete from everwatch_private.rollups as r
  using forgotten as f
  where r.source = f.source and r.resource_id = f.resource_id;
end
$$;

comment on function everwatch_private.forget_resources(uuid[])
  is 'Deletes the rollups and totals of those of these webhooks, rules and orgs that are no longer there.';

revoke execute on function everwatch_private.forget_resources(uuid[]) from public;

-- schemas/refresh/reconcile.sql

-- Stable, so that it reads with the snapshot of the statement that asks.
create function everwatch_private.activity_of_raw_rows(
  source everwatch_private.source,
  since timestamptz,
  until timestamptz
)
  returns table(resource_id uuid, starts_at timestamptz, resource_type text, status_code integer, pending bigint, succeeded bigint, failed bigint, affected bigint, timed bigint, duration_sum bigint, duration_max integer, last_success_at timestamptz, bins bigint[])
  language plpgsql stable set search_path = '' set jit = off set plan_cache_mode = force_custom_plan
  as $$
begin
  return query
  with raw as (
    select a.resource_id, date_bin('1 hour', a.happened_at, 'epoch') as starts_at,
      a.resource_type, a.status_code, a.duration_ms,
      sum(a.pending) as pending,
      sum(a.succeeded) as succeeded,
      sum(a.failed) as failed,
      sum(a.affected) as affected,
      count(a.duration_ms) as timed,
      sum(a.duration_ms::bigint) as duration_sum,
      max(a.happened_at) filter (where a.succeeded > 0) as last_success_at
    from everwatch.orgs as o
    -- Org by org, as the raw tables' indexes on time begin with it.
    cross join lateral (
      select r.*
      from everwatch_private.raw_activity as r
      where r.source = activity_of_raw_rows.source and r.org_id = o.id
        and r.happened_at >= since and r.happened_at < until
      offset 0
    ) as a
    group by 1, 2, 3, 4, 5
  )
  select r.resource_id, r.starts_at, r.resource_type, r.status_code,
    sum(r.pending)::bigint, sum(r.succeeded)::bigint, sum(r.failed)::bigint, sum(r.affected)::bigint,
    sum(r.timed)::bigint, coalesce(sum(r.duration_sum), 0)::bigint,
    max(r.duration_ms), max(r.last_success_at),
    everwatch_private.count_values(array_agg(r.duration_ms::double precision), array_agg(r.timed))
  from raw as r
  group by r.resource_id, r.starts_at, r.resource_type, r.status_code;
end
$$;

comment on function everwatch_private.activity_of_raw_rows(everwatch_private.source, timestamptz, timestamptz)
  is 'What the raw rows of a span of time add up to: by hour, and requests by resource type and status code, too.';

-- Making the rollups of a span of time again, from its raw rows: where these came in without triggers, as
-- a bulk load or a restore brings them. One statement takes out what is known of the span, waiting
-- changes too, and puts in what is there; so rows that come in meanwhile are either in what it reads, or
-- their changes wait.
create function everwatch_private.reconcile(
  source everwatch_private.source,
  since timestamptz,
  until timestamptz
)
  returns bigint
  language plpgsql set search_path = '' set jit = off set plan_cache_mode = force_custom_plan
  as $$
begin
  perform everwatch_private.lock_rollups();

  with known as (
    delete from everwatch_private.rollups as r
    where r.source = reconcile.source and r.starts_at >= since and r.starts_at < until
    returning *
  ),
  waiting as (
    delete from everwatch_private.changes as c
    where c.source = reconcile.source and c.starts_at >= since and c.starts_at < until
  )
  insert into everwatch_private.changes (
    source, resource_id, starts_at, resource_type, status_code, pending, succeeded, failed,
    affected, timed, duration_sum, duration_max, last_success_at, bins, adds_to, removed
  )
  select reconcile.source, resource_id, starts_at, resource_type, status_code, pending, succeeded, failed,
    affected, timed, duration_sum, duration_max, last_success_at, bins, 'both', false
  from everwatch_private.activity_of_raw_rows(reconcile.source, since, until)
  union all
  select k.source, k.resource_id, k.starts_at, null, null, -k.pending, -k.succeeded, -k.failed,
    -coalesce(k.affected, 0), -k.timed, -k.duration_sum, null, null,
    everwatch_private.negate_bins(k.bins),
    'totals', true
  from known as k;

  return everwatch_private.fold_changes();
end
$$;

comment on function everwatch_private.reconcile(everwatch_private.source, timestamptz, timestamptz)
  is 'Makes the rollups of the raw rows from `since` until before `until`, both the start of a day in UTC, anew; returns how many raw rows were added to the rollups, others that waited included.';

revoke execute
  on function
    everwatch_private.activity_of_raw_rows(everwatch_private.source, timestamptz, timestamptz),
    everwatch_private.reconcile(everwatch_private.source, timestamptz, timestamptz)
  from public;

-- schemas/refresh/refresh.sql

-- Keeping mv_webhook_performance and mv_rule_performance fresh.
create function everwatch_private.count_performance_rows()
  returns jsonb
  language sql stable set search_path = ''
  as $$
  select jsonb_build_object(
    'mv_webhook_performance', (select count(*) from everwatch.mv_webhook_performance),
    'mv_rule_performance', (select count(*) from everwatch.mv_rule_performance)
  )
$$;

comment on function everwatch_private.count_performance_rows()
  is 'How many rows mv_webhook_performance and mv_rule_performance have, as refresh_runs keeps it.';

create function everwatch_private.describe_run(run_id bigint)
  returns jsonb
  language sql stable set search_path = ''
  as $$
  select jsonb_build_object(
    'status', case when run.error is null then 'refreshed' else 'failed' end,
    'refreshed_at', everwatch_private.refreshed_at(),
    'duration_ms', run.duration_ms,
    'folded_rows', run.folded_rows,
    'rows', run.view_rows,
    'error', run.error
  )
  from everwatch_private.refresh_runs as run
  where run.id = run_id
$$;

comment on function everwatch_private.describe_run(bigint)
  is 'What a refresh answers when it has ended.';

-- It waits for a lock only so long: a run that waited for ever would keep all later ones from starting.
create function everwatch_private.refresh_views(at timestamptz default now())
  returns jsonb
  language plpgsql security definer set search_path = '' set lock_timeout = '30s' set jit = off
  as $$
declare
  started constant timestamptz := clock_timestamp();
  before everwatch_private.refresh_runs;
  run_id bigint;
  folded bigint;
  rows_came_or_went boolean;
  counted jsonb;
  failure text;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.refresh_views', 0)) then
    return jsonb_build_object('status', 'skipped', 'refreshed_at', everwatch_private.refreshed_at());
  end if;
  select r.* into before
  from everwatch_private.refresh_runs as r
  where r.error is null
  order by r.id desc
  limit 1;

  -- A failure undoes this block alone: rollups and tables are as they were, and the run is recorded.
  begin
    -- History that is being rolled up is not for long.
    perform everwatch_private.lock_rollups();
    perform everwatch_private.move_windows(at);
    folded := everwatch_private.fold_changes();
    rows_came_or_went := everwatch_private.keep_performance();
    -- Counting them costs more than all else that a quiet refresh does.
    counted := before.view_rows;
    if counted is null or rows_came_or_went then
      counted := everwatch_private.count_performance_rows();
    end if;
  exception
    when others or query_canceled then
      folded := null;
      counted := null;
      failure := format('%s: %s', sqlstate, sqlerrm);
      raise warning 'refresh_monitoring_views failed: %', failure;
  end;

  insert into everwatch_private.refresh_runs (
    started_at, finished_at, lag_ms, folded_rows, backlog, view_rows, error, started_by
  )
  values (
    started, clock_timestamp(),
    (extract(epoch from started - before.started_at) * 1000)::bigint,
    folded,
    (select count(*) from everwatch_private.changes),
    counted, failure,
    coalesce(nullif(current_setting('role'), 'none'), session_user)
  )
  returning id into run_id;

  return everwatch_private.describe_run(run_id);
end
$$;

comment on function everwatch_private.refresh_views(timestamptz)
  is 'Adds what changed to the rollups and writes the rows of mv_webhook_performance and mv_rule_performance that are others now, or does nothing, and records the run. The windows of 24 hours and of 7 days end at `at`. Only one runs at a time: a second returns at once as skipped. Never raises: a failure is in its answer, in refresh_runs and in the log.';

create function everwatch.refresh_monitoring_views()
  returns jsonb
  language sql set search_path = ''
  as $$
  select everwatch_private.refresh_views()
$$;

comment on function everwatch.refresh_monitoring_views()
  is 'Refreshes mv_webhook_performance and mv_rule_performance; for the schedule and the secret key. Returns status (refreshed, skipped or failed), refreshed_at, duration_ms, rows of each view, and error.';

revoke execute
  on function
    everwatch_private.count_performance_rows(),
    everwatch_private.describe_run(bigint),
    everwatch_private.refresh_views(timestamptz),
    everwatch.refresh_monitoring_views()
  from public;

-- schemas/refresh/refresh_health.sql

-- Whether the monitors themselves work.
create function everwatch_private.refresh_health(
  at timestamptz default now(),
  out every interval,
  out refreshed_at timestamptz,
  out late_after interval,
  out late boolean,
  out failures bigint,
  out last_run bigint
)
  language plpgsql stable security definer set search_path = ''
  as $$
declare
  success bigint;
begin
  select s.refresh_every into every from everwatch_private.rollup_settings as s;
  select r.id, r.started_at into success, refreshed_at
  from everwatch_private.refresh_runs as r
  where r.error is null
  order by r.id desc
  limit 1;
  select count(*) into failures from everwatch_private.refresh_runs as r where r.id > success;
  select max(r.id) into last_run from everwatch_private.refresh_runs as r;
  select every * nullif(least(p.warning, p.critical), 'Infinity')::float8 into late_after
  from everwatch_private.alert_policies as p
  where p.type = 'refresh_late' and p.enabled;
  late := coalesce(at - refreshed_at > late_after, false);
end
$$;

comment on function everwatch_private.refresh_health(timestamptz)
  is 'How often the views are to be refreshed, when they last were, after how long the next is late by the policy refresh_late (null: never), whether it is at `at`, how many runs failed since, and which refresh_runs has of the last run.';

revoke execute on function everwatch_private.refresh_health(timestamptz) from public;

-- schemas/refresh/refresh_runs.sql

-- How fresh mv_webhook_performance and mv_rule_performance are, and what each refresh of them took.
create table everwatch_private.refresh_runs (
  id bigint generated always as identity primary key,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  duration_ms integer not null generated always as (
    (extract(epoch from finished_at - started_at) * 1000)::integer
  ) stored,
  lag_ms bigint,
  folded_rows bigint,
  backlog bigint not null,
  view_rows jsonb,
  error text,
  started_by name not null,
  constraint refresh_runs_have_rows_or_an_error check (
    (view_rows is null) <> (error is null)
    and (folded_rows is null) <> (error is null)
  )
);

comment on table everwatch_private.refresh_runs
  is 'Each refresh of mv_webhook_performance and mv_rule_performance; the last success is kept for ever.';
comment on column everwatch_private.refresh_runs.duration_ms
  is 'Milliseconds, for all views together.';
comment on column everwatch_private.refresh_runs.lag_ms
  is 'Milliseconds since the last successful run began: how far the views were behind. Null for the first.';
comment on column everwatch_private.refresh_runs.folded_rows
  is 'Raw rows, new, changed or removed, that were added to the rollups; null when it failed.';
comment on column everwatch_private.refresh_runs.backlog
  is 'Changes that were waiting for the next run when this one ended.';
comment on column everwatch_private.refresh_runs.view_rows
  is 'Rows of each view after the refresh, by the view''s name; null when it failed.';
comment on column everwatch_private.refresh_runs.error
  is 'Why it failed, with the SQLSTATE; the views kept the rows they had.';
comment on column everwatch_private.refresh_runs.started_by
  is 'The database role that asked for it.';

create function everwatch_private.refreshed_at()
  returns timestamptz
  language sql stable security definer set search_path = ''
  as $$
  select r.started_at
  from everwatch_private.refresh_runs as r
  where r.error is null
  order by r.id desc
  limit 1
$$;

comment on function everwatch_private.refreshed_at()
  is 'Everything that was committed before this moment is in mv_webhook_performance and mv_rule_performance: when their last successful refresh began.';

revoke execute on function everwatch_private.refreshed_at() from public;

-- schemas/refresh/trim_run_logs.sql

-- The logs of what ran by itself are for finding out what went wrong lately, not for ever.
create function everwatch_private.trim_run_logs()
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  runs_since constant timestamptz := now() - everwatch_private.kept_for('cron_runs');
begin
  -- Only runid is indexed there, and a run that could not start has no times: so cut at a runid. The
  -- newest 50,000 are the most that is kept, whatever their times.
  delete from cron.job_run_details
  where runid <= greatest(
    (select runid from cron.job_run_details where start_time < runs_since order by runid desc limit 1),
    (select max(runid) - 50000 from cron.job_run_details)
  );

  -- The last success stays: it says how old the views are.
  delete from everwatch_private.refresh_runs
  where started_at < now() - everwatch_private.kept_for('refresh_runs')
    and id is distinct from (select max(id) from everwatch_private.refresh_runs where error is null);
end
$$;

comment on function everwatch_private.trim_run_logs()
  is 'Deletes what cron.job_run_details and refresh_runs hold of longer ago than retentions says.';

revoke execute on function everwatch_private.trim_run_logs() from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-trim-run-logs', '17 3 * * *', 'select everwatch_private.trim_run_logs()');

-- schemas/performance/api_usage_metrics.sql

-- Each org's API traffic by the hour: of hours to which nothing was added since the last refresh what is
-- rolled up, of others what will be. So the running hour is live, and a month costs its hours.
create view everwatch_private.request_hours
with
  (security_invoker = on) as
select
  r.resource_id as org_id,
  r.starts_at as hour,
  r.succeeded,
  r.failed,
  r.timed,
  r.duration_sum,
  r.duration_max,
  r.p95_ms,
  r.bins,
  r.by_resource_type,
  r.by_error_code
from
  everwatch_private.rollups as r
where
  r.source = 'request'
  and r.starts_at > '-infinity'
  and not exists (
    select
    from
      everwatch_private.changes as c
    where
      c.source = 'request'
      and c.resource_id = r.resource_id
      and c.starts_at = r.starts_at
  )
union all
select
  c.resource_id,
  c.starts_at,
  c.succeeded,
  c.failed,
  c.timed,
  c.duration_sum,
  c.duration_max,
  c.p95_ms,
  c.bins,
  c.by_resource_type,
  c.by_error_code
from
  everwatch_private.changed_rollups as c
where
  c.source = 'request'
  and c.starts_at > '-infinity';

comment on view everwatch_private.request_hours is 'Requests of each org by the hour, live.';

grant select on everwatch_private.request_hours to authenticated, service_role;

create view everwatch.v_api_usage_metrics
with
  (security_invoker = on) as
select
  org_id,
  hour,
  succeeded + failed as total_requests,
  succeeded as successful_requests,
  failed as failed_requests,
  round(100.0 * succeeded / (succeeded + failed), 2) as success_rate_pct,
  round(1.0 * duration_sum / nullif(timed, 0), 1) as avg_response_time_ms,
  least(p95_ms, duration_max) as p95_response_time_ms,
  duration_max as max_response_time_ms,
  by_resource_type as requests_by_resource,
  coalesce(by_error_code, '{}') as errors_by_status_code
from
  everwatch_private.request_hours
where
  succeeded + failed > 0;

comment on view everwatch.v_api_usage_metrics
  is 'API requests of each org by the hour, live; an hour without requests has no row.';
comment on column everwatch.v_api_usage_metrics.hour is 'The start of the hour, in UTC.';
comment on column everwatch.v_api_usage_metrics.failed_requests
  is 'Requests answered with a status of 400 or more.';
comment on column everwatch.v_api_usage_metrics.success_rate_pct
  is 'Percent of requests answered with a status below 400.';
comment on column everwatch.v_api_usage_metrics.avg_response_time_ms
  is 'Milliseconds, over requests whose duration is known; null when none is, as the other two.';
comment on column everwatch.v_api_usage_metrics.p95_response_time_ms
  is 'Milliseconds: as percentile_cont(0.95), within 1%.';
comment on column everwatch.v_api_usage_metrics.requests_by_resource
  is 'Counts by resource type; requests without one count as "unknown".';
comment on column everwatch.v_api_usage_metrics.errors_by_status_code
  is 'Counts by status code, of 400 or more.';

grant select on everwatch.v_api_usage_metrics to authenticated, service_role;

-- schemas/performance/keep_performance.sql

-- Bringing mv_webhook_performance and mv_rule_performance up to date: of those that were touched, what
-- differs is written, and nothing else. So a reader waits for nobody, and a quiet refresh costs next to
-- nothing, however many webhooks there are.
create function everwatch_private.keep_rows(kept text, ids uuid[])
  returns bigint
  language plpgsql set search_path = '' set jit = off
  as $$
declare
  key name;
  columns text;
  more bigint;
begin
  if ids is null then
    return 0;
  end if;

  select max(a.attname) filter (where a.attnum = any (i.indkey)),
    string_agg(quote_ident(a.attname), ', ' order by a.attnum)
  into strict key, columns
  from pg_catalog.pg_index as i
  join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid
  where i.indrelid = format('everwatch.mv_%s', kept)::regclass and i.indisprimary
    and a.attnum > 0 and not a.attisdropped;

  -- Updating a row that does not differ would lock it, which is a write as well.
  execute format(
    $sql$
    with now_so as materialized (
      select * from everwatch_private.current_%1$s($1)
    ),
    gone as (
      delete from everwatch.mv_%1$s as k
      where k.%2$I = any ($1) and not exists (select from now_so as n where n.%2$I = k.%2$I)
    ),
    written as (
      insert into everwatch.mv_%1$s as k
      select n.*
      from now_so as n
      left join everwatch.mv_%1$s as old on old.%2$I = n.%2$I and old.%2$I = any ($1)
      where old is distinct from n
      on conflict (%2$I) do update set (%3$s) = row (excluded.*)
    )
    select (select count(*) from now_so)
      - (select count(*) from everwatch.mv_%1$s as k where k.%2$I = any ($1))
    $sql$,
    kept, key, columns
  ) into more using ids;
  return more;
end
$$;

comment on function everwatch_private.keep_rows(text, uuid[])
  is 'Writes those rows of everwatch.mv_<kept> with these ids that differ from what everwatch_private.current_<kept>() has now; deletes those that are no more; returns how many more rows there are than before.';

create function everwatch_private.keep_performance()
  returns boolean
  language plpgsql set search_path = ''
  as $$
declare
  touched uuid[];
  webhooks uuid[];
  rules uuid[];
  more_webhooks bigint;
  more_rules bigint;
begin
  if not exists (select from everwatch_private.touched_resources) then
    return false;
  end if;

  with taken as (
    delete from everwatch_private.touched_resources where true returning source, resource_id
  )
  select array_agg(distinct resource_id),
    array_agg(distinct resource_id) filter (where source = 'delivery'),
    array_agg(distinct resource_id) filter (where source = 'execution')
  into touched, webhooks, rules
  from taken;

  -- A segment touches its rules.
  if rules is not null then
    select array_agg(t.id) into rules
    from (
      select unnest(rules)
      union
      select r.id
      from everwatch.segments as s
      join everwatch.automation_rules as r on r.org_id = s.org_id and r.segment_id = s.id
      where s.id = any (rules)
    ) as t (id);
  end if;

  perform everwatch_private.forget_resources(touched);
  select everwatch_private.keep_rows('webhook_performance', webhooks),
    everwatch_private.keep_rows('rule_performance', rules)
  into more_webhooks, more_rules;
  return more_webhooks <> 0 or more_rules <> 0;
end
$$;

comment on function everwatch_private.keep_performance()
  is 'Brings the rows of mv_webhook_performance and mv_rule_performance that were touched up to date, and forgets what is gone; returns whether there are more rows or fewer than before.';

revoke execute
  on function everwatch_private.keep_rows(text, uuid[]), everwatch_private.keep_performance()
  from public;

-- schemas/performance/rule_performance.sql

-- What each automation rule did, as of the last refresh: from the totals of its rollups. A table, as row
-- level security is of tables; the refresh keeps it.
create table everwatch.mv_rule_performance (
  rule_id uuid primary key,
  org_id uuid not null,
  rule_name text not null,
  rule_type text not null,
  enabled boolean not null,
  trigger_count bigint not null,
  last_triggered_at timestamptz,
  created_at timestamptz not null,
  segment_id uuid,
  segment_name text,
  segment_member_count integer,
  total_executions bigint not null,
  successful_executions bigint not null,
  failed_executions bigint not null,
  success_rate_pct numeric,
  avg_duration_ms numeric,
  total_affected_contacts bigint not null,
  executions_24h bigint not null,
  executions_7d bigint not null,
  -- Every reader asks by org.
  unique (org_id, rule_id)
)
-- Room on each page for the rows that a refresh writes, so that no index is written with them.
with
  (fillfactor = 70);

comment on table everwatch.mv_rule_performance
  is 'Executions of each automation rule, of all time, as of everwatch_private.refreshed_at(); those that retention dropped count too. Only the refresh writes it.';
comment on column everwatch.mv_rule_performance.success_rate_pct
  is 'Percent of executions that succeeded; null when there was none.';
comment on column everwatch.mv_rule_performance.avg_duration_ms
  is 'Milliseconds, over executions whose duration is known; null when there is none.';
comment on column everwatch.mv_rule_performance.total_affected_contacts
  is 'Sum over executions: a contact that was affected twice counts twice.';
comment on column everwatch.mv_rule_performance.executions_24h
  is 'Executions of any status in the 24 hours before the refresh.';
comment on column everwatch.mv_rule_performance.executions_7d
  is 'Executions of any status in the 7 days before the refresh.';

alter table everwatch.mv_rule_performance enable row level security;

grant select on everwatch.mv_rule_performance to authenticated, service_role;

create policy "members read what their orgs' rules did"
  on everwatch.mv_rule_performance
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create function everwatch_private.current_rule_performance(rule_ids uuid[])
  returns setof everwatch.mv_rule_performance
  language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
begin
  return query
  select r.id, r.org_id, r.name, r.type, r.enabled, r.trigger_count, r.last_triggered_at, r.created_at,
    r.segment_id, s.name, s.member_count,
    coalesce(t.succeeded + t.failed, 0),
    coalesce(t.succeeded, 0),
    coalesce(t.failed, 0),
    round(100.0 * t.succeeded / nullif(t.succeeded + t.failed, 0), 2),
    round(1.0 * t.duration_sum / nullif(t.timed, 0), 1),
    coalesce(t.affected, 0),
    coalesce(t.day_rows, 0) + coalesce(e.day_rows, 0),
    coalesce(t.week_rows, 0) + coalesce(e.week_rows, 0)
  from everwatch.automation_rules as r
  left join everwatch.segments as s on s.id = r.segment_id
  left join everwatch_private.totals as t on t.source = 'execution' and t.resource_id = r.id
    and (rule_ids is null or t.resource_id = any (rule_ids))
  left join everwatch_private.execution_edges(rule_ids) as e on e.resource_id = r.id
  where rule_ids is null or r.id = any (rule_ids);
end
$$;

comment on function everwatch_private.current_rule_performance(uuid[])
  is 'The rows that mv_rule_performance has of these rules after a refresh, if nothing changes until then; null asks for all.';

revoke execute on function everwatch_private.current_rule_performance(uuid[]) from public;

-- schemas/performance/webhook_performance.sql

-- How well each webhook delivers, as of the last refresh: from the totals of its rollups. A table, as row
-- level security is of tables; the refresh keeps it.
create table everwatch.mv_webhook_performance (
  webhook_id uuid primary key,
  org_id uuid not null,
  url text not null,
  enabled boolean not null,
  consecutive_failures integer not null,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  created_at timestamptz not null,
  total_deliveries bigint not null,
  successful_deliveries bigint not null,
  failed_deliveries bigint not null,
  pending_deliveries bigint not null,
  success_rate_pct numeric,
  avg_duration_ms numeric,
  p95_duration_ms numeric,
  max_duration_ms integer,
  deliveries_24h bigint not null,
  failures_24h bigint not null,
  deliveries_7d bigint not null,
  failures_7d bigint not null,
  -- Every reader asks by org.
  unique (org_id, webhook_id)
)
-- Room on each page for the rows that a refresh writes, so that no index is written with them.
with
  (fillfactor = 70);

comment on table everwatch.mv_webhook_performance
  is 'Deliveries of each webhook, of all time, as of everwatch_private.refreshed_at(); those that retention dropped count too. Only the refresh writes it.';
comment on column everwatch.mv_webhook_performance.success_rate_pct
  is 'Percent of finished deliveries that were sent; pending ones are not failures. Null when none is finished.';
comment on column everwatch.mv_webhook_performance.avg_duration_ms
  is 'Milliseconds, over finished deliveries whose duration is known; null when there is none.';
comment on column everwatch.mv_webhook_performance.p95_duration_ms
  is 'Milliseconds, over the same deliveries: as percentile_cont(0.95), within 1%.';
comment on column everwatch.mv_webhook_performance.deliveries_24h
  is 'Deliveries of any status in the 24 hours before the refresh.';
comment on column everwatch.mv_webhook_performance.deliveries_7d
  is 'Deliveries of any status in the 7 days before the refresh.';

alter table everwatch.mv_webhook_performance enable row level security;

grant select on everwatch.mv_webhook_performance to authenticated, service_role;

create policy "members read how their orgs' webhooks deliver"
  on everwatch.mv_webhook_performance
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create function everwatch_private.current_webhook_performance(webhook_ids uuid[])
  returns setof everwatch.mv_webhook_performance
  language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
begin
  return query
  select w.id, w.org_id, w.url, w.enabled, w.consecutive_failures,
    t.last_success_at,
    w.last_failure_at,
    w.created_at,
    coalesce(t.pending + t.succeeded + t.failed, 0),
    coalesce(t.succeeded, 0),
    coalesce(t.failed, 0),
    coalesce(t.pending, 0),
    round(100.0 * t.succeeded / nullif(t.succeeded + t.failed, 0), 2),
    round(1.0 * t.duration_sum / nullif(t.timed, 0), 1),
    least(t.p95_ms, t.duration_max),
    t.duration_max,
    coalesce(t.day_rows, 0) + coalesce(e.day_rows, 0),
    coalesce(t.day_failed, 0) + coalesce(e.day_failed, 0),
    coalesce(t.week_rows, 0) + coalesce(e.week_rows, 0),
    coalesce(t.week_failed, 0) + coalesce(e.week_failed, 0)
  from everwatch.webhooks as w
  left join everwatch_private.totals as t on t.source = 'delivery' and t.resource_id = w.id
    and (webhook_ids is null or t.resource_id = any (webhook_ids))
  left join everwatch_private.delivery_edges(webhook_ids) as e on e.resource_id = w.id
  where webhook_ids is null or w.id = any (webhook_ids);
end
$$;

comment on function everwatch_private.current_webhook_performance(uuid[])
  is 'The rows that mv_webhook_performance has of these webhooks after a refresh, if nothing changes until then; null asks for all.';

revoke execute on function everwatch_private.current_webhook_performance(uuid[]) from public;

-- schemas/health/rate_limit_utilization.sql

-- How much of each rate limit is used, in the windows that are open now.
create view everwatch.v_rate_limit_utilization
with
  (security_invoker = on) as
select
  l.org_id,
  l.key_type,
  l.identifier,
  l.window_start,
  l.request_count,
  l.limit_max,
  round(100.0 * l.request_count / l.limit_max, 2) as utilization_pct,
  ceil(extract(epoch from l.window_end - now()))::integer as seconds_until_reset,
  -- From the counts: the rounded percentage may be below a threshold that they are above.
  case
    when l.request_count >= l.limit_max then 'throttled'
    when 100::bigint * l.request_count > least(level.warning, level.critical) * l.limit_max then 'warning'
    else 'normal'
  end as status
from
  everwatch.api_rate_limits as l
  join everwatch_private.alert_levels as level on level.org_id = l.org_id
  and level.type = 'rate_limit'
where
  l.window_end > now();

comment on view everwatch.v_rate_limit_utilization
  is 'Use of each rate limit in its open windows, live from api_rate_limits and the policies of their orgs.';
comment on column everwatch.v_rate_limit_utilization.utilization_pct
  is 'Percent of limit_max; over 100 when requests were turned away.';
comment on column everwatch.v_rate_limit_utilization.seconds_until_reset
  is 'Whole seconds, rounded up, until the window ends; at least 1.';
comment on column everwatch.v_rate_limit_utilization.status
  is 'throttled from 100 percent on, warning above what the org''s policy rate_limit allows, else normal.';

grant select on everwatch.v_rate_limit_utilization to authenticated, service_role;

-- schemas/health/webhook_health.sql

-- How a webhook is, by the same words everywhere, and by the policies of its org.
create function everwatch_private.webhook_health(
  enabled boolean,
  consecutive_failures integer,
  warning numeric,
  critical numeric,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  created_at timestamptz,
  most_days numeric,
  out status text,
  out reason text
)
  language plpgsql stable set search_path = ''
  as $$
begin
  reason := case
    when not enabled then 'disabled'
    when consecutive_failures >= least(warning, critical) then 'consecutive_failures'
    when coalesce(last_success_at, last_failure_at) is null then 'no_data'
    when floor(extract(epoch from now() - coalesce(last_success_at, created_at)) / 86400) >= most_days then 'no_success'
  end;
  status := case reason
    when 'disabled' then 'disabled'
    when 'consecutive_failures' then
      case when consecutive_failures >= critical then 'critical' else 'warning' end
    when 'no_data' then 'inactive'
    when 'no_success' then 'inactive'
    else 'healthy'
  end;
end
$$;

comment on function everwatch_private.webhook_health(boolean, integer, numeric, numeric, timestamptz, timestamptz, timestamptz, numeric)
  is 'disabled; critical or warning from so many consecutive failures on; inactive before the first delivery has finished, and so many days after the last success (where there was none: after it was made); else healthy. A threshold that is null is never reached. reason is disabled, consecutive_failures, no_data or no_success; null when healthy.';

revoke execute
  on function everwatch_private.webhook_health(boolean, integer, numeric, numeric, timestamptz, timestamptz, timestamptz, numeric)
  from public;

-- How each webhook is now. Live: a short read of an index per webhook, and none of its history.
create view everwatch.v_webhook_health
with
  (security_invoker = on) as
select
  w.id as webhook_id,
  w.org_id,
  w.url,
  w.enabled,
  w.consecutive_failures,
  s.last_success_at,
  w.last_failure_at,
  h.status as health_status,
  -- Here, so that whoever does not ask for it does not wait for it.
  (
    select
      round(100.0 * count(*) filter (where d.status = 'failed') / nullif(count(*), 0), 2)
    from
      everwatch.webhook_deliveries as d
    where
      d.org_id = w.org_id
      and d.webhook_id = w.id
      and d.status in ('sent', 'failed')
      and d.sent_at >= now() - interval '24 hours'
  ) as failure_rate_24h,
  floor(extract(epoch from now() - s.last_success_at) / 86400)::integer as days_since_last_success,
  h.reason as health_reason
from
  everwatch.webhooks as w
  join everwatch_private.webhook_levels as level on level.org_id = w.org_id
  -- Nearly all have succeeded lately: that opens one partition or two, and no others,
  -- whatever the policy says.
  cross join lateral (
    select
      max(d.sent_at) as last_success_at
    from
      everwatch.webhook_deliveries as d
    where
      d.org_id = w.org_id
      and d.webhook_id = w.id
      and d.status = 'sent'
      and d.sent_at > now() - interval '7 days'
      and d.sent_at < now() + interval '1 day'
  ) as lately
  cross join lateral (
    select
      coalesce(
        lately.last_success_at,
        (
          select
            max(d.sent_at)
          from
            everwatch.webhook_deliveries as d
          where
            d.org_id = w.org_id
            and d.webhook_id = w.id
            and d.status = 'sent'
        ),
        -- The rows themselves may have expired.
        (
          select
            p.last_success_at
          from
            everwatch.mv_webhook_performance as p
          where
            p.org_id = w.org_id
            and p.webhook_id = w.id
        )
      ) as last_success_at
      -- Found once, and not anew wherever it is used below.
    offset
      0
  ) as s
  cross join lateral everwatch_private.webhook_health(
    w.enabled,
    w.consecutive_failures,
    level.warning,
    level.critical,
    s.last_success_at,
    w.last_failure_at,
    w.created_at,
    level.most_days
  ) as h;

comment on view everwatch.v_webhook_health
  is 'The state of each webhook now, live from webhooks, webhook_deliveries and the policies of their orgs.';
comment on column everwatch.v_webhook_health.health_status
  is 'As everwatch_private.webhook_health() has it, by the policies in force for the org.';
comment on column everwatch.v_webhook_health.health_reason
  is 'Why it is not healthy: disabled, consecutive_failures, no_data or no_success; null when it is.';
comment on column everwatch.v_webhook_health.failure_rate_24h
  is 'Percent of deliveries finished in the last 24 hours that failed; null when there was none.';
comment on column everwatch.v_webhook_health.days_since_last_success
  is 'Whole days; null when no delivery ever succeeded.';

grant select on everwatch.v_webhook_health to authenticated, service_role;

-- schemas/metrics/alert_metrics.sql

-- The alerts' part of monitoring_metrics.
create function everwatch_private.alert_metrics(org_id uuid, page_limit integer, after text)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    with alerts as (
      -- 'critical' sorts before 'warning'.
      select array[a.severity, a.type, a.resource_id] as key, a
      from everwatch_private.alert_conditions(now(), alert_metrics.org_id) as a
    ),
    found as (
      select x.*
      from alerts as x
      where x.key > (select everwatch_private.decode_cursor(alert_metrics.after, 'alerts'))
      order by x.key
      limit alert_metrics.page_limit + 1
    ),
    counts as (
      select jsonb_build_object(
        'total', count(*),
        'critical', count(*) filter (where (x.a).severity = 'critical'),
        'warning', count(*) filter (where (x.a).severity = 'warning')
      )
      from alerts as x
    )
    select (select * from counts) || everwatch_private.page(
      'alerts',
      (
        select jsonb_agg(
          jsonb_build_object('key', f.key, 'item', to_jsonb(f.a) - 'org_id') order by f.key
        )
        from found as f
      ),
      alert_metrics.page_limit
    )
  );
end
$$;

comment on function everwatch_private.alert_metrics(uuid, integer, text)
  is 'How many alert conditions of an org are true now, and one page of them, critical ones first: as in v_alert_conditions.';

revoke execute on function everwatch_private.alert_metrics(uuid, integer, text) from public;

-- schemas/metrics/api_metrics.sql

-- The API traffic's part of monitoring_metrics.
create function everwatch_private.api_page(
  org_id uuid,
  page_limit integer,
  after text,
  out first timestamptz,
  out before timestamptz,
  out is_last boolean
)
  language plpgsql stable set search_path = ''
  as $$
declare
  -- The newest hours come first. The first page is of the current hour and the 23 before it; later
  -- ones go further back. The cursor is the first hour of the page, counted from the epoch.
  oldest constant timestamptz := case
    when after is null
      then date_bin(interval '1 hour', now() - interval '23 hours', timestamptz 'epoch')
    else timestamptz '-infinity'
  end;
begin
  before := case
    when after is null then timestamptz 'infinity'
    else to_timestamp(
      3600 * substring((everwatch_private.decode_cursor(after, 'hours'))[1] from '^\d{1,7}$')::bigint
    )
  end;
  first := oldest;
  if after is not null or page_limit < 24 then
    -- A page begins at an hour with traffic, so that a gap is no empty page.
    first := greatest(oldest, interval '1 hour' * (1 - page_limit) + (
      select max(u.hour)
      from everwatch.v_api_usage_metrics as u
      where u.org_id = api_page.org_id and u.hour < before and u.hour >= oldest
    ));
  end if;
  -- Where an older hour is rolled up, nobody needs to look at what is not yet.
  is_last := not exists (
    select
    from everwatch_private.rollups as r
    where r.source = 'request'
      and r.resource_id = api_page.org_id
      and r.starts_at > '-infinity'
      and r.starts_at < first
      and r.succeeded + r.failed > 0
  );
  if is_last then
    is_last := not exists (
      select from everwatch.v_api_usage_metrics as u where u.org_id = api_page.org_id and u.hour < first
    );
  end if;
end
$$;

comment on function everwatch_private.api_page(uuid, integer, text)
  is 'Which hours are on a page of an org''s API traffic: from the first until before another; and whether there are no older ones.';

create function everwatch_private.api_metrics(org_id uuid, page_limit integer, after text)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
declare
  page record;
begin
  select * into strict page from everwatch_private.api_page(api_metrics.org_id, page_limit, after);
  return (
    select jsonb_build_object(
      'summary', jsonb_build_object(
        'total_requests', s.succeeded + s.failed,
        'successful_requests', s.succeeded,
        'failed_requests', s.failed,
        'success_rate', round(100.0 * s.succeeded / nullif(s.succeeded + s.failed, 0), 1),
        'avg_response_time_ms', round(1.0 * s.duration_sum / nullif(s.timed, 0), 1),
        'p95_response_time_ms', s.p95_ms
      ),
      'hours', (
        select coalesce(jsonb_agg(to_jsonb(u) - 'org_id' order by u.hour desc), '[]')
        from everwatch.v_api_usage_metrics as u
        where u.org_id = api_metrics.org_id and u.hour >= page.first and u.hour < page.before
      ),
      'next', case
        when not page.is_last then everwatch_private.encode_cursor(
          'hours', jsonb_build_array((extract(epoch from page.first) / 3600)::bigint)
        )
      end
    )
    from everwatch_private.request_summary(api_metrics.org_id, now() - interval '24 hours') as s
  );
end
$$;

comment on function everwatch_private.api_metrics(uuid, integer, text)
  is 'Summary of an org''s API requests in the last 24 hours, and one page of its hours, newest first: v_api_usage_metrics.';

revoke execute
  on function
    everwatch_private.api_page(uuid, integer, text),
    everwatch_private.api_metrics(uuid, integer, text)
  from public;

-- schemas/metrics/metrics_paging.sql

-- How monitoring_metrics finds its org, and how its lists are cut into pages.
create function everwatch_private.metrics_org(org_id uuid)
  returns uuid
  language plpgsql stable set search_path = ''
  as $$
declare
  mine uuid[];
begin
  if everwatch_private.reads_every_org() then
    if metrics_org.org_id is null then
      raise exception 'Name the org with org_id.'
        using errcode = 'PT400', detail = 'org_required', hint = 'org_id';
    elsif not exists (select from everwatch.orgs as o where o.id = metrics_org.org_id) then
      raise exception 'There is no such org.'
        using errcode = 'PT404', detail = 'org_not_found', hint = 'org_id';
    end if;
    return metrics_org.org_id;
  end if;

  if auth.uid() is null then
    raise exception 'Sign in first.' using errcode = 'PT401', detail = 'unauthenticated';
  end if;

  mine := array(select everwatch_private.my_org_ids());
  -- An org that does not exist and one that is another's are told alike.
  if cardinality(mine) = 0 or metrics_org.org_id <> all (mine) then
    raise exception 'You are not a member of this org.'
      using errcode = 'PT403', detail = 'not_a_member', hint = 'org_id';
  elsif metrics_org.org_id is null and cardinality(mine) > 1 then
    raise exception 'You are a member of several orgs: name one with org_id.'
      using errcode = 'PT400', detail = 'org_required', hint = 'org_id';
  end if;
  return coalesce(metrics_org.org_id, mine[1]);
end
$$;

comment on function everwatch_private.metrics_org(uuid)
  is 'The org whose metrics the caller may read: the one named, or a member''s only one. Raises PT401, PT403, PT400 or PT404 with a machine code in the detail.';

create function everwatch_private.decode_cursor(cursor text, list text)
  returns text[]
  language plpgsql immutable set search_path = ''
  as $$
declare
  place jsonb;
begin
  if cursor is null then
    return array[]::text[];
  end if;
  begin
    place := convert_from(decode(cursor, 'hex'), 'UTF8')::jsonb;
  exception
    when data_exception then place := null;
  end;
  if jsonb_typeof(place -> list) is distinct from 'array' then
    raise exception 'after is not a cursor of this list.'
      using errcode = 'PT400', detail = 'invalid_cursor', hint = 'after';
  end if;
  return array(select jsonb_array_elements_text(place -> list));
end
$$;

comment on function everwatch_private.decode_cursor(text, text)
  is 'The key after which a page of this list begins; empty for the first page. Any text is safe as a key: it is only compared.';

create function everwatch_private.encode_cursor(list text, key jsonb)
  returns text
  language plpgsql immutable set search_path = ''
  as $$
begin
  return encode(convert_to(jsonb_build_object(list, key)::text, 'UTF8'), 'hex');
end
$$;

comment on function everwatch_private.encode_cursor(text, jsonb)
  is 'The place behind the row with this key (an array) in a list, as text that is safe in a URL.';

create function everwatch_private.page(list text, items jsonb, page_limit integer)
  returns jsonb
  language plpgsql immutable set search_path = ''
  as $$
begin
  return (
    select jsonb_build_object(
      list, coalesce(jsonb_agg(f.row -> 'item' order by f.n) filter (where f.n <= page_limit), '[]'),
      'next', case
        when count(*) > page_limit
          then everwatch_private.encode_cursor(list, items -> (page_limit - 1) -> 'key')
      end
    )
    from jsonb_array_elements(items) with ordinality as f (row, n)
  );
end
$$;

comment on function everwatch_private.page(text, jsonb, integer)
  is 'One page of a list and the cursor of the next. `items` holds up to page_limit + 1 rows, each with its unique key and its item, in order.';

revoke execute
  on function
    everwatch_private.metrics_org(uuid),
    everwatch_private.decode_cursor(text, text),
    everwatch_private.encode_cursor(text, jsonb),
    everwatch_private.page(text, jsonb, integer)
  from public;

-- schemas/metrics/monitoring_metrics.sql

-- The read path of GET /functions/v1/monitoring/metrics: everything in one round trip.
create function everwatch.monitoring_metrics(
  org_id uuid default null,
  type text default 'all',
  page_limit integer default 100,
  after text default null
)
  returns jsonb
  language plpgsql stable set search_path = ''
  -- To plan its parts takes several times as long as to read them, and so for each new connection.
  set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  types constant text[] := array['webhook', 'rule', 'rate_limit', 'api', 'alerts', 'system', 'all'];
  org constant uuid := everwatch_private.metrics_org(monitoring_metrics.org_id);
  answer jsonb;
begin
  if type is null or type <> all (types) then
    raise exception 'type must be one of %.', array_to_string(types, ', ')
      using errcode = 'PT400', detail = 'invalid_type', hint = 'type';
  elsif page_limit is null or page_limit not between 1 and 500 then
    raise exception 'page_limit must be from 1 to 500.'
      using errcode = 'PT400', detail = 'invalid_limit', hint = 'page_limit';
  elsif after is not null and type = 'all' then
    raise exception 'after continues one list: name its type.'
      using errcode = 'PT400', detail = 'invalid_cursor', hint = 'after';
  end if;

  answer := jsonb_build_object(
    'org_id', org, 'timestamp', now(), 'refreshed_at', everwatch_private.refreshed_at()
  );
  if type in ('webhook', 'all') then
    answer := answer || jsonb_build_object('webhooks', everwatch_private.webhook_metrics(org, page_limit, after));
  end if;
  if type in ('rule', 'all') then
    answer := answer || jsonb_build_object('rules', everwatch_private.rule_metrics(org, page_limit, after));
  end if;
  if type in ('rate_limit', 'all') then
    answer := answer || jsonb_build_object('rate_limits', everwatch_private.rate_limit_metrics(org, page_limit, after));
  end if;
  if type in ('api', 'all') then
    answer := answer || jsonb_build_object('api', everwatch_private.api_metrics(org, page_limit, after));
  end if;
  if type in ('alerts', 'all') then
    answer := answer || jsonb_build_object('alerts', everwatch_private.alert_metrics(org, page_limit, after));
  end if;
  if type in ('system', 'all') then
    answer := answer || jsonb_build_object('system', everwatch_private.system_metrics());
  end if;
  return answer;
end
$$;

comment on function everwatch.monitoring_metrics(uuid, text, integer, text)
  is 'An org''s metrics: of one type (webhook, rule, rate_limit, api, alerts, system) or all. Lists hold page_limit rows (1 to 500) and continue after the cursor that their `next` gives. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke execute on function everwatch.monitoring_metrics(uuid, text, integer, text) from public;

-- schemas/metrics/monitoring_system.sql

-- Whether the system itself works, for everyone who relies on its numbers: nothing in it is an org's.
create function everwatch_private.system_status()
  returns jsonb
  language sql stable security definer set search_path = ''
  as $$
  -- Only runid is indexed there: the newest few thousand are some days of all jobs together.
  with runs as (
    select r.jobid, r.runid, r.status, r.start_time
    from cron.job_run_details as r
    order by r.runid desc
    limit 5000
  ),
  newest as (
    select distinct on (r.jobid) r.jobid, r.status, r.start_time from runs as r order by r.jobid, r.runid desc
  ),
  succeeded as (
    select r.jobid, max(r.start_time) as at from runs as r where r.status = 'succeeded' group by r.jobid
  )
  select jsonb_build_object(
    'timestamp', now(),
    'refreshed_at', everwatch_private.refreshed_at(),
    'late_after_seconds', (select extract(epoch from h.late_after) from everwatch_private.refresh_health() as h),
    'refresh_runs', (
      select coalesce(jsonb_agg(
        jsonb_build_object(
          'started_at', r.started_at,
          'duration_ms', r.duration_ms,
          -- The words of an error may quote a row; its code cannot.
          'error_code', substring(r.error from '^[0-9A-Z]{5}')
        )
        order by r.id desc
      ), '[]')
      from (select * from everwatch_private.refresh_runs order by id desc limit 50) as r
    ),
    'jobs', (
      select coalesce(jsonb_agg(
        jsonb_build_object(
          'name', j.jobname,
          'schedule', j.schedule,
          'active', j.active,
          'last_status', n.status,
          'last_started_at', n.start_time,
          'last_succeeded_at', s.at
        )
        order by j.jobname
      ), '[]')
      from cron.job as j
      left join newest as n on n.jobid = j.jobid
      left join succeeded as s on s.jobid = j.jobid
      where j.jobname like 'everwatch-%'
    ),
    'http_requests_waiting', (select count(*) from net.http_request_queue)
  )
$$;

comment on function everwatch_private.system_status()
  is 'What everwatch.monitoring_system answers; reads the logs of pg_cron and pg_net as their owner.';

create function everwatch.monitoring_system()
  returns jsonb
  language sql stable set search_path = ''
  as $$
  select everwatch_private.system_status()
$$;

comment on function everwatch.monitoring_system()
  is 'How fresh the views are, their last 50 refreshes (newest first, milliseconds), each scheduled job with its last run, and how many HTTP requests wait to be sent. The same for everyone who is signed in.';

revoke execute
  on function everwatch_private.system_status(), everwatch.monitoring_system()
  from public;

-- schemas/metrics/rate_limit_metrics.sql

-- The rate limits' part of monitoring_metrics.
create function everwatch_private.rate_limit_metrics(org_id uuid, page_limit integer, after text)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    with windows as (
      select array[u.key_type, u.identifier, extract(epoch from u.window_start)::text] as key, u
      from everwatch.v_rate_limit_utilization as u
      where u.org_id = rate_limit_metrics.org_id
    ),
    found as (
      select w.*
      from windows as w
      where w.key > (select everwatch_private.decode_cursor(rate_limit_metrics.after, 'windows'))
      order by w.key
      limit rate_limit_metrics.page_limit + 1
    ),
    fullest as (
      select (w.u).*
      from windows as w
      order by (w.u).utilization_pct desc, (w.u).seconds_until_reset desc
      limit 1
    ),
    -- The aggregates make one row of none, too.
    summary as (
      select jsonb_build_object(
        'current_utilization_pct', max(f.utilization_pct),
        'status', coalesce(max(f.status), 'normal'),
        'limit_max', max(f.limit_max),
        'request_count', max(f.request_count),
        'seconds_until_reset', max(f.seconds_until_reset)
      )
      from fullest as f
    )
    select jsonb_build_object('summary', (select * from summary)) || everwatch_private.page(
      'windows',
      (
        select jsonb_agg(
          jsonb_build_object('key', f.key, 'item', to_jsonb(f.u) - 'org_id') order by f.key
        )
        from found as f
      ),
      rate_limit_metrics.page_limit
    )
  );
end
$$;

comment on function everwatch_private.rate_limit_metrics(uuid, integer, text)
  is 'The fullest open window of an org, and one page of all that are open: v_rate_limit_utilization.';

revoke execute on function everwatch_private.rate_limit_metrics(uuid, integer, text) from public;

-- schemas/metrics/request_summary.sql

-- All of an org's requests since a moment: whole hours from what is rolled up or waits to be, the rest of
-- the hour before them from raw rows.
create function everwatch_private.request_summary(
  org_id uuid,
  since timestamptz,
  out succeeded bigint,
  out failed bigint,
  out timed bigint,
  out duration_sum bigint,
  out p95_ms numeric
)
  language plpgsql stable set search_path = ''
  as $$
declare
  whole constant timestamptz := date_bin('1 hour', since, 'epoch') + interval '1 hour';
begin
  with part as materialized (
    select h.succeeded, h.failed, h.timed, h.duration_sum, h.duration_max, h.bins
    from everwatch_private.request_hours as h
    where h.org_id = request_summary.org_id and h.hour >= whole
    union all
    select count(*) filter (where l.status_code < 400), count(*) filter (where l.status_code >= 400),
      count(l.duration_ms), coalesce(sum(l.duration_ms), 0), max(l.duration_ms),
      everwatch_private.count_values(array_agg(l.duration_ms::double precision), array_agg(1::bigint))
    from everwatch.api_audit_logs as l
    where l.org_id = request_summary.org_id and l.created_at >= since and l.created_at < whole
  ),
  total as (
    select coalesce(sum(p.succeeded), 0)::bigint as succeeded, coalesce(sum(p.failed), 0)::bigint as failed,
      coalesce(sum(p.timed), 0)::bigint as timed,
      coalesce(sum(p.duration_sum), 0)::bigint as duration_sum, max(p.duration_max) as duration_max
    from part as p
  )
  select t.succeeded, t.failed, t.timed, t.duration_sum, least(h.p95_ms, t.duration_max)
  into succeeded, failed, timed, duration_sum, p95_ms
  from total as t
  cross join lateral everwatch_private.add_durations(
    null, null, null,
    everwatch_private.sum_bins(array(select unnest(p.bins) from part as p)),
    t.timed
  ) as h;
end
$$;

comment on function everwatch_private.request_summary(uuid, timestamptz)
  is 'Counts (timed: of requests whose duration is known), the sum of durations and their 95th percentile (within 1%), both in milliseconds, of an org''s API requests since a moment, live.';

revoke execute on function everwatch_private.request_summary(uuid, timestamptz) from public;

-- schemas/metrics/rule_metrics.sql

-- The automation rules' part of monitoring_metrics.
create function everwatch_private.rule_metrics(org_id uuid, page_limit integer, after text)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    -- A rule that was deleted since the last refresh is no longer anyone's.
    with performance as (
      select p.*
      from everwatch.mv_rule_performance as p
      where p.org_id = rule_metrics.org_id and exists (
        select from everwatch.automation_rules as r where r.org_id = rule_metrics.org_id and r.id = p.rule_id
      )
    ),
    found as (
      select array[p.rule_id::text] as key, p
      from performance as p
      where array[p.rule_id::text] > (select everwatch_private.decode_cursor(rule_metrics.after, 'rules'))
      order by 1
      limit rule_metrics.page_limit + 1
    ),
    summary as (
      select jsonb_build_object(
        'total_rules', count(*),
        'enabled_rules', count(*) filter (where p.enabled),
        'total_triggers', coalesce(sum(p.trigger_count), 0),
        'triggers_24h', coalesce(sum(p.executions_24h), 0),
        'triggers_7d', coalesce(sum(p.executions_7d), 0),
        'rules_by_type', (
          select coalesce(jsonb_object_agg(t.rule_type, t.rules), '{}')
          from (select rule_type, count(*) as rules from performance group by rule_type) as t
        )
      )
      from performance as p
    )
    select jsonb_build_object('summary', (select * from summary)) || everwatch_private.page(
      'rules',
      (
        select jsonb_agg(
          jsonb_build_object('key', f.key, 'item', to_jsonb(f.p) - 'org_id') order by f.key
        )
        from found as f
      ),
      rule_metrics.page_limit
    )
  );
end
$$;

comment on function everwatch_private.rule_metrics(uuid, integer, text)
  is 'Summary over all of an org''s automation rules, and one page of them: mv_rule_performance.';

revoke execute on function everwatch_private.rule_metrics(uuid, integer, text) from public;

-- schemas/metrics/system_metrics.sql

-- The part of monitoring_metrics that is about the monitoring itself, and the same for every org. What
-- counts rows counts those of all orgs, so that only those see it who may read every org.
create function everwatch_private.system_metrics()
  returns jsonb
  language plpgsql stable security definer set search_path = ''
  as $$
declare
  operator constant boolean := everwatch_private.reads_every_org();
begin
  return (
    select jsonb_build_object(
      'refresh', jsonb_build_object(
        'every_seconds', extract(epoch from h.every)::integer,
        'late', h.late,
        'failing', h.failures > 0,
        'lag_ms', floor(extract(epoch from now() - h.refreshed_at) * 1000),
        'backlog', case when operator then (select count(*) from everwatch_private.changes) end,
        'last_run', jsonb_build_object(
          'started_at', run.started_at,
          'duration_ms', run.duration_ms,
          'lag_ms', run.lag_ms,
          'folded_rows', case when operator then run.folded_rows end,
          'backlog', case when operator then run.backlog end,
          'error', case when operator then run.error end
        )
      ),
      'history', (
        select jsonb_build_object(
          'complete', count(*) = 0,
          'complete_since', max(b.done_since) filter (where isfinite(b.done_since))
        )
        from everwatch_private.backfills as b
        where b.finished_at is null
      )
    )
    from everwatch_private.refresh_health() as h
    join everwatch_private.refresh_runs as run on run.id = h.last_run
  );
end
$$;

comment on function everwatch_private.system_metrics()
  is 'How the refreshes of the views go, and whether all history is rolled up: if not, since when it is.';

revoke execute on function everwatch_private.system_metrics() from public;

-- schemas/metrics/webhook_metrics.sql

-- The webhooks' part of monitoring_metrics. A webhook that was deleted since the last refresh is no longer
-- anyone's.
create function everwatch_private.webhook_summary(org_id uuid)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select jsonb_build_object(
      'total_webhooks', count(*),
      'enabled_webhooks', count(*) filter (where p.enabled),
      'total_deliveries', coalesce(sum(p.total_deliveries), 0),
      'successful_deliveries', coalesce(sum(p.successful_deliveries), 0),
      'failed_deliveries', coalesce(sum(p.failed_deliveries), 0),
      -- Over deliveries: the mean of the webhooks' rates would let a quiet one outvote a busy one.
      'avg_success_rate', round(
        100.0 * sum(p.successful_deliveries)
          / nullif(sum(p.successful_deliveries) + sum(p.failed_deliveries), 0), 1
      ),
      'webhooks_with_failures', count(*) filter (where p.consecutive_failures > 0),
      -- Critical now, as the alerts have it: a page waits for no refresh.
      'critical_webhooks', count(*) filter (where w.enabled and w.consecutive_failures >= (
        select level.critical
        from everwatch_private.webhook_levels as level
        where level.org_id = webhook_summary.org_id
      ))
    )
    from everwatch.mv_webhook_performance as p
    join everwatch.webhooks as w on w.org_id = p.org_id and w.id = p.webhook_id
    where p.org_id = webhook_summary.org_id
  );
end
$$;

comment on function everwatch_private.webhook_summary(uuid)
  is 'Summary over all of an org''s webhooks.';

create function everwatch_private.webhook_metrics(org_id uuid, page_limit integer, after text)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    with found as (
      select array[p.webhook_id::text] as key, p
      from everwatch.mv_webhook_performance as p
      join everwatch.webhooks as w on w.org_id = p.org_id and w.id = p.webhook_id
      where p.org_id = webhook_metrics.org_id
        and array[p.webhook_id::text] > (select everwatch_private.decode_cursor(webhook_metrics.after, 'webhooks'))
      order by 1
      limit webhook_metrics.page_limit + 1
    )
    select jsonb_build_object(
      'summary', everwatch_private.webhook_summary(webhook_metrics.org_id)
    ) || everwatch_private.page(
      'webhooks',
      (
        select jsonb_agg(
          jsonb_build_object(
            'key', f.key,
            'item', to_jsonb(f.p) - 'org_id' || jsonb_build_object(
              'health_status', h.health_status, 'health_reason', h.health_reason
            )
          )
          order by f.key
        )
        from found as f
        left join everwatch.v_webhook_health as h
          on h.org_id = webhook_metrics.org_id and h.webhook_id = (f.p).webhook_id
      ),
      webhook_metrics.page_limit
    )
  );
end
$$;

comment on function everwatch_private.webhook_metrics(uuid, integer, text)
  is 'Summary over all of an org''s webhooks, and one page of them: mv_webhook_performance with the health of now.';

revoke execute
  on function
    everwatch_private.webhook_summary(uuid),
    everwatch_private.webhook_metrics(uuid, integer, text)
  from public;

-- schemas/timeseries/activity_series.sql

-- Deliveries, executions and requests over time. Whole hours come from the rollups and from the changes
-- that wait to be added to them, which together are what raw rows amount to; raw rows are read for the
-- rest, and where buckets are shorter than what is rolled up.
create function everwatch_private.rolled_up_span(
  source everwatch_private.source,
  since timestamptz,
  until timestamptz,
  step interval,
  out first timestamptz,
  out last timestamptz
)
  language plpgsql stable set search_path = ''
  as $$
declare
  state everwatch_private.rollup_state;
  unit interval;
begin
  select * into strict state from everwatch_private.rollup_state;
  if source = 'request' then
    state.daily_before := '-infinity';
  end if;
  if step >= interval '1 hour' then
    unit := case when since < state.daily_before and step = interval '24 hours' then interval '24 hours' else interval '1 hour' end;
    first := greatest(
      date_bin(unit, since - interval '1 microsecond', 'epoch') + unit,
      case when unit = interval '1 hour' then state.daily_before end,
      state.forgotten_before
    );
    unit := case when until < state.daily_before then interval '24 hours' else interval '1 hour' end;
    last := date_bin(unit, until, 'epoch');
  end if;
  if (first < last) is not true then
    first := until;
    last := until;
  end if;
end
$$;

comment on function everwatch_private.rolled_up_span(everwatch_private.source, timestamptz, timestamptz, interval)
  is 'The part of a range whose rollups begin and end where it does and lie in one bucket of `step` each; empty, at the end of the range, where there is none.';

create function everwatch_private.activity_series(
  source everwatch_private.source,
  org_id uuid,
  resource_id uuid,
  resource_type text,
  before_start timestamptz,
  range_start timestamptz,
  range_end timestamptz,
  step interval,
  percentiles boolean
)
  returns table(is_before boolean, bucket timestamptz, pending bigint, succeeded bigint, failed bigint, timed bigint, duration_sum bigint, affected bigint, p95_ms numeric)
  language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan set jit = off
  as $$
#variable_conflict use_column
declare
  span record;
begin
  if not everwatch_private.may_read(activity_series.org_id) then
    return;
  end if;
  span := everwatch_private.rolled_up_span(
    -- Rollups do not tell the types of resources apart.
    source, before_start, range_end, case when activity_series.resource_type is null then step else interval '0' end
  );

  return query
  with resource as materialized (
    select r.id
    from everwatch_private.resources as r
    where r.source = activity_series.source and r.org_id = activity_series.org_id
      and (activity_series.resource_id is null or r.id = activity_series.resource_id)
  ),
  known as (
    select r.starts_at, r.pending, r.succeeded, r.failed, r.timed, r.duration_sum, r.affected, r.bins
    from resource
    join everwatch_private.rollups as r
      on r.source = activity_series.source and r.resource_id = resource.id
      and r.starts_at >= span.first and r.starts_at < span.last
    union all
    select c.starts_at, c.pending, c.succeeded, c.failed, c.timed, c.duration_sum, c.affected, c.bins
    from resource
    join everwatch_private.changes as c
      on c.source = activity_series.source and c.resource_id = resource.id
      and c.starts_at >= span.first and c.starts_at < span.last
    union all
    select date_bin(step, a.happened_at, 'epoch'), sum(a.pending), sum(a.succeeded), sum(a.failed),
      count(a.duration_ms), coalesce(sum(a.duration_ms), 0), sum(a.affected),
      everwatch_private.count_values(
        array_agg(a.duration_ms::double precision) filter (where percentiles),
        array_agg(1::bigint) filter (where percentiles)
      )
    from (values (before_start, span.first), (span.last, range_end)) as rest (since, until)
    cross join lateral (
      select r.*
      from everwatch_private.raw_activity as r
      where r.source = activity_series.source and r.org_id = activity_series.org_id
        and (activity_series.resource_id is null or r.resource_id = activity_series.resource_id)
        and (activity_series.resource_type is null or r.resource_type = activity_series.resource_type)
        and r.happened_at >= rest.since and r.happened_at < rest.until
      offset 0
    ) as a
    group by a.happened_at < range_start, 1
  ),
  part as materialized (
    select k.*, k.starts_at < range_start as is_before, date_bin(step, k.starts_at, 'epoch') as bucket
    from known as k
  ),
  counted as (
    select p.is_before, p.bucket,
      sum(p.pending)::bigint as pending,
      sum(p.succeeded)::bigint as succeeded,
      sum(p.failed)::bigint as failed,
      sum(p.timed)::bigint as timed,
      sum(p.duration_sum)::bigint as duration_sum,
      sum(p.affected)::bigint as affected
    from part as p
    group by grouping sets ((p.is_before), (p.is_before, p.bucket))
    having (grouping(p.bucket) = 1 or not p.is_before) and sum(p.pending + p.succeeded + p.failed) > 0
  ),
  bucketed as materialized (
    select p.is_before, p.bucket, everwatch_private.sum_bins(array_agg(element)) as bins
    from part as p
    cross join lateral unnest(p.bins) as element
    where percentiles
    group by p.is_before, p.bucket
  ),
  durations as (
    select b.is_before, b.bucket, b.bins from bucketed as b
    union all
    select b.is_before, null, everwatch_private.sum_bins(array_agg(element))
    from bucketed as b
    cross join lateral unnest(b.bins) as element
    group by b.is_before
  )
  select c.is_before, c.bucket, c.pending, c.succeeded, c.failed, c.timed, c.duration_sum, c.affected, h.p95_ms
  from counted as c
  left join durations as d on d.is_before = c.is_before and d.bucket is not distinct from c.bucket
  left join lateral everwatch_private.add_durations(null, null, null, d.bins, c.timed) as h on percentiles;
end
$$;

comment on function everwatch_private.activity_series(everwatch_private.source, uuid, uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean)
  is 'What happened to an org''s webhooks, rules or API (or to one of them, or for one type of API resource), for those who may read the org: one row a bucket of `step` that has any, and one with a null bucket for the range and for the range before. Live. Milliseconds; the percentile is within 1%, and null unless asked for.';

revoke execute
  on function
    everwatch_private.rolled_up_span(everwatch_private.source, timestamptz, timestamptz, interval),
    everwatch_private.activity_series(everwatch_private.source, uuid, uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean)
  from public;

-- schemas/timeseries/monitoring_timeseries.sql

-- The read path of GET /functions/v1/monitoring/timeseries: everything in one round trip.
create function everwatch_private.check_series_resource(org_id uuid, subjects text[], resource text)
  returns void
  language plpgsql stable set search_path = ''
  as $$
declare
  is_uuid constant boolean := resource ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  found boolean := true;
begin
  if resource is null then
    if 'custom' <> all (subjects) then return; end if;
    raise exception 'resource must name the metric of your own, for example emails.sent.'
      using errcode = 'PT400', detail = 'resource_required', hint = 'resource';
  elsif cardinality(subjects) > 1 then
    raise exception 'resource is of one subject: ask for its metrics alone.'
      using errcode = 'PT400', detail = 'invalid_resource', hint = 'resource';
  elsif subjects[1] = 'delivery' then
    found := is_uuid and exists (
      select from everwatch.webhooks as w
      where w.org_id = check_series_resource.org_id and w.id::text = resource
    );
  elsif subjects[1] = 'execution' then
    found := is_uuid and exists (
      select from everwatch.automation_rules as r
      where r.org_id = check_series_resource.org_id and r.id::text = resource
    );
  elsif subjects[1] = 'custom' then
    found := exists (
      select from everwatch.metric_series as s
      cross join everwatch_private.parse_metric_resource(resource) as asked
      where s.org_id = check_series_resource.org_id and s.name = asked.name
        and s.labels @> asked.labels
    );
  end if;
  if not found then
    raise exception 'The org has no such resource.'
      using errcode = 'PT404', detail = 'resource_not_found', hint = 'resource';
  end if;
end
$$;

comment on function everwatch_private.check_series_resource(uuid, text[], text)
  is 'Refuses (400, 404) a resource that is not one of the subject''s: a webhook''s id for deliveries, a rule''s for executions, a metric of the org''s own for custom ones, which need one. Types of API resources and keys of rate limits are any text.';

create function everwatch.monitoring_timeseries(
  metrics text[],
  range_start timestamptz,
  range_end timestamptz,
  step integer,
  org_id uuid default null,
  resource text default null
)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
declare
  most_points constant integer := 1000;
  org constant uuid := everwatch_private.metrics_org(monitoring_timeseries.org_id);
  -- Seconds, never days: a day of a session's time zone may have 23 or 25 hours.
  width constant interval := make_interval(secs => step);
  subjects text[];
  known integer;
  aligned timestamptz;
  before_start timestamptz;
  answer jsonb;
begin
  select count(*), array_agg(distinct s.subject)
  into known, subjects
  from everwatch_private.series as s
  where s.name = any (metrics);
  if known = 0 or known <> cardinality(metrics) then
    raise exception 'metrics must be some of those that there are, each once.'
      using errcode = 'PT400', detail = 'invalid_metric', hint = 'metrics';
  elsif step is null or step not in (60, 300, 900, 3600, 21600, 86400) then
    raise exception 'step must be one of 60, 300, 900, 3600, 21600, 86400.'
      using errcode = 'PT400', detail = 'invalid_step', hint = 'step';
  elsif not isfinite(range_start) or not isfinite(range_end) or (range_start < range_end) is not true then
    raise exception 'range_start must be before range_end.'
      using errcode = 'PT400', detail = 'invalid_range', hint = 'range_start';
  end if;

  aligned := date_bin(width, range_start, timestamptz 'epoch');
  if ceil(extract(epoch from range_end - aligned) / step) * known > most_points then
    raise exception 'This is more than % points: choose a longer step or a shorter range.', most_points
      using errcode = 'PT400', detail = 'too_many_points', hint = 'step';
  elsif 'custom' = any (subjects) and step < 3600 then
    raise exception 'Metrics of your own are kept by the hour: step must be 3600 or more.'
      using errcode = 'PT400', detail = 'invalid_step', hint = 'step';
  end if;
  perform everwatch_private.check_series_resource(org, subjects, resource);
  before_start := aligned - make_interval(secs => extract(epoch from range_end - aligned)::double precision);

  with asked as materialized (
    select a.n, s.*
    from unnest(metrics) with ordinality as a (name, n)
    join everwatch_private.series as s on s.name = a.name
  ),
  measured as materialized (
    select t.source as subject, m.*
    from unnest(subjects) as t (source)
    cross join lateral everwatch_private.measured_activity(
      t.source, org, resource, before_start, aligned, range_end, width,
      exists (select from asked as a where a.subject = t.source and a.measure = 'p95_ms')
    ) as m
    where t.source not in ('rate_limit', 'custom')
    union all
    select 'rate_limit', m.*
    from everwatch_private.rate_limit_series(org, resource, before_start, aligned, range_end, width) as m
    where 'rate_limit' = any (subjects)
    union all
    select 'custom', m.*
    from everwatch_private.custom_series(org, resource, before_start, aligned, range_end, width) as m
    where 'custom' = any (subjects)
  ),
  told as materialized (
    select a.n, m.is_before, m.bucket, case a.unit
      when 'percent' then to_jsonb(round((m.measured ->> a.measure)::numeric, 2))
      when 'milliseconds' then to_jsonb(round((m.measured ->> a.measure)::numeric, 1))
      else m.measured -> a.measure
    end as value
    from asked as a
    join measured as m on m.subject = a.subject
  ),
  series as (
    select a.n, jsonb_build_object(
      'metric', a.name,
      'unit', a.unit,
      'value', (select t.value from told as t where t.n = a.n and t.bucket is null and not t.is_before),
      'previous', (select t.value from told as t where t.n = a.n and t.bucket is null and t.is_before),
      'points', (
        select jsonb_agg(jsonb_build_object('at', b.at, 'value', t.value) order by b.at)
        from generate_series(aligned, range_end - interval '1 microsecond', width) as b (at)
        left join told as t on t.bucket = b.at and t.n = a.n
      ),
      'band', everwatch_private.expected_series(org, a.name, resource, aligned, range_end, step)
    ) as series
    from asked as a
  )
  select jsonb_build_object(
    'org_id', org,
    'timestamp', now(),
    'refreshed_at', now(),
    'resource', resource,
    'from', aligned,
    'to', range_end,
    'step_seconds', step,
    'series', jsonb_agg(s.series order by s.n)
  )
  into answer
  from series as s;
  return answer;
end
$$;

comment on function everwatch.monitoring_timeseries(text[], timestamptz, timestamptz, integer, uuid, text)
  is 'Metrics of an org over time, in buckets of `step` seconds: for each one its value in every bucket of the range, over the whole range (value) and over the range before (previous); and what was expected of it, by the hour, where it is watched (band). Buckets are aligned to the epoch; one without any source row is null. Live; percentiles are within 1%. At most 1,000 points in all. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke execute
  on function
    everwatch_private.check_series_resource(uuid, text[], text),
    everwatch.monitoring_timeseries(text[], timestamptz, timestamptz, integer, uuid, text)
  from public;

-- schemas/timeseries/timeseries_sources.sql

-- Where the points of monitoring_timeseries come from: one function a subject (metrics of an org's own have
-- theirs beside their tables), which measures it for each bucket of a range, for the range as a whole, and
-- for the range before. Its keys are the measures of everwatch_private.series.
create function everwatch_private.activity_measures(
  pending numeric,
  succeeded numeric,
  failed numeric,
  timed numeric,
  duration_sum numeric,
  affected numeric,
  p95_ms numeric
)
  returns jsonb
  language plpgsql immutable set search_path = ''
  as $$
begin
  return jsonb_build_object(
    'begun', pending + succeeded + failed,
    'failed', failed,
    'affected', affected,
    'succeeded_pct', 100.0 * succeeded / nullif(succeeded + failed, 0),
    'failed_pct', 100.0 * failed / nullif(succeeded + failed, 0),
    'avg_ms', duration_sum / nullif(timed, 0),
    'p95_ms', p95_ms
  );
end
$$;

comment on function everwatch_private.activity_measures(numeric, numeric, numeric, numeric, numeric, numeric, numeric)
  is 'What deliveries, executions or requests come to, by measure: begun ones are of any status, percents are of finished ones, and milliseconds of those whose duration is known. Null where there are none of these.';

create function everwatch_private.measured_activity(
  subject text,
  org_id uuid,
  resource text,
  before_start timestamptz,
  range_start timestamptz,
  range_end timestamptz,
  step interval,
  percentiles boolean
)
  returns table(is_before boolean, bucket timestamptz, measured jsonb)
  language sql stable set search_path = ''
  as $$
  select s.is_before, s.bucket, everwatch_private.activity_measures(
    s.pending, s.succeeded, s.failed, s.timed, s.duration_sum, s.affected, s.p95_ms
  )
  from everwatch_private.activity_series(
    measured_activity.subject,
    measured_activity.org_id,
    case when measured_activity.subject <> 'request' then measured_activity.resource::uuid end,
    case when measured_activity.subject = 'request' then measured_activity.resource end,
    before_start, range_start, range_end, step, percentiles
  ) as s
$$;

comment on function everwatch_private.measured_activity(text, uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean)
  is 'Deliveries, executions or requests (the subject) of an org, or of the webhook, rule or type of API resource that resource names, for monitoring_timeseries: one row a bucket that has any, and one with a null bucket for the range and for the range before. Their percentiles where they are asked for.';

-- A window counts where it began: what a longer one had reached in each bucket is not known.
create function everwatch_private.rate_limit_series(
  org_id uuid,
  resource text,
  before_start timestamptz,
  range_start timestamptz,
  range_end timestamptz,
  step interval
)
  returns table(is_before boolean, bucket timestamptz, measured jsonb)
  language sql stable set search_path = ''
  as $$
  with found as (
    select 100.0 * l.request_count / l.limit_max as used_pct,
      l.window_start < rate_limit_series.range_start as is_before,
      date_bin(rate_limit_series.step, l.window_start, timestamptz 'epoch') as bucket
    from everwatch.api_rate_limits as l
    where l.org_id = rate_limit_series.org_id
      and (rate_limit_series.resource is null
        or l.key_type || ':' || l.identifier = rate_limit_series.resource)
      and l.window_end > rate_limit_series.before_start
      and l.window_start >= rate_limit_series.before_start
      and l.window_start < rate_limit_series.range_end
  )
  select f.is_before, f.bucket,
    jsonb_build_object('utilization_pct', round(max(f.used_pct), 1))
  from found as f
  group by grouping sets ((f.is_before), (f.is_before, f.bucket))
  having grouping(f.bucket) = 1 or not f.is_before
$$;

comment on function everwatch_private.rate_limit_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  is 'The fullest window that began in each bucket, of an org or of the key that resource names (key_type:identifier): see measured_activity.';

revoke execute
  on function
    everwatch_private.activity_measures(numeric, numeric, numeric, numeric, numeric, numeric, numeric),
    everwatch_private.measured_activity(text, uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean),
    everwatch_private.rate_limit_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  from public;

-- schemas/custom_metrics/tables/metric_series.sql

create function everwatch_private.is_labels(value jsonb)
  returns boolean
  language sql immutable set search_path = ''
  as $$
  select case when jsonb_typeof(value) = 'object' then (
    select count(*) <= 10 and coalesce(bool_and(
      name ~ '^[a-zA-Z_][a-zA-Z0-9_]{0,62}$'
      and jsonb_typeof(label) = 'string'
      and length(label #>> '{}') <= 200
    ), true)
    from jsonb_each(value) as _ (name, label)
  ) when value is not null then false end
$$;

comment on function everwatch_private.is_labels(jsonb)
  is 'Whether a value is a set of labels: up to 10 texts of up to 200 characters, by name; null of null.';

revoke execute on function everwatch_private.is_labels(jsonb) from public;

-- Metrics of an org's own. Each set of labels of each metric is a series, and there is a limit on
-- their number: whoever puts an id into a label would otherwise fill the database.
create table everwatch.metric_series (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  name text not null check (name ~ '^[a-zA-Z_][a-zA-Z0-9_.:-]{0,199}$'),
  kind text not null check (kind in ('counter', 'gauge', 'histogram')),
  labels jsonb not null default '{}' check (everwatch_private.is_labels (labels)),
  created_at timestamptz not null default now(),
  unique (org_id, id)
);

-- Of the labels a digest: they may be longer than an index takes.
create unique index metric_series_key_idx
  on everwatch.metric_series (org_id, name, kind, md5(labels::text));

comment on table everwatch.metric_series
  is 'The series of the metrics that orgs send: one for each set of labels.';
comment on column everwatch.metric_series.kind
  is 'A counter grows, a gauge is what it is, a histogram has many values.';
comment on column everwatch.metric_series.labels is 'Texts by name, up to 10.';

alter table everwatch.metric_series enable row level security;

grant select on everwatch.metric_series to authenticated;
grant select, insert, delete on everwatch.metric_series to service_role;

create policy "members read their orgs' metrics"
  on everwatch.metric_series
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

comment on constraint metric_series_name_check on everwatch.metric_series
  is 'name must be a name like emails.sent';
comment on constraint metric_series_kind_check on everwatch.metric_series
  is 'kind must be counter, gauge or histogram';
comment on constraint metric_series_labels_check on everwatch.metric_series
  is 'labels must be up to 10 labels of text';

create table everwatch_private.metric_settings (
  singleton boolean primary key default true check (singleton),
  series_per_org integer not null default 1000 check (series_per_org between 1 and 100000)
);

insert into
  everwatch_private.metric_settings
default values;

comment on table everwatch_private.metric_settings
  is 'What the operator sets about metrics, one row.';
comment on column everwatch_private.metric_settings.series_per_org
  is 'How many series an org may have. What would begin another is refused, with limit_exceeded.';

grant select on everwatch_private.metric_settings to service_role;

-- What was sent, by id, so that a batch that is sent twice counts once; and what it amounts to by hour,
-- counted in the same transaction.
create table everwatch_private.metric_points (
  id uuid primary key,
  series_id uuid not null,
  at timestamptz not null,
  value double precision not null check (abs(value) <= 1e15),
  count integer not null check (count > 0),
  received_at timestamptz not null default now()
);

comment on table everwatch_private.metric_points
  is 'Values of metrics as they were sent, of the last days.';
comment on column everwatch_private.metric_points.count
  is 'How many of a histogram''s values it stands for.';

grant select, insert on everwatch_private.metric_points to service_role;

comment on constraint metric_points_value_check on everwatch_private.metric_points
  is 'value must be a number from -1e15 to 1e15';
comment on constraint metric_points_count_check on everwatch_private.metric_points
  is 'count must be 1 or more';

create type everwatch_private.metric_events as (
  id uuid,
  org_id uuid,
  name text,
  kind text,
  labels jsonb,
  at timestamptz,
  value double precision,
  count integer
);

comment on type everwatch_private.metric_events is 'A value of a metric as it is tracked.';

select
  everwatch_private.make_judge(
    'metric',
    'everwatch_private.metric_events',
    'at',
    filled_in => '{id,at,count}',
    tables => '{everwatch.metric_series,everwatch_private.metric_points}',
    also => array['value must not be below 0 for a counter', $$r.kind <> 'counter' or r.value >= 0$$]
  );

create table everwatch.metric_rollups (
  org_id uuid not null,
  series_id uuid not null,
  hour timestamptz not null,
  count bigint not null,
  sum double precision not null,
  min double precision not null,
  max double precision not null,
  last double precision not null,
  last_at timestamptz not null,
  bins bigint[],
  primary key (org_id, series_id, hour),
  foreign key (org_id, series_id) references everwatch.metric_series (org_id, id) on delete cascade
);

comment on table everwatch.metric_rollups is 'Values of metrics, added up by the hour (UTC).';
comment on column everwatch.metric_rollups.sum
  is 'What a counter grew by; of a gauge or a histogram, for its mean.';
comment on column everwatch.metric_rollups.last is 'The latest value, by its own time.';
comment on column everwatch.metric_rollups.bins
  is 'How many of a histogram''s values are in each bin, as count * 65536 + bin + 32768. The bin of a value is ceil(ln(value) / ln(1.02)), so that a quantile is known within 1%; bin -32768 is of those that are not above 0.';

alter table everwatch.metric_rollups enable row level security;

grant select on everwatch.metric_rollups to authenticated;
grant select, insert, update, delete on everwatch.metric_rollups to service_role;

create policy "members read their orgs' metrics"
  on everwatch.metric_rollups
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

-- schemas/custom_metrics/metric_timeseries.sql

-- Metrics of an org's own over time, for monitoring_timeseries. They are kept by the hour, so no
-- bucket is shorter; a range or a bucket has the hours that begin in it.
create function everwatch_private.parse_metric_resource(
  resource text,
  out name text,
  out labels jsonb
)
  language plpgsql immutable set search_path = ''
  as $$
declare
  brace constant integer := strpos(resource, '{');
begin
  name := case when brace = 0 then resource else left(resource, brace - 1) end;
  labels := case when brace = 0 then '{}' else substr(resource, brace) end::jsonb;
exception
  when invalid_text_representation or untranslatable_character or statement_too_complex then
    raise exception 'The labels of the metric must be a JSON object, for example emails.sent{"kind":"weekly"}.'
      using errcode = 'PT400', detail = 'invalid_resource', hint = 'resource';
end
$$;

comment on function everwatch_private.parse_metric_resource(text)
  is 'What a resource of custom metrics names: a metric, and labels of its series as a JSON object after the name, or none for all series. Raises PT400.';

create function everwatch_private.custom_series(
  org_id uuid,
  resource text,
  before_start timestamptz,
  range_start timestamptz,
  range_end timestamptz,
  step interval
)
  returns table(is_before boolean, bucket timestamptz, measured jsonb)
  language sql stable set search_path = ''
  as $$
  with found as (
    select r.*,
      r.hour < custom_series.range_start as is_before,
      date_bin(custom_series.step, r.hour, timestamptz 'epoch') as bucket
    from everwatch_private.parse_metric_resource(custom_series.resource) as asked
    join everwatch.metric_series as s
      on s.org_id = custom_series.org_id and s.name = asked.name and s.labels @> asked.labels
    join everwatch.metric_rollups as r on r.org_id = s.org_id and r.series_id = s.id
    where r.hour >= custom_series.before_start and r.hour < custom_series.range_end
  ),
  histogram as (
    select f.is_before, f.bucket, array_agg(element) as bins
    from found as f
    cross join lateral unnest(f.bins) as element
    group by grouping sets ((f.is_before), (f.is_before, f.bucket))
  ),
  measured as (
    select f.is_before, f.bucket, sum(f.count) as count, sum(f.sum) as sum, min(f.min) as min, max(f.max) as max,
      (array_agg(f.last order by f.last_at desc))[1] as last
    from found as f
    group by grouping sets ((f.is_before), (f.is_before, f.bucket))
    having grouping(f.bucket) = 1 or not f.is_before
  )
  select m.is_before, m.bucket, jsonb_build_object(
    'count', m.count,
    'sum', m.sum,
    'avg', m.sum / m.count,
    'min', m.min,
    'max', m.max,
    'last', m.last,
    'p95', everwatch_private.quantile_of_bins(h.bins, 0.95)
  )
  from measured as m
  left join histogram as h on h.is_before = m.is_before and h.bucket is not distinct from m.bucket
$$;

comment on function everwatch_private.custom_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  is 'Values of the metric of an org''s own that resource names: see measured_activity. A 95th percentile is known of histograms alone.';

revoke execute
  on function
    everwatch_private.parse_metric_resource(text),
    everwatch_private.custom_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  from public;

-- schemas/custom_metrics/store_metrics.sql

create function everwatch_private.complete_metrics(rows everwatch_private.metric_events[])
  returns table(place bigint, id uuid, org_id uuid, name text, kind text, labels jsonb, at timestamptz, value double precision, count integer)
  language sql volatile set search_path = ''
  as $$
  select m.ordinality, coalesce(m.id, gen_random_uuid()), m.org_id, m.name, m.kind,
    coalesce(nullif(m.labels, 'null'), '{}'), coalesce(m.at, now()), m.value, coalesce(m.count, 1)
  from unnest(rows) with ordinality as m
  where m.org_id is not null
$$;

comment on function everwatch_private.complete_metrics(everwatch_private.metric_events[])
  is 'Metrics with what they left out filled in, but those that were set aside.';

revoke execute
  on function everwatch_private.complete_metrics(everwatch_private.metric_events[])
  from public;

create function everwatch_private.add_metric_series(rows everwatch_private.metric_events[])
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  wanting uuid;
begin
  for wanting in
    select distinct e.org_id
    from everwatch_private.complete_metrics(rows) as e
    left join everwatch.metric_series as s
      on s.org_id = e.org_id and s.name = e.name and s.kind = e.kind
        and md5(s.labels::text) = md5(e.labels::text)
    where s.id is null
    -- In one order, so that two batches do not wait for one another.
    order by 1
  loop
    -- Writers that count at the same time would exceed the limit together.
    perform pg_advisory_xact_lock(hashtextextended('metric_series ' || wanting::text, 0));
    insert into everwatch.metric_series (org_id, name, kind, labels)
    select wanting, e.name, e.kind, e.labels
    from everwatch_private.complete_metrics(rows) as e
    where e.org_id = wanting
      and not exists (
        select from everwatch.metric_series as s
        where s.org_id = e.org_id and s.name = e.name and s.kind = e.kind
          and md5(s.labels::text) = md5(e.labels::text)
      )
    group by e.name, e.kind, e.labels
    order by min(e.place)
    limit greatest(0,
      (select series_per_org from everwatch_private.metric_settings)
        - (select count(*) from everwatch.metric_series as s where s.org_id = wanting)
    );
  end loop;
end
$$;

comment on function everwatch_private.add_metric_series(everwatch_private.metric_events[])
  is 'Begins the series that rows are the first of, as many as their org may have.';

revoke execute
  on function everwatch_private.add_metric_series(everwatch_private.metric_events[])
  from public;

create function everwatch_private.add_metric_points(rows everwatch_private.metric_events[])
  returns bigint[]
  language plpgsql set search_path = ''
  as $$
declare
  beyond_limit bigint[];
begin
  with event as materialized (
    select e.*, s.id as series_id
    from everwatch_private.complete_metrics(rows) as e
    left join everwatch.metric_series as s
      on s.org_id = e.org_id and s.name = e.name and s.kind = e.kind
        and md5(s.labels::text) = md5(e.labels::text)
  ),
  point as (
    insert into everwatch_private.metric_points (id, series_id, at, value, count)
    select id, series_id, at, value, count from event where series_id is not null order by id
    on conflict (id) do nothing
    returning *
  ),
  placed as (
    select point.*, date_trunc('hour', point.at, 'UTC') as hour, series.org_id, series.kind
    from point
    join everwatch.metric_series as series on series.id = point.series_id
  ),
  added as (
    insert into everwatch.metric_rollups as known
      (org_id, series_id, hour, count, sum, min, max, last, last_at, bins)
    select org_id, series_id, hour, sum(count), sum(value * count), min(value), max(value),
      (array_agg(value order by at desc))[1], max(at),
      case when kind = 'histogram' then
        everwatch_private.sum_bins(everwatch_private.count_values(array_agg(value), array_agg(count::bigint)))
      end
    from placed
    group by org_id, series_id, hour, kind
    order by org_id, series_id, hour
    on conflict (org_id, series_id, hour) do update
    set count = known.count + excluded.count,
      sum = known.sum + excluded.sum,
      min = least(known.min, excluded.min),
      max = greatest(known.max, excluded.max),
      last = case when excluded.last_at >= known.last_at then excluded.last else known.last end,
      last_at = greatest(known.last_at, excluded.last_at),
      bins = everwatch_private.sum_bins(known.bins || excluded.bins)
  )
  select array_agg(place) into beyond_limit from event where series_id is null;
  return beyond_limit;
end
$$;

comment on function everwatch_private.add_metric_points(everwatch_private.metric_events[])
  is 'Stores the values of metrics whose series there are and adds them to their hours; returns the places of the others.';

create function everwatch_private.store_metrics(
  rows everwatch_private.metric_events[],
  with_repeats boolean
)
  returns everwatch_private.rejection[]
  language plpgsql set search_path = ''
  as $$
declare
  rejected constant everwatch_private.rejection[] := everwatch_private.judge_metric_events(rows);
begin
  if rejected <> '{}' then
    rows := everwatch_private.set_aside(rows, array(select j.place from unnest(rejected) as j));
  end if;
  if with_repeats then
    rows := everwatch_private.set_aside(rows, everwatch_private.repeats(array(select m.id from unnest(rows) as m)));
  end if;
  perform everwatch_private.add_metric_series(rows);
  return rejected || array(
    select (
      'metric', place, 'limit_exceeded', 'labels',
      format('would begin another series, and the org has %s already: use labels of few values', series_per_org)
    )::everwatch_private.rejection
    from unnest(everwatch_private.add_metric_points(rows)) as place
    cross join everwatch_private.metric_settings
  );
end
$$;

comment on function everwatch_private.store_metrics(everwatch_private.metric_events[], boolean)
  is 'Stores values of metrics and adds them to their hours; returns those that cannot be stored, or for which their org has too many series.';

revoke execute
  on function
    everwatch_private.add_metric_points(everwatch_private.metric_events[]),
    everwatch_private.store_metrics(everwatch_private.metric_events[], boolean)
  from public;

create function everwatch_private.trim_metric_points(at timestamptz default now())
  returns void
  language sql set search_path = ''
  as $$
  delete from everwatch_private.metric_points
  where received_at < trim_metric_points.at - everwatch_private.kept_for('metric_points')
$$;

comment on function everwatch_private.trim_metric_points(timestamptz)
  is 'Deletes values of metrics that came longer ago than retentions says; their hours stay.';

revoke execute on function everwatch_private.trim_metric_points(timestamptz) from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-trim-metric-points', '37 3 * * *', 'select everwatch_private.trim_metric_points()');

-- schemas/alerts/tables/alerts.sql

-- What is wrong or was, one row for each time: an alert is pending while its condition is not true for
-- long enough, firing, recovering while it is not false for long enough, and resolved. Resolved ones
-- are history.
create function everwatch_private.fingerprint(
  org_id uuid,
  type text,
  resource_type text,
  resource_id text
)
  returns text
  language sql immutable set search_path = ''
  as $$
  select encode(sha256(convert_to(jsonb_build_array(org_id, type, resource_type, resource_id)::text, 'UTF8')), 'hex')
$$;

comment on function everwatch_private.fingerprint(uuid, text, text, text)
  is 'What stays the same while an alert''s severity and value change: 64 hexadecimal digits, of the org (null for the operator''s), the type and the resource.';

create table everwatch_private.alerts (
  id uuid primary key default gen_random_uuid(),
  org_id uuid references everwatch.orgs (id) on delete cascade,
  fingerprint text not null generated always as (everwatch_private.fingerprint (org_id, type, resource_type, resource_id)) stored,
  type text not null references everwatch_private.alert_policies (type),
  severity text not null check (severity in ('warning', 'critical')),
  resource_type text not null,
  resource_id text not null,
  resource_name text not null,
  message text not null,
  value numeric not null,
  threshold numeric not null,
  state text not null check (state in ('pending', 'firing', 'recovering', 'resolved')),
  started_at timestamptz not null,
  fired_at timestamptz,
  recovering_at timestamptz,
  resolved_at timestamptz,
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  acknowledged_until timestamptz,
  last_notified_at timestamptz,
  notified_severity text check (notified_severity in ('warning', 'critical')),
  held_back_by text check (held_back_by in ('silence', 'acknowledgement', 'inhibition')),
  constraint alerts_fired_unless_pending check (
    state in ('pending', 'resolved')
    or fired_at is not null
  ),
  constraint alerts_recover_at_a_time check (state <> 'recovering' or recovering_at is not null),
  constraint alerts_resolve_at_a_time check ((state = 'resolved') = (resolved_at is not null)),
  constraint alerts_notified_of_a_severity check ((last_notified_at is null) = (notified_severity is null))
);

-- At most one open alert for each thing that can be wrong.
create unique index alerts_open_key
  on everwatch_private.alerts (fingerprint)
  where state <> 'resolved';

-- An org's alerts, newest first.
create index alerts_by_org_idx on everwatch_private.alerts (org_id, started_at desc);

comment on table everwatch_private.alerts
  is 'Alerts: one row from the moment a condition became true until it is resolved, and then as history. Members read them through v_alerts.';
comment on column everwatch_private.alerts.org_id is 'Whose alert it is; null for the operator''s.';
comment on column everwatch_private.alerts.fingerprint
  is 'The same for every alert of this org, type and resource; at most one of them is open.';
comment on column everwatch_private.alerts.message is 'What is wrong, as last measured.';
comment on column everwatch_private.alerts.value
  is 'What was last measured, in the unit of threshold.';
comment on column everwatch_private.alerts.threshold
  is 'The limit that value reached (failures, days) or exceeded.';
comment on column everwatch_private.alerts.state
  is 'pending: true for less than its policy asks; firing; recovering: false for less than its policy asks; resolved.';
comment on column everwatch_private.alerts.started_at is 'Since when the condition has been true.';
comment on column everwatch_private.alerts.fired_at
  is 'When pending became firing; null when it never did.';
comment on column everwatch_private.alerts.recovering_at
  is 'Since when the condition has been false, when it is; the last such time of a resolved alert.';
comment on column everwatch_private.alerts.acknowledged_by
  is 'Who acknowledged it; null for the secret key, and while nobody has.';
comment on column everwatch_private.alerts.acknowledged_until
  is 'When the acknowledgement expires; null when it holds until the alert is resolved.';
comment on column everwatch_private.alerts.last_notified_at
  is 'When the last notification was owed that nothing held back; null when there was none.';
comment on column everwatch_private.alerts.notified_severity is 'The severity that it told.';
comment on column everwatch_private.alerts.held_back_by
  is 'What holds back the notification that is owed; null when none is.';

alter table everwatch_private.alerts enable row level security;

grant select, update (acknowledged_by, acknowledged_at, acknowledged_until)
  on everwatch_private.alerts
  to authenticated, service_role;

create policy "members read their orgs' alerts"
  on everwatch_private.alerts
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "all but viewers acknowledge alerts"
  on everwatch_private.alerts
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

revoke execute on function everwatch_private.fingerprint(uuid, text, text, text) from public;

create view everwatch.v_alerts
with
  (security_invoker = on) as
select
  id,
  org_id,
  fingerprint,
  type,
  severity,
  resource_type,
  resource_id,
  resource_name,
  message,
  value,
  threshold,
  state,
  started_at,
  fired_at,
  recovering_at,
  resolved_at,
  acknowledged_by,
  acknowledged_at,
  acknowledged_until,
  last_notified_at,
  held_back_by
from
  everwatch_private.alerts;

comment on view everwatch.v_alerts
  is 'Alerts, open ones and resolved ones, of the orgs that the caller may read: see everwatch_private.alerts.';

grant select on everwatch.v_alerts to authenticated, service_role;

-- schemas/alerts/tables/condition.sql

-- What conditions answer: what is wrong now, and, asked of the past, when that changed.
create type everwatch_private.condition as (
  org_id uuid,
  type text,
  severity text,
  resource_type text,
  resource_id text,
  resource_name text,
  message text,
  value numeric,
  threshold numeric
);

comment on type everwatch_private.condition
  is 'One thing that is wrong. severity is null where it is not beyond a threshold, but has not recovered either: an alert that fires for it goes on, and none begins.';

create type everwatch_private.condition_step as (
  resource_type text,
  resource_id text,
  resource_name text,
  at timestamptz,
  severity text,
  has_recovered boolean
);

comment on type everwatch_private.condition_step
  is 'What a condition was from a moment on, until the next step of the same resource. severity: beyond which threshold, null for none. has_recovered: whether it was not even above the recovery threshold; null where nothing was known.';

-- schemas/alerts/acknowledge.sql

-- What members do about an alert: acknowledging stops its repeats. Row level security decides who may;
-- these functions say why not.
create function everwatch_private.record_acknowledgement()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  insert into everwatch_private.alert_events (alert_id, org_id, kind, severity, message, value, at, actor)
  values (
    new.id, new.org_id,
    case when new.acknowledged_at is null then 'unacknowledged' else 'acknowledged' end,
    new.severity, new.message, new.value, now(), auth.uid()
  );
  return null;
end
$$;

comment on function everwatch_private.record_acknowledgement()
  is 'Adds to an alert''s history who acknowledged it, or took that back.';

revoke execute on function everwatch_private.record_acknowledgement() from public;

create trigger record_acknowledgement
  after update of acknowledged_at on everwatch_private.alerts
  for each row
  when (coalesce(old.acknowledged_at, new.acknowledged_at) is not null)
  execute function everwatch_private.record_acknowledgement();

create function everwatch_private.set_acknowledgement(
  alert_id uuid,
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  acknowledged_until timestamptz
)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  found_state text;
begin
  update everwatch_private.alerts as a
  set acknowledged_by = set_acknowledgement.acknowledged_by,
    acknowledged_at = set_acknowledgement.acknowledged_at,
    acknowledged_until = set_acknowledgement.acknowledged_until
  where a.id = alert_id and a.state <> 'resolved';
  if found then
    return;
  end if;
  select a.state into found_state from everwatch_private.alerts as a where a.id = alert_id;
  if found_state is null then
    raise exception 'There is no such alert.'
      using errcode = 'PT404', detail = 'alert_not_found', hint = 'alert_id';
  elsif found_state = 'resolved' then
    raise exception 'This alert is resolved.'
      using errcode = 'PT409', detail = 'resolved', hint = 'alert_id';
  end if;
  raise exception 'Viewers acknowledge nothing: ask a member of the org.'
    using errcode = 'PT403', detail = 'not_allowed', hint = 'alert_id';
end
$$;

comment on function everwatch_private.set_acknowledgement(uuid, uuid, timestamptz, timestamptz)
  is 'Changes the acknowledgement of an open alert, as the caller. Raises PT404 (also for another org''s), PT409 or PT403.';

create function everwatch.acknowledge_alert(alert_id uuid, until timestamptz default null)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  if until not between now() and now() + interval '1 year' then
    raise exception 'until must be in the future, a year ahead at most.'
      using errcode = 'PT400', detail = 'invalid_until', hint = 'until';
  end if;
  perform everwatch_private.set_acknowledgement(alert_id, auth.uid(), now(), until);
end
$$;

comment on function everwatch.acknowledge_alert(uuid, timestamptz)
  is 'Stops an open alert''s repeats until then, or until it is resolved. It still notifies when it becomes critical and when it is resolved. Raises PT400, PT403, PT404 or PT409.';

create function everwatch.unacknowledge_alert(alert_id uuid)
  returns void
  language sql set search_path = ''
  as $$
  select everwatch_private.set_acknowledgement(alert_id, null, null, null)
$$;

comment on function everwatch.unacknowledge_alert(uuid)
  is 'Takes an acknowledgement back: repeats go on. Raises PT403, PT404 or PT409.';

revoke execute
  on function
    everwatch_private.set_acknowledgement(uuid, uuid, timestamptz, timestamptz),
    everwatch.acknowledge_alert(uuid, timestamptz),
    everwatch.unacknowledge_alert(uuid)
  from public;

-- schemas/alerts/alert_conditions.sql

-- Everything that is wrong: one row for each condition that is true.
create function everwatch_private.conditions_of(type text, at timestamptz, org_id uuid)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = ''
  as $$
begin
  -- No longer than this: it is planned each time.
  return query execute format('select * from everwatch_private.%I($1, $2)', type || '_conditions')
    using at, org_id;
end
$$;

comment on function everwatch_private.conditions_of(text, timestamptz, uuid)
  is 'What everwatch_private.<type>_conditions(at, org_id) returns.';

create function everwatch_private.alert_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = ''
  as $$
declare
  of_type text;
begin
  for of_type in
    select p.type
    from everwatch_private.alert_policies as p
    where p.scope = 'org'
      or (alert_conditions.org_id is null and everwatch_private.reads_every_org())
    order by p.type
  loop
    -- One that is broken hides no other; the evaluation records it, and tells the operator.
    begin
      return query
      select c.org_id, c.type, coalesce(c.severity, a.severity), c.resource_type, c.resource_id,
        c.resource_name, c.message, c.value, c.threshold
      from everwatch_private.conditions_of(of_type, alert_conditions.at, alert_conditions.org_id) as c
      left join everwatch_private.alerts as a
        on c.severity is null
        and a.state in ('firing', 'recovering')
        and a.fingerprint
          = everwatch_private.fingerprint(c.org_id, c.type, c.resource_type, c.resource_id)
      where coalesce(c.severity, a.severity) is not null;
    exception
      when others then raise warning 'conditions of type % cannot be read: %', of_type, sqlerrm;
    end;
  end loop;
end
$$;

comment on function everwatch_private.alert_conditions(timestamptz, uuid)
  is 'The conditions that are true as of `at`, of one org or of all that the caller may read. One that is not beyond its threshold is listed while an alert fires for it and it has not recovered.';

revoke execute
  on function
    everwatch_private.conditions_of(text, timestamptz, uuid),
    everwatch_private.alert_conditions(timestamptz, uuid)
  from public;

create view everwatch.v_alert_conditions
with
  (security_invoker = on) as
select
  org_id,
  type,
  severity,
  resource_type,
  resource_id,
  resource_name,
  message,
  value,
  threshold
from
  everwatch_private.alert_conditions(now());

comment on view everwatch.v_alert_conditions
  is 'The alert conditions that are true now, by the policies in force; one row for each org, type and resource.';
comment on column everwatch.v_alert_conditions.org_id
  is 'Whose condition it is; null for the operator''s own, which only the secret key and the owner see.';
comment on column everwatch.v_alert_conditions.type
  is 'One of the types in everwatch_private.alert_policies.';
comment on column everwatch.v_alert_conditions.value
  is 'What was measured, in the unit of threshold: failures, days, percent, hours, seconds, how unusual from 0 to 1, or times what is allowed.';
comment on column everwatch.v_alert_conditions.threshold
  is 'The limit that value reached (failures, days) or exceeded.';

grant select on everwatch.v_alert_conditions to authenticated, service_role;

-- schemas/alerts/alert_events.sql

-- The history of each alert: rows are added, in the transaction that changes the alert, and never
-- changed. A notification is owed for each event that fired, escalated, repeated or resolved, unless
-- `suppressed_by` says what held it back: that is decided here, once.
create table everwatch_private.alert_events (
  id bigint generated always as identity primary key,
  alert_id uuid not null references everwatch_private.alerts (id) on delete cascade,
  org_id uuid,
  kind text not null check (
    kind in (
      'pending',
      'cleared',
      'fired',
      'escalated',
      'changed',
      'repeated',
      'recovering',
      'refired',
      'resolved',
      'acknowledged',
      'unacknowledged'
    )
  ),
  severity text not null check (severity in ('warning', 'critical')),
  message text not null,
  value numeric not null,
  at timestamptz not null,
  suppressed_by text check (suppressed_by in ('silence', 'acknowledgement', 'inhibition')),
  actor uuid,
  constraint alert_events_suppress_notifications_only check (
    suppressed_by is null
    or kind in ('fired', 'escalated', 'repeated', 'resolved')
  )
);

create index alert_events_by_alert_idx on everwatch_private.alert_events (alert_id, id desc);

create index alert_events_by_org_idx on everwatch_private.alert_events (org_id, id desc);

comment on table everwatch_private.alert_events
  is 'What happened to each alert, in order; append-only. Members read it through v_alert_history.';
comment on column everwatch_private.alert_events.org_id
  is 'The alert''s org; null for the operator''s.';
comment on column everwatch_private.alert_events.kind
  is 'pending, cleared (never fired); fired, escalated (warning became critical), changed (of severity, without a notification), repeated; recovering, refired (before it was resolved), resolved; acknowledged, unacknowledged.';
comment on column everwatch_private.alert_events.at is 'As of when it was judged.';
comment on column everwatch_private.alert_events.suppressed_by
  is 'What held back the notification: silence, acknowledgement or inhibition; null when nothing did.';
comment on column everwatch_private.alert_events.actor
  is 'The user who did it; null for what happened by itself, and for the secret key.';

alter table everwatch_private.alert_events enable row level security;

grant select on everwatch_private.alert_events to authenticated, service_role;

create policy "members read their orgs' alert history"
  on everwatch_private.alert_events
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create view everwatch.v_alert_history
with
  (security_invoker = on) as
select
  e.id,
  e.alert_id,
  e.org_id,
  a.type,
  a.resource_type,
  a.resource_id,
  a.resource_name,
  e.kind,
  e.severity,
  e.message,
  e.value,
  e.at,
  e.suppressed_by,
  e.actor
from
  everwatch_private.alert_events as e
  join everwatch_private.alerts as a on a.id = e.alert_id;

comment on view everwatch.v_alert_history
  is 'What happened to the alerts of the orgs that the caller may read, with the alert''s resource: see everwatch_private.alert_events.';

grant select on everwatch.v_alert_history to authenticated, service_role;

-- schemas/alerts/alert_states.sql

-- The life of an alert: normal → pending → firing → recovering → resolved. This decides one step, from
-- the alert as it stands and what is measured, and writes nothing.
create function everwatch_private.next_state(
  state text,
  since timestamptz,
  is_true boolean,
  has_recovered boolean,
  pending_for interval,
  keep_firing_for interval,
  at timestamptz
)
  returns text
  language sql immutable set search_path = ''
  as $$
  select case
    when coalesce(next_state.state, 'pending') = 'pending' then
      case
        when not is_true then 'resolved'
        when next_state.at < coalesce(since, next_state.at) + pending_for then 'pending'
        else 'firing'
      end
    when not has_recovered then 'firing'
    when next_state.at < case when next_state.state = 'recovering' then since else next_state.at end
      + keep_firing_for then 'recovering'
    else 'resolved'
  end
$$;

comment on function everwatch_private.next_state(text, timestamptz, boolean, boolean, interval, interval, timestamptz)
  is 'The state that follows `state` (null: there is no alert), in which the alert has been since `since`: is_true when the condition is beyond its threshold, has_recovered when it is not even above its recovery threshold.';

create function everwatch_private.event_of(state_before text, state text)
  returns text
  language plpgsql immutable set search_path = ''
  as $$
begin
  return case
    when state = state_before then null
    when state = 'firing' then case state_before when 'recovering' then 'refired' else 'fired' end
    when state = 'resolved' and state_before = 'pending' then 'cleared'
    else state
  end;
end
$$;

comment on function everwatch_private.event_of(text, text)
  is 'The event that it is when an alert comes from one state (null: there was none) to another; null where it stays.';

revoke execute
  on function
    everwatch_private.next_state(text, timestamptz, boolean, boolean, interval, interval, timestamptz),
    everwatch_private.event_of(text, text)
  from public;

-- schemas/alerts/delivery_judgement.sql

-- Failing webhooks are judged in the transaction that tracks the delivery, not at the next minute:
-- count_deliveries calls this with the webhooks whose counters it may have written.
create function everwatch_private.judge_webhooks(webhook_ids uuid[])
  returns void
  language plpgsql set search_path = ''
  -- Whoever holds an alert's row has it for a moment; if not, the evaluation will judge.
  set lock_timeout = '2s'
  -- Every failed delivery comes by here: planning each time would cost more than all the rest.
  set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  conditions everwatch_private.condition[];
  fingerprints text[];
begin
  conditions := array(select c from everwatch_private.webhook_failures(webhook_ids) as c);
  -- Few failures cross a threshold: the fifth, the tenth, and the success that ends them.
  fingerprints := array(
    select f.fingerprint
    from everwatch.webhooks as w
    cross join lateral (
      select everwatch_private.fingerprint(w.org_id, 'webhook_failure', 'webhook', w.id::text)
    ) as f (fingerprint)
    left join unnest(conditions) as c on c.resource_id = w.id::text
    left join everwatch_private.alerts as a on a.fingerprint = f.fingerprint and a.state <> 'resolved'
    where w.id = any (webhook_ids)
      and c.severity is distinct from case when a.state in ('pending', 'firing') then a.severity end
  );
  if fingerprints <> '{}' then
    perform everwatch_private.judge(
      'webhook_failure',
      now(),
      array(
        select a.id
        from everwatch_private.alerts as a
        where a.fingerprint = any (fingerprints) and a.state <> 'resolved'
        order by a.id
        for update
      ),
      conditions
    );
  end if;
exception
  -- A delivery that was made is tracked, whatever becomes of its alert.
  when others then
    raise warning 'webhook_failure could not be judged: %: %', sqlstate, sqlerrm;
    -- One a minute is enough: each failed delivery comes by here.
    if not exists (
      select
      from everwatch_private.evaluation_errors as e
      where e.at > now() - interval '1 minute' and e.during = 'delivery'
    ) then
      insert into everwatch_private.evaluation_errors (at, type, during, error)
      values (now(), 'webhook_failure', 'delivery', format('%s: %s', sqlstate, sqlerrm));
    end if;
end
$$;

comment on function everwatch_private.judge_webhooks(uuid[])
  is 'Brings the alerts of failing webhooks in line with their counters. Never raises: a failure is recorded in evaluation_errors, and the next evaluation judges.';

revoke execute on function everwatch_private.judge_webhooks(uuid[]) from public;

-- schemas/alerts/evaluate_alerts.sql

-- Judging everything, every minute: one type of alert after the other, each for all orgs at once, so
-- that the cost follows what is unhealthy.
create table everwatch_private.evaluation_runs (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  duration_ms integer not null,
  events integer not null,
  failed_types text[] not null
);

comment on table everwatch_private.evaluation_runs
  is 'Each evaluation of all orgs that was not skipped.';
comment on column everwatch_private.evaluation_runs.at is 'As of when it judged.';
comment on column everwatch_private.evaluation_runs.events
  is 'How many rows it added to alert_events.';
comment on column everwatch_private.evaluation_runs.failed_types
  is 'The types that could not be judged: see evaluation_errors.';

create function everwatch_private.evaluate_alerts(
  at timestamptz default now(),
  org_id uuid default null
)
  returns jsonb
  language plpgsql set search_path = '' set lock_timeout = '5s'
  as $$
declare
  started constant timestamptz := clock_timestamp();
  of_type text;
  prepare text;
  written integer;
  events integer := 0;
  failed_types text[] := array[]::text[];
  duration_ms integer;
begin
  -- A run that takes longer than a minute must not meet the next one.
  if evaluate_alerts.org_id is null
    and not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.evaluate_alerts', 0)) then
    return jsonb_build_object('status', 'skipped');
  end if;

  for of_type, prepare in
    select p.type, p.prepare
    from everwatch_private.alert_policies as p
    where p.scope = 'org' or evaluate_alerts.org_id is null
    order by p.judge_order, p.type
  loop
    written := everwatch_private.evaluate_type(of_type, prepare, evaluate_alerts.at, evaluate_alerts.org_id);
    if written is null then
      failed_types := failed_types || of_type;
    else
      events := events + written;
    end if;
  end loop;

  duration_ms := extract(epoch from clock_timestamp() - started) * 1000;
  if evaluate_alerts.org_id is null then
    insert into everwatch_private.evaluation_runs (at, duration_ms, events, failed_types)
    values (evaluate_alerts.at, duration_ms, events, failed_types);
  end if;
  return jsonb_build_object(
    'status', case when failed_types = '{}' then 'evaluated' else 'failed' end,
    'evaluated_at', evaluate_alerts.at,
    'duration_ms', duration_ms,
    'events', events,
    'failed_types', failed_types
  );
end
$$;

comment on function everwatch_private.evaluate_alerts(timestamptz, uuid)
  is 'Brings all alerts, or those of one org, in line with what is true as of `at`. Only one evaluation of all runs at a time: a second returns at once as skipped. Never raises: what could not be judged is in failed_types and in evaluation_errors.';

revoke execute on function everwatch_private.evaluate_alerts(timestamptz, uuid) from public;

create function everwatch_private.evaluate_org(org_id uuid)
  returns void
  language plpgsql security definer set search_path = ''
  as $$
begin
  if everwatch_private.may_read(evaluate_org.org_id) then
    perform everwatch_private.evaluate_alerts(now(), evaluate_org.org_id);
  end if;
end
$$;

comment on function everwatch_private.evaluate_org(uuid)
  is 'Evaluates the alerts of one org now, for those who may read that org; does nothing for others.';

create function everwatch.check_alerts(org_id uuid default null)
  returns jsonb
  language plpgsql set search_path = ''
  as $$
declare
  org constant uuid := everwatch_private.metrics_org(check_alerts.org_id);
begin
  perform everwatch_private.evaluate_org(org);
  return everwatch_private.alert_metrics(org, 500, null)
    || jsonb_build_object('org_id', org, 'evaluated_at', now());
end
$$;

comment on function everwatch.check_alerts(uuid)
  is 'Evaluates the alerts of an org now, and returns the conditions that are true, critical ones first: total, critical, warning, alerts (the first 500) and evaluated_at. `next` continues the list in monitoring_metrics, of type alerts. Raises PT400, PT401, PT403 or PT404.';

revoke execute
  on function everwatch_private.evaluate_org(uuid), everwatch.check_alerts(uuid)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-evaluate-alerts', '* * * * *', 'select everwatch_private.evaluate_alerts()');

-- schemas/alerts/evaluate_type.sql

-- Judging one type of alert, for all orgs or for one.
create function everwatch_private.evaluate_type(
  of_type text,
  prepare text,
  at timestamptz,
  org_id uuid
)
  returns integer
  language plpgsql set search_path = ''
  as $$
declare
  locked uuid[];
  conditions everwatch_private.condition[];
begin
  if prepare is not null then
    execute format('select everwatch_private.%I($1)', prepare) using evaluate_type.at;
  end if;
  -- An alert that is locked is being judged by whoever tracks a delivery, from newer counters:
  -- waiting for that could deadlock, and is not needed. Conditions are measured after the lock.
  locked := array(
    select a.id
    from everwatch_private.alerts as a
    where a.state <> 'resolved'
      and a.type = of_type
      and (evaluate_type.org_id is null or a.org_id = evaluate_type.org_id)
    order by a.id
    for update skip locked
  );
  conditions := array(
    select c from everwatch_private.conditions_of(of_type, evaluate_type.at, evaluate_type.org_id) as c
  );
  return everwatch_private.judge(of_type, evaluate_type.at, locked, conditions);
exception
  -- Whatever is wrong with one type, the others are judged.
  when others or query_canceled then
    raise warning '% could not be judged: %: %', of_type, sqlstate, sqlerrm;
    insert into everwatch_private.evaluation_errors (at, type, during, error)
    values (evaluate_type.at, of_type, 'evaluation', format('%s: %s', sqlstate, sqlerrm));
    return null;
end
$$;

comment on function everwatch_private.evaluate_type(text, text, timestamptz, uuid)
  is 'Brings the alerts of one type, of all orgs or of one, in line with what is true as of `at`, and returns the number of events; null when it could not be judged, which is then in evaluation_errors.';

revoke execute
  on function everwatch_private.evaluate_type(text, text, timestamptz, uuid)
  from public;

-- schemas/alerts/judgement.sql

-- Judging: alerts are brought in line with the conditions of one type. Whoever judges has locked the
-- open alerts that it is about, and leaves alone those that another transaction is changing.
create function everwatch_private.judge(
  type text,
  at timestamptz,
  locked uuid[],
  conditions everwatch_private.condition[]
)
  returns integer
  language plpgsql set search_path = ''
  as $$
declare
  written integer;
begin
  with judged as materialized (
    select * from everwatch_private.steps_to_write(judge.type, judge.at, locked, conditions)
  ),
  opened as (
    insert into everwatch_private.alerts (
      id, org_id, type, severity, resource_type, resource_id, resource_name, message, value, threshold,
      state, started_at, fired_at, last_notified_at, notified_severity, held_back_by
    )
    select n.id, n.org_id, n.type, n.severity, n.resource_type, n.resource_id, n.resource_name,
      n.message, n.value, n.threshold, n.state, n.started_at, n.fired_at, n.last_notified_at,
      n.notified_severity, n.held_back_by
    from judged as j
    cross join lateral (select (j.next).*) as n
    where j.opens
    -- In one order for all, so that two that judge at once cannot deadlock.
    order by n.type, n.org_id, n.resource_type, n.resource_id
    on conflict (fingerprint) where state <> 'resolved' do nothing
    returning id
  ),
  changed as (
    update everwatch_private.alerts as a
    set (
        severity, resource_name, message, value, threshold, state, fired_at, recovering_at, resolved_at,
        last_notified_at, notified_severity, held_back_by
      ) = (
        n.severity, n.resource_name, n.message, n.value, n.threshold, n.state, n.fired_at, n.recovering_at,
        n.resolved_at, n.last_notified_at, n.notified_severity, n.held_back_by
      )
    from judged as j
    cross join lateral (select (j.next).*) as n
    where a.id = n.id and not j.opens
    returning a.id
  )
  insert into everwatch_private.alert_events (alert_id, org_id, kind, severity, message, value, at, suppressed_by)
  select n.id, n.org_id, e.kind, n.severity, n.message, n.value, judge.at,
    case when e.kind in ('fired', 'escalated', 'repeated', 'resolved') then j.suppressed_by end
  from judged as j
  cross join lateral (select (j.next).*) as n
  cross join lateral unnest(j.events) with ordinality as e (kind, position)
  where n.id in (select opened.id from opened union all select changed.id from changed)
  order by n.started_at, n.id, e.position;
  get diagnostics written = row_count;
  return written;
end
$$;

comment on function everwatch_private.judge(text, timestamptz, uuid[], everwatch_private.condition[])
  is 'Brings the open alerts of a type that the caller has locked in line with the conditions that it measured for the same resources, opens what is missing, and returns the number of events.';

create function everwatch_private.steps_to_write(
  type text,
  at timestamptz,
  locked uuid[],
  conditions everwatch_private.condition[]
)
  returns table(opens boolean, next everwatch_private.alerts, events text[], suppressed_by text)
  language plpgsql stable set search_path = ''
  -- As few as are unhealthy: for the thousand that Postgres assumes, the update would read all history.
  rows 10
  as $$
#variable_conflict use_column
begin
  return query
  with measured as (
    select c as condition,
      everwatch_private.fingerprint(c.org_id, c.type, c.resource_type, c.resource_id) as fingerprint
    from unnest(conditions) as c
  ),
  pair as (
    select a.alert, m.condition, coalesce((a.alert).org_id, (m.condition).org_id) as org_id
    from (select o as alert, o.fingerprint from everwatch_private.alerts as o where o.id = any (locked)) as a
    full join measured as m on m.fingerprint = a.fingerprint
    where (a.alert).id is not null
      or ((m.condition).severity is not null and not exists (
        select from everwatch_private.alerts as o where o.fingerprint = m.fingerprint and o.state <> 'resolved'
      ))
  )
  select (pair.alert).id is null, step.*
  from pair
  join everwatch_private.alert_policies as d on d.type = steps_to_write.type
  left join everwatch.v_alert_policies as p on p.org_id = pair.org_id and p.type = steps_to_write.type
  cross join lateral everwatch_private.next_alert(
    pair.alert,
    pair.condition,
    coalesce(p.pending_for, d.pending_for),
    coalesce(p.keep_firing_for, d.keep_firing_for),
    coalesce(p.repeat_interval, d.repeat_interval),
    d.inhibited_by,
    steps_to_write.at
  ) as step
  where step.next is distinct from pair.alert;
end
$$;

comment on function everwatch_private.steps_to_write(text, timestamptz, uuid[], everwatch_private.condition[])
  is 'What alerts become that change: of a type the locked ones, each with the condition of its resource, and those that the other conditions open.';

revoke execute
  on function
    everwatch_private.judge(text, timestamptz, uuid[], everwatch_private.condition[]),
    everwatch_private.steps_to_write(text, timestamptz, uuid[], everwatch_private.condition[])
  from public;

-- schemas/alerts/next_alert.sql

-- One step of an alert, from what it is and what is measured. Nothing is written here.
create type everwatch_private.alert_step as (next everwatch_private.alerts, events text[], suppressed_by text);

comment on type everwatch_private.alert_step
  is 'What an alert becomes, which events that makes, and what holds back their notification (null: nothing).';

create function everwatch_private.next_alert(
  alert everwatch_private.alerts,
  condition everwatch_private.condition,
  pending_for interval,
  keep_firing_for interval,
  repeat_interval interval,
  inhibited_by text[],
  at timestamptz
)
  returns everwatch_private.alert_step
  language plpgsql stable set search_path = ''
  as $$
declare
  next everwatch_private.alerts := everwatch_private.measured_alert(alert, condition, next_alert.at);
  event text;
  suppressed_by text;
begin
  next.state := everwatch_private.next_state(
    alert.state, case alert.state when 'pending' then alert.started_at else alert.recovering_at end,
    condition.severity is not null, condition.type is null, pending_for, keep_firing_for, next_alert.at
  );
  event := everwatch_private.event_of(alert.state, next.state);
  case event
    when 'fired', 'refired' then
      next.fired_at := coalesce(alert.fired_at, next_alert.at);
      next.recovering_at := null;
    when 'recovering' then next.recovering_at := next_alert.at;
    when 'resolved', 'cleared' then next.resolved_at := next_alert.at;
    else null;
  end case;

  if next.state = 'firing' then
    return everwatch_private.firing_step(alert, next, event, repeat_interval, inhibited_by, next_alert.at);
  end if;
  if event = 'resolved' then
    -- Who was told that it fired is told that it is over; and nobody else.
    if alert.last_notified_at is null then
      suppressed_by := coalesce(alert.held_back_by, 'silence');
    end if;
    next.held_back_by := null;
  end if;
  return row(next, array_remove(array[event], null), suppressed_by);
end
$$;

comment on function everwatch_private.next_alert(everwatch_private.alerts, everwatch_private.condition, interval, interval, interval, text[], timestamptz)
  is 'What an alert (null: none is open) becomes by a condition (null: it is not true), which events that makes, and what holds back their notification.';

create function everwatch_private.measured_alert(
  alert everwatch_private.alerts,
  condition everwatch_private.condition,
  at timestamptz
)
  returns everwatch_private.alerts
  language plpgsql stable set search_path = ''
  as $$
begin
  if alert.id is null then
    alert.id := gen_random_uuid();
    alert.org_id := condition.org_id;
    alert.type := condition.type;
    alert.resource_type := condition.resource_type;
    alert.resource_id := condition.resource_id;
    alert.started_at := measured_alert.at;
  end if;
  if condition.type is not null then
    alert.severity := coalesce(condition.severity, alert.severity);
    alert.resource_name := condition.resource_name;
    alert.message := condition.message;
    alert.value := condition.value;
    alert.threshold := condition.threshold;
  end if;
  return alert;
end
$$;

comment on function everwatch_private.measured_alert(everwatch_private.alerts, everwatch_private.condition, timestamptz)
  is 'An alert with what a condition (null: it is not true) says of it; a new one, still without a state, where none is open.';

create function everwatch_private.firing_step(
  alert everwatch_private.alerts,
  next everwatch_private.alerts,
  event text,
  repeat_interval interval,
  inhibited_by text[],
  at timestamptz
)
  returns everwatch_private.alert_step
  language plpgsql stable set search_path = ''
  as $$
declare
  owed constant text := case
    when event = 'fired' then 'fired'
    when next.severity = 'critical'
      and coalesce(alert.notified_severity, alert.severity) = 'warning' then 'escalated'
    when alert.last_notified_at is null then 'repeated'
    when firing_step.at >= alert.last_notified_at + repeat_interval then 'repeated'
  end;
  suppressed_by text;
  further text;
begin
  if owed is not null then
    suppressed_by := everwatch_private.suppression(next, owed, inhibited_by, firing_step.at);
    if suppressed_by is null then
      next.last_notified_at := firing_step.at;
      next.notified_severity := next.severity;
    end if;
  end if;
  -- What is held back is said once, not at every look.
  if owed <> 'fired' and (
    suppressed_by is null
    or suppressed_by is distinct from alert.held_back_by
    or (owed = 'escalated' and next.severity <> alert.severity)
  ) then
    further := owed;
  elsif next.severity <> alert.severity then
    further := 'changed';
  end if;
  next.held_back_by := suppressed_by;
  return row(next, array_remove(array[event, further], null), suppressed_by);
end
$$;

comment on function everwatch_private.firing_step(everwatch_private.alerts, everwatch_private.alerts, text, interval, text[], timestamptz)
  is 'What an alert that fires owes those who are told of it, beside the event by which it came to fire (null: it fired before).';

revoke execute
  on function
    everwatch_private.next_alert(everwatch_private.alerts, everwatch_private.condition, interval, interval, interval, text[], timestamptz),
    everwatch_private.measured_alert(everwatch_private.alerts, everwatch_private.condition, timestamptz),
    everwatch_private.firing_step(everwatch_private.alerts, everwatch_private.alerts, text, interval, text[], timestamptz)
  from public;

-- schemas/alerts/silence_alerts.sql

-- How members silence alerts. Row level security decides who may; these functions say why not.
create function everwatch_private.check_matchers(matchers jsonb)
  returns void
  language plpgsql immutable set search_path = ''
  as $$
declare
  known constant text[] := array['type', 'severity', 'resource_type', 'resource_id', 'resource_name'];
begin
  if jsonb_typeof(matchers) is distinct from 'object' or exists (
    select
    from jsonb_each(matchers) as m
    where m.key <> all (known)
      or jsonb_typeof(m.value) <> 'string'
      or length(m.value #>> '{}') not between 1 and 2048
  ) then
    raise exception 'matchers must be an object of %, each a text; * stands for any text.',
      array_to_string(known, ', ')
      using errcode = 'PT400', detail = 'invalid_matchers', hint = 'matchers';
  end if;
end
$$;

comment on function everwatch_private.check_matchers(jsonb)
  is 'Refuses (400, invalid_matchers) what does not describe alerts.';

create function everwatch.silence_alerts(
  matchers jsonb,
  until timestamptz,
  reason text,
  org_id uuid default null
)
  returns uuid
  language plpgsql set search_path = ''
  as $$
declare
  -- The operator's own alerts belong to no org.
  org constant uuid := case
    when silence_alerts.org_id is not null or not everwatch_private.reads_every_org()
      then everwatch_private.metrics_org(silence_alerts.org_id)
  end;
  new_id uuid;
begin
  perform everwatch_private.check_matchers(matchers);
  if until is null or until not between now() and now() + interval '1 year' then
    raise exception 'until must be in the future, a year ahead at most.'
      using errcode = 'PT400', detail = 'invalid_until', hint = 'until';
  elsif reason is null or length(reason) not between 1 and 1000 then
    raise exception 'Say why, in 1 to 1000 characters.'
      using errcode = 'PT400', detail = 'invalid_reason', hint = 'reason';
  end if;
  -- Each is looked at for each notification.
  if (
    select count(*)
    from everwatch_private.silences as s
    where s.ends_at > now() and (s.org_id = org or (s.org_id is null and org is null))
  ) >= 100 then
    raise exception 'There are 100 silences already: end one, or make one that matches more.'
      using errcode = 'PT409', detail = 'too_many_silences', hint = 'matchers';
  end if;
  insert into everwatch_private.silences (org_id, matchers, reason, ends_at)
  values (org, silence_alerts.matchers, silence_alerts.reason, until)
  returning id into new_id;
  return new_id;
exception
  when insufficient_privilege then
    raise exception 'Viewers silence nothing: ask a member of the org.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'org_id';
end
$$;

comment on function everwatch.silence_alerts(jsonb, timestamptz, text, uuid)
  is 'Holds back the notifications of an org''s alerts that match, until then; returns the silence''s id. With the secret key and no org: of the operator''s alerts. See everwatch_private.silences for the matchers. Raises PT400, PT401, PT403, PT404, or PT409 beyond 100 silences.';

create function everwatch.end_silence(silence_id uuid)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  update everwatch_private.silences as s
  set ends_at = now()
  where s.id = end_silence.silence_id and s.ends_at > now();
  if found then
    return;
  end if;
  if not exists (select from everwatch_private.silences as s where s.id = end_silence.silence_id) then
    raise exception 'There is no such silence.'
      using errcode = 'PT404', detail = 'silence_not_found', hint = 'silence_id';
  elsif exists (
    select from everwatch_private.silences as s where s.id = end_silence.silence_id and s.ends_at > now()
  ) then
    raise exception 'Viewers end no silence: ask a member of the org.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'silence_id';
  end if;
end
$$;

comment on function everwatch.end_silence(uuid)
  is 'Ends a silence now; one that has ended stays as it is. What it held back and still fires notifies at the next evaluation. Raises PT403 or PT404.';

revoke execute
  on function
    everwatch_private.check_matchers(jsonb),
    everwatch.silence_alerts(jsonb, timestamptz, text, uuid),
    everwatch.end_silence(uuid)
  from public;

-- schemas/alerts/silences.sql

-- What people do not want to be told of for a while. A silence holds notifications back; alerts come
-- and go as ever.
create table everwatch_private.silences (
  id uuid primary key default gen_random_uuid(),
  org_id uuid references everwatch.orgs (id) on delete cascade,
  matchers jsonb not null check (jsonb_typeof(matchers) = 'object'),
  reason text not null check (length(reason) between 1 and 1000),
  created_by uuid default auth.uid (),
  created_at timestamptz not null default now(),
  ends_at timestamptz not null
);

create index silences_by_org_idx on everwatch_private.silences (org_id, ends_at desc);

comment on table everwatch_private.silences
  is 'Silences, the ended ones too. Members read them through v_silences.';
comment on column everwatch_private.silences.org_id
  is 'Whose alerts it silences; null for the operator''s.';
comment on column everwatch_private.silences.matchers
  is 'Fields of an alert (type, severity, resource_type, resource_id, resource_name) and what each must be, with * for any text; {} matches every alert of the org.';
comment on column everwatch_private.silences.reason is 'Why, in the words of who made it.';
comment on column everwatch_private.silences.created_by is 'The user; null for the secret key.';

alter table everwatch_private.silences enable row level security;

grant select, insert (org_id, matchers, reason, ends_at), update (ends_at)
  on everwatch_private.silences
  to authenticated, service_role;

create policy "members read their orgs' silences"
  on everwatch_private.silences
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "all but viewers silence alerts"
  on everwatch_private.silences
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers end silences"
  on everwatch_private.silences
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create view everwatch.v_silences
with
  (security_invoker = on) as
select
  id,
  org_id,
  matchers,
  reason,
  created_by,
  created_at,
  ends_at,
  ends_at > now() as active
from
  everwatch_private.silences;

comment on view everwatch.v_silences
  is 'Silences of the orgs that the caller may read: see everwatch_private.silences.';

grant select on everwatch.v_silences to authenticated, service_role;

create function everwatch_private.matches(matchers jsonb, alert everwatch_private.alerts)
  returns boolean
  language sql immutable set search_path = ''
  as $$
  select not exists (
    select
    from jsonb_each_text(matchers) as m
    where (
      to_jsonb(alert) ->> m.key
      like replace(regexp_replace(m.value, '([\\%_])', '\\\1', 'g'), '*', '%')
    ) is not true
  )
$$;

comment on function everwatch_private.matches(jsonb, everwatch_private.alerts)
  is 'Whether an alert is what the matchers of a silence describe.';

create function everwatch_private.suppression(
  alert everwatch_private.alerts,
  owed text,
  inhibited_by text[],
  at timestamptz
)
  returns text
  language sql stable set search_path = ''
  as $$
  select case
    when exists (
      select
      from everwatch_private.silences as s
      where (s.org_id = alert.org_id or (s.org_id is null and alert.org_id is null))
        and s.ends_at > suppression.at
        and everwatch_private.matches(s.matchers, alert)
    ) then 'silence'
    -- An acknowledgement answers what is known: it stops repeats, and not what is new.
    when owed = 'repeated' and alert.acknowledged_at is not null
      and coalesce(alert.acknowledged_until, 'infinity') > suppression.at then 'acknowledgement'
    when alert.org_id is not null and exists (
      select
      from everwatch_private.alerts as explanation
      where explanation.org_id is null
        and explanation.type = any (suppression.inhibited_by)
        and explanation.state in ('firing', 'recovering')
    ) then 'inhibition'
  end
$$;

comment on function everwatch_private.suppression(everwatch_private.alerts, text, text[], timestamptz)
  is 'What holds back the notification that an alert owes (fired, escalated or repeated); null when nothing does.';

revoke execute
  on function
    everwatch_private.matches(jsonb, everwatch_private.alerts),
    everwatch_private.suppression(everwatch_private.alerts, text, text[], timestamptz)
  from public;

-- schemas/alerts/trim_alerts.sql

-- What is over is kept for looking back, not for ever.
create function everwatch_private.trim_alerts()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  delete from everwatch_private.alerts where resolved_at < now() - everwatch_private.kept_for('alerts');
  delete from everwatch_private.silences where ends_at < now() - everwatch_private.kept_for('silences');
  delete from everwatch_private.insights where ended_at < now() - everwatch_private.kept_for('insights');
  delete from everwatch.deploys where deployed_at < now() - everwatch_private.kept_for('deploys');
  delete from everwatch_private.evaluation_runs where at < now() - everwatch_private.kept_for('evaluation_runs');
  delete from everwatch_private.evaluation_errors where at < now() - everwatch_private.kept_for('evaluation_errors');
end
$$;

comment on function everwatch_private.trim_alerts()
  is 'Deletes alerts that were resolved, silences and insights that ended, deploys, and what the evaluation recorded of itself, once they are older than retentions says.';

revoke execute on function everwatch_private.trim_alerts() from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-trim-alerts', '27 3 * * *', 'select everwatch_private.trim_alerts()');

-- schemas/alerts/policies/replay.sql

-- What alerts a history of conditions would have made.
create function everwatch_private.replay(
  steps everwatch_private.condition_step[],
  pending_for interval,
  keep_firing_for interval,
  until timestamptz
)
  returns table(resource_type text, resource_id text, resource_name text, severity text, fired_at timestamptz, resolved_at timestamptz)
  language plpgsql stable set search_path = ''
  as $$
declare
  step record;
  state text;
  new_state text;
  since timestamptz;
begin
  for step in
    select * from everwatch_private.steps_until(steps, until)
  loop
    if step.is_first then
      state := null;
      select step.resource_type, step.resource_id, step.resource_name into resource_type, resource_id, resource_name;
    end if;

    -- What the step does at once. What is not known keeps an alert that fires, and no other.
    new_state := everwatch_private.next_state(
      state, case when state is not null then since end, step.severity is not null, coalesce(step.has_recovered, state is distinct from 'firing'),
      pending_for, keep_firing_for, step.at
    );
    if new_state = 'firing' and coalesce(state, 'pending') = 'pending' then
      severity := step.severity;
      fired_at := step.at;
    elsif new_state = 'resolved' and state in ('firing', 'recovering') then
      resolved_at := step.at;
      return next;
    end if;
    if new_state is distinct from state then
      since := step.at;
    end if;
    state := nullif(new_state, 'resolved');

    -- And what time does by itself until the next one.
    if state = 'pending' and since + pending_for < step.ends_at then
      state := 'firing';
      severity := step.severity;
      fired_at := since + pending_for;
    elsif state = 'recovering' and since + keep_firing_for < step.ends_at then
      state := null;
      resolved_at := since + keep_firing_for;
      return next;
    end if;
    if state = 'firing' and step.severity = 'critical' then
      severity := 'critical';
    end if;
    if step.is_last and state in ('firing', 'recovering') then
      resolved_at := null;
      return next;
    end if;
  end loop;
end
$$;

comment on function everwatch_private.replay(everwatch_private.condition_step[], interval, interval, timestamptz)
  is 'The alerts that a history of conditions would have made, each with its worst severity; resolved_at is null where it was not resolved by `until`.';

create function everwatch_private.steps_until(
  steps everwatch_private.condition_step[],
  until timestamptz
)
  returns table(resource_type text, resource_id text, resource_name text, at timestamptz, severity text, has_recovered boolean, is_first boolean, is_last boolean, ends_at timestamptz)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select s.*,
    lag(s.at) over resource is null,
    lead(s.at) over resource is null,
    coalesce(lead(s.at) over resource, steps_until.until)
  from unnest(steps) as s
  window resource as (partition by s.resource_type, s.resource_id order by s.at)
  order by s.resource_type, s.resource_id, s.at;
end
$$;

comment on function everwatch_private.steps_until(everwatch_private.condition_step[], timestamptz)
  is 'Steps in the order of each resource, each with when it ends.';

create function everwatch.backtest_policy(
  type text,
  changes jsonb default '{}',
  since timestamptz default now() - interval '7 days',
  until timestamptz default now(),
  org_id uuid default null
)
  returns table(resource_type text, resource_id text, resource_name text, severity text, fired_at timestamptz, resolved_at timestamptz)
  language plpgsql stable set search_path = ''
  as $$
declare
  policy constant everwatch.v_alert_policies := everwatch_private.changed_policy(
    everwatch_private.policy_of(everwatch_private.metrics_org(backtest_policy.org_id), backtest_policy.type), changes
  );
  steps everwatch_private.condition_step[];
begin
  if since is null or until is null or since >= until or until - since > interval '92 days' then
    raise exception 'since must be before until, by 92 days at most.'
      using errcode = 'PT400', detail = 'invalid_period', hint = 'since';
  end if;
  -- Of steps that change nothing there may be millions.
  execute format(
    $query$
      select array_agg(
        row(s.resource_type, s.resource_id, s.resource_name, s.at, s.severity, s.has_recovered)
          ::everwatch_private.condition_step
      )
      from (
        select h.*,
          row_number() over resource > 1
            and h.severity is not distinct from lag(h.severity) over resource
            and h.has_recovered is not distinct from lag(h.has_recovered) over resource as is_same
        from everwatch_private.%I($1, $2, $3) as h
        window resource as (partition by h.resource_type, h.resource_id order by h.at)
      ) as s
      where not s.is_same
    $query$,
    policy.type || '_history'
  )
  into steps
  using policy, since, until;
  return query
  select r.*
  from everwatch_private.replay(steps, policy.pending_for, policy.keep_firing_for, until) as r
  where policy.enabled and coalesce(r.resolved_at, until) > since
  order by r.fired_at, r.resource_id;
end
$$;

comment on function everwatch.backtest_policy(text, jsonb, timestamptz, timestamptz, uuid)
  is 'When an org''s policy for a type of alert, with some settings changed, would have fired over what is stored, by default the last 7 days. As if deliveries had come in the order of sent_at, and the resources that are enabled now had been all the time. Raises PT400, PT401, PT403 or PT404.';

revoke execute
  on function
    everwatch_private.replay(everwatch_private.condition_step[], interval, interval, timestamptz),
    everwatch_private.steps_until(everwatch_private.condition_step[], timestamptz),
    everwatch.backtest_policy(text, jsonb, timestamptz, timestamptz, uuid)
  from public;

-- schemas/alerts/policies/rule_history.sql

-- For how long rules were silent, beside the cadence that each had at the time.
create function everwatch_private.rule_not_triggering_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  with execution as (
    select r.id, r.name, e.executed_at as at,
      e.executed_at - lag(e.executed_at) over past as gap,
      least(50, row_number() over past) as known,
      lead(e.executed_at, 1, until) over past as ends
    from everwatch.automation_rules as r
    cross join lateral (
      -- With what came before, which the cadence is made of.
      (
        select b.executed_at
        from everwatch.rule_executions as b
        where b.org_id = r.org_id and b.rule_id = r.id and b.executed_at < since
        order by b.executed_at desc
        limit 51
      )
      union all
      select d.executed_at
      from everwatch.rule_executions as d
      where d.org_id = r.org_id
        and d.rule_id = r.id
        and d.executed_at >= since
        and d.executed_at < until
    ) as e
    where r.org_id = policy.org_id and r.enabled
    window past as (partition by r.id order by e.executed_at)
  ),
  cadence as (
    select x.*,
      extract(epoch from max(x.gap) over (
        partition by x.id order by x.at rows between 49 preceding and current row
      )) / 3600 as longest_gap
    from execution as x
  )
  -- A hundred years at most: longer intervals cannot be added to a time.
  select 'rule', c.id::text, c.name, l.at, l.severity, l.severity is null
  from cadence as c
  cross join lateral (
    values
      (c.at, null),
      (c.at + interval '1 hour' * least(greatest(24, policy.warning * c.longest_gap), 876000)::float8, 'warning'),
      (c.at + interval '1 hour' * least(greatest(24, policy.critical * c.longest_gap), 876000)::float8, 'critical')
  ) as l (at, severity)
  where l.at < c.ends
    and (l.severity is null or c.known >= greatest(policy.minimum_sample, 2))
    and case l.severity
      when 'warning' then policy.warning is not null
      when 'critical' then policy.critical is not null
      else true
    end
$$;

comment on function everwatch_private.rule_not_triggering_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'For how long an org''s enabled rules were silent, from their last execution before `since` on.';

revoke execute
  on function everwatch_private.rule_not_triggering_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  from public;

-- schemas/alerts/policies/set_alert_policy.sql

-- How an org sets a policy of its own. Row level security decides who may; these functions say what is
-- wrong with it.
create function everwatch_private.changed_policy(policy everwatch.v_alert_policies, changes jsonb)
  returns everwatch.v_alert_policies
  language plpgsql stable set search_path = ''
  as $$
declare
  known constant text[] := array[
    'enabled', 'warning', 'critical', 'recovery', 'minimum_sample', 'pending_for', 'keep_firing_for',
    'repeat_interval'
  ];
  defaults constant jsonb := (
    select to_jsonb(d) from everwatch_private.alert_policies as d where d.type = policy.type
  );
  field text;
  wrong text;
begin
  if jsonb_typeof(changes) is distinct from 'object' then
    raise exception 'changes must be an object of %.', array_to_string(known, ', ')
      using errcode = 'PT400', detail = 'invalid_policy', hint = 'changes';
  end if;
  for field in select jsonb_object_keys(changes) loop
    begin
      if field <> all (known) then
        raise data_exception;
      end if;
      policy := jsonb_populate_record(policy, jsonb_build_object(
        field, coalesce(nullif(changes -> field, 'null'), defaults -> field)
      ));
    exception
      when data_exception then
        raise exception '% is not a setting of a policy, or has a value that is none.', field
          using errcode = 'PT400', detail = 'invalid_policy', hint = field;
    end;
  end loop;

  wrong := case
    when policy.warning = 0 or (policy.warning > policy.critical and policy.warning < 'Infinity')
      or not everwatch_private.is_threshold(policy.warning) then 'warning'
    when policy.critical = 0 or not everwatch_private.is_threshold(policy.critical) then 'critical'
    when policy.recovery > least(policy.warning, policy.critical)
      or not everwatch_private.is_threshold(policy.recovery) then 'recovery'
    when policy.minimum_sample < 0 then 'minimum_sample'
    when policy.pending_for not between interval '0' and interval '30 days' then 'pending_for'
    when policy.keep_firing_for not between interval '0' and interval '30 days' then 'keep_firing_for'
    when policy.repeat_interval not between interval '1 minute' and interval '30 days' then 'repeat_interval'
  end;
  if wrong is not null then
    raise exception '% is out of bounds: 0 < warning <= critical, 0 <= recovery <= both, and times up to 30 days.', wrong
      using errcode = 'PT400', detail = 'invalid_policy', hint = wrong;
  end if;
  policy.warning := nullif(policy.warning, 'Infinity');
  policy.critical := nullif(policy.critical, 'Infinity');
  policy.recovery := nullif(policy.recovery, 'Infinity');
  return policy;
end
$$;

comment on function everwatch_private.changed_policy(everwatch.v_alert_policies, jsonb)
  is 'A policy with some settings changed, for example {"critical": 20, "pending_for": "10 minutes"}; null means the default, and Infinity does without a level. Refuses (400, invalid_policy) what is none, with the setting in the hint.';

create function everwatch_private.policy_of(org_id uuid, type text)
  returns everwatch.v_alert_policies
  language plpgsql stable set search_path = ''
  as $$
declare
  policy everwatch.v_alert_policies;
begin
  select p.* into policy
  from everwatch.v_alert_policies as p
  where p.org_id = policy_of.org_id and p.type = policy_of.type;
  if not found then
    raise exception 'type must be one of %.', (
      select string_agg(d.type, ', ' order by d.type)
      from everwatch_private.alert_policies as d
      where d.scope = 'org'
    )
      using errcode = 'PT400', detail = 'invalid_type', hint = 'type';
  end if;
  return policy;
end
$$;

comment on function everwatch_private.policy_of(uuid, text)
  is 'The policy in force for a type of alert of an org. Refuses (400, invalid_type) a type that there is not.';

create function everwatch.set_alert_policy(type text, changes jsonb, org_id uuid default null)
  returns everwatch.v_alert_policies
  language plpgsql set search_path = ''
  as $$
declare
  org constant uuid := everwatch_private.metrics_org(set_alert_policy.org_id);
  changed constant everwatch.v_alert_policies := everwatch_private.changed_policy(
    everwatch_private.policy_of(org, set_alert_policy.type), changes
  );
  own everwatch_private.alert_policy_overrides;
begin
  select x.* into own
  from everwatch_private.alert_policy_overrides as x
  where x.org_id = org and x.type = set_alert_policy.type;
  own := jsonb_populate_record(
    own, changes || jsonb_build_object('org_id', org, 'type', set_alert_policy.type)
  );
  insert into everwatch_private.alert_policy_overrides as x
  select own.*
  on conflict on constraint alert_policy_overrides_pkey do update
  set enabled = excluded.enabled,
    warning = excluded.warning,
    critical = excluded.critical,
    recovery = excluded.recovery,
    minimum_sample = excluded.minimum_sample,
    pending_for = excluded.pending_for,
    keep_firing_for = excluded.keep_firing_for,
    repeat_interval = excluded.repeat_interval;
  return changed;
exception
  when insufficient_privilege then
    raise exception 'Only owners and admins set policies.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'org_id';
end
$$;

comment on function everwatch.set_alert_policy(text, jsonb, uuid)
  is 'Changes some settings of an org''s policy for a type of alert, null meaning the default, and returns the policy in force: see everwatch_private.alert_policies for the settings. Raises PT400, PT401, PT403 or PT404.';

revoke execute
  on function
    everwatch_private.changed_policy(everwatch.v_alert_policies, jsonb),
    everwatch_private.policy_of(uuid, text),
    everwatch.set_alert_policy(text, jsonb, uuid)
  from public;

-- schemas/alerts/policies/traffic_history.sql

-- How API traffic was, minute by minute, as the evaluation would have seen it.
create function everwatch_private.api_error_rate_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  -- A minute's requests are those up to its end, as an evaluation then counts them.
  with counted as (
    select
      date_bin(interval '1 minute', l.created_at - interval '1 microsecond', timestamptz 'epoch')
        + interval '1 minute' as minute,
      count(*) as total,
      count(*) filter (where l.status_code >= 400) as failed
    from everwatch.api_audit_logs as l
    where l.org_id = policy.org_id
      and l.created_at > since - interval '1 day'
      and l.created_at <= until
    group by 1
  ),
  hour as (
    select
      m.at,
      coalesce(sum(c.total) over past_hour, 0) as total,
      coalesce(sum(c.failed) over past_hour, 0) as failed,
      max(c.minute) over (order by m.at) as latest
    from generate_series(
      date_bin(interval '1 minute', since, timestamptz 'epoch') - interval '1 day', until, interval '1 minute'
    ) as m (at)
    left join counted as c on c.minute = m.at
    window past_hour as (order by m.at range between interval '59 minutes' preceding and current row)
  )
  select
    'org',
    o.id::text,
    o.name,
    h.at,
    case
      when h.total < greatest(policy.minimum_sample, 1) then null
      when 100 * h.failed > policy.critical * h.total then 'critical'
      when 100 * h.failed > policy.warning * h.total then 'warning'
    end,
    case
      when h.total >= greatest(policy.minimum_sample, 1) then
        100 * h.failed <= least(policy.warning, policy.critical, policy.recovery) * h.total
      -- No data is not health, for a day.
      when h.latest > h.at - interval '1 day' then null
      else true
    end
  from hour as h
  join everwatch.orgs as o on o.id = policy.org_id
  where h.at >= since
$$;

comment on function everwatch_private.api_error_rate_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'How an org''s API requests failed, over the hour before each minute.';

create function everwatch_private.rate_limit_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  -- Only the last report of a window is kept: it counts from then on, and as long as an evaluation
  -- looks at the window.
  with seen as (
    select l.key_type, l.identifier, m.minute,
      max(l.request_count::numeric / l.limit_max) as used
    from everwatch.api_rate_limits as l
    cross join lateral generate_series(
      date_bin(
        interval '1 minute',
        greatest(l.window_start, least(l.updated_at, l.window_end)) - interval '1 microsecond',
        timestamptz 'epoch'
      ) + interval '1 minute',
      l.window_end + interval '1 minute' - interval '1 microsecond',
      interval '1 minute'
    ) as m (minute)
    where l.org_id = policy.org_id
      and l.window_end > since - interval '1 minute'
      and l.window_start <= until
      and m.minute between since and until
    group by 1, 2, 3
  ),
  step as (
    select s.*, lead(s.minute) over (partition by s.key_type, s.identifier order by s.minute) as next
    from seen as s
  )
  select
    'rate_limit',
    s.key_type || ':' || s.identifier,
    s.identifier,
    l.at,
    case when l.at = s.minute then
      case
        when 100 * s.used > policy.critical then 'critical'
        when 100 * s.used > policy.warning then 'warning'
      end
    end,
    l.at > s.minute or 100 * s.used <= least(policy.warning, policy.critical, policy.recovery)
  from step as s
  cross join lateral (
    select s.minute
    union all
    select s.minute + interval '1 minute'
    where s.next is distinct from s.minute + interval '1 minute'
  ) as l (at)
$$;

comment on function everwatch_private.rate_limit_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'How far an org''s rate limits were used, in each minute for which a window is stored.';

revoke execute
  on function
    everwatch_private.api_error_rate_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.rate_limit_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  from public;

-- schemas/alerts/policies/webhook_history.sql

-- How conditions were over a time that is past, for trying a policy before it is switched on. The
-- functions everwatch_private.<type>_history judge what is stored of the policy's org as
-- everwatch_private.<type>_conditions would have: at whatever moment that could have changed.
create function everwatch_private.webhook_failure_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  with webhook as (
    select w.id, w.url, everwatch_private.failures_in_a_row(w, since) as failures
    from everwatch.webhooks as w
    where w.org_id = policy.org_id and w.enabled
  ),
  outcome as (
    select d.id, d.webhook_id, d.sent_at, d.status,
      count(*) filter (where d.status = 'sent') over webhook as successes,
      lead(d.sent_at) over webhook as next_at
    from everwatch.webhook_deliveries as d
    where d.org_id = policy.org_id
      and d.status in ('sent', 'failed')
      and d.sent_at > since
      and d.sent_at < until
    window webhook as (partition by d.webhook_id order by d.sent_at, d.id)
  ),
  run as (
    select w.id, w.url, since as at, null as next_at, w.failures
    from webhook as w
    union all
    select w.id, w.url, o.sent_at, o.next_at,
      case o.successes when 0 then w.failures else 0 end
        + count(*) filter (where o.status = 'failed')
          over (partition by o.webhook_id, o.successes order by o.sent_at, o.id)
    from outcome as o
    join webhook as w on w.id = o.webhook_id
  )
  select
    'webhook',
    r.id::text,
    r.url,
    r.at,
    case
      when r.failures >= policy.critical then 'critical'
      when r.failures >= policy.warning then 'warning'
    end,
    r.failures < least(policy.warning, policy.critical)
      and r.failures <= coalesce(policy.recovery, 'infinity')
  from run as r
  -- Of those at one moment, the last.
  where r.next_at is distinct from r.at
$$;

comment on function everwatch_private.webhook_failure_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'How the deliveries of an org''s enabled webhooks failed, in the order of sent_at.';

create function everwatch_private.failures_in_a_row(webhook everwatch.webhooks, at timestamptz)
  returns bigint
  language sql stable set search_path = ''
  as $$
  select count(*)
  from everwatch.webhook_deliveries as d
  where d.org_id = webhook.org_id
    and d.webhook_id = webhook.id
    and d.status = 'failed'
    and d.sent_at <= failures_in_a_row.at
    and d.sent_at > coalesce(
      (
        select max(s.sent_at)
        from everwatch.webhook_deliveries as s
        where s.org_id = webhook.org_id
          and s.webhook_id = webhook.id
          and s.status = 'sent'
          and s.sent_at <= failures_in_a_row.at
      ),
      '-infinity'
    )
$$;

comment on function everwatch_private.failures_in_a_row(everwatch.webhooks, timestamptz)
  is 'How many deliveries of a webhook had failed since its last success, as of then, in the order of sent_at.';

create function everwatch_private.webhook_inactive_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  with success as (
    -- One that never succeeded is given as many days from its beginning.
    select w.id, w.url, greatest(w.created_at, (
      select max(d.sent_at)
      from everwatch.webhook_deliveries as d
      where d.org_id = policy.org_id
        and d.webhook_id = w.id
        and d.status = 'sent'
        and d.sent_at < since
    )) as at
    from everwatch.webhooks as w
    where w.org_id = policy.org_id and w.enabled
    union
    select w.id, w.url, d.sent_at
    from everwatch.webhooks as w
    join everwatch.webhook_deliveries as d on d.org_id = w.org_id and d.webhook_id = w.id
    where w.org_id = policy.org_id
      and w.enabled
      and d.status = 'sent'
      and d.sent_at >= since
      and d.sent_at < until
  ),
  silence as (
    select s.*, lead(s.at, 1, until) over (partition by s.id order by s.at) as ends
    from success as s
  )
  select 'webhook', s.id::text, s.url, l.at, l.severity, l.severity is null
  from silence as s
  cross join lateral (
    values
      (s.at, null),
      (s.at + interval '1 day' * least(policy.warning, 36500)::float8, 'warning'),
      (s.at + interval '1 day' * least(policy.critical, 36500)::float8, 'critical')
  ) as l (at, severity)
  where l.at < s.ends
    -- least() takes no notice of a level that there is not.
    and case l.severity
      when 'warning' then policy.warning is not null
      when 'critical' then policy.critical is not null
      else true
    end
$$;

comment on function everwatch_private.webhook_inactive_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'For how long an org''s enabled webhooks had no success, from the last one before `since` on.';

revoke execute
  on function
    everwatch_private.webhook_failure_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.failures_in_a_row(everwatch.webhooks, timestamptz),
    everwatch_private.webhook_inactive_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  from public;

-- schemas/channels/tables/channels.sql

-- Where an org is told of its alerts. What must stay secret of a channel stands in the Vault: an
-- address that whoever knows it may post to, the key of a service, what signs our messages.
create table everwatch_private.channels (
  id uuid primary key default gen_random_uuid(),
  org_id uuid references everwatch.orgs (id) on delete cascade,
  kind text not null references everwatch_private.channel_kinds (kind),
  name text not null,
  enabled boolean not null default true,
  disabled_because text,
  url text,
  target text generated always as (split_part(split_part(url, '?', 1), '#', 1)) stored,
  email_from text,
  email_to text[],
  min_severity text not null default 'warning',
  types text[] not null default '{}',
  mute_windows jsonb not null default '[]',
  group_seconds numeric not null default 1,
  secret_id uuid not null,
  previous_secret_id uuid,
  previous_secret_until timestamptz,
  created_at timestamptz not null default now(),
  constraint channels_previous_secret_ends check ((previous_secret_id is null) = (previous_secret_until is null))
);

create index channels_org_id_idx on everwatch_private.channels (org_id);

comment on table everwatch_private.channels
  is 'Where alerts are told: of one org, or the operator''s own (org_id null). Read through v_notification_channels.';
comment on column everwatch_private.channels.org_id
  is 'Whose alerts it tells; null: the platform''s own.';
comment on column everwatch_private.channels.enabled
  is 'False: nothing is sent, and what waits is dropped.';
comment on column everwatch_private.channels.disabled_because
  is 'Why the system disabled it; null when nobody did, or a person.';
comment on column everwatch_private.channels.url
  is 'Where messages are sent; null where the address is the secret.';
comment on column everwatch_private.channels.target
  is 'The url without its query, which may hold a secret.';
comment on column everwatch_private.channels.email_from
  is 'The sender, as the mail service has verified it.';
comment on column everwatch_private.channels.types
  is 'The types of alerts that are told; empty: all.';
comment on column everwatch_private.channels.mute_windows
  is 'When nothing is sent: [{"days": ["sat", "sun"], "from": "22:00", "to": "07:00", "time_zone": "Europe/Berlin"}]. Without days every day; a window that ends before it begins ends the next day.';
comment on column everwatch_private.channels.group_seconds
  is 'A message waits until nothing more has happened for so long, at most ten times that; 0: each event is a message of its own.';
comment on column everwatch_private.channels.secret_id is 'The id in vault.secrets.';
comment on column everwatch_private.channels.previous_secret_id
  is 'What also signs until previous_secret_until, while receivers change over.';

alter table everwatch_private.channels enable row level security;

grant select (id, org_id, kind, name, enabled, disabled_because, target, email_from, email_to, min_severity, types, mute_windows, group_seconds, previous_secret_until, created_at)
  on everwatch_private.channels
  to authenticated, service_role;

create policy "members read their orgs' channels"
  on everwatch_private.channels
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create view everwatch.v_notification_channels
with
  (security_invoker = on) as
select
  id,
  org_id,
  kind,
  name,
  enabled,
  disabled_because,
  target,
  email_from,
  email_to,
  min_severity,
  types,
  mute_windows,
  group_seconds,
  previous_secret_until,
  created_at
from
  everwatch_private.channels;

comment on view everwatch.v_notification_channels
  is 'Where an org is told of its alerts, without any secret. Change it with create_channel, update_channel, rotate_channel_secret and delete_channel.';
comment on column everwatch.v_notification_channels.target
  is 'Where messages are sent, without the query; null where the address is the secret.';
comment on column everwatch.v_notification_channels.previous_secret_until
  is 'Until when the secret before the last rotation signs as well.';

grant select on everwatch.v_notification_channels to authenticated, service_role;

-- schemas/channels/change_channel.sql

-- Changing and deleting a channel.
create function everwatch_private.update_channel(
  channel_id uuid,
  name text,
  enabled boolean,
  url text,
  email_from text,
  email_to text[],
  min_severity text,
  types text[],
  mute_windows jsonb,
  group_seconds numeric
)
  returns void
  language plpgsql security definer set search_path = ''
  as $$
declare
  channel constant everwatch_private.channels := everwatch_private.own_channel(update_channel.channel_id);
begin
  update everwatch_private.channels as c
  set name = coalesce(update_channel.name, c.name),
    enabled = coalesce(update_channel.enabled, c.enabled),
    disabled_because = case when update_channel.enabled is null then c.disabled_because end,
    url = coalesce(update_channel.url, c.url),
    email_from = coalesce(update_channel.email_from, c.email_from),
    email_to = coalesce(update_channel.email_to, c.email_to),
    min_severity = coalesce(update_channel.min_severity, c.min_severity),
    types = coalesce(update_channel.types, c.types),
    mute_windows = coalesce(update_channel.mute_windows, c.mute_windows),
    group_seconds = coalesce(update_channel.group_seconds, c.group_seconds)
  where c.id = channel.id;
end
$$;

comment on function everwatch_private.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)
  is 'What everwatch.update_channel calls.';

create function everwatch.update_channel(
  channel_id uuid,
  name text default null,
  enabled boolean default null,
  url text default null,
  email_from text default null,
  email_to text[] default null,
  min_severity text default null,
  types text[] default null,
  mute_windows jsonb default null,
  group_seconds numeric default null
)
  returns void
  language sql set search_path = ''
  as $$
  select everwatch_private.update_channel(
    channel_id, name, enabled, url, email_from, email_to, min_severity, types, mute_windows,
    group_seconds
  )
$$;

comment on function everwatch.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)
  is 'Changes what is given of a channel; null leaves it as it is. Raises PT400 with the argument in the hint, PT401, PT403 or PT404.';

create function everwatch_private.delete_channel(channel_id uuid)
  returns void
  language plpgsql security definer set search_path = ''
  as $$
declare
  channel constant everwatch_private.channels := everwatch_private.own_channel(delete_channel.channel_id);
begin
  delete from everwatch_private.channels as c where c.id = channel.id;
end
$$;

comment on function everwatch_private.delete_channel(uuid)
  is 'What everwatch.delete_channel calls.';

create function everwatch.delete_channel(channel_id uuid)
  returns void
  language sql set search_path = ''
  as $$
  select everwatch_private.delete_channel(channel_id)
$$;

comment on function everwatch.delete_channel(uuid)
  is 'Deletes a channel with its secrets and what is still to be sent to it. Raises PT401, PT403 or PT404.';

revoke execute
  on function
    everwatch_private.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric),
    everwatch.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric),
    everwatch_private.delete_channel(uuid),
    everwatch.delete_channel(uuid)
  from public;

-- schemas/channels/channel_admins.sql

-- Who may change a channel: owners and admins of its org, and of the platform's own its operator.
create function everwatch_private.require_channel_admin(org_id uuid)
  returns void
  language plpgsql stable set search_path = ''
  as $$
begin
  if everwatch_private.reads_every_org() then
    return;
  elsif auth.uid() is null then
    raise exception 'Sign in first.' using errcode = 'PT401', detail = 'unauthenticated';
  -- An org that does not exist, another's and the operator's are told alike.
  elsif coalesce(require_channel_admin.org_id <> all (array(
    select everwatch_private.my_org_ids(array['owner', 'admin'])
  )), true) then
    raise exception 'Only owners and admins of the org may do this.'
      using errcode = 'PT403', detail = 'not_an_admin';
  end if;
end
$$;

comment on function everwatch_private.require_channel_admin(uuid)
  is 'Raises PT403 unless the caller may change the channels of this org (null: of the operator).';

create function everwatch_private.own_channel(channel_id uuid)
  returns everwatch_private.channels
  language plpgsql set search_path = ''
  as $$
declare
  channel everwatch_private.channels;
begin
  select * into channel from everwatch_private.channels as c where c.id = channel_id for update;
  perform everwatch_private.require_channel_admin(channel.org_id);
  -- Only who sees every channel is told that there is none.
  if channel.id is null then
    raise exception 'There is no such channel.'
      using errcode = 'PT404', detail = 'channel_not_found', hint = 'channel_id';
  end if;
  return channel;
end
$$;

comment on function everwatch_private.own_channel(uuid)
  is 'Locks a channel that the caller may change, or raises PT403 or PT404.';

revoke execute
  on function everwatch_private.require_channel_admin(uuid), everwatch_private.own_channel(uuid)
  from public;

-- schemas/channels/channel_kinds.sql

-- What the kind of a channel says of it.
create function everwatch_private.find_channel_kind(kind text)
  returns everwatch_private.channel_kinds
  language plpgsql stable set search_path = ''
  as $$
declare
  found_kind everwatch_private.channel_kinds;
begin
  select * into found_kind from everwatch_private.channel_kinds as k where k.kind = find_channel_kind.kind;
  if not found then
    raise exception 'kind must be one of %.', (
      select string_agg(k.kind, ', ' order by k.kind) from everwatch_private.channel_kinds as k
    )
      using errcode = 'PT400', detail = 'invalid_channel', hint = 'kind';
  end if;
  return found_kind;
end
$$;

comment on function everwatch_private.find_channel_kind(text)
  is 'The kind of this name; raises PT400 when there is none.';

create function everwatch_private.keeps_incidents(channel everwatch_private.channels)
  returns boolean
  language sql stable set search_path = ''
  as $$
  select k.keeps_incidents from everwatch_private.channel_kinds as k where k.kind = channel.kind
$$;

comment on function everwatch_private.keeps_incidents(everwatch_private.channels)
  is 'Whether a channel is told one event of one incident at a time.';

revoke execute
  on function
    everwatch_private.find_channel_kind(text),
    everwatch_private.keeps_incidents(everwatch_private.channels)
  from public;

-- schemas/channels/channel_secrets.sql

-- The secrets of channels: in the Vault, and gone with their channel.
create function everwatch_private.check_channel_secret(
  kind everwatch_private.channel_kinds,
  secret text
)
  returns void
  language plpgsql immutable set search_path = ''
  as $$
begin
  if not coalesce(secret ~ kind.secret_pattern and length(secret) <= 2048, false) then
    -- The message is kept in logs: it says what would be right, never what was given.
    raise exception 'secret must be %.', kind.secret_is
      using errcode = 'PT400', detail = 'invalid_secret', hint = 'secret';
  end if;
end
$$;

comment on function everwatch_private.check_channel_secret(everwatch_private.channel_kinds, text)
  is 'Raises PT400 for what cannot be the secret of a channel of this kind.';

create function everwatch_private.make_signing_secret()
  returns text
  language sql volatile set search_path = ''
  as $$
  select 'whsec_' || encode(extensions.gen_random_bytes(32), 'base64')
$$;

comment on function everwatch_private.make_signing_secret()
  is 'A new secret as Standard Webhooks has them, of 32 bytes.';

create function everwatch_private.keep_channel_secret(channel_id uuid, secret text)
  returns uuid
  language sql volatile set search_path = ''
  as $$
  -- A channel can have two at once, so its id is not enough for a name.
  select vault.create_secret(
    secret, 'everwatch_channel_' || gen_random_uuid(), 'Everwatch channel ' || channel_id
  )
$$;

comment on function everwatch_private.keep_channel_secret(uuid, text)
  is 'Stores a secret of a channel in the Vault and returns its id there.';

create function everwatch_private.forget_channel_secrets()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  delete from vault.secrets
  where id in (old.secret_id, old.previous_secret_id)
    -- Nothing is new of a channel that is deleted.
    and coalesce(not id = any (array[new.secret_id, new.previous_secret_id]), true);
  return null;
end
$$;

comment on function everwatch_private.forget_channel_secrets()
  is 'Deletes from the Vault what a channel no longer refers to.';

create trigger forget_secrets
  after delete or update of secret_id, previous_secret_id on everwatch_private.channels
  for each row
  execute function everwatch_private.forget_channel_secrets();

revoke execute
  on function
    everwatch_private.check_channel_secret(everwatch_private.channel_kinds, text),
    everwatch_private.make_signing_secret(),
    everwatch_private.keep_channel_secret(uuid, text),
    everwatch_private.forget_channel_secrets()
  from public;

-- schemas/channels/channel_validation.sql

-- What a channel may be, judged whoever writes it: the answer names the setting that is wrong.
create function everwatch_private.channel_problem(channel everwatch_private.channels)
  returns table(field text, problem text)
  language sql stable set search_path = ''
  as $$
  select p.field, p.problem
  from everwatch_private.channel_kinds as k
  cross join lateral (
    select 'name', 'must have 1 to 200 characters'
    where not coalesce(length(channel.name) between 1 and 200, false)
    union all
    select * from everwatch_private.address_problem(channel, k)
    union all
    select * from everwatch_private.selection_problem(channel)
  ) as p (field, problem)
  where k.kind = channel.kind
  union all
  select 'mute_windows', everwatch_private.mute_window_problem(w)
  from jsonb_array_elements(
    case when jsonb_typeof(channel.mute_windows) = 'array' then channel.mute_windows else '[]' end
  ) as w
  where everwatch_private.mute_window_problem(w) is not null
$$;

comment on function everwatch_private.channel_problem(everwatch_private.channels)
  is 'Which settings of a channel are wrong, and how; no row for a good one.';

create function everwatch_private.address_problem(
  channel everwatch_private.channels,
  kind everwatch_private.channel_kinds
)
  returns table(field text, problem text)
  language sql immutable set search_path = ''
  as $$
  select p.field, p.problem
  from (values
    (
      'url', 'must be an absolute https address without a user or password',
      kind.url_is_secret or coalesce(
        channel.url ~* '^https?://[^\s/?#@]+([/?#]\S*)?$' and length(channel.url) <= 2048, false
      )
    ),
    (
      'url', 'is the secret of a channel of this kind: leave it out',
      not kind.url_is_secret or channel.url is null
    ),
    (
      'email_from', 'must be an address, or a name and <address>',
      'email_from' <> all (kind.fields)
        or coalesce(channel.email_from ~ '^([^<>@"]{1,100} <[^\s@<>,;]+@[^\s@<>,;]+>|[^\s@<>,;]+@[^\s@<>,;]+)$', false)
    ),
    (
      'email_to', 'must be 1 to 50 addresses',
      'email_to' <> all (kind.fields) or coalesce(
        cardinality(channel.email_to) between 1 and 50
        and not exists (
          select from unnest(channel.email_to) as _ (address)
          where coalesce(address !~ '^[^\s@<>,;]+@[^\s@<>,;]+$', true)
        ), false
      )
    ),
    (
      'email_from', 'is for channels that send mail',
      'email_from' = any (kind.fields) or channel.email_from is null
    ),
    (
      'email_to', 'is for channels that send mail',
      'email_to' = any (kind.fields) or channel.email_to is null
    )
  ) as p (field, problem, is_fit)
  where not p.is_fit
$$;

comment on function everwatch_private.address_problem(everwatch_private.channels, everwatch_private.channel_kinds)
  is 'What is wrong with where a channel of a kind sends: an address of the web, or those of mail.';

create function everwatch_private.selection_problem(channel everwatch_private.channels)
  returns table(field text, problem text)
  language sql stable set search_path = ''
  as $$
  select p.field, p.problem
  from (values
    (
      'min_severity', 'must be warning or critical',
      coalesce(channel.min_severity in ('warning', 'critical'), false)
    ),
    (
      'group_seconds', 'must be from 0 to 600',
      coalesce(channel.group_seconds between 0 and 600, false)
    ),
    (
      'types', 'must be types of alerts, as webhook_failure',
      coalesce(cardinality(channel.types) <= 50, false) and not exists (
        select from unnest(channel.types) as _ (type)
        where type is null
          or not exists (select from everwatch_private.alert_policies as p where p.type = _.type)
      )
    ),
    (
      'mute_windows', 'must be a list of windows',
      coalesce(jsonb_typeof(channel.mute_windows) = 'array', false)
        and length(channel.mute_windows::text) <= 10000
    )
  ) as p (field, problem, is_fit)
  where not p.is_fit
$$;

comment on function everwatch_private.selection_problem(everwatch_private.channels)
  is 'What is wrong with what a channel is told of, and when.';

create function everwatch_private.check_channel()
  returns trigger
  language plpgsql set search_path = ''
  as $$
declare
  found_problem record;
begin
  new.url := coalesce(new.url, (
    select k.default_url from everwatch_private.channel_kinds as k where k.kind = new.kind
  ));
  select * into found_problem from everwatch_private.channel_problem(new) limit 1;
  if found then
    raise exception '% %.', found_problem.field, found_problem.problem
      using errcode = 'PT400', detail = 'invalid_channel', hint = found_problem.field;
  end if;
  return new;
end
$$;

comment on function everwatch_private.check_channel()
  is 'Refuses (400, invalid_channel) a channel with a setting that is wrong; says where the service is, where that was left out.';

create trigger check_channel
  before insert or update on everwatch_private.channels
  for each row
  execute function everwatch_private.check_channel();

revoke execute
  on function
    everwatch_private.channel_problem(everwatch_private.channels),
    everwatch_private.address_problem(everwatch_private.channels, everwatch_private.channel_kinds),
    everwatch_private.selection_problem(everwatch_private.channels),
    everwatch_private.check_channel()
  from public;

-- schemas/channels/create_channel.sql

-- Adding a channel. What is exposed runs as its caller, and calls what asks who that is.
create function everwatch_private.create_channel(
  org_id uuid,
  kind text,
  name text,
  secret text,
  url text,
  email_from text,
  email_to text[],
  min_severity text,
  types text[],
  mute_windows jsonb,
  group_seconds numeric
)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
declare
  new_id constant uuid := gen_random_uuid();
  kind_of everwatch_private.channel_kinds;
  made text;
begin
  perform everwatch_private.require_channel_admin(create_channel.org_id);
  kind_of := everwatch_private.find_channel_kind(create_channel.kind);
  -- Who gives none of what we make gets one, and sees it this once.
  if kind_of.secret_is_made and create_channel.secret is null then
    made := everwatch_private.make_signing_secret();
  end if;
  perform everwatch_private.check_channel_secret(kind_of, coalesce(made, create_channel.secret));
  insert into everwatch_private.channels (
    id, org_id, kind, name, url, email_from, email_to, min_severity, types, mute_windows,
    group_seconds, secret_id
  )
  values (
    new_id, create_channel.org_id, create_channel.kind, create_channel.name, create_channel.url,
    create_channel.email_from, create_channel.email_to, create_channel.min_severity,
    create_channel.types, create_channel.mute_windows, create_channel.group_seconds,
    everwatch_private.keep_channel_secret(new_id, coalesce(made, create_channel.secret))
  );
  return jsonb_strip_nulls(jsonb_build_object('id', new_id, 'secret', made));
end
$$;

comment on function everwatch_private.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric)
  is 'What everwatch.create_channel calls.';

create function everwatch.create_channel(
  org_id uuid,
  kind text,
  name text,
  secret text default null,
  url text default null,
  email_from text default null,
  email_to text[] default null,
  min_severity text default 'warning',
  types text[] default '{}',
  mute_windows jsonb default '[]',
  group_seconds numeric default 1
)
  returns jsonb
  language sql set search_path = ''
  as $$
  select everwatch_private.create_channel(
    org_id, kind, name, secret, url, email_from, email_to, min_severity, types, mute_windows,
    group_seconds
  )
$$;

comment on function everwatch.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric)
  is 'Adds a place to tell an org''s alerts to and returns its id, and the secret when one was made: it is shown this once. Raises PT400 with the argument in the hint, PT401 or PT403.';

revoke execute
  on function
    everwatch_private.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric),
    everwatch.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric)
  from public;

-- schemas/channels/mute_windows.sql

-- When a channel is left in peace: times of the day, on some days, in a time zone of its own.
create function everwatch_private.mute_window_problem(mute_window jsonb)
  returns text
  language plpgsql stable set search_path = ''
  as $$
declare
  time_of_day constant text := '^([01]\d|2[0-3]):[0-5]\d$';
begin
  if jsonb_typeof(mute_window) is distinct from 'object' then
    return 'is a list of windows';
  elsif mute_window - '{days,from,to,time_zone}'::text[] <> '{}' then
    return 'has days, from, to and time_zone, and nothing else';
  elsif coalesce(mute_window ->> 'from' !~ time_of_day, true)
    or coalesce(mute_window ->> 'to' !~ time_of_day, true)
  then
    return 'needs from and to, each a time as 22:00';
  elsif mute_window ? 'days' and (
    jsonb_typeof(mute_window -> 'days') <> 'array'
    or mute_window -> 'days' = '[]'
    or not mute_window -> 'days' <@ '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
  ) then
    return 'takes as days some of mon, tue, wed, thu, fri, sat, sun';
  elsif coalesce(mute_window ->> 'time_zone' !~ '^[A-Za-z0-9_+/-]{1,64}$', true) then
    return 'needs a time_zone, as Europe/Berlin';
  end if;
  perform now() at time zone (mute_window ->> 'time_zone');
  return null;
exception
  when invalid_parameter_value then return 'has a time_zone that there is not';
end
$$;

comment on function everwatch_private.mute_window_problem(jsonb)
  is 'What is wrong with a mute window, as the end of a sentence; null for a good one.';

create function everwatch_private.mute_window_end(mute_window jsonb, at timestamptz)
  returns timestamptz
  language sql stable set search_path = ''
  as $$
  select max(span.ends at time zone zone.name)
  from (select mute_window ->> 'time_zone' as name) as zone
  cross join lateral (select (at at time zone zone.name) as local) as clock
  -- A window belongs to the day on which it begins: today, or yesterday when it spans midnight.
  cross join lateral (values (clock.local::date), (clock.local::date - 1)) as day (begins)
  cross join lateral (
    select
      day.begins + (mute_window ->> 'from')::time as starts,
      day.begins + (mute_window ->> 'to')::time
        + case when mute_window ->> 'to' <= mute_window ->> 'from' then interval '1 day' else '0' end as ends
  ) as span
  where clock.local >= span.starts and clock.local < span.ends
    and coalesce(mute_window -> 'days' ? lower(to_char(day.begins, 'Dy')), true)
$$;

comment on function everwatch_private.mute_window_end(jsonb, timestamptz)
  is 'When the window that holds this moment ends; null when the moment is in none.';

create function everwatch_private.muted_until(mute_windows jsonb, at timestamptz)
  returns timestamptz
  language plpgsql stable set search_path = ''
  as $$
declare
  latest timestamptz := at;
  next timestamptz;
begin
  -- Windows may adjoin, so the end of one may lie in another. Those that never leave a gap would go
  -- on for ever: after a fortnight something is sent.
  while latest < at + interval '14 days' loop
    next := (
      select max(everwatch_private.mute_window_end(w, latest)) from jsonb_array_elements(mute_windows) as w
    );
    exit when next is null;
    latest := next;
  end loop;
  return nullif(latest, at);
end
$$;

comment on function everwatch_private.muted_until(jsonb, timestamptz)
  is 'Until when a channel with these windows is muted; null when it is not.';

revoke execute
  on function
    everwatch_private.mute_window_problem(jsonb),
    everwatch_private.mute_window_end(jsonb, timestamptz),
    everwatch_private.muted_until(jsonb, timestamptz)
  from public;

-- schemas/channels/rotate_channel_secret.sql

-- Giving a channel another secret, without a gap.
create function everwatch_private.rotate_channel_secret(
  channel_id uuid,
  secret text,
  overlap_hours numeric
)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
declare
  channel constant everwatch_private.channels := everwatch_private.own_channel(rotate_channel_secret.channel_id);
  kind_of constant everwatch_private.channel_kinds := everwatch_private.find_channel_kind(channel.kind);
  made constant text := case
    when kind_of.secret_is_made and rotate_channel_secret.secret is null
      then everwatch_private.make_signing_secret()
  end;
  -- What others gave us is in use or is not: only what we sign with can have two at once.
  ends constant timestamptz := case
    when kind_of.secret_is_made then now() + make_interval(mins => (60 * overlap_hours)::integer)
  end;
begin
  if coalesce(overlap_hours not between 0 and 720, true) then
    raise exception 'overlap_hours must be from 0 to 720.'
      using errcode = 'PT400', detail = 'invalid_overlap', hint = 'overlap_hours';
  end if;
  perform everwatch_private.check_channel_secret(
    kind_of, coalesce(made, rotate_channel_secret.secret)
  );
  update everwatch_private.channels as c
  set secret_id = everwatch_private.keep_channel_secret(c.id, coalesce(made, rotate_channel_secret.secret)),
    previous_secret_id = case when ends is not null then c.secret_id end,
    previous_secret_until = ends
  where c.id = channel.id;
  return jsonb_strip_nulls(jsonb_build_object('secret', made, 'previous_until', ends));
end
$$;

comment on function everwatch_private.rotate_channel_secret(uuid, text, numeric)
  is 'What everwatch.rotate_channel_secret calls.';

create function everwatch.rotate_channel_secret(
  channel_id uuid,
  secret text default null,
  overlap_hours numeric default 24
)
  returns jsonb
  language sql set search_path = ''
  as $$
  select everwatch_private.rotate_channel_secret(channel_id, secret, overlap_hours)
$$;

comment on function everwatch.rotate_channel_secret(uuid, text, numeric)
  is 'Replaces a channel''s secret. A webhook is signed with the old one, too, for overlap_hours (0 to 720), and without a secret gets one that is returned this once. Raises PT400, PT401, PT403 or PT404.';

revoke execute
  on function
    everwatch_private.rotate_channel_secret(uuid, text, numeric),
    everwatch.rotate_channel_secret(uuid, text, numeric)
  from public;

-- schemas/outbox/tables/notifications.sql

-- The outbox: what is owed to whom, one row for each event of an alert and each channel that is told
-- of it, added in the transaction of the event. queued, then sending while one sender holds the
-- lease, then delivered, or queued again for later, or dead. Rows that go out together are one
-- message, which keeps its id and its contents however often it is sent.
create table everwatch_private.notifications (
  id bigint generated always as identity primary key,
  org_id uuid,
  channel_id uuid not null references everwatch_private.channels (id) on delete cascade,
  event_id bigint references everwatch_private.alert_events (id) on delete cascade,
  group_key text not null,
  status text not null default 'queued' check (status in ('queued', 'sending', 'delivered', 'dead', 'dropped')),
  message_id uuid,
  dedup_key text,
  attempts integer not null default 0 check (attempts >= 0),
  queued_at timestamptz not null,
  due_at timestamptz not null,
  leased_until timestamptz,
  finished_at timestamptz,
  status_code integer,
  answer text,
  error text,
  duration_ms integer,
  unique (event_id, channel_id),
  constraint notifications_leased_while_sending check ((status = 'sending') = (leased_until is not null)),
  constraint notifications_finish_at_a_time check ((status in ('delivered', 'dead', 'dropped')) = (finished_at is not null)),
  constraint notifications_sent_as_a_message check (
    message_id is not null
    or (attempts = 0 and status in ('queued', 'dead', 'dropped'))
  )
);

-- What is still to be done: few rows, however long the history.
create index notifications_open_idx
  on everwatch_private.notifications (channel_id, group_key)
  where status in ('queued', 'sending');

-- An org's notifications, newest first.
create index notifications_by_org_idx on everwatch_private.notifications (org_id, id desc);

comment on table everwatch_private.notifications
  is 'What is owed to a channel, and what became of it. Read through v_notifications.';
comment on column everwatch_private.notifications.org_id
  is 'The channel''s org; null for the operator''s.';
comment on column everwatch_private.notifications.event_id
  is 'What happened, in alert_events; null for a test of the channel.';
comment on column everwatch_private.notifications.group_key
  is 'What may go out together: the type of alert, for webhooks with the receiver''s host.';
comment on column everwatch_private.notifications.status
  is 'queued until due_at; sending until leased_until; delivered; dead: given up, see error; dropped: no longer of use.';
comment on column everwatch_private.notifications.message_id
  is 'The message that carries it, given when it is first sent: the id by which a receiver knows repetitions.';
comment on column everwatch_private.notifications.dedup_key
  is 'The incident that it belongs to, of a channel that keeps them.';
comment on column everwatch_private.notifications.attempts
  is 'How often it was sent or a sender took it on.';
comment on column everwatch_private.notifications.status_code
  is 'HTTP status of the last answer; null when there was none.';
comment on column everwatch_private.notifications.answer
  is 'How the last answer began, at most 500 characters.';
comment on column everwatch_private.notifications.error
  is 'Why the last attempt failed, or why there was none.';
comment on column everwatch_private.notifications.duration_ms
  is 'Milliseconds that the last attempt took.';

alter table everwatch_private.notifications enable row level security;

grant select on everwatch_private.notifications to authenticated, service_role;

create policy "members read their orgs' notifications"
  on everwatch_private.notifications
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create view everwatch.v_notifications
with
  (security_invoker = on) as
select
  n.id,
  n.org_id,
  n.channel_id,
  c.kind as channel_kind,
  c.name as channel_name,
  e.alert_id,
  coalesce(e.kind, 'test') as event,
  n.status,
  n.message_id,
  n.attempts,
  n.queued_at,
  n.due_at,
  n.finished_at,
  n.status_code,
  n.answer,
  n.error,
  n.duration_ms
from
  everwatch_private.notifications as n
  join everwatch_private.channels as c on c.id = n.channel_id
  left join everwatch_private.alert_events as e on e.id = n.event_id;

comment on view everwatch.v_notifications
  is 'What was owed to which channel, and what became of it. A dead one is sent again with resend_notification.';
comment on column everwatch.v_notifications.event
  is 'fired, escalated, repeated, resolved or acknowledged; test when somebody tried the channel.';
comment on column everwatch.v_notifications.status
  is 'queued (see due_at), sending, delivered, dead (given up, see error) or dropped (no longer of use).';
comment on column everwatch.v_notifications.message_id is 'Events that went out together share it.';

grant select on everwatch.v_notifications to authenticated, service_role;

-- schemas/outbox/claim_notification.sql

-- How a sender takes a message on: for the length of a lease it alone sends it.
create function everwatch_private.next_call(notification_id bigint, wait interval)
  returns jsonb
  language sql immutable set search_path = ''
  as $$
  select jsonb_build_object('next', jsonb_build_object(
    'notification_id', notification_id,
    'wait_ms', greatest(0, ceil(extract(epoch from wait) * 1000))::integer
  ))
$$;

comment on function everwatch_private.next_call(bigint, interval)
  is 'Tells a sender what to claim next, and how long to wait before.';

create function everwatch_private.next_in_group(channel_id uuid, group_key text, at timestamptz)
  returns jsonb
  language sql stable set search_path = ''
  as $$
  -- Later ones are left to the schedule: no sender lives for ever.
  select coalesce(
    (
      select everwatch_private.next_call(n.id, n.due_at - at)
      from everwatch_private.notifications as n
      where n.channel_id = next_in_group.channel_id and n.group_key = next_in_group.group_key
        and n.status = 'queued' and n.due_at <= at + interval '40 seconds'
      order by n.due_at, n.id
      limit 1
    ),
    '{}'
  )
$$;

comment on function everwatch_private.next_in_group(uuid, text, timestamptz)
  is 'What a sender may go on with once it is done: what is due within 40 seconds, or {}.';

create function everwatch_private.claim_notification(notification_id bigint, at timestamptz)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
declare
  asked everwatch_private.notifications;
  channel everwatch_private.channels;
  ids bigint[];
  quiet_at timestamptz;
  nothing constant jsonb := '{}'::jsonb;
begin
  at := greatest(at, clock_timestamp());
  select * into asked from everwatch_private.notifications as n where n.id = claim_notification.notification_id;
  -- Who claims from the same group at the same time takes what is left.
  perform pg_advisory_xact_lock(hashtextextended(asked.channel_id || asked.group_key, 0));
  select * into asked from everwatch_private.notifications as n where n.id = claim_notification.notification_id;
  if asked.id is null or asked.status <> 'queued' or asked.due_at > at then
    return nothing;
  end if;

  select * into channel from everwatch_private.channels as c where c.id = asked.channel_id;
  if not channel.enabled and asked.event_id is not null then
    update everwatch_private.notifications as n
    set status = 'dropped', finished_at = claim_notification.at, error = 'The channel is disabled.'
    where n.channel_id = asked.channel_id and n.status = 'queued';
    return nothing;
  end if;

  ids := everwatch_private.sendable_notifications(asked, channel, at);
  quiet_at := everwatch_private.group_is_quiet_at(ids, channel);
  if quiet_at > at then
    -- The first of a group waits for it; the others go with the first.
    return case when asked.id = ids[1] then everwatch_private.next_call(asked.id, quiet_at - at) else nothing end;
  end if;

  if everwatch_private.keeps_incidents(channel) and asked.event_id is not null and asked.message_id is null then
    ids := everwatch_private.first_of_one_action(ids);
    if everwatch_private.is_incident_still_open(ids) then
      update everwatch_private.notifications as n
      set status = 'dropped', finished_at = claim_notification.at,
        error = 'Its incident stays open: other alerts of it are.'
      where n.id = any (ids);
      return everwatch_private.next_in_group(asked.channel_id, asked.group_key, at);
    end if;
  end if;

  ids := everwatch_private.lease_notifications(ids, channel, at);
  if ids is null then
    return nothing;
  end if;
  return jsonb_build_object('message', everwatch_private.describe_message(ids, channel, at));
end
$$;

comment on function everwatch_private.claim_notification(bigint, timestamptz)
  is 'Takes on the message of a notification for one minute: {message} to send now, {next} to claim later, or {} when there is nothing to do, as when another sender has it.';

revoke execute
  on function
    everwatch_private.next_call(bigint, interval),
    everwatch_private.next_in_group(uuid, text, timestamptz),
    everwatch_private.claim_notification(bigint, timestamptz)
  from public;

-- schemas/outbox/describe_message.sql

-- What a sender is told of a message: everything that it needs, secrets included. Only the secret
-- key's holder is told, which is the notify function.
create function everwatch_private.describe_alerts(notification_ids bigint[])
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    -- An alert that fired and escalated within one message is one alert, as it is now.
    with latest as (
      select distinct on (e.alert_id) e.id, e.kind, e.severity, e.message, e.value, e.at, a.fingerprint,
        a.type, a.resource_type, a.resource_id, a.resource_name, a.threshold, a.started_at
      from everwatch_private.notifications as n
      join everwatch_private.alert_events as e on e.id = n.event_id
      join everwatch_private.alerts as a on a.id = e.alert_id
      where n.id = any (notification_ids)
      order by e.alert_id, e.id desc
    ),
    numbered as (
      -- 'critical' sorts before 'warning'.
      select l.*, row_number() over (order by l.severity, l.id) as place from latest as l
    )
    select jsonb_build_object(
      'total', count(*),
      'critical', count(*) filter (where n.severity = 'critical' and n.kind <> 'resolved'),
      'alerts', coalesce(
        jsonb_agg(to_jsonb(n) - '{id,place}'::text[] order by n.place) filter (where n.place <= 100), '[]'
      )
    )
    from numbered as n
  );
end
$$;

comment on function everwatch_private.describe_alerts(bigint[])
  is 'The alerts that these notifications are about, each with its latest event: how many, how many of them critical, and the first 100, critical ones first.';

create function everwatch_private.describe_test(channel everwatch_private.channels, at timestamptz)
  returns jsonb
  language sql immutable set search_path = ''
  as $$
  select jsonb_build_object(
    'total', 1,
    'critical', 0,
    'alerts', jsonb_build_array(jsonb_build_object(
      'kind', 'fired',
      'severity', 'warning',
      'message', 'This tries the channel: nothing is wrong',
      'value', 0,
      'threshold', 0,
      'at', at,
      'started_at', at,
      'fingerprint', everwatch_private.fingerprint(channel.org_id, 'test', 'channel', channel.id::text),
      'type', 'test',
      'resource_type', 'channel',
      'resource_id', channel.id,
      'resource_name', channel.name
    ))
  )
$$;

comment on function everwatch_private.describe_test(everwatch_private.channels, timestamptz)
  is 'As describe_alerts, for a test of a channel.';

create function everwatch_private.describe_message(
  notification_ids bigint[],
  channel everwatch_private.channels,
  at timestamptz
)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select jsonb_build_object(
      'notification_id', first.id,
      'message_id', first.message_id,
      'attempt', first.attempts,
      'is_test', first.event_id is null,
      'group_key', first.group_key,
      'dedup_key', first.dedup_key,
      'org_id', channel.org_id,
      'org_name', coalesce((select o.name from everwatch.orgs as o where o.id = channel.org_id), 'Platform'),
      'channel', jsonb_build_object(
        'kind', channel.kind,
        'name', channel.name,
        'url', channel.url,
        'email_from', channel.email_from,
        'email_to', channel.email_to
      ),
      'secrets', (
        select jsonb_agg(s.decrypted_secret order by s.id = channel.secret_id desc)
        from vault.decrypted_secrets as s
        where s.id = channel.secret_id
          or (s.id = channel.previous_secret_id and channel.previous_secret_until > describe_message.at)
      ),
      'dashboard_url', settings.dashboard_url,
      'allowed_networks', settings.allowed_networks,
      'timeout_ms', settings.receiver_timeout_ms
    ) || case
      when first.event_id is null then everwatch_private.describe_test(channel, first.queued_at)
      else everwatch_private.describe_alerts(notification_ids)
    end
    from everwatch_private.settings as settings
    cross join (
      select * from everwatch_private.notifications as n where n.id = any (notification_ids) order by n.id limit 1
    ) as first
  );
end
$$;

comment on function everwatch_private.describe_message(bigint[], everwatch_private.channels, timestamptz)
  is 'A message as the notify function sends it, with the channel''s secrets, the newest first.';

revoke execute
  on function
    everwatch_private.describe_alerts(bigint[]),
    everwatch_private.describe_test(everwatch_private.channels, timestamptz),
    everwatch_private.describe_message(bigint[], everwatch_private.channels, timestamptz)
  from public;

-- schemas/outbox/dispatch_notifications.sql

-- What the schedule sees to: whatever was lost on the way, it begins again.
create function everwatch_private.end_expired_leases(at timestamptz)
  returns void
  language sql set search_path = ''
  as $$
  -- A sender that fell silent counts as an attempt, or what kills senders would be sent for ever.
  update everwatch_private.notifications as n
  set status = case when everwatch_private.retry_delay(n.attempts) is null then 'dead' else 'queued' end,
    due_at = end_expired_leases.at,
    finished_at = case when everwatch_private.retry_delay(n.attempts) is null then end_expired_leases.at end,
    leased_until = null,
    error = 'The sender did not say what became of it.'
  where n.status = 'sending' and n.leased_until <= end_expired_leases.at
$$;

comment on function everwatch_private.end_expired_leases(timestamptz)
  is 'Queues again what its sender has kept for longer than a lease; after the last attempt it is dead.';

create function everwatch_private.queue_unqueued_events()
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  event record;
begin
  for event in
    select u.event_id from everwatch_private.unqueued_events as u order by u.event_id limit 1000
    for update skip locked
  loop
    begin
      perform everwatch_private.queue_notifications(array[event.event_id]);
      delete from everwatch_private.unqueued_events as u where u.event_id = event.event_id;
    exception
      when others then
        update everwatch_private.unqueued_events as u
        set error = format('%s: %s', sqlstate, sqlerrm)
        where u.event_id = event.event_id;
    end;
  end loop;
end
$$;

comment on function everwatch_private.queue_unqueued_events()
  is 'Queues the notifications of events for which that failed when they happened.';

create function everwatch_private.pg_net_is_up()
  returns boolean
  language plpgsql set search_path = ''
  as $$
begin
  perform net.check_worker_is_up();
  return true;
exception
  when others then return false;
end
$$;

comment on function everwatch_private.pg_net_is_up()
  is 'Whether pg_net has a worker for this database.';

create function everwatch_private.dispatch_notifications(at timestamptz default now())
  returns integer
  language plpgsql security definer set search_path = ''
  as $$
declare
  cron_run_id constant bigint := everwatch_private.current_cron_run();
  message record;
  calls integer := 0;
begin
  -- A run that takes long is not joined by the next.
  if not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.dispatch_notifications', 0)) then
    return 0;
  end if;
  perform everwatch_private.end_expired_leases(at);
  perform everwatch_private.queue_unqueued_events();
  perform everwatch_private.fold_notification_counts();
  -- What nobody would send now would only pile up: the next run asks again.
  if not everwatch_private.pg_net_is_up() then
    return 0;
  end if;
  for message in
    select min(n.id) as id
    from everwatch_private.notifications as n
    join everwatch_private.channels as c on c.id = n.channel_id
    where n.status = 'queued' and n.due_at <= dispatch_notifications.at
    group by n.channel_id, n.group_key, n.message_id,
      case when c.group_seconds = 0 and n.message_id is null then n.id end
    order by 1
    limit greatest(0, 500 - (select count(*) from net.http_request_queue))
  loop
    perform everwatch_private.call_function(
      '/notify', jsonb_build_object('notification_id', message.id, 'at', at), cron_run_id
    );
    calls := calls + 1;
  end loop;
  return calls;
end
$$;

comment on function everwatch_private.dispatch_notifications(timestamptz)
  is 'Has the notify function called for all that is due, up to 500 requests in the queue of pg_net; returns how many calls were made.';

revoke execute
  on function
    everwatch_private.end_expired_leases(timestamptz),
    everwatch_private.queue_unqueued_events(),
    everwatch_private.pg_net_is_up(),
    everwatch_private.dispatch_notifications(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  (
    'everwatch-dispatch-notifications',
    '* * * * *',
    'select everwatch_private.dispatch_notifications()'
  );

-- schemas/outbox/finish_notification.sql

-- What became of an attempt, and when there is another.
create function everwatch_private.retry_delay(attempts integer)
  returns interval
  language sql volatile set search_path = ''
  as $$
  -- Up to a fifth longer, so that what failed together does not come back together.
  select (1 + 0.2 * random()) * (
    '{5 seconds,30 seconds,2 minutes,10 minutes,30 minutes,2 hours,6 hours}'::interval[]
  )[attempts]
$$;

comment on function everwatch_private.retry_delay(integer)
  is 'How long to wait after so many attempts that failed; null: there is no other.';

create function everwatch_private.disable_channel(channel_id uuid, reason text, at timestamptz)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  update everwatch_private.channels as c
  set enabled = false, disabled_because = reason
  where c.id = disable_channel.channel_id;
  update everwatch_private.notifications as n
  set status = 'dead', finished_at = at, error = reason
  where n.channel_id = disable_channel.channel_id and n.status = 'queued';
end
$$;

comment on function everwatch_private.disable_channel(uuid, text, timestamptz)
  is 'Stops a channel that cannot work; what it was still owed is dead.';

create function everwatch_private.finish_notification(
  notification_id bigint,
  attempt integer,
  outcome jsonb,
  at timestamptz
)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
declare
  sent everwatch_private.notifications;
  result text := outcome ->> 'result';
  delay interval := everwatch_private.retry_delay(attempt);
  patience constant interval := (outcome ->> 'retry_after_ms')::double precision * interval '1 ms';
begin
  at := greatest(at, clock_timestamp());
  select * into sent from everwatch_private.notifications as n where n.id = finish_notification.notification_id;
  -- A person waits for the outcome of a test: there is one attempt.
  if result = 'retry' and (delay is null or sent.event_id is null) then
    result := 'dead';
  end if;
  -- A receiver may ask for patience, though for no more than an hour of it.
  delay := greatest(delay, case
    when patience > interval '1 hour' then interval '1 hour' else patience
  end);

  -- A sender whose lease ran out may still say that it delivered; for anything else it is too late.
  update everwatch_private.notifications as n
  set status = case result when 'delivered' then 'delivered' when 'retry' then 'queued' else 'dead' end,
    due_at = case when result = 'retry' then finish_notification.at + delay else n.due_at end,
    finished_at = case when result <> 'retry' then finish_notification.at end,
    leased_until = null,
    status_code = (outcome ->> 'status_code')::integer,
    answer = outcome ->> 'answer',
    error = outcome ->> 'error',
    duration_ms = (outcome ->> 'duration_ms')::integer
  where n.channel_id = sent.channel_id and n.message_id = sent.message_id
    and n.status in ('queued', 'sending')
    and (result = 'delivered' or (n.status = 'sending' and n.attempts = attempt));

  if result = 'gone' then
    perform everwatch_private.disable_channel(
      sent.channel_id,
      format('The receiver answered %s: nobody is there any more.', outcome ->> 'status_code'),
      at
    );
  end if;
  return everwatch_private.next_in_group(sent.channel_id, sent.group_key, at);
end
$$;

comment on function everwatch_private.finish_notification(bigint, integer, jsonb, timestamptz)
  is 'Records the outcome of an attempt: {result: delivered, retry, dead or gone, status_code, answer, error, retry_after_ms, duration_ms}. Returns {next}, what the sender may go on with, or {}.';

revoke execute
  on function
    everwatch_private.retry_delay(integer),
    everwatch_private.disable_channel(uuid, text, timestamptz),
    everwatch_private.finish_notification(bigint, integer, jsonb, timestamptz)
  from public;

-- schemas/outbox/incidents.sql

-- A channel that keeps incidents takes one event at a time, each about one incident. An alert that is
-- told alone is an incident of its own, under its fingerprint; alerts that are told together are one,
-- which ends when the last of them does.
create function everwatch_private.incident_action(kind text)
  returns text
  language sql immutable set search_path = ''
  as $$
  select case kind
    when 'resolved' then 'resolve'
    when 'acknowledged' then 'acknowledge'
    else 'trigger'
  end
$$;

comment on function everwatch_private.incident_action(text)
  is 'What a kind of event does to its incident.';

create function everwatch_private.incident_key(alert_id uuid, channel_id uuid)
  returns text
  language sql stable set search_path = ''
  as $$
  select n.dedup_key
  from everwatch_private.alert_events as e
  join everwatch_private.notifications as n on n.event_id = e.id and n.channel_id = incident_key.channel_id
  where e.alert_id = incident_key.alert_id and n.dedup_key is not null
  order by e.id desc
  limit 1
$$;

comment on function everwatch_private.incident_key(uuid, uuid)
  is 'The dedup_key under which a channel was told of an alert; null when it was not.';

create function everwatch_private.first_of_one_action(notification_ids bigint[])
  returns bigint[]
  language sql stable set search_path = ''
  as $$
  with event as (
    select n.id, n.channel_id, everwatch_private.incident_action(e.kind) as action,
      everwatch_private.incident_key(e.alert_id, n.channel_id) as incident
    from everwatch_private.notifications as n
    join everwatch_private.alert_events as e on e.id = n.event_id
    where n.id = any (notification_ids)
  ),
  first as (
    select * from event order by id limit 1
  )
  select array_agg(e.id order by e.id)
  from event as e
  join first as f on (e.action, coalesce(e.incident, '')) = (f.action, coalesce(f.incident, ''))
$$;

comment on function everwatch_private.first_of_one_action(bigint[])
  is 'Of these notifications the first, and those that do the same to the same incident.';

create function everwatch_private.is_incident_still_open(notification_ids bigint[])
  returns boolean
  language sql stable set search_path = ''
  as $$
  select exists (
    select
    from everwatch_private.notifications as ours
    join everwatch_private.alert_events as resolved on resolved.id = ours.event_id and resolved.kind = 'resolved'
    join everwatch_private.notifications as told
      on told.channel_id = ours.channel_id
      and told.dedup_key = everwatch_private.incident_key(resolved.alert_id, ours.channel_id)
    join everwatch_private.alert_events as e on e.id = told.event_id
    join everwatch_private.alerts as a on a.id = e.alert_id
    where ours.id = any (notification_ids) and a.state <> 'resolved'
  )
$$;

comment on function everwatch_private.is_incident_still_open(bigint[])
  is 'Whether the incident that these would resolve has other alerts that are still open.';

revoke execute
  on function
    everwatch_private.incident_action(text),
    everwatch_private.incident_key(uuid, uuid),
    everwatch_private.first_of_one_action(bigint[]),
    everwatch_private.is_incident_still_open(bigint[])
  from public;

-- schemas/outbox/notification_counts.sql

-- How many notifications ever ended, and how, whatever is deleted later. Whoever ends some adds a row
-- of its own and waits for nobody; dispatch_notifications makes one row of those that are alike.
create table everwatch_private.notification_counts (
  id bigint generated always as identity primary key,
  org_id uuid references everwatch.orgs (id) on delete cascade,
  channel_kind text not null,
  outcome text not null check (outcome in ('delivered', 'dead', 'dropped')),
  counted bigint not null check (counted > 0)
);

create index notification_counts_org_id_idx on everwatch_private.notification_counts (org_id);

comment on table everwatch_private.notification_counts
  is 'Notifications that ended, by how: to be summed. Tests of channels do not count.';
comment on column everwatch_private.notification_counts.org_id
  is 'The channel''s org; null for the operator''s.';
comment on column everwatch_private.notification_counts.outcome
  is 'As the status of notifications; one that was dead and sent again counts twice.';

create function everwatch_private.count_notifications()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  insert into everwatch_private.notification_counts (org_id, channel_kind, outcome, counted)
  select n.org_id, c.kind, n.status, count(*)
  from after as n
  join before as b on b.id = n.id
  join everwatch_private.channels as c on c.id = n.channel_id
  where n.finished_at is not null and b.finished_at is null and n.event_id is not null
  group by n.org_id, c.kind, n.status;
  return null;
end
$$;

comment on function everwatch_private.count_notifications()
  is 'Counts the notifications that a statement ended.';

create trigger count_notifications
  after update on everwatch_private.notifications
  referencing old table as
  before new table as
  after
  for each statement
  execute function everwatch_private.count_notifications();

create function everwatch_private.fold_notification_counts()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  with gone as (
    delete from everwatch_private.notification_counts as c
    using (
      select n.org_id, n.channel_kind, n.outcome
      from everwatch_private.notification_counts as n
      group by n.org_id, n.channel_kind, n.outcome
      having count(*) > 1
    ) as alike
    where c.org_id is not distinct from alike.org_id
      and c.channel_kind = alike.channel_kind
      and c.outcome = alike.outcome
    returning c.*
  )
  insert into everwatch_private.notification_counts (org_id, channel_kind, outcome, counted)
  select g.org_id, g.channel_kind, g.outcome, sum(g.counted)
  from gone as g
  group by g.org_id, g.channel_kind, g.outcome;
end
$$;

comment on function everwatch_private.fold_notification_counts()
  is 'Makes one row of those that count alike, so that there are as many as kinds of channels and orgs.';

revoke execute
  on function everwatch_private.count_notifications(), everwatch_private.fold_notification_counts()
  from public;

-- schemas/outbox/queue_notifications.sql

-- Which channels are told of an event of an alert. The event's transaction owes the notifications, and
-- must not fail for them.
create function everwatch_private.alert_group(type text, resource_type text, resource_name text)
  returns text
  language sql immutable set search_path = ''
  as $$
  select concat_ws(
    ':', type,
    case when resource_type = 'webhook'
      then lower(substring(resource_name from '^[a-z]+://(?:[^/?#]*@)?([^/?#]*)'))
    end
  )
$$;

comment on function everwatch_private.alert_group(text, text, text)
  is 'What alerts have in common that are told in one message: the type and, of webhooks, the receiver''s host.';

create function everwatch_private.queue_notifications(event_ids bigint[])
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  message record;
begin
  -- Nobody is told that something ended of which nobody was told that it began.
  update everwatch_private.notifications as n
  set status = 'dropped', finished_at = resolved.at, error = 'Resolved before it was sent.'
  from everwatch_private.alert_events as resolved
  join everwatch_private.alert_events as earlier
    on earlier.alert_id = resolved.alert_id and earlier.id < resolved.id
  where resolved.id = any (event_ids) and resolved.kind = 'resolved'
    and n.event_id = earlier.id and n.status = 'queued' and n.message_id is null;

  for message in
    with added as (
      insert into everwatch_private.notifications (org_id, channel_id, event_id, group_key, queued_at, due_at)
      select c.org_id, c.id, e.id, everwatch_private.alert_group(a.type, a.resource_type, a.resource_name),
        e.at, coalesce(everwatch_private.muted_until(c.mute_windows, e.at), e.at)
      from everwatch_private.alert_events as e
      join everwatch_private.alerts as a on a.id = e.alert_id
      join everwatch_private.channels as c
        on c.org_id = a.org_id or (c.org_id is null and a.org_id is null)
      where e.id = any (event_ids) and e.suppressed_by is null and c.enabled
        and case
          when e.kind in ('fired', 'escalated', 'repeated') then
            (e.severity = 'critical' or c.min_severity = 'warning')
              and (c.types = '{}' or a.type = any (c.types))
          when e.kind = 'resolved' or (e.kind = 'acknowledged' and everwatch_private.keeps_incidents(c)) then
            exists (
              select
              from everwatch_private.alert_events as earlier
              join everwatch_private.notifications as told
                on told.event_id = earlier.id and told.channel_id = c.id
              where earlier.alert_id = e.alert_id and earlier.id < e.id
                and told.status in ('queued', 'sending', 'delivered')
            )
          else false
        end
      order by e.id, c.id
      on conflict (event_id, channel_id) do nothing
      returning *
    )
    select min(n.id) as id, max(n.queued_at) as at
    from added as n
    join everwatch_private.channels as c on c.id = n.channel_id
    where n.due_at <= n.queued_at
    group by n.channel_id, n.group_key, case when c.group_seconds = 0 then n.id end
    order by 1
  loop
    perform everwatch_private.call_function(
      '/notify', jsonb_build_object('notification_id', message.id, 'at', message.at)
    );
  end loop;
end
$$;

comment on function everwatch_private.queue_notifications(bigint[])
  is 'Queues what channels are owed for these events, once however often it is called, and has the notify function called.';

create table everwatch_private.unqueued_events (
  event_id bigint primary key references everwatch_private.alert_events (id) on delete cascade,
  error text not null,
  failed_at timestamptz not null default now()
);

comment on table everwatch_private.unqueued_events
  is 'Events whose notifications could not be queued when they happened; dispatch_notifications does it later.';

create function everwatch_private.notify_of_events()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform everwatch_private.queue_notifications(array(select e.id from events as e));
  return null;
exception
  when others then
    insert into everwatch_private.unqueued_events (event_id, error)
    select e.id, format('%s: %s', sqlstate, sqlerrm) from events as e;
    return null;
end
$$;

comment on function everwatch_private.notify_of_events()
  is 'Queues the notifications of new events. Never raises: what it could not queue is in unqueued_events.';

revoke execute
  on function
    everwatch_private.alert_group(text, text, text),
    everwatch_private.queue_notifications(bigint[]),
    everwatch_private.notify_of_events()
  from public;

create trigger notify
  after insert on everwatch_private.alert_events
  referencing new table as events
  for each statement
  execute function everwatch_private.notify_of_events();

-- schemas/outbox/resend_and_test.sql

-- What a person may ask for: to send again what was given up, and to try a channel.
create function everwatch_private.resend_notification(notification_id bigint)
  returns void
  language plpgsql security definer set search_path = ''
  as $$
declare
  dead everwatch_private.notifications;
  channel everwatch_private.channels;
begin
  select * into dead from everwatch_private.notifications as n where n.id = resend_notification.notification_id;
  channel := everwatch_private.own_channel(dead.channel_id);
  if not channel.enabled then
    raise exception 'Enable the channel first.'
      using errcode = 'PT409', detail = 'channel_disabled', hint = 'notification_id';
  end if;
  update everwatch_private.notifications as n
  set status = 'queued', attempts = 0, due_at = now(), finished_at = null
  where n.status = 'dead' and n.event_id is not null
    and (n.id = dead.id or (n.channel_id = dead.channel_id and n.message_id = dead.message_id));
  if not found then
    raise exception 'Only a notification that is dead is sent again.'
      using errcode = 'PT409', detail = 'not_dead', hint = 'notification_id';
  end if;
  perform everwatch_private.call_function(
    '/notify', jsonb_build_object('notification_id', dead.id, 'at', now())
  );
end
$$;

comment on function everwatch_private.resend_notification(bigint)
  is 'What everwatch.resend_notification calls.';

create function everwatch.resend_notification(notification_id bigint)
  returns void
  language sql set search_path = ''
  as $$
  select everwatch_private.resend_notification(notification_id)
$$;

comment on function everwatch.resend_notification(bigint)
  is 'Sends a dead notification again, with the rest of its message and under the same id. Raises PT401, PT403, PT404 or PT409.';

create function everwatch_private.queue_test(channel_id uuid)
  returns bigint
  language plpgsql security definer set search_path = ''
  as $$
declare
  channel constant everwatch_private.channels := everwatch_private.own_channel(queue_test.channel_id);
  new_id bigint;
begin
  insert into everwatch_private.notifications (org_id, channel_id, group_key, queued_at, due_at)
  values (channel.org_id, channel.id, 'test', now(), now())
  returning id into new_id;
  return new_id;
end
$$;

comment on function everwatch_private.queue_test(uuid) is 'What everwatch.queue_test calls.';

create function everwatch.queue_test(channel_id uuid)
  returns bigint
  language sql set search_path = ''
  as $$
  select everwatch_private.queue_test(channel_id)
$$;

comment on function everwatch.queue_test(uuid)
  is 'Queues a message that tries a channel, enabled or not, and returns the notification''s id; POST notify/test sends it at once. Raises PT401, PT403 or PT404.';

revoke execute
  on function
    everwatch_private.resend_notification(bigint),
    everwatch.resend_notification(bigint),
    everwatch_private.queue_test(uuid),
    everwatch.queue_test(uuid)
  from public;

-- schemas/outbox/sendable_notifications.sql

-- What goes out together, when, and to which sender.
create function everwatch_private.sendable_notifications(
  asked everwatch_private.notifications,
  channel everwatch_private.channels,
  at timestamptz
)
  returns bigint[]
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    with candidate as (
      select n.id, n.event_id
      from everwatch_private.notifications as n
      where n.channel_id = asked.channel_id and n.group_key = asked.group_key
        and n.status = 'queued' and n.due_at <= at
        and case
          when asked.message_id is not null then n.message_id = asked.message_id
          when channel.group_seconds = 0 or asked.event_id is null then n.id = asked.id
          else n.message_id is null
        end
    )
    select coalesce(array_agg(c.id order by c.id), '{}')
    from candidate as c
    -- What happened to an alert is told in order: an end that overtakes its beginning would leave an
    -- incident open for ever.
    where not exists (
      select
      from everwatch_private.alert_events as e
      join everwatch_private.alert_events as before on before.alert_id = e.alert_id and before.id < e.id
      join everwatch_private.notifications as earlier
        on earlier.event_id = before.id and earlier.channel_id = asked.channel_id
      where e.id = c.event_id and earlier.status in ('queued', 'sending')
        and not exists (select from candidate as same where same.id = earlier.id)
    )
  );
end
$$;

comment on function everwatch_private.sendable_notifications(everwatch_private.notifications, everwatch_private.channels, timestamptz)
  is 'What goes out with a notification: the rest of its message, or what of its group is due.';

create function everwatch_private.group_is_quiet_at(
  notification_ids bigint[],
  channel everwatch_private.channels
)
  returns timestamptz
  language sql stable set search_path = ''
  as $$
  select least(
    max(n.queued_at) + make_interval(secs => channel.group_seconds::double precision),
    min(n.queued_at) + make_interval(secs => 10 * channel.group_seconds::double precision)
  )
  from everwatch_private.notifications as n
  where n.id = any (notification_ids) and n.message_id is null and n.event_id is not null
$$;

comment on function everwatch_private.group_is_quiet_at(bigint[], everwatch_private.channels)
  is 'When a message that was never sent is complete: after group_seconds without another event, or ten times that; null for others.';

create function everwatch_private.lease_notifications(
  notification_ids bigint[],
  channel everwatch_private.channels,
  at timestamptz
)
  returns bigint[]
  language plpgsql set search_path = ''
  as $$
declare
  ids bigint[];
begin
  with message as (
    select gen_random_uuid() as id
  ),
  leased as (
    update everwatch_private.notifications as n
    set status = 'sending',
      attempts = n.attempts + 1,
      leased_until = lease_notifications.at + interval '1 minute',
      message_id = coalesce(n.message_id, message.id),
      dedup_key = coalesce(n.dedup_key, case
        when not everwatch_private.keeps_incidents(channel) then null
        when n.event_id is null then 'test-' || channel.id
        else coalesce(
          everwatch_private.incident_key(e.alert_id, channel.id),
          case when cardinality(notification_ids) > 1 then 'group-' || message.id else a.fingerprint end
        )
      end)
    from message, unnest(notification_ids) as chosen (id)
    left join everwatch_private.notifications as same on same.id = chosen.id
    left join everwatch_private.alert_events as e on e.id = same.event_id
    left join everwatch_private.alerts as a on a.id = e.alert_id
    where n.id = chosen.id and n.status = 'queued'
    returning n.id
  )
  select array_agg(l.id order by l.id) into ids from leased as l;
  return ids;
end
$$;

comment on function everwatch_private.lease_notifications(bigint[], everwatch_private.channels, timestamptz)
  is 'Gives notifications to a sender for one minute, as one message; returns those that were still queued, or null.';

revoke execute
  on function
    everwatch_private.sendable_notifications(everwatch_private.notifications, everwatch_private.channels, timestamptz),
    everwatch_private.group_is_quiet_at(bigint[], everwatch_private.channels),
    everwatch_private.lease_notifications(bigint[], everwatch_private.channels, timestamptz)
  from public;

-- schemas/outbox/sender_api.sql

-- What the notify function calls, with the secret key.
create function everwatch_private.accept_call(id text, sent_at bigint, body text, signature text)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform everwatch_private.check_request(id, sent_at, body, signature);
  return body::jsonb;
end
$$;

comment on function everwatch_private.accept_call(text, bigint, text, text)
  is 'What this database asked for in a request that it signed; raises PT401 for any other request.';

create function everwatch.accept_notification_call(
  id text,
  sent_at bigint,
  body text,
  signature text
)
  returns jsonb
  language plpgsql set search_path = ''
  as $$
declare
  call constant jsonb := everwatch_private.accept_call(id, sent_at, body, signature);
begin
  return everwatch_private.claim_notification(
    (call ->> 'notification_id')::bigint, (call ->> 'at')::timestamptz
  );
end
$$;

comment on function everwatch.accept_notification_call(text, bigint, text, text)
  is 'Takes on the notification of a request that the database signed: see claim_notification. Raises PT401 for any other request.';

create function everwatch.claim_notification(notification_id bigint, at timestamptz default now())
  returns jsonb
  language sql set search_path = ''
  as $$
  select everwatch_private.claim_notification(notification_id, at)
$$;

comment on function everwatch.claim_notification(bigint, timestamptz)
  is 'Takes on the message of a notification for one minute: {message} to send now, {next} to claim later, or {} when there is nothing to do. For the notify function.';

create function everwatch.finish_notification(
  notification_id bigint,
  attempt integer,
  outcome jsonb,
  at timestamptz default now()
)
  returns jsonb
  language sql set search_path = ''
  as $$
  select everwatch_private.finish_notification(notification_id, attempt, outcome, at)
$$;

comment on function everwatch.finish_notification(bigint, integer, jsonb, timestamptz)
  is 'Records what became of an attempt and returns {next}, what to go on with, or {}. For the notify function.';

revoke execute
  on function
    everwatch_private.accept_call(text, bigint, text, text),
    everwatch.accept_notification_call(text, bigint, text, text),
    everwatch.claim_notification(bigint, timestamptz),
    everwatch.finish_notification(bigint, integer, jsonb, timestamptz)
  from public;

-- schemas/outbox/trim_notifications.sql

-- What was sent long ago, and with which secret, is of no more use.
create function everwatch_private.trim_notifications(at timestamptz default now())
  returns void
  language plpgsql security definer set search_path = ''
  as $$
begin
  delete from everwatch_private.notifications as n
  where n.finished_at < trim_notifications.at - everwatch_private.kept_for('notifications');

  delete from everwatch_private.function_calls as c
  where c.called_at < trim_notifications.at - everwatch_private.kept_for('function_calls');

  update everwatch_private.channels as c
  set previous_secret_id = null, previous_secret_until = null
  where c.previous_secret_until < trim_notifications.at;
end
$$;

comment on function everwatch_private.trim_notifications(timestamptz)
  is 'Deletes notifications and calls that are older than retentions says, and secrets that no longer sign.';

revoke execute on function everwatch_private.trim_notifications(timestamptz) from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-trim-notifications', '47 3 * * *', 'select everwatch_private.trim_notifications()');

-- schemas/platform/function_calls.sql

-- Which calls of edge functions the database made, and what came of each. pg_net's own tables are
-- emptied by a crash and after 6 hours, and pg_cron calls a run a success once the call is queued.
create table everwatch_private.function_calls (
  id bigint generated always as identity primary key,
  path text not null,
  request_id bigint not null,
  cron_run_id bigint,
  called_at timestamptz not null,
  outcome text not null default 'pending' check (outcome in ('pending', 'answered', 'failed', 'lost')),
  status_code integer,
  error text,
  constraint function_calls_status_if_answered check ((outcome = 'answered') = (status_code is not null))
);

-- pg_net counts from 1 again after a crash: of two with one id only the newer may still be answered.
create unique index function_calls_pending_key
  on everwatch_private.function_calls (request_id)
  where outcome = 'pending';

comment on table everwatch_private.function_calls
  is 'Calls of edge functions by the database, each with its true outcome.';
comment on column everwatch_private.function_calls.path is 'Below settings.functions_url.';
comment on column everwatch_private.function_calls.request_id is 'What pg_net calls it.';
comment on column everwatch_private.function_calls.cron_run_id
  is 'The run of cron.job_run_details that made it; null when a change in the data did.';
comment on column everwatch_private.function_calls.outcome
  is 'pending; answered: with a status, whichever; failed: without one; lost: pg_net knows nothing of it.';
comment on column everwatch_private.function_calls.error
  is 'Why it failed, in pg_net''s words; null otherwise.';

create function everwatch_private.current_cron_run()
  returns bigint
  language sql stable set search_path = ''
  as $$
  select max(run.runid)
  from cron.job_run_details as run
  where run.job_pid = pg_backend_pid() and run.status = 'running'
$$;

comment on function everwatch_private.current_cron_run()
  is 'The run of pg_cron that this session is; null when it is none.';

create function everwatch_private.call_function(
  path text,
  body jsonb,
  cron_run_id bigint default null
)
  returns bigint
  language plpgsql security definer set search_path = ''
  as $$
declare
  functions_url constant text := (select s.functions_url from everwatch_private.settings as s);
  id constant text := 'req_' || gen_random_uuid();
  sent_at constant bigint := extract(epoch from clock_timestamp())::bigint;
  request bigint;
  call_id bigint;
begin
  if functions_url is null then
    return null;
  end if;
  request := net.http_post(
    url => functions_url || call_function.path,
    body => call_function.body,
    headers => jsonb_build_object(
      'Content-Type', 'application/json',
      'x-request-id', id,
      'webhook-id', id,
      'webhook-timestamp', sent_at::text,
      'webhook-signature', everwatch_private.sign_request(id, sent_at, call_function.body::text)
    ),
    timeout_milliseconds => 5000
  );
  update everwatch_private.function_calls as c
  set outcome = 'lost'
  where c.request_id = request and c.outcome = 'pending';
  insert into everwatch_private.function_calls (path, request_id, cron_run_id, called_at)
  values (call_function.path, request, call_function.cron_run_id, now())
  returning function_calls.id into call_id;
  return call_id;
end
$$;

comment on function everwatch_private.call_function(text, jsonb, bigint)
  is 'Has pg_net POST a signed request to an edge function once this transaction commits; returns the id in function_calls, or null where settings.functions_url is not set.';

create function everwatch_private.record_call_outcomes(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  update everwatch_private.function_calls as c
  set outcome = case when r.status_code is null then 'failed' else 'answered' end,
    status_code = r.status_code,
    error = left(r.error_msg, 1000)
  from net._http_response as r
  where r.id = c.request_id and c.outcome = 'pending';

  -- One that waits for pg_net is late, not lost.
  update everwatch_private.function_calls as c
  set outcome = 'lost'
  where c.outcome = 'pending'
    and c.called_at < record_call_outcomes.at - interval '5 minutes'
    and not exists (select from net.http_request_queue as q where q.id = c.request_id);
end
$$;

comment on function everwatch_private.record_call_outcomes(timestamptz)
  is 'Writes down what came of each call that was pending, before pg_net forgets it.';

revoke execute
  on function
    everwatch_private.current_cron_run(),
    everwatch_private.call_function(text, jsonb, bigint),
    everwatch_private.record_call_outcomes(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-record-call-outcomes', '* * * * *', 'select everwatch_private.record_call_outcomes()');

-- schemas/platform/heartbeat.sql

-- A sign of life, every minute, to whoever raises the alarm when it does not come. It takes the whole
-- way that an alert takes: scheduler, pg_net, edge function, database.
create function everwatch_private.send_heartbeat()
  returns bigint
  language plpgsql security definer set search_path = ''
  as $$
begin
  if (select s.heartbeat_url from everwatch_private.settings as s) is null then
    return null;
  end if;
  return everwatch_private.call_function(
    '/notify/heartbeat', jsonb_build_object('at', now()), everwatch_private.current_cron_run()
  );
end
$$;

comment on function everwatch_private.send_heartbeat()
  is 'Has the notify function call settings.heartbeat_url; returns the id in function_calls, or null where there is none to call.';

create function everwatch_private.accept_heartbeat(
  id text,
  sent_at bigint,
  body text,
  signature text
)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform everwatch_private.check_request(id, sent_at, body, signature);
  return (
    select jsonb_build_object(
      'url', s.heartbeat_url,
      'allowed_networks', s.allowed_networks,
      'timeout_ms', least(s.receiver_timeout_ms, 4000)
    )
    from everwatch_private.settings as s
  );
end
$$;

comment on function everwatch_private.accept_heartbeat(text, bigint, text, text)
  is 'What everwatch.accept_heartbeat_call calls.';

create function everwatch.accept_heartbeat_call(id text, sent_at bigint, body text, signature text)
  returns jsonb
  language sql set search_path = ''
  as $$
  select everwatch_private.accept_heartbeat(id, sent_at, body, signature)
$$;

comment on function everwatch.accept_heartbeat_call(text, bigint, text, text)
  is 'Where the notify function sends the sign of life that the database asked for in a request that it signed: {url, allowed_networks, timeout_ms}. Raises PT401 for any other request.';

revoke execute
  on function
    everwatch_private.send_heartbeat(),
    everwatch_private.accept_heartbeat(text, bigint, text, text),
    everwatch.accept_heartbeat_call(text, bigint, text, text)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-send-heartbeat', '* * * * *', 'select everwatch_private.send_heartbeat()');

-- schemas/platform/settings.sql

-- What an operator tells the database once. One row, which is there from the start.
create table everwatch_private.settings (
  singleton boolean primary key default true check (singleton),
  functions_url text check (functions_url ~ '^https?://[^\s/?#@]+(/[^\s?#]*[^\s/?#])?$'),
  dashboard_url text check (dashboard_url ~ '^https?://[^\s/?#@]+\S*$'),
  heartbeat_url text check (heartbeat_url ~ '^https?://[^\s/?#@]+\S*$'),
  allowed_networks cidr[] not null default '{}',
  receiver_timeout_ms integer not null default 10000 check (receiver_timeout_ms between 100 and 20000),
  aliases boolean,
  installed_at timestamptz not null default now()
);

insert into
  everwatch_private.settings
default values;

comment on table everwatch_private.settings
  is 'What the operator sets, one row: see docs/alerts.md.';
comment on column everwatch_private.settings.functions_url
  is 'Where the database reaches the edge functions, for example https://abc.supabase.co/functions/v1. Nothing is sent until it is set.';
comment on column everwatch_private.settings.dashboard_url
  is 'Where a message links to; null: it links nowhere.';
comment on column everwatch_private.settings.heartbeat_url
  is 'Called every minute while scheduler, pg_net, functions and database all work; who waits there raises the alarm when it is not. Null: none.';
comment on column everwatch_private.settings.allowed_networks
  is 'Private networks that channels may lead to all the same, and over plain http: for development.';
comment on column everwatch_private.settings.receiver_timeout_ms
  is 'Milliseconds that a receiver has to answer.';
comment on column everwatch_private.settings.aliases
  is 'Whether the aliases of our names are wanted in public; null until apply_aliases() decides.';
comment on column everwatch_private.settings.installed_at
  is 'Since when there is something to watch: what never ran is late from then on.';

-- schemas/platform/signed_requests.sql

-- How an edge function knows that the database calls: the request is signed with a key that never
-- leaves the Vault, because the function has the database check it. The form is that of Standard
-- Webhooks. Nothing in the request is secret: every role may read the queue of pg_net.
create function everwatch_private.make_request_key()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform vault.create_secret(
    encode(extensions.gen_random_bytes(32), 'base64'),
    'everwatch_request_key',
    'Signs what the database asks of the edge functions'
  )
  where not exists (select from vault.secrets as s where s.name = 'everwatch_request_key');
end
$$;

comment on function everwatch_private.make_request_key()
  is 'Makes the key that signs requests, where there is none yet.';

select everwatch_private.make_request_key();

create function everwatch_private.sign_request(id text, sent_at bigint, body text)
  returns text
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select 'v1,' || encode(
      extensions.hmac(
        convert_to(concat_ws('.', sign_request.id, sign_request.sent_at, sign_request.body), 'UTF8'),
        decode(key.decrypted_secret, 'base64'),
        'sha256'
      ),
      'base64'
    )
    from vault.decrypted_secrets as key
    where key.name = 'everwatch_request_key'
  );
end
$$;

comment on function everwatch_private.sign_request(text, bigint, text)
  is 'The signature of a request: of its id, the time (unix seconds) and the body as it is sent. See standardwebhooks.com.';

-- Comparing digests tells nothing of how far a guess was right.
create function everwatch_private.check_request(id text, sent_at bigint, body text, signature text)
  returns void
  language plpgsql stable set search_path = ''
  as $$
begin
  if abs(extract(epoch from clock_timestamp()) - check_request.sent_at) > 300 then
    raise exception 'The request is older than five minutes.'
      using errcode = 'PT401', detail = 'stale_request';
  elsif sha256(convert_to(everwatch_private.sign_request(id, sent_at, body), 'UTF8'))
    is distinct from sha256(convert_to(signature, 'UTF8'))
  then
    raise exception 'The signature is not the database''s.'
      using errcode = 'PT401', detail = 'invalid_signature';
  end if;
end
$$;

comment on function everwatch_private.check_request(text, bigint, text, text)
  is 'Raises PT401 unless this database signed the request within the last five minutes.';

revoke execute
  on function
    everwatch_private.make_request_key(),
    everwatch_private.sign_request(text, bigint, text),
    everwatch_private.check_request(text, bigint, text, text)
  from public;

-- schemas/platform/watch_scheduler.sql

-- A scheduler that has stopped judges nothing, and so cannot tell that it has. What still comes in are
-- events: whoever tracks some looks whether the schedule is alive.
create function everwatch_private.watch_scheduler()
  returns void
  language plpgsql security definer set search_path = ''
  as $$
declare
  evaluated_at constant timestamptz := (
    select r.at from everwatch_private.evaluation_runs as r order by r.id desc limit 1
  );
begin
  -- Nearly always it ends here, before anything is set up to catch an error.
  if evaluated_at > now() - interval '2 minutes' then
    return;
  end if;
  begin
    if not everwatch_private.is_set_up(now())
      or exists (
        select from everwatch_private.alerts as a where a.type = 'cron_stopped' and a.state <> 'resolved'
      )
      -- One at a time: nobody who tracks waits for another who looks.
      or not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.watch_scheduler', 0))
    then
      return;
    end if;
    perform everwatch_private.judge(
      'cron_stopped', now(), '{}',
      array(select c from everwatch_private.cron_stopped_conditions(now()) as c)
    );
  exception
    -- What was tracked is tracked, whatever becomes of this.
    when others then raise warning 'cron_stopped could not be judged: %: %', sqlstate, sqlerrm;
  end;
end
$$;

comment on function everwatch_private.watch_scheduler()
  is 'Raises cron_stopped when nothing has been evaluated for two minutes and no scheduled job begins any more: track_events calls it. The next evaluation resolves it. Never raises.';

revoke execute on function everwatch_private.watch_scheduler() from public;

-- schemas/conditions/tables/statements.sql

-- Statements that took too long and have finished: what pg_stat_statements has counted since the last
-- look at it. Their text may hold anyone's data, and is not kept.
create table everwatch_private.statement_counts (
  user_id oid not null,
  query_id bigint not null,
  top_level boolean not null,
  calls bigint not null,
  total_ms double precision not null,
  longest_ms double precision not null,
  primary key (user_id, query_id, top_level)
);

comment on table everwatch_private.statement_counts
  is 'What pg_stat_statements had counted at the last look, of statements that had ever been slow.';

create table everwatch_private.slow_statements (
  query_id text primary key,
  role name not null,
  seconds numeric not null,
  seen_at timestamptz not null
);

comment on table everwatch_private.slow_statements
  is 'Statements that were slow between two looks: the newest time of each. Kept for an hour.';
comment on column everwatch_private.slow_statements.seconds
  is 'How long one execution took at least.';
comment on column everwatch_private.slow_statements.seen_at is 'The look that found it.';

create table everwatch_private.statement_looks (
  looked_at timestamptz not null,
  longer_than numeric not null,
  id boolean primary key default true check (id)
);

comment on table everwatch_private.statement_looks
  is 'One row: when everwatch_private.find_slow_statements last looked, and for executions of how many seconds.';

-- schemas/conditions/cron_conditions.sql

-- Whether the schedules run, and succeed. Who asks is mostly a scheduled job itself: that the scheduler
-- stopped altogether is noticed by those who track events (watch_scheduler), and outside, by the
-- heartbeat that does not come.
create function everwatch_private.cron_period(schedule text)
  returns interval
  language sql immutable set search_path = ''
  as $$
  select case
    when schedule ~ '^\*(/1)?( \*){4}$' then interval '1 minute'
    when schedule ~ '^\*/\d+( \*){4}$'
      then substring(schedule from '\d+')::integer * interval '1 minute'
    when schedule ~ '^\d+( \*){4}$' then interval '1 hour'
    when schedule ~ '^\d+ \d+( \*){3}$' then interval '1 day'
  end
$$;

comment on function everwatch_private.cron_period(text)
  is 'How often a job with this schedule runs, for the forms that are in use here; null for others.';

create function everwatch_private.job_health(at timestamptz)
  returns table(job_name text, period interval, last_success timestamptz, failures bigint, error text)
  language sql stable security definer set search_path = ''
  as $$
  with run as (
    select r.jobid, r.runid, r.status, r.start_time, r.return_message,
      max(r.runid) filter (where r.status = 'succeeded') over (partition by r.jobid) as last_good
    from cron.job_run_details as r
    where coalesce(r.start_time, '-infinity') <= job_health.at
  )
  select j.jobname::text, everwatch_private.cron_period(j.schedule),
    -- What never ran is late from the day of its installation on.
    coalesce(
      max(r.start_time) filter (where r.status = 'succeeded'),
      (select s.installed_at from everwatch_private.settings as s)
    ),
    count(r.runid) filter (where r.status = 'failed' and r.runid > coalesce(r.last_good, 0)),
    (array_agg(r.return_message order by r.runid desc) filter (where r.status = 'failed'))[1]
  from cron.job as j
  left join run as r on r.jobid = j.jobid
  where j.jobname like 'everwatch-%' and j.active
  group by j.jobid, j.jobname, j.schedule
$$;

comment on function everwatch_private.job_health(timestamptz)
  is 'Each of our scheduled jobs: how often it runs, when it last began and succeeded, how often it has failed since, and why.';

create function everwatch_private.cron_job_failing_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when j.failures >= p.critical then 'critical' else 'warning' end,
    'cron_job',
    j.job_name,
    j.job_name,
    format('%s failed %s times in a row: %s', j.job_name, j.failures, left(j.error, 500)),
    j.failures::numeric,
    case when j.failures >= p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join everwatch_private.job_health(cron_job_failing_conditions.at) as j
  where p.type = 'cron_job_failing'
    and p.enabled
    and j.failures >= least(p.warning, p.critical)
    and cron_job_failing_conditions.org_id is null
    and everwatch_private.reads_every_org()
    and everwatch_private.is_set_up(cron_job_failing_conditions.at);
end
$$;

comment on function everwatch_private.cron_job_failing_conditions(timestamptz, uuid)
  is 'Scheduled jobs whose last runs failed; nothing for callers who do not read every org.';

create function everwatch_private.cron_job_late_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when l.periods > p.critical then 'critical' else 'warning' end,
    'cron_job',
    j.job_name,
    j.job_name,
    format('%s has not succeeded for %s; it is to run every %s',
      j.job_name, date_trunc('second', cron_job_late_conditions.at - j.last_success), j.period),
    l.periods,
    case when l.periods > p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join everwatch_private.job_health(cron_job_late_conditions.at) as j
  cross join lateral (
    select round(extract(epoch from cron_job_late_conditions.at - j.last_success)
      / extract(epoch from j.period), 1)
  ) as l (periods)
  where p.type = 'cron_job_late'
    and p.enabled
    and l.periods > least(p.warning, p.critical)
    and cron_job_late_conditions.org_id is null
    and everwatch_private.reads_every_org()
    and everwatch_private.is_set_up(cron_job_late_conditions.at);
end
$$;

comment on function everwatch_private.cron_job_late_conditions(timestamptz, uuid)
  is 'Scheduled jobs that have not succeeded for several of their periods, or never; nothing for callers who do not read every org.';

create function everwatch_private.cron_stopped_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when r.minutes > p.critical then 'critical' else 'warning' end,
    'extension',
    'pg_cron',
    'pg_cron',
    format('No scheduled job has begun for %s minutes', r.minutes),
    r.minutes,
    case when r.minutes > p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join lateral (
    select round(extract(epoch from cron_stopped_conditions.at - coalesce(
      (
        -- By the id, for that alone is indexed.
        select d.start_time
        from cron.job_run_details as d
        where d.start_time <= cron_stopped_conditions.at
        order by d.runid desc
        limit 1
      ),
      (select s.installed_at from everwatch_private.settings as s)
    )) / 60, 1)
  ) as r (minutes)
  where p.type = 'cron_stopped'
    and p.enabled
    and r.minutes > least(p.warning, p.critical)
    and cron_stopped_conditions.org_id is null
    and everwatch_private.reads_every_org()
    and everwatch_private.is_set_up(cron_stopped_conditions.at);
end
$$;

comment on function everwatch_private.cron_stopped_conditions(timestamptz, uuid)
  is 'Whether the scheduler of pg_cron starts nothing any more; nothing for callers who do not read every org.';

revoke execute
  on function
    everwatch_private.cron_period(text),
    everwatch_private.job_health(timestamptz),
    everwatch_private.cron_job_failing_conditions(timestamptz, uuid),
    everwatch_private.cron_job_late_conditions(timestamptz, uuid),
    everwatch_private.cron_stopped_conditions(timestamptz, uuid)
  from public;

-- schemas/conditions/evaluation_failures.sql

-- What could not be judged. Whoever tracks a delivery is never told, and other alerts are judged
-- regardless: it is recorded here, and is itself an alert of the operator's.
create table everwatch_private.evaluation_errors (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  type text not null,
  during text not null check (during in ('evaluation', 'delivery')),
  error text not null
);

create index evaluation_errors_by_time_idx on everwatch_private.evaluation_errors (at);

comment on table everwatch_private.evaluation_errors
  is 'Failures to judge a type of alert, at most one a minute while deliveries are tracked.';
comment on column everwatch_private.evaluation_errors.type
  is 'The type of alert that was not judged.';
comment on column everwatch_private.evaluation_errors.during
  is 'evaluation: by the schedule or on request; delivery: while a delivery was tracked.';
comment on column everwatch_private.evaluation_errors.error is 'Why, with the SQLSTATE.';

create function everwatch_private.evaluation_failed_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when e.errors >= p.critical then 'critical' else 'warning' end,
    'alert_type',
    e.type,
    e.type,
    format('Alerts of type %s could not be judged: %s', e.type, e.latest),
    e.errors::numeric,
    case when e.errors >= p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join lateral (
    select f.type, count(*) as errors, (array_agg(f.error order by f.id desc))[1] as latest
    from everwatch_private.evaluation_errors as f
    where f.at > evaluation_failed_conditions.at - interval '5 minutes'
      and f.at <= evaluation_failed_conditions.at
    group by f.type
  ) as e
  where p.type = 'evaluation_failed'
    and p.enabled
    and e.errors >= least(p.warning, p.critical)
    and evaluation_failed_conditions.org_id is null
    and (select everwatch_private.reads_every_org());
end
$$;

comment on function everwatch_private.evaluation_failed_conditions(timestamptz, uuid)
  is 'Types of alerts that could not be judged in the last five minutes; nothing for callers who do not read every org.';

revoke execute
  on function everwatch_private.evaluation_failed_conditions(timestamptz, uuid)
  from public;

-- schemas/conditions/outbox_conditions.sql

-- Whether what is owed is delivered.
create function everwatch_private.notifications_dead_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when d.dead >= p.critical then 'critical' else 'warning' end,
    'channel',
    c.id::text,
    c.name,
    format('%s notifications to channel %s of %s were given up: %s',
      d.dead, c.name, coalesce(o.name, 'the platform'), d.latest),
    d.dead::numeric,
    case when d.dead >= p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join lateral (
    select n.channel_id, count(*) as dead, (array_agg(n.error order by n.id desc))[1] as latest
    from everwatch_private.notifications as n
    where n.status = 'dead'
      and n.event_id is not null
      and n.finished_at > notifications_dead_conditions.at - interval '1 day'
    group by n.channel_id
  ) as d
  join everwatch_private.channels as c on c.id = d.channel_id
  left join everwatch.orgs as o on o.id = c.org_id
  where p.type = 'notifications_dead'
    and p.enabled
    and d.dead >= least(p.warning, p.critical)
    and notifications_dead_conditions.org_id is null
    and everwatch_private.reads_every_org();
end
$$;

comment on function everwatch_private.notifications_dead_conditions(timestamptz, uuid)
  is 'Channels to which notifications could not be delivered in the last day; nothing for callers who do not read every org.';

create function everwatch_private.overdue_notifications(at timestamptz)
  returns setof everwatch_private.notifications
  language sql stable set search_path = ''
  as $$
  select n.*
  from everwatch_private.notifications as n
  where n.status = 'queued'
    and n.due_at <= overdue_notifications.at
    -- What waits for an earlier message about the same is not late.
    and not exists (
      select from everwatch_private.notifications as earlier
      where earlier.channel_id = n.channel_id
        and earlier.group_key = n.group_key
        and earlier.status in ('queued', 'sending')
        and earlier.id < n.id
        and earlier.message_id is not null
    )
$$;

comment on function everwatch_private.overdue_notifications(timestamptz)
  is 'What could have been sent by this time, and was not.';

create function everwatch_private.notifications_late_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when l.minutes > p.critical then 'critical' else 'warning' end,
    'outbox',
    'notifications',
    'notifications',
    format('%s notifications are due, the oldest for %s minutes%s', l.notifications, l.minutes,
      case
        when not everwatch_private.is_set_up(notifications_late_conditions.at)
          then ': everwatch_private.settings.functions_url is not set'
      end),
    l.minutes,
    case when l.minutes > p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join lateral (
    select count(*),
      round(extract(epoch from notifications_late_conditions.at - min(n.due_at)) / 60, 1)
    from everwatch_private.overdue_notifications(notifications_late_conditions.at) as n
  ) as l (notifications, minutes)
  where p.type = 'notifications_late'
    and p.enabled
    and l.minutes > least(p.warning, p.critical)
    and notifications_late_conditions.org_id is null
    and everwatch_private.reads_every_org();
end
$$;

comment on function everwatch_private.notifications_late_conditions(timestamptz, uuid)
  is 'Whether notifications are due and nobody sends them; nothing for callers who do not read every org.';

revoke execute
  on function
    everwatch_private.overdue_notifications(timestamptz),
    everwatch_private.notifications_dead_conditions(timestamptz, uuid),
    everwatch_private.notifications_late_conditions(timestamptz, uuid)
  from public;

-- schemas/conditions/pg_net_conditions.sql

-- The platform watches itself, once it has been told where its functions are: before that it does
-- nothing that could fail. First, whether pg_net sends.
create function everwatch_private.is_set_up(at timestamptz)
  returns boolean
  language sql stable security definer set search_path = ''
  as $$
  select s.functions_url is not null and s.installed_at <= is_set_up.at from everwatch_private.settings as s
$$;

comment on function everwatch_private.is_set_up(timestamptz)
  is 'Whether there was anything to watch at this time: settings.functions_url is set, and all this was installed by then.';

create function everwatch_private.pg_net_down_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql volatile security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when p.critical is null then 'warning' else 'critical' end,
    'extension',
    'pg_net',
    'pg_net',
    'pg_net has no worker: nothing is sent. Restart it with select net.worker_restart()',
    1::numeric,
    1::numeric
  from everwatch_private.alert_policies as p
  where p.type = 'pg_net_down'
    and p.enabled
    and pg_net_down_conditions.org_id is null
    and everwatch_private.reads_every_org()
    and everwatch_private.is_set_up(pg_net_down_conditions.at)
    and not everwatch_private.pg_net_is_up();
end
$$;

comment on function everwatch_private.pg_net_down_conditions(timestamptz, uuid)
  is 'Whether pg_net has no worker, as of now; nothing for callers who do not read every org.';

create function everwatch_private.pg_net_backlog_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when q.requests > p.critical then 'critical' else 'warning' end,
    'extension',
    'pg_net',
    'pg_net',
    format('%s requests wait in the queue of pg_net', q.requests),
    q.requests::numeric,
    case when q.requests > p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join (select count(*) as requests from net.http_request_queue) as q
  where p.type = 'pg_net_backlog'
    and p.enabled
    and q.requests > least(p.warning, p.critical)
    and pg_net_backlog_conditions.org_id is null
    and everwatch_private.reads_every_org()
    and everwatch_private.is_set_up(pg_net_backlog_conditions.at);
end
$$;

comment on function everwatch_private.pg_net_backlog_conditions(timestamptz, uuid)
  is 'Whether the queue of pg_net is long, as of now; nothing for callers who do not read every org.';

create function everwatch_private.calls_failing_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when c.failed >= p.critical then 'critical' else 'warning' end,
    'function',
    c.path,
    c.path,
    format('%s of %s calls of the edge function %s failed: %s', c.failed, c.total, c.path, c.latest),
    c.failed::numeric,
    case when c.failed >= p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join lateral (
    select f.path, count(*) as total, count(*) filter (where w.reason is not null) as failed,
      (array_agg(w.reason order by f.id desc) filter (where w.reason is not null))[1] as latest
    from everwatch_private.function_calls as f
    cross join lateral (
      select case
        when f.status_code between 200 and 299 then null
        when f.outcome = 'answered' then 'status ' || f.status_code
        when f.outcome = 'lost' then 'it was lost'
        else f.error
      end
    ) as w (reason)
    where f.outcome <> 'pending'
      and f.called_at > calls_failing_conditions.at - interval '15 minutes'
      and f.called_at <= calls_failing_conditions.at
    group by f.path
  ) as c
  where p.type = 'calls_failing'
    and p.enabled
    and c.failed >= least(p.warning, p.critical)
    and calls_failing_conditions.org_id is null
    and everwatch_private.reads_every_org();
end
$$;

comment on function everwatch_private.calls_failing_conditions(timestamptz, uuid)
  is 'Edge functions that the database called in the last 15 minutes and that did not answer with 2xx; nothing for callers who do not read every org.';

revoke execute
  on function
    everwatch_private.is_set_up(timestamptz),
    everwatch_private.pg_net_down_conditions(timestamptz, uuid),
    everwatch_private.pg_net_backlog_conditions(timestamptz, uuid),
    everwatch_private.calls_failing_conditions(timestamptz, uuid)
  from public;

-- schemas/conditions/refresh_conditions.sql

-- What is wrong with the refresh of the views: the operator's concern, and no org's.
create function everwatch_private.refresh_late_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when age.intervals > p.critical then 'critical' else 'warning' end,
    'view',
    'refresh_monitoring_views',
    'refresh_monitoring_views',
    format('The views are as of %s; they are to be refreshed every %s', h.refreshed_at, h.every),
    round(age.intervals, 1),
    case when age.intervals > p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join everwatch_private.refresh_health(refresh_late_conditions.at) as h
  cross join lateral (
    select extract(epoch from refresh_late_conditions.at - h.refreshed_at) / extract(epoch from h.every)
  ) as age (intervals)
  where p.type = 'refresh_late'
    and p.enabled
    and age.intervals > least(p.warning, p.critical)
    and refresh_late_conditions.org_id is null
    and (select everwatch_private.reads_every_org());
end
$$;

comment on function everwatch_private.refresh_late_conditions(timestamptz, uuid)
  is 'Whether the views have not been refreshed for too long; nothing for callers who do not read every org.';

create function everwatch_private.refresh_failing_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when h.failures >= p.critical then 'critical' else 'warning' end,
    'view',
    'refresh_monitoring_views',
    'refresh_monitoring_views',
    format('The last %s refreshes of the views failed: %s', h.failures, r.error),
    h.failures::numeric,
    case when h.failures >= p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join everwatch_private.refresh_health(refresh_failing_conditions.at) as h
  join everwatch_private.refresh_runs as r on r.id = h.last_run
  where p.type = 'refresh_failing'
    and p.enabled
    and h.failures >= least(p.warning, p.critical)
    and refresh_failing_conditions.org_id is null
    and (select everwatch_private.reads_every_org());
end
$$;

comment on function everwatch_private.refresh_failing_conditions(timestamptz, uuid)
  is 'Whether the last refreshes of the views failed; nothing for callers who do not read every org.';

revoke execute
  on function
    everwatch_private.refresh_late_conditions(timestamptz, uuid),
    everwatch_private.refresh_failing_conditions(timestamptz, uuid)
  from public;

-- schemas/conditions/rule_conditions.sql

-- Which rules are silent for longer than their own cadence explains: some times the longest gap
-- between their last 50 executions, and a day at least. The longest rather than the mean, because
-- rules run in bursts. A rule with few executions has no cadence yet.
create function everwatch_private.rule_not_triggering_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  return query
  select
    r.org_id,
    p.type,
    case when h.silent > h.critical then 'critical' when h.silent > h.warning then 'warning' end,
    'rule',
    r.id::text,
    r.name,
    format(
      'Rule has not triggered for %s hours; its longest recent gap was %s',
      round(h.silent, 1), round(recent.longest_gap, 1)
    ),
    round(h.silent, 1),
    round(case when h.silent > h.critical then h.critical else coalesce(h.warning, h.critical) end, 1)
  from everwatch.automation_rules as r
  join everwatch.v_alert_policies as p on p.org_id = r.org_id and p.type = 'rule_not_triggering'
  cross join lateral (
    select
      count(*) as known,
      max(x.executed_at) as last,
      extract(epoch from max(x.executed_at - x.previous)) / 3600 as longest_gap
    from (
      select
        e.executed_at,
        lead(e.executed_at) over (order by e.executed_at desc) as previous
      from everwatch.rule_executions as e
      where e.org_id = r.org_id
        and e.rule_id = r.id
        and e.executed_at <= rule_not_triggering_conditions.at
      order by e.executed_at desc
      limit 50
    ) as x
  ) as recent
  cross join lateral (
    select
      extract(epoch from rule_not_triggering_conditions.at - recent.last) / 3600 as silent,
      -- Null where there is no such level.
      case when p.warning > 0 then greatest(24, p.warning * recent.longest_gap) end as warning,
      case when p.critical > 0 then greatest(24, p.critical * recent.longest_gap) end as critical
  ) as h
  where r.enabled
    and p.enabled
    -- Nearly every rule ends here, at the time that is kept of its last execution.
    and not r.last_triggered_at between
      rule_not_triggering_conditions.at - interval '1 day' and rule_not_triggering_conditions.at
    and recent.known >= greatest(p.minimum_sample, 2)
    and h.silent > least(h.warning, h.critical)
    and r.org_id = any (orgs);
end
$$;

comment on function everwatch_private.rule_not_triggering_conditions(timestamptz, uuid)
  is 'Enabled rules that are silent for longer than their own cadence explains: of one org or of all.';

revoke execute
  on function everwatch_private.rule_not_triggering_conditions(timestamptz, uuid)
  from public;

-- schemas/conditions/slow_query_conditions.sql

-- Queries that run for too long: those that run right now, and those that have finished since the last
-- look. They belong to no org: members see none of them, and nobody sees the text here.
create function everwatch_private.running_queries(longer_than numeric)
  returns table(query_id text, pid integer, role name, seconds numeric)
  language sql stable set search_path = ''
  as $$
  select coalesce(a.query_id::text, 'pid:' || a.pid), a.pid, a.usename, s.seconds
  from pg_catalog.pg_stat_activity as a
  cross join lateral (
    select round(extract(epoch from clock_timestamp() - a.query_start), 1)
  ) as s (seconds)
  where a.datname = current_database()
    and a.backend_type = 'client backend'
    and a.state = 'active'
    and a.pid <> pg_backend_pid()
    -- A scheduled job may take its time: nobody waits for it.
    and a.application_name not like 'pg_cron%'
    and s.seconds > running_queries.longer_than
$$;

comment on function everwatch_private.running_queries(numeric)
  is 'Queries that have been running for more than so many seconds. query_id is that of pg_stat_statements.';

create function everwatch_private.slow_query_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select distinct on (q.query_id)
    null::uuid,
    p.type,
    s.severity,
    'database',
    q.query_id,
    current_database()::text,
    q.message,
    q.seconds,
    case s.severity when 'critical' then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join lateral (
    select r.query_id, r.seconds,
      format('Query of %s has been running for %s seconds (pid %s)', r.role, r.seconds, r.pid) as message
    from everwatch_private.running_queries(least(p.warning, p.critical)) as r
    union all
    select f.query_id, f.seconds, format('Query of %s took %s seconds', f.role, f.seconds)
    from everwatch_private.slow_statements as f
    where f.seen_at > slow_query_conditions.at - interval '1 minute'
      and f.seen_at <= slow_query_conditions.at
  ) as q
  -- All are over one of the thresholds, if only by what rounding took away.
  cross join lateral (
    select case when q.seconds > p.critical or p.warning is null then 'critical' else 'warning' end
  ) as s (severity)
  where p.type = 'slow_query'
    and p.enabled
    and slow_query_conditions.org_id is null
    and (select everwatch_private.reads_every_org())
  order by q.query_id, q.seconds desc;
end
$$;

comment on function everwatch_private.slow_query_conditions(timestamptz, uuid)
  is 'Queries that run for too long now, or did in the last minute; nothing for callers who do not read every org. resource_id is the query''s id in pg_stat_statements.';

revoke execute
  on function
    everwatch_private.running_queries(numeric),
    everwatch_private.slow_query_conditions(timestamptz, uuid)
  from public;

-- schemas/conditions/slow_statements.sql

-- Finding statements that took too long and have finished.
create function everwatch_private.find_slow_statements(at timestamptz)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  threshold constant numeric := (
    select least(p.warning, p.critical) from everwatch_private.alert_policies as p where p.type = 'slow_query'
  );
  -- At the first look, and at one with a lower threshold, what is old cannot be told from what is new.
  comparable constant boolean := exists (
    select from everwatch_private.statement_looks as l where l.longer_than <= threshold
  );
  counted constant everwatch_private.statement_counts[] := array(
    select c from everwatch_private.statements_beyond(threshold) as c
  );
begin
  if comparable then
    perform everwatch_private.keep_slow_statements(
      array(select s from everwatch_private.slow_since_look(counted, threshold, find_slow_statements.at) as s)
    );
  end if;

  delete from everwatch_private.slow_statements as f
  where f.seen_at < find_slow_statements.at - interval '1 hour';

  perform everwatch_private.keep_statement_counts(counted);

  insert into everwatch_private.statement_looks (looked_at, longer_than)
  values (find_slow_statements.at, threshold)
  on conflict (id) do update
  set looked_at = excluded.looked_at, longer_than = excluded.longer_than;
end
$$;

comment on function everwatch_private.find_slow_statements(timestamptz)
  is 'Looks which statements have finished since the last look and took longer than the policy of slow_query allows; commands of scheduled jobs may.';

create function everwatch_private.keep_slow_statements(slow everwatch_private.slow_statements[])
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  if slow = '{}' then
    return;
  end if;
  -- Thousands of statements have a text: it is the slow ones' that are compared with the jobs.
  with worded as materialized (
    select s.queryid::text as query_id, s.query
    from extensions.pg_stat_statements(true) as s
    where s.queryid in (select f.query_id::bigint from unnest(slow) as f)
  )
  insert into everwatch_private.slow_statements as known
  select distinct on (f.query_id) f.*
  from unnest(slow) as f
  where not exists (
    select from worded as w where w.query_id = f.query_id and everwatch_private.is_scheduled(w.query)
  )
  order by f.query_id, f.seconds desc
  on conflict (query_id) do update
  set role = excluded.role, seconds = excluded.seconds, seen_at = excluded.seen_at;
end
$$;

comment on function everwatch_private.keep_slow_statements(everwatch_private.slow_statements[])
  is 'Keeps the newest time of each slow statement that no scheduled job runs.';

create function everwatch_private.keep_statement_counts(
  counted everwatch_private.statement_counts[]
)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  delete from everwatch_private.statement_counts as b
  where not exists (
    select from unnest(counted) as c
    where (c.user_id, c.query_id, c.top_level) = (b.user_id, b.query_id, b.top_level)
  );
  insert into everwatch_private.statement_counts as b
  select * from unnest(counted)
  on conflict (user_id, query_id, top_level) do update
  set calls = excluded.calls, total_ms = excluded.total_ms, longest_ms = excluded.longest_ms
  where b.calls <> excluded.calls;
end
$$;

comment on function everwatch_private.keep_statement_counts(everwatch_private.statement_counts[])
  is 'Keeps what is counted now, for the next look, and nothing else.';

create function everwatch_private.is_scheduled(query text)
  returns boolean
  language sql stable set search_path = ''
  as $$
  select exists (
    select
    from cron.job as j
    -- pg_stat_statements writes $1 where the command has a constant.
    where j.command ~ (
      '^\s*' || regexp_replace(
        regexp_replace(is_scheduled.query, '([.^$*+?()\[\]{}|\\])', '\\\1', 'g'), '\\\$\d+', '.+', 'g'
      ) || '\s*;?\s*$'
    )
  )
$$;

comment on function everwatch_private.is_scheduled(text)
  is 'Whether a statement, as pg_stat_statements writes it, is the command of a scheduled job.';

revoke execute
  on function
    everwatch_private.find_slow_statements(timestamptz),
    everwatch_private.keep_slow_statements(everwatch_private.slow_statements[]),
    everwatch_private.keep_statement_counts(everwatch_private.statement_counts[]),
    everwatch_private.is_scheduled(text)
  from public;

-- schemas/conditions/statement_counts.sql

-- What pg_stat_statements counts, and what that says of the time since the last look.
create function everwatch_private.statements_beyond(seconds numeric)
  returns setof everwatch_private.statement_counts
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select s.userid, s.queryid, s.toplevel, s.calls, s.total_exec_time, s.max_exec_time
  -- Without the texts, which are a file.
  from extensions.pg_stat_statements(false) as s
  where s.dbid = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
    and s.max_exec_time > 1000 * statements_beyond.seconds;
end
$$;

comment on function everwatch_private.statements_beyond(numeric)
  is 'What pg_stat_statements counts of this database''s statements that ever took longer than so many seconds.';

create function everwatch_private.slow_since_look(
  counted everwatch_private.statement_counts[],
  threshold numeric,
  at timestamptz
)
  returns setof everwatch_private.slow_statements
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select c.query_id::text, r.rolname, round(m.ms::numeric / 1000, 1), slow_since_look.at
  from unnest(counted) as c
  join pg_catalog.pg_roles as r on r.oid = c.user_id
  left join everwatch_private.statement_counts as b using (user_id, query_id, top_level)
  -- One execution took at least this long: a new longest one, or else the mean of the new ones. Counts
  -- that fell were reset.
  cross join lateral (
    select case
      when b.calls is null or c.calls < b.calls or c.longest_ms > b.longest_ms then c.longest_ms
      else (c.total_ms - b.total_ms) / nullif(c.calls - b.calls, 0)
    end
  ) as m (ms)
  where m.ms > 1000 * threshold;
end
$$;

comment on function everwatch_private.slow_since_look(everwatch_private.statement_counts[], numeric, timestamptz)
  is 'Of counted statements those that took longer than so many seconds since the last look, as of what that had counted.';

revoke execute
  on function
    everwatch_private.statements_beyond(numeric),
    everwatch_private.slow_since_look(everwatch_private.statement_counts[], numeric, timestamptz)
  from public;

-- schemas/conditions/traffic_conditions.sql

-- What is wrong with the API's traffic.
create function everwatch_private.api_error_rate_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  return query
  select
    o.id,
    p.type,
    s.severity,
    'org',
    o.id::text,
    o.name,
    case
      when a.id is null then
        format('%s%% of %s API requests failed in the last hour', f.failed_pct, r.total)
      -- No data is not health: what fired goes on, and says why.
      else format('Too few API requests in the last hour (%s) to tell whether they still fail', r.total)
    end,
    case when a.id is null then f.failed_pct else a.value end,
    case
      when a.id is not null then a.threshold
      when s.severity = 'critical' then p.critical
      else coalesce(p.warning, p.critical)
    end
  from everwatch.orgs as o
  join everwatch.v_alert_policies as p on p.org_id = o.id and p.type = 'api_error_rate'
  join everwatch_private.api_failures(api_error_rate_conditions.at, orgs) as r on r.org_id = o.id
  left join everwatch_private.alerts as a
    on a.fingerprint = everwatch_private.fingerprint(o.id, p.type, 'org', o.id::text)
    and a.state = 'firing'
    and r.total < greatest(p.minimum_sample, 1)
    -- Whoever has been silent for a day is not coming back soon.
    and exists (
      select
      from everwatch.api_audit_logs as l
      where l.org_id = o.id
        and l.created_at > api_error_rate_conditions.at - interval '1 day'
        and l.created_at <= api_error_rate_conditions.at
    )
  cross join lateral (select round(100.0 * r.failed / nullif(r.total, 0), 1)) as f (failed_pct)
  -- From the counts, not from the rounded percentage: 50.04% is above 50%.
  cross join lateral (
    select case
      when r.total < greatest(p.minimum_sample, 1) then null
      when 100 * r.failed > p.critical * r.total then 'critical'
      when 100 * r.failed > p.warning * r.total then 'warning'
    end
  ) as s (severity)
  where p.enabled
    and (s.severity is not null
      or a.id is not null
      or (r.total >= greatest(p.minimum_sample, 1) and 100 * r.failed > p.recovery * r.total));
end
$$;

comment on function everwatch_private.api_error_rate_conditions(timestamptz, uuid)
  is 'Orgs whose API requests fail, over the hour before `at`: one org or all.';

create function everwatch_private.api_failures(at timestamptz, orgs uuid[])
  returns table(org_id uuid, total bigint, failed bigint)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select o.id, r.total, r.failed
  from unnest(orgs) as o (id)
  cross join lateral (
    select count(*) as total, count(*) filter (where l.status_code >= 400) as failed
    from everwatch.api_audit_logs as l
    where l.org_id = o.id
      and l.created_at > api_failures.at - interval '1 hour'
      and l.created_at <= api_failures.at
  ) as r;
end
$$;

comment on function everwatch_private.api_failures(timestamptz, uuid[])
  is 'How many API requests some orgs made in the hour before `at`, and how many of them failed.';

create function everwatch_private.rate_limit_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  -- A window that closed in the last minute counts: one that is looked at once a minute would
  -- otherwise be full whenever nobody looks. A key may have windows of several lengths: it is one
  -- condition, with its fullest window.
  return query
  select distinct on (l.org_id, l.key_type, l.identifier)
    l.org_id,
    p.type,
    s.severity,
    'rate_limit',
    l.key_type || ':' || l.identifier,
    l.identifier,
    format('Rate limit of %s %s is %s%% used', l.key_type, l.identifier, u.pct),
    u.pct,
    case s.severity when 'critical' then p.critical else coalesce(p.warning, p.critical) end
  from everwatch.orgs as o
  join everwatch.v_alert_policies as p on p.org_id = o.id and p.type = 'rate_limit'
  join everwatch.api_rate_limits as l on l.org_id = o.id
  cross join lateral (select round(100.0 * l.request_count / l.limit_max, 2)) as u (pct)
  -- From the counts, not from the rounded percentage: 90.004% is above 90%.
  cross join lateral (
    select case
      when 100::bigint * l.request_count > p.critical * l.limit_max then 'critical'
      when 100::bigint * l.request_count > p.warning * l.limit_max then 'warning'
    end
  ) as s (severity)
  where l.window_end > rate_limit_conditions.at - interval '1 minute'
    and l.window_start <= rate_limit_conditions.at
    and p.enabled
    and (s.severity is not null or 100::bigint * l.request_count > p.recovery * l.limit_max)
    and o.id = any (orgs)
  order by l.org_id, l.key_type, l.identifier, u.pct desc;
end
$$;

comment on function everwatch_private.rate_limit_conditions(timestamptz, uuid)
  is 'Rate limits that are nearly used up, in windows that are open or closed within the last minute: of one org or of all.';

revoke execute
  on function
    everwatch_private.api_error_rate_conditions(timestamptz, uuid),
    everwatch_private.api_failures(timestamptz, uuid[]),
    everwatch_private.rate_limit_conditions(timestamptz, uuid)
  from public;

-- schemas/conditions/webhook_conditions.sql

-- What is wrong with webhooks. As with all conditions: live, as no refresh may delay a page; as of any
-- time `at`, so that a test can drive it; of one org or, where org_id is null, of every org that the
-- caller may read. Plans are generic: to plan a look into each partition takes longer than to look.
create function everwatch_private.orgs_asked(org_id uuid)
  returns uuid[]
  language plpgsql stable set search_path = ''
  as $$
begin
  return case
    when orgs_asked.org_id is null then array(select o.id from everwatch.orgs as o)
    else array[orgs_asked.org_id]
  end;
end
$$;

comment on function everwatch_private.orgs_asked(uuid)
  is 'The org, or every one that the caller may read where it is null.';

revoke execute on function everwatch_private.orgs_asked(uuid) from public;

-- Of webhooks that are named: this runs at each failed delivery.
create function everwatch_private.webhook_failures(webhook_ids uuid[])
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select
    w.org_id,
    p.type,
    s.severity,
    'webhook',
    w.id::text,
    w.url,
    format('Webhook has %s consecutive failures', w.consecutive_failures),
    w.consecutive_failures::numeric,
    case s.severity when 'critical' then p.critical else coalesce(p.warning, p.critical) end
  from everwatch.webhooks as w
  join everwatch.v_alert_policies as p on p.org_id = w.org_id and p.type = 'webhook_failure'
  cross join lateral (
    select case
      when w.consecutive_failures >= p.critical then 'critical'
      when w.consecutive_failures >= p.warning then 'warning'
    end
  ) as s (severity)
  where w.id = any (webhook_failures.webhook_ids)
    and w.enabled
    and p.enabled
    and (s.severity is not null or w.consecutive_failures > p.recovery);
end
$$;

comment on function everwatch_private.webhook_failures(uuid[])
  is 'Those of some webhooks that are enabled and whose deliveries keep failing.';

create function everwatch_private.webhook_failure_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  return query
  select f.*
  from everwatch_private.webhook_failures(
    array(
      select w.id
      from everwatch.webhooks as w
      where w.enabled
        and w.consecutive_failures > 0
        and w.created_at <= webhook_failure_conditions.at
        and w.org_id = any (orgs)
    )
  ) as f;
end
$$;

comment on function everwatch_private.webhook_failure_conditions(timestamptz, uuid)
  is 'Enabled webhooks whose deliveries keep failing: of one org or of all. The counter is of now, whatever `at`.';

create function everwatch_private.webhook_inactive_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  return query
  select
    w.org_id,
    p.type,
    case when i.days >= p.critical then 'critical' when i.days >= p.warning then 'warning' end,
    'webhook',
    w.id::text,
    w.url,
    format('Webhook has had no successful delivery for %s days', i.days),
    i.days,
    case when i.days >= p.critical then p.critical else coalesce(p.warning, p.critical) end
  from everwatch.webhooks as w
  join everwatch.v_alert_policies as p on p.org_id = w.org_id and p.type = 'webhook_inactive'
  -- A hundred years at most: longer intervals cannot be subtracted from a time.
  cross join lateral (
    select webhook_inactive_conditions.at
      - interval '1 day' * least(p.warning, p.critical, 36500)::float8
  ) as l (latest)
  cross join lateral (
    -- One that never succeeded is given as many days from its beginning.
    select coalesce(max(d.sent_at), w.created_at)
    from everwatch.webhook_deliveries as d
    where d.org_id = w.org_id
      and d.webhook_id = w.id
      and d.status = 'sent'
      and d.sent_at <= l.latest
  ) as s (since)
  cross join lateral (
    select floor(extract(epoch from webhook_inactive_conditions.at - s.since) / 86400)
  ) as i (days)
  where w.enabled
    and p.enabled
    and w.created_at <= l.latest
    -- Nearly every webhook ends here, at the newest rows of an index. (As a scalar, because an anti join
    -- would not look for `latest` in the index, and read all of a silent webhook's history.)
    and (
      select true
      from everwatch.webhook_deliveries as d
      where d.org_id = w.org_id
        and d.webhook_id = w.id
        and d.status = 'sent'
        and d.sent_at > l.latest
        and d.sent_at <= webhook_inactive_conditions.at
      limit 1
    ) is null
    and i.days >= least(p.warning, p.critical)
    and w.org_id = any (orgs);
end
$$;

comment on function everwatch_private.webhook_inactive_conditions(timestamptz, uuid)
  is 'Enabled webhooks without a success for days: of one org or of all.';

revoke execute
  on function
    everwatch_private.webhook_failures(uuid[]),
    everwatch_private.webhook_failure_conditions(timestamptz, uuid),
    everwatch_private.webhook_inactive_conditions(timestamptz, uuid)
  from public;

-- schemas/insights/tables/insights.sql

-- What foresight says: one row for each statement, from the moment it became true until it no longer
-- is, and then as history. Whoever finds something says what it found in one sentence.
create function everwatch_private.insight_kinds()
  returns text[]
  language sql immutable set search_path = ''
  as $$
  select array['anomaly', 'cost', 'prediction', 'regression']
$$;

comment on function everwatch_private.insight_kinds()
  is 'The kinds of insights: what is unusual, what costs and what would save, what will reach a limit and when, what became worse with a deploy.';

revoke execute on function everwatch_private.insight_kinds() from public;

create table everwatch_private.insights (
  id uuid primary key default gen_random_uuid(),
  org_id uuid references everwatch.orgs (id) on delete cascade,
  fingerprint text not null generated always as (everwatch_private.fingerprint (org_id, kind || '.' || metric, resource_type, resource_id)) stored,
  kind text not null check (kind = any (everwatch_private.insight_kinds ())),
  severity text not null check (severity in ('info', 'warning', 'critical')),
  resource_type text not null,
  resource_id text not null,
  resource_name text not null,
  metric text not null,
  sentence text not null check (sentence <> ''),
  detail jsonb not null check (jsonb_typeof(detail) = 'object'),
  first_stated_at timestamptz not null,
  last_stated_at timestamptz not null,
  ended_at timestamptz,
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  expected_by uuid,
  expected_at timestamptz
);

-- At most one open statement about each metric of a resource.
create unique index insights_open_key
  on everwatch_private.insights (fingerprint)
  where ended_at is null;

-- An org's insights, newest first.
create index insights_by_org_idx on everwatch_private.insights (org_id, first_stated_at desc);

comment on table everwatch_private.insights
  is 'Insights: what foresight states, and stated in the last year. Members read them through v_insights.';
comment on column everwatch_private.insights.org_id is 'Whose it is; null for the operator''s.';
comment on column everwatch_private.insights.fingerprint
  is 'The same for every statement of this kind about this metric of this resource; at most one of them is open.';
comment on column everwatch_private.insights.metric
  is 'What of the resource it is about, for example p95_ms.';
comment on column everwatch_private.insights.sentence
  is 'What is so, in one sentence, as last stated.';
comment on column everwatch_private.insights.detail is 'The numbers behind the sentence, by kind.';
comment on column everwatch_private.insights.first_stated_at is 'Since when it has been stated.';
comment on column everwatch_private.insights.ended_at
  is 'When it was no longer true, or its kind was turned off; null while it is open.';
comment on column everwatch_private.insights.acknowledged_by
  is 'Who has seen it; null for the secret key, and while nobody has.';
comment on column everwatch_private.insights.expected_by
  is 'Who said that this was expected; as acknowledged_by.';
comment on column everwatch_private.insights.expected_at
  is 'When somebody did. Whoever states this kind takes it into account.';

alter table everwatch_private.insights enable row level security;

grant select, update (acknowledged_by, acknowledged_at, expected_by, expected_at)
  on everwatch_private.insights
  to authenticated, service_role;

create policy "members read their orgs' insights"
  on everwatch_private.insights
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "all but viewers answer insights"
  on everwatch_private.insights
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create view everwatch.v_insights
with
  (security_invoker = on) as
select
  id,
  org_id,
  kind,
  severity,
  resource_type,
  resource_id,
  resource_name,
  metric,
  sentence,
  detail,
  first_stated_at,
  last_stated_at,
  ended_at,
  acknowledged_by,
  acknowledged_at,
  expected_by,
  expected_at
from
  everwatch_private.insights;

comment on view everwatch.v_insights
  is 'Insights, open ones and those that ended, of the orgs that the caller may read: see everwatch_private.insights.';

grant select on everwatch.v_insights to authenticated, service_role;

-- schemas/insights/answer_insights.sql

-- What members answer to an insight. Row level security decides who may; these functions say why not.
create function everwatch_private.check_answered(insight_id uuid, was_answered boolean)
  returns void
  language plpgsql stable set search_path = ''
  as $$
begin
  if was_answered then
    return;
  elsif not exists (select from everwatch_private.insights as i where i.id = insight_id) then
    raise exception 'There is no such insight.'
      using errcode = 'PT404', detail = 'insight_not_found', hint = 'insight_id';
  end if;
  raise exception 'Viewers answer nothing: ask a member of the org.'
    using errcode = 'PT403', detail = 'not_allowed', hint = 'insight_id';
end
$$;

comment on function everwatch_private.check_answered(uuid, boolean)
  is 'Says why an insight could not be answered, when it was not: PT404 (also for another org''s) or PT403.';

create function everwatch.acknowledge_insight(insight_id uuid, acknowledged boolean default true)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  update everwatch_private.insights as i
  set acknowledged_by = case when acknowledged then auth.uid() end,
    acknowledged_at = case when acknowledged then now() end
  where i.id = acknowledge_insight.insight_id;
  perform everwatch_private.check_answered(insight_id, found);
end
$$;

comment on function everwatch.acknowledge_insight(uuid, boolean)
  is 'Says that somebody has seen an insight; with false, takes that back. Raises PT403 or PT404.';

create function everwatch.expect_insight(insight_id uuid, expected boolean default true)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  insight everwatch_private.insights;
begin
  update everwatch_private.insights as i
  set expected_by = case when expected then auth.uid() end,
    expected_at = case when expected then now() end
  where i.id = expect_insight.insight_id
  returning * into insight;
  perform everwatch_private.check_answered(insight_id, found);
  -- A detector learns at once, and for good; whoever judges deploys looks here.
  if expected and insight.kind = 'anomaly' then
    perform everwatch_private.expect_anomaly(insight.org_id, insight.resource_id::uuid, insight.metric);
  end if;
end
$$;

comment on function everwatch.expect_insight(uuid, boolean)
  is 'Says that what an insight states was expected, also of one that has ended: whoever states its kind takes that into account. With false, takes it back, but what a detector has learned of it. Raises PT403 or PT404.';

revoke execute
  on function
    everwatch_private.check_answered(uuid, boolean),
    everwatch.acknowledge_insight(uuid, boolean),
    everwatch.expect_insight(uuid, boolean)
  from public;

-- schemas/insights/insight_kinds.sql

-- Any kind of insight can be turned off: by an org for itself, and by the operator for what is of no org.
create table everwatch_private.disabled_insights (
  id uuid primary key default gen_random_uuid(),
  org_id uuid references everwatch.orgs (id) on delete cascade,
  kind text not null check (kind = any (everwatch_private.insight_kinds ())),
  disabled_by uuid default auth.uid (),
  disabled_at timestamptz not null default now(),
  constraint disabled_insights_key unique nulls not distinct (org_id, kind)
);

comment on table everwatch_private.disabled_insights
  is 'The kinds of insights that are turned off.';
comment on column everwatch_private.disabled_insights.org_id is 'Who did; null for the operator.';
comment on column everwatch_private.disabled_insights.disabled_by
  is 'The user; null for the secret key.';

alter table everwatch_private.disabled_insights enable row level security;

grant select, insert (org_id, kind), delete
  on everwatch_private.disabled_insights
  to authenticated, service_role;

create policy "members see what their orgs turned off"
  on everwatch_private.disabled_insights
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "owners and admins turn insights off"
  on everwatch_private.disabled_insights
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create policy "owners and admins turn insights on again"
  on everwatch_private.disabled_insights
  for delete
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create view everwatch.v_insight_kinds
with
  (security_invoker = on) as
select
  o.id as org_id,
  k.kind,
  d.id is null as enabled
from
  everwatch.orgs as o
  cross join unnest(everwatch_private.insight_kinds()) as k (kind)
  left join everwatch_private.disabled_insights as d on d.org_id = o.id
  and d.kind = k.kind;

comment on view everwatch.v_insight_kinds
  is 'The kinds of insights, and whether they are stated for each org that the caller may read.';

grant select on everwatch.v_insight_kinds to authenticated, service_role;

create function everwatch_private.end_disabled_insights()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  update everwatch_private.insights as i
  set ended_at = new.disabled_at
  where i.kind = new.kind
    and (i.org_id = new.org_id or (i.org_id is null and new.org_id is null))
    and i.ended_at is null;
  return null;
end
$$;

comment on function everwatch_private.end_disabled_insights()
  is 'Ends at once what is open of a kind that is turned off.';

create trigger end_disabled_insights
  after insert on everwatch_private.disabled_insights
  for each row
  execute function everwatch_private.end_disabled_insights();

create function everwatch_private.insights_org(org_id uuid)
  returns uuid
  language plpgsql stable set search_path = ''
  as $$
begin
  return case
    when insights_org.org_id is not null or not everwatch_private.reads_every_org()
      then everwatch_private.metrics_org(insights_org.org_id)
  end;
end
$$;

comment on function everwatch_private.insights_org(uuid)
  is 'The org whose insights are meant, as metrics_org() has it; null, for the operator''s own, when whoever reads every org names none.';

create function everwatch_private.check_insight_kind(kind text)
  returns void
  language plpgsql immutable set search_path = ''
  as $$
begin
  if kind is null or kind <> all (everwatch_private.insight_kinds()) then
    raise exception 'kind must be one of %.', array_to_string(everwatch_private.insight_kinds(), ', ')
      using errcode = 'PT400', detail = 'invalid_kind', hint = 'kind';
  end if;
end
$$;

comment on function everwatch_private.check_insight_kind(text)
  is 'Refuses (400, invalid_kind) a kind of insights that there is not.';

create function everwatch.set_insight_kind(kind text, enabled boolean, org_id uuid default null)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  org constant uuid := everwatch_private.insights_org(set_insight_kind.org_id);
begin
  perform everwatch_private.check_insight_kind(set_insight_kind.kind);
  if enabled is null then
    raise exception 'enabled must be true or false.'
      using errcode = 'PT400', detail = 'invalid_enabled', hint = 'enabled';
  elsif org is not null and not everwatch_private.reads_every_org()
    and org not in (select everwatch_private.my_org_ids(array['owner', 'admin'])) then
    raise exception 'Only owners and admins turn insights on and off.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'org_id';
  end if;
  if enabled then
    delete from everwatch_private.disabled_insights as d
    where d.kind = set_insight_kind.kind and (d.org_id = org or (d.org_id is null and org is null));
  else
    insert into everwatch_private.disabled_insights (org_id, kind)
    values (org, set_insight_kind.kind)
    on conflict on constraint disabled_insights_key do nothing;
  end if;
end
$$;

comment on function everwatch.set_insight_kind(text, boolean, uuid)
  is 'Turns a kind of insights off for an org, which ends those that are open, or on again. With the secret key and no org: the operator''s own. Raises PT400, PT401, PT403 or PT404.';

revoke execute
  on function
    everwatch_private.end_disabled_insights(),
    everwatch.set_insight_kind(text, boolean, uuid),
    everwatch_private.insights_org(uuid),
    everwatch_private.check_insight_kind(text)
  from public;

-- schemas/insights/monitoring_insights.sql

-- The read path of GET /functions/v1/monitoring/insights: everything in one round trip.
create function everwatch.monitoring_insights(
  org_id uuid default null,
  kind text default null,
  state text default 'open',
  page_limit integer default 100,
  after text default null
)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
declare
  org constant uuid := everwatch_private.insights_org(monitoring_insights.org_id);
begin
  if kind is not null then
    perform everwatch_private.check_insight_kind(monitoring_insights.kind);
  end if;
  if state is null or state not in ('open', 'all') then
    raise exception 'state must be one of open, all.'
      using errcode = 'PT400', detail = 'invalid_state', hint = 'state';
  elsif page_limit is null or page_limit not between 1 and 500 then
    raise exception 'page_limit must be from 1 to 500.'
      using errcode = 'PT400', detail = 'invalid_limit', hint = 'page_limit';
  end if;

  return (
    with insights as (
      -- Newest first: as text, times of one form sort as they passed.
      select
        array[to_char(i.first_stated_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), i.id::text] as key, i
      from everwatch.v_insights as i
      where (i.org_id = org or (i.org_id is null and org is null))
        and i.kind = coalesce(monitoring_insights.kind, i.kind)
        and (state = 'all' or i.ended_at is null)
    ),
    found as (
      select x.*
      from insights as x
      where after is null or x.key < everwatch_private.decode_cursor(after, 'insights')
      order by x.key desc
      limit page_limit + 1
    )
    select jsonb_build_object('org_id', org, 'timestamp', now()) || everwatch_private.page(
      'insights',
      (
        select jsonb_agg(
          jsonb_build_object('key', f.key, 'item', to_jsonb(f.i) - 'org_id') order by f.key desc
        )
        from found as f
      ),
      page_limit
    )
  );
end
$$;

comment on function everwatch.monitoring_insights(uuid, text, text, integer, text)
  is 'An org''s insights, newest first: those that are open or all of the last year, of one kind or of all. With the secret key and no org: the operator''s own. A page holds page_limit of them (1 to 500); `next` is the cursor of the one after it. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke execute
  on function everwatch.monitoring_insights(uuid, text, text, integer, text)
  from public;

-- schemas/insights/report_insights.sql

-- How insights come and go: whoever finds them says, each time, all that is true of its kind.
create type everwatch_private.finding as (
  org_id uuid,
  severity text,
  resource_type text,
  resource_id text,
  resource_name text,
  metric text,
  sentence text,
  detail jsonb
);

comment on type everwatch_private.finding
  is 'What becomes an insight: see the columns of everwatch_private.insights.';

create function everwatch_private.report_insights(
  kind text,
  statements everwatch_private.finding[],
  at timestamptz default now()
)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform everwatch_private.check_insight_kind(report_insights.kind);

  -- In one order for all, so that two who state the same wait for each other and never in a circle. An
  -- older statement that comes late changes nothing.
  insert into everwatch_private.insights as i (
    org_id, kind, severity, resource_type, resource_id, resource_name, metric, sentence, detail,
    first_stated_at, last_stated_at
  )
  select distinct on (f.fingerprint)
    s.org_id, report_insights.kind, s.severity, s.resource_type, s.resource_id, s.resource_name, s.metric,
    s.sentence, coalesce(s.detail, '{}'), report_insights.at, report_insights.at
  from unnest(statements) as s
  cross join lateral everwatch_private.fingerprint(
    s.org_id, report_insights.kind || '.' || s.metric, s.resource_type, s.resource_id
  ) as f (fingerprint)
  where not exists (
      select
      from everwatch_private.disabled_insights as d
      where d.kind = report_insights.kind
        and (d.org_id = s.org_id or (d.org_id is null and s.org_id is null))
    )
    -- One of an org that was deleted meanwhile is nobody's.
    and (s.org_id is null or exists (select from everwatch.orgs as o where o.id = s.org_id))
  order by f.fingerprint
  on conflict (fingerprint) where ended_at is null do update
  set severity = excluded.severity,
    resource_name = excluded.resource_name,
    sentence = excluded.sentence,
    detail = excluded.detail,
    last_stated_at = excluded.last_stated_at
  where i.last_stated_at <= excluded.last_stated_at;

  update everwatch_private.insights as i
  set ended_at = report_insights.at
  where i.kind = report_insights.kind
    and i.ended_at is null
    and i.last_stated_at < report_insights.at;
end
$$;

comment on function everwatch_private.report_insights(text, everwatch_private.finding[], timestamptz)
  is 'States all that is true of a kind as of `at`, of every org: what is new opens, what is open already is stated anew and keeps its answers, and what is not among them ends. Of two statements about the same, one is taken. The same call again changes nothing.';

revoke execute
  on function everwatch_private.report_insights(text, everwatch_private.finding[], timestamptz)
  from public;

-- schemas/anomalies/types/detector.sql

-- What the detector keeps of a series between two points. docs/foresight.md says which method, and why.
create type everwatch_private.series_tail as (
  share double precision,
  excess double precision,
  excesses double precision,
  last double precision
);

comment on type everwatch_private.series_tail
  is 'What is known of large deviations: the share of points beyond a threshold, the mean excess, how many there were, and the last deviation.';

create type everwatch_private.judged_tail as (tail everwatch_private.series_tail, surprise double precision);

comment on type everwatch_private.judged_tail
  is 'How unlikely a deviation is, as a negative power of ten, and the tail with it.';

create type everwatch_private.series_moments as (
  size double precision,
  square double precision,
  deviation double precision,
  product double precision
);

comment on type everwatch_private.series_moments
  is 'Means over the points so far: of the size of the prediction, its square, the deviation, and the product of size and deviation.';

create type everwatch_private.detector as (
  points double precision,
  at double precision,
  step double precision,
  coarse_share double precision,
  hours double precision,
  lowest double precision,
  levels double precision[],
  deviations double precision[],
  predicted double precision[],
  tail everwatch_private.series_tail,
  late_tail everwatch_private.series_tail,
  late double precision,
  usual_late double precision,
  moments everwatch_private.series_moments,
  missing double precision,
  usual_missing double precision,
  gaps double precision,
  said_at double precision,
  said double precision,
  run double precision,
  run_residual double precision,
  run_weight double precision,
  weights double precision[],
  factors double precision[]
);

comment on type everwatch_private.detector
  is 'The state of a detector after some points. Times are seconds since 1970, values signed square roots. points: how many it saw; at, step: the last time, and the mean step; coarse_share: of steps that are long; hours: how many it saw; lowest: the least value, as it came; levels, deviations: of the three models (none, the hour of the day, the hour of the week); predicted: how often each model could predict; tail, late_tail: of single points and of runs; late, usual_late: the mean of the last deviations, and how large it usually is; missing, usual_missing, gaps: what zeros amount to now and usually, and how often there were some; said_at, said: when something was said last, and how much; run, run_residual, run_weight: points on one side of the level; weights, factors: of the 24 hours of a day and then the 168 of a week, how often each was seen and its factor.';

create function everwatch_private.new_detector()
  returns everwatch_private.detector
  language plpgsql immutable set search_path = ''
  as $$
declare
  d everwatch_private.detector;
begin
  d.points := 0; d.step := 0; d.coarse_share := 0; d.hours := 0; d.lowest := 0; d.at := 0;
  d.levels := '{0,0,0}'; d.deviations := '{0,0,0}'; d.predicted := '{0,0,0}';
  d.tail := row(0.05, 0.7, 0, 0)::everwatch_private.series_tail;
  d.late_tail := d.tail;
  d.late := 0; d.usual_late := 0.5;
  d.moments := row(0, 0, 0, 0)::everwatch_private.series_moments;
  d.missing := 0; d.usual_missing := 1; d.gaps := 1;
  d.said_at := '-1e18'; d.said := 0;
  d.run := 0; d.run_residual := 0; d.run_weight := 0;
  d.weights := array_fill(0::double precision, array[192]);
  d.factors := array_fill(1::double precision, array[192]);
  return d;
end
$$;

comment on function everwatch_private.new_detector() is 'A detector that has seen nothing.';

revoke execute on function everwatch_private.new_detector() from public;

-- schemas/anomalies/types/detector_rules.sql

-- The numbers by which the detector goes; what they were chosen by is in docs/foresight.md.
create type everwatch_private.detector_rules as (
  learning double precision,
  memory double precision,
  coarse_step double precision,
  weekly_from double precision,
  runs_from double precision,
  clip double precision,
  largest_factor double precision,
  half double precision,
  tiny double precision
);

comment on type everwatch_private.detector_rules
  is 'learning: points that are learned from before one is scored. memory: points that the noise remembers. coarse_step: seconds between points from which on a series is coarse: it has few points a day, and its weeks are learned; what fine series have in points, a run of them says too. weekly_from, runs_from: hours after which weeks are learned, and runs are judged. clip: a residual counts as so many deviations at most, so that no outlier moves the model far. largest_factor: that of the only hour of a week in which anything is; a level near zero would make it more, and the level that comes next anything. half: the surprise that scores a half, once in 10^3.2 points. tiny: what decays is exactly zero below it, since Postgres raises an error where a product underflows.';

create function everwatch_private.detector_rules()
  returns everwatch_private.detector_rules
  language sql immutable set search_path = ''
  as $$
  select row(40, 576, 1200, 336, 504, 4, 168, 3.2, 1e-30)::everwatch_private.detector_rules
$$;

comment on function everwatch_private.detector_rules() is 'The numbers by which the detector goes.';

revoke execute on function everwatch_private.detector_rules() from public;

create type everwatch_private.detector_point as (
  at double precision,
  value double precision,
  root double precision,
  portion double precision,
  rate double precision,
  known boolean,
  coarse boolean,
  weekly boolean,
  model integer,
  weights double precision[],
  factors double precision[],
  predicted double precision,
  residual double precision,
  scale double precision,
  surprise double precision,
  reach double precision
);

comment on type everwatch_private.detector_point
  is 'What is known of a point while it is scored. root: the signed square root of the value, which makes the noise of counts about equal at every level (Anscombe 1948). portion: of an hour. rate: how much the noise learns from it. known: whether enough is known to score it. model: that predicts best (1 none, 2 the hour of the day, 3 the hour of the week); weights, factors: of each model at this hour. scale: the deviation to expect. surprise: how unlikely it is, as a negative power of ten. reach: how far from the prediction is usual.';

-- schemas/anomalies/types/series_score.sql

-- What is said of one point of a series.
create type everwatch_private.series_score as (
  at timestamptz,
  value double precision,
  expected double precision,
  lower double precision,
  upper double precision,
  score double precision,
  unusual boolean,
  status text
);

comment on type everwatch_private.series_score
  is 'One point of a series, and what the points before it let one expect: score is 0 (usual) to 1; unusual is true from the hour in which that is said, for as long as it goes on; status is scored, or not enough history, and then all but at and value are null.';

-- schemas/anomalies/tables/detector_step.sql

-- What a step of the detector hands to the next.
create type everwatch_private.detector_step as (
  d everwatch_private.detector,
  p everwatch_private.detector_point,
  score everwatch_private.series_score,
  moved boolean
);

comment on type everwatch_private.detector_step
  is 'The detector after a step, the point that it is about, what is said of it, and whether the level moved; each step sets what it knows.';

create type everwatch_private.scored_points as (detector everwatch_private.detector, scores everwatch_private.series_score[]);

comment on type everwatch_private.scored_points
  is 'The scores of some points of a series, and its detector after them.';

-- schemas/anomalies/tables/watched_series.sql

-- The series that matter, each with the state of its detector: of an org its deliveries, how many of
-- them failed, their p95, its API's requests and errors; and of busy webhooks and rules.
create table everwatch_private.watched_series (
  id bigint generated always as identity primary key,
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  source everwatch_private.source not null references everwatch_private.raw_tables (source),
  resource_id uuid not null,
  metric text not null references everwatch_private.series (name),
  started_at timestamptz not null,
  scored_until timestamptz not null,
  detector everwatch_private.detector,
  said everwatch_private.series_score,
  unusual boolean not null default false,
  missing double precision not null default 0,
  expected_until timestamptz,
  constraint watched_series_key unique (org_id, resource_id, metric)
);

-- It is rewritten as a whole with each point, and read only then: neither compressed nor kept apart.
alter table everwatch_private.watched_series alter column detector set storage plain;

comment on table everwatch_private.watched_series
  is 'Hourly series that are scored, and where each detector stands.';
comment on column everwatch_private.watched_series.resource_id
  is 'The webhook or the rule; the org itself for all of its own.';
comment on column everwatch_private.watched_series.metric
  is 'One of those that have words for an anomaly.';
comment on column everwatch_private.watched_series.started_at
  is 'The first hour that it was scored of.';
comment on column everwatch_private.watched_series.scored_until
  is 'Hours before this one have been scored, and are not read again.';
comment on column everwatch_private.watched_series.detector
  is 'What score_points keeps; null before the first point.';
comment on column everwatch_private.watched_series.said
  is 'The last point that was scored a half or more; null when there was none.';
comment on column everwatch_private.watched_series.unusual
  is 'Whether the last hour was unusual, said again or not.';
comment on column everwatch_private.watched_series.expected_until
  is 'The last hour of which somebody said that it was expected.';
comment on column everwatch_private.watched_series.missing
  is 'How many were expected since the last one; for counts.';

create table everwatch_private.series_scores (
  org_id uuid not null,
  series_id bigint not null references everwatch_private.watched_series (id) on delete cascade,
  at timestamptz not null,
  value double precision not null,
  expected double precision not null,
  lower double precision not null,
  upper double precision not null,
  score double precision not null,
  unusual boolean not null,
  primary key (series_id, at)
);

comment on table everwatch_private.series_scores is 'Hours of watched series, as they were scored.';
comment on column everwatch_private.series_scores.at is 'The start of the hour.';

alter table everwatch_private.watched_series enable row level security;
alter table everwatch_private.series_scores enable row level security;

grant select
  on everwatch_private.watched_series, everwatch_private.series_scores
  to authenticated, service_role;

create policy "members read their orgs' series"
  on everwatch_private.watched_series
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "members read the scores of their orgs' series"
  on everwatch_private.series_scores
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

-- schemas/anomalies/anomaly_conditions.sql

-- When what is unusual is an alert.

create function everwatch_private.series_name(series everwatch_private.watched_series)
  returns text
  language sql stable set search_path = ''
  as $$
  select coalesce(
    (select w.url from everwatch.webhooks as w where series.source = 'delivery' and w.id = series.resource_id),
    (
      select r.name
      from everwatch.automation_rules as r
      where series.source = 'execution' and r.id = series.resource_id
    ),
    (select o.name from everwatch.orgs as o where o.id = series.org_id)
  )
$$;

comment on function everwatch_private.series_name(everwatch_private.watched_series)
  is 'Of what a watched series is: a webhook''s address, a rule''s name, or the org''s.';

create function everwatch_private.unusual_series(at timestamptz, orgs uuid[])
  returns setof everwatch_private.watched_series
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select w.*
  from everwatch_private.watched_series as w
  where w.org_id = any (orgs)
    and w.unusual
    and (w.said).at is not null
    -- Who knows no two weeks knows no week-end.
    and w.started_at <= unusual_series.at - interval '14 days';
end
$$;

comment on function everwatch_private.unusual_series(timestamptz, uuid[])
  is 'Watched series of some orgs whose last hour was unusual, once they have two weeks of history.';

create function everwatch_private.anomaly_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  return query
  select
    w.org_id,
    p.type,
    s.severity,
    'series',
    w.resource_id::text || '/' || w.metric,
    everwatch_private.series_name(w),
    everwatch_private.describe_anomaly(w.metric, w.said, w.missing),
    round((w.said).score::numeric, 2),
    case when s.severity = 'critical' then p.critical else coalesce(p.warning, p.critical) end
  from everwatch_private.unusual_series(anomaly_conditions.at, orgs) as w
  join everwatch.v_alert_policies as p on p.org_id = w.org_id and p.type = 'anomaly'
  cross join lateral (
    select case
      when (w.said).score >= p.critical then 'critical'
      when (w.said).score >= p.warning then 'warning'
    end
  ) as s (severity)
  where p.enabled and s.severity is not null;
end
$$;

comment on function everwatch_private.anomaly_conditions(timestamptz, uuid)
  is 'Watched series whose last hour was unusual, once they have two weeks of history: of one org or of all.';

create function everwatch_private.anomaly_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  select 'series', w.resource_id::text || '/' || w.metric, everwatch_private.series_name(w), k.at,
    k.severity, k.severity is null
  from everwatch_private.watched_series as w
  cross join lateral (
    -- An hour is judged once it is over.
    select s.at + interval '1 hour' as at,
      case
        when not s.unusual or s.at < w.started_at + interval '14 days' then null
        when said.score >= policy.critical then 'critical'
        when said.score >= policy.warning then 'warning'
      end as severity
    from everwatch_private.series_scores as s
    left join lateral (
      select x.score
      from everwatch_private.series_scores as x
      where x.series_id = s.series_id and x.at <= s.at and x.score >= 0.5
      order by x.at desc
      limit 1
    ) as said on s.unusual
    where s.series_id = w.id
      and s.at >= anomaly_history.since - interval '1 day'
      and s.at + interval '1 hour' < anomaly_history.until
  ) as k
  where w.org_id = policy.org_id
$$;

comment on function everwatch_private.anomaly_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'What of an org''s watched series was unusual, hour by hour, as it was scored; from a day before `since` on.';

revoke execute
  on function
    everwatch_private.series_name(everwatch_private.watched_series),
    everwatch_private.unusual_series(timestamptz, uuid[]),
    everwatch_private.anomaly_conditions(timestamptz, uuid),
    everwatch_private.anomaly_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  from public;

-- schemas/anomalies/describe_anomaly.sql

-- What is unusual, in one sentence: what it is, and what it usually is.
create function everwatch_private.describe_amount(unit text, amount double precision)
  returns text
  language sql immutable set search_path = ''
  as $$
  select case
    when unit = 'percent' then round(amount::numeric, 1)::text
    else ltrim(to_char(round(amount::numeric), '999,999,999,999,999,999'))
  end
$$;

comment on function everwatch_private.describe_amount(text, double precision)
  is 'A value of a watched series for people, without its unit.';

create function everwatch_private.describe_anomaly(
  metric text,
  said everwatch_private.series_score,
  missing double precision
)
  returns text
  language plpgsql stable set search_path = ''
  as $$
declare
  series everwatch_private.series;
  lower text;
  upper text;
  expected text;
  what text;
  unit text;
begin
  select * into series from everwatch_private.series as s where s.name = metric;
  lower := everwatch_private.describe_amount(series.unit, said.lower);
  upper := everwatch_private.describe_amount(series.unit, said.upper);
  expected := everwatch_private.describe_amount(series.unit, said.expected);
  what := series.anomaly;
  unit := case series.unit when 'milliseconds' then ' ms' when 'percent' then '%' else '' end;
  -- A count of none may lie in the band, and what is unusual is how long that has been so.
  if said.value = 0 and missing >= 1 and series.unit = 'count' then
    return format(
      'No %s; about %s were expected since the last',
      replace(replace(what, '%s ', ''), ' in an hour', ''),
      everwatch_private.describe_amount(series.unit, missing)
    );
  end if;
  what := format(what, everwatch_private.describe_amount(series.unit, said.value));
  if said.value between said.lower and said.upper then
    return format(
      '%s, and has been %s than usual for some hours; at this hour it is usually about %s%s',
      what, case when said.value < said.expected then 'lower' else 'higher' end, expected, unit
    );
  end if;
  return format('%s; at this hour it is usually %s to %s%s', what, lower, upper, unit);
end
$$;

comment on function everwatch_private.describe_anomaly(text, everwatch_private.series_score, double precision)
  is 'What is unusual about a point of a watched series, for example: p95 is 840 ms; at this hour it is usually 120 to 210 ms. missing: how many were expected since the last one.';

revoke execute
  on function
    everwatch_private.describe_amount(text, double precision),
    everwatch_private.describe_anomaly(text, everwatch_private.series_score, double precision)
  from public;

-- schemas/anomalies/expect_anomaly.sql

-- 'This was expected': the model takes in at once what it would have come to believe in time. How
-- unusual such an hour was stays as it is: the tail learns from hours alone.
create function everwatch_private.expect_points(
  d everwatch_private.detector,
  hours timestamptz[],
  points double precision[],
  goes_on boolean
)
  returns everwatch_private.detector
  language plpgsql immutable set search_path = ''
  as $$
declare
  slots integer[];
  factor double precision;
  root double precision;
  change double precision;
  weight double precision;
begin
  for k in 1 .. 3 loop
    change := 0;
    weight := 0;
    for i in 1 .. cardinality(points) loop
      slots := everwatch_private.season_slots(extract(epoch from hours[i]));
      factor := case when k = 1 then 1 else d.factors[slots[k]] end;
      root := sign(points[i]) * sqrt(abs(points[i]));
      change := change + (root - d.levels[k] * factor) * factor;
      weight := weight + factor * factor;
      -- What is over may come again at this hour of the week: halfway there.
      if not goes_on and k = 3 and abs(d.levels[3]) > 1e-9 then
        d.factors[slots[k]] := factor + (root / d.levels[3] - factor) / 2;
      end if;
    end loop;
    if goes_on and weight > 1e-9 then
      d.levels[k] := d.levels[k] + change / weight;
    end if;
  end loop;
  -- No run, and no late deviations, from a level that is no more.
  d.late := 0;
  d.run := 0; d.run_residual := 0; d.run_weight := 0;
  return d;
end
$$;

comment on function everwatch_private.expect_points(everwatch_private.detector, timestamptz[], double precision[], boolean)
  is 'A detector after somebody said that these points were expected: where that goes on they are the new level, and where it is over the season is halfway to them.';

create function everwatch_private.expect_anomaly(org_id uuid, resource_id uuid, metric text)
  returns boolean
  language plpgsql security definer set search_path = ''
  as $$
declare
  series everwatch_private.watched_series;
  hours timestamptz[];
  points double precision[];
begin
  if not (
    everwatch_private.reads_every_org()
    or expect_anomaly.org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member'])))
  ) then
    return false;
  end if;
  select w.* into series
  from everwatch_private.watched_series as w
  where w.org_id = expect_anomaly.org_id
    and w.resource_id = expect_anomaly.resource_id
    and w.metric = expect_anomaly.metric
  for update;
  select array_agg(s.at order by s.at), array_agg(s.value order by s.at)
  into hours, points
  from everwatch_private.series_scores as s
  where s.series_id = series.id
    and s.unusual
    and s.at >= (series.said).at
    and s.at > coalesce(series.expected_until, '-infinity');
  if hours is null then
    return false;
  end if;
  update everwatch_private.watched_series as w
  set detector = everwatch_private.expect_points(w.detector, hours, points, w.unusual),
    unusual = false,
    expected_until = hours[cardinality(hours)]
  where w.id = series.id;
  return true;
end
$$;

comment on function everwatch_private.expect_anomaly(uuid, uuid, text)
  is 'Says that what was last unusual of a watched series (a webhook''s, a rule''s, or the org''s own, of which resource_id then is the org) was expected: its alert ends with the next evaluation, and the model has taken it in. For owners, admins and members of the org. False, and nothing changes, where there is nothing of the kind, or it has been said already.';

revoke execute
  on function
    everwatch_private.expect_points(everwatch_private.detector, timestamptz[], double precision[], boolean),
    everwatch_private.expect_anomaly(uuid, uuid, text)
  from public;

-- schemas/anomalies/expected_series.sql

-- What was to be expected of a metric over time: the band in charts.
create function everwatch_private.expected_series(
  org_id uuid,
  metric text,
  resource text,
  range_start timestamptz,
  range_end timestamptz,
  step integer
)
  returns jsonb
  language sql stable set search_path = ''
  as $$
  -- Of rates that succeeded it is what remains of those that failed.
  with asked as (
    select w.name as metric,
      s.measure = 'succeeded_pct' as remains,
      case when s.unit = 'percent' then 100 else 'Infinity'::float8 end as most
    from everwatch_private.series as s
    join everwatch_private.series as w
      on w.subject = s.subject
      and w.measure = case s.measure when 'succeeded_pct' then 'failed_pct' else s.measure end
    where s.name = expected_series.metric
  )
  select jsonb_agg(
    jsonb_build_object('at', s.at, 'expected', b.expected, 'lower', b.lower, 'upper', b.upper)
    order by s.at
  )
  from asked as a
  join everwatch_private.watched_series as w
    on w.org_id = expected_series.org_id
    and w.metric = a.metric
    and w.resource_id::text = coalesce(expected_series.resource, expected_series.org_id::text)
  join everwatch_private.series_scores as s
    on s.series_id = w.id
    and s.at >= expected_series.range_start
    and s.at < expected_series.range_end
  cross join lateral (
    select round(v.expected::numeric, 2) as expected, round(v.lower::numeric, 2) as lower,
      round(v.upper::numeric, 2) as upper
    from (
      select s.expected, s.lower, least(s.upper, a.most) where not a.remains
      union all
      select 100 - s.expected, 100 - least(s.upper, a.most), 100 - s.lower where a.remains
    ) as v (expected, lower, upper)
  ) as b
  where expected_series.step = 3600
$$;

comment on function everwatch_private.expected_series(uuid, text, text, timestamptz, timestamptz, integer)
  is 'What was expected of an org''s metric, or of one webhook''s or rule''s, in each hour that was scored, and between what it usually is: of hourly buckets, where it is watched; null otherwise.';

revoke execute
  on function everwatch_private.expected_series(uuid, text, text, timestamptz, timestamptz, integer)
  from public;

-- schemas/anomalies/judge_point.sql

-- How unusual a point is: by itself, as one of several in a row, or as a silence.
create function everwatch_private.judge_point(
  d everwatch_private.detector,
  p everwatch_private.detector_point,
  rules everwatch_private.detector_rules
)
  returns everwatch_private.detector_step
  language plpgsql immutable set search_path = ''
  as $$
declare
  z constant double precision := p.residual / p.scale;
  threshold constant double precision := case when p.weekly then 3 else 2.5 end;
  judged everwatch_private.judged_tail;
  step everwatch_private.detector_step;
  silence double precision;
begin
  p.surprise := 0;
  step.d := d;
  step.p := p;
  if not p.known then
    return step;
  end if;
  p.reach := p.scale * (
    threshold
    + (d.tail).excess * greatest(ln((d.tail).share) + rules.half * ln(10::double precision), 0)
  );
  -- One point that is far off,
  judged := everwatch_private.series_surprise(d.tail, z, threshold, p.rate, 5, false);
  d.tail := judged.tail;
  p.surprise := judged.surprise;
  -- some in a row that are rather far off,
  if p.weekly and d.hours >= rules.runs_from then
    d.late := (d.late + (greatest(least(z, 7), -7) - d.late) / 2.2 + rules.tiny) - rules.tiny;
    judged := everwatch_private.series_surprise(
      d.late_tail, d.late / greatest(d.usual_late, 0.1), 2.75, p.rate, 3, true
    );
    d.late_tail := judged.tail;
    p.surprise := greatest(p.surprise, judged.surprise);
    d.usual_late := (
      d.usual_late + p.rate * (least(abs(d.late), 3 * d.usual_late) - d.usual_late) + rules.tiny
    ) - rules.tiny;
  end if;
  -- or zeros where counts were expected: what is expected of the time between two counts is 1 in any
  -- Poisson process, and exponential.
  if p.value = 0 then
    d.missing := d.missing + greatest(p.predicted, 0) ^ 2;
    silence := d.missing / d.usual_missing / ln(10::double precision);
    if silence > 1.3 then p.surprise := greatest(p.surprise, silence); end if;
  elsif d.missing > 0 then
    d.gaps := d.gaps + 1;
    d.usual_missing := greatest(
      d.usual_missing
        + greatest(1 / d.gaps, 1.0 / 30) * (least(d.missing, 5 * d.usual_missing) - d.usual_missing),
      1
    );
    d.missing := 0;
  end if;
  step.d := d;
  step.p := p;
  return step;
end
$$;

comment on function everwatch_private.judge_point(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules)
  is 'Says how unlikely a point is, and how far from the prediction is usual; learns how large deviations are.';

create function everwatch_private.say_point(
  d everwatch_private.detector,
  at timestamptz,
  p everwatch_private.detector_point,
  rules everwatch_private.detector_rules
)
  returns everwatch_private.detector_step
  language plpgsql immutable set search_path = ''
  as $$
declare
  step everwatch_private.detector_step;
  said double precision := p.surprise;
  bottom double precision;
begin
  -- What has been said is said again after a quiet day, or when it is much more.
  if p.surprise > (case when p.weekly then rules.half else 0 end)
    and (p.at - d.said_at > 86400 or p.surprise > d.said * (case when p.weekly then 3 else 1.4 end)) then
    d.said_at := p.at;
    d.said := p.surprise;
  elsif p.at - d.said_at <= 86400 then
    said := 0;
    if p.weekly and p.surprise >= 2 then d.said_at := p.at; end if;
  end if;
  step.d := d;
  step.p := p;
  if not p.known then
    step.score := row(at, p.value, null, null, null, null, null, 'not enough history')::everwatch_private.series_score;
    return step;
  end if;
  bottom := case when d.lowest >= 0 then 0 else '-Infinity'::double precision end;
  step.score := row(
    at, p.value,
    greatest(sign(p.predicted) * p.predicted * p.predicted, bottom),
    greatest(sign(p.predicted - p.reach) * (p.predicted - p.reach) ^ 2, bottom),
    greatest(sign(p.predicted + p.reach) * (p.predicted + p.reach) ^ 2, bottom),
    -- However large, it stays below 1: from 1e16 on the quotient would be rounded to that.
    least(said, 1e12) / (least(said, 1e12) + rules.half),
    d.said_at = p.at and (p.weekly or said >= rules.half), 'scored'
  )::everwatch_private.series_score;
  return step;
end
$$;

comment on function everwatch_private.say_point(everwatch_private.detector, timestamptz, everwatch_private.detector_point, everwatch_private.detector_rules)
  is 'What is said of a point, its score among it; what was said within the day is not said again.';

revoke execute
  on function
    everwatch_private.judge_point(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules),
    everwatch_private.say_point(everwatch_private.detector, timestamptz, everwatch_private.detector_point, everwatch_private.detector_rules)
  from public;

-- schemas/anomalies/learn_point.sql

-- What a point teaches: a new level after a run on one side, or else a little of everything.
create function everwatch_private.learn_level(
  d everwatch_private.detector,
  p everwatch_private.detector_point,
  rules everwatch_private.detector_rules
)
  returns everwatch_private.detector_step
  language plpgsql immutable set search_path = ''
  as $$
declare
  z constant double precision := p.residual / p.scale;
  factor constant double precision := p.factors[p.model];
  size constant double precision := abs(p.predicted);
  m everwatch_private.series_moments := d.moments;
  step everwatch_private.detector_step;
  deviation double precision;
begin
  step.p := p;
  -- A level is new after a run on one side: an hour of 5 minutes each, a day where hours are coarse.
  if not p.known or abs(z) <= 1.5 or d.run * z < 0 then
    d.run := 0; d.run_residual := 0; d.run_weight := 0;
  end if;
  if p.known and abs(z) > 1.5 then
    d.run := d.run + sign(z);
    d.run_residual := d.run_residual + p.residual * factor;
    d.run_weight := d.run_weight + factor * factor;
  end if;
  step.moved := abs(d.run) >= (case when p.weekly then 24 / p.portion else 12 end);
  if step.moved then
    for k in 1 .. case when p.weekly or not p.coarse then 3 else 2 end loop
      d.levels[k] := d.levels[k] + d.run_residual / greatest(d.run_weight, 1e-9);
    end loop;
    d.run := 0; d.run_residual := 0; d.run_weight := 0; d.late := 0;
    step.d := d;
    return step;
  end if;

  deviation := case when p.known then least(abs(p.residual), rules.clip * p.scale) else abs(p.residual) end;
  m.size := (m.size + p.rate * (size - m.size) + rules.tiny) - rules.tiny;
  m.square := (m.square + p.rate * (p.predicted * p.predicted - m.square) + rules.tiny) - rules.tiny;
  m.deviation := (m.deviation + p.rate * (deviation - m.deviation) + rules.tiny) - rules.tiny;
  m.product := (m.product + p.rate * (deviation * size - m.product) + rules.tiny) - rules.tiny;
  d.moments := m;
  step.d := d;
  return step;
end
$$;

comment on function everwatch_private.learn_level(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules)
  is 'Moves the level after a run on one side of it, and says that it did; else learns how large deviations are at which level.';

create function everwatch_private.learn_models(
  d everwatch_private.detector,
  p everwatch_private.detector_point,
  rules everwatch_private.detector_rules
)
  returns everwatch_private.detector_step
  language plpgsql immutable set search_path = ''
  as $$
declare
  step everwatch_private.detector_step;
  memories constant double precision[] := case when p.coarse then array[80, 50, 200] else array[80, 80, 80] end;
  factor double precision;
  clipped double precision;
  weight double precision;
  bound double precision;
begin
  for k in 1 .. 3 loop
    factor := p.factors[k];
    clipped := p.root - d.levels[k] * factor;
    if p.known and (k = 1 or not p.coarse or d.predicted[k] > 0) then
      bound := rules.clip * greatest(d.deviations[k], 1e-9);
      clipped := greatest(-bound, least(bound, clipped));
    end if;
    -- Where weeks are learned, what a season predicts counts once its hours have been seen.
    if k = 1 or not p.coarse then
      weight := d.points;
    elsif p.weights[k] >= k - 1 then
      weight := d.predicted[k] + 1;
      if weight = 1 then d.deviations[k] := d.deviations[k - 1]; weight := 13; end if;
    else
      weight := null;
    end if;
    if weight is not null then
      if k > 1 then d.predicted[k] := weight; end if;
      d.deviations[k] := (
        d.deviations[k]
        + greatest(1 / rules.memory, 1 / weight) * (abs(clipped) - d.deviations[k])
        + rules.tiny
      ) - rules.tiny;
    end if;
    if k > 1 then
      weight := p.weights[k] + p.portion;
      p.weights[k] := weight;
      p.factors[k] := greatest(-rules.largest_factor, least(rules.largest_factor, factor
        + greatest(1 / (1 + weight), case k when 2 then 0.05 else 0.15 end) * p.portion * clipped
        * d.levels[k] / (d.levels[k] * d.levels[k] + d.deviations[k] * d.deviations[k] + 1e-12)));
    end if;
    d.levels[k] := (
      d.levels[k]
      + greatest(1 / memories[k], 1 / d.points) * clipped * least(factor, 2)
      + rules.tiny
    ) - rules.tiny;
  end loop;
  step.d := d;
  step.p := p;
  return step;
end
$$;

comment on function everwatch_private.learn_models(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules)
  is 'Moves the level, the deviation and the factor of each model a little towards a point.';

revoke execute
  on function
    everwatch_private.learn_level(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules),
    everwatch_private.learn_models(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules)
  from public;

-- schemas/anomalies/observe_point.sql

-- A point comes in: what it says of the series' times, and what the points before it let one expect.
create function everwatch_private.observe_point(
  d everwatch_private.detector,
  at timestamptz,
  value double precision,
  rules everwatch_private.detector_rules
)
  returns everwatch_private.detector_step
  language plpgsql immutable set search_path = ''
  as $$
declare
  p everwatch_private.detector_point;
  observed everwatch_private.detector_step;
  step double precision;
begin
  p.at := extract(epoch from at);
  p.value := value;
  p.root := (sign(value) * sqrt(abs(value)) + rules.tiny) - rules.tiny;
  if d.points = 0 then
    d.levels := array[p.root, p.root, p.root];
    d.coarse_share := 1;
    d.lowest := value;
  else
    step := p.at - d.at;
    d.coarse_share := (
      d.coarse_share
      + greatest(1 / d.points, 0.02) * ((step >= rules.coarse_step)::integer - d.coarse_share)
      + rules.tiny
    ) - rules.tiny;
    d.step := case
      when d.points < 9 then (d.step * d.points + step) / (d.points + 1)
      else d.step + (least(step, 4 * d.step) - d.step) / 50
    end;
    d.lowest := least(d.lowest, value);
  end if;
  d.points := d.points + 1;
  d.at := p.at;
  p.portion := least(1, d.step / 3600);
  d.hours := d.hours + p.portion;
  p.coarse := d.coarse_share > 0.5;
  p.weekly := p.coarse and d.hours >= rules.weekly_from;
  p.known := d.points > rules.learning;
  p.rate := greatest(1 / rules.memory, 1 / d.points);
  observed.d := d;
  observed.p := p;
  return observed;
end
$$;

comment on function everwatch_private.observe_point(everwatch_private.detector, timestamptz, double precision, everwatch_private.detector_rules)
  is 'Takes a point in: counts it, and says what kind of series it is a part of.';

create function everwatch_private.season_slots(at double precision)
  returns integer[]
  language plpgsql immutable set search_path = ''
  as $$
declare
  -- Weeks begin on a Monday; the first day of 1970 was a Thursday.
  hour constant integer := mod(floor(at / 3600)::bigint + 72, 168)::integer;
begin
  return array[0, 1 + mod(hour, 24), 25 + hour];
end
$$;

comment on function everwatch_private.season_slots(double precision)
  is 'Where a detector keeps what it knows of an hour: of the day, and of the week; the first model has none.';

create function everwatch_private.predict_point(
  d everwatch_private.detector,
  p everwatch_private.detector_point,
  rules everwatch_private.detector_rules
)
  returns everwatch_private.detector_point
  language plpgsql immutable set search_path = ''
  as $$
begin
  -- A level, times the factor of the hour of the day or of the week. The season that has predicted
  -- clearly better than the simpler ones is used.
  p.model := 1;
  for k in 2 .. 3 loop
    if p.weights[k] >= 2 and d.deviations[k] > 0
      and d.deviations[k] < (case when p.coarse then 0.9 else 0.7 end) * d.deviations[p.model] then
      p.model := k;
    end if;
  end loop;
  p.predicted := (d.levels[p.model] * p.factors[p.model] + rules.tiny) - rules.tiny;
  p.residual := p.root - p.predicted;
  p.scale := greatest(d.deviations[p.model], 0.02 * abs(d.levels[p.model]), 1e-9);
  if p.weekly then
    p.scale := greatest(
      everwatch_private.usual_deviation(d.moments, p.predicted, p.scale), 0.02 * abs(p.predicted), 1e-9
    );
  end if;
  return p;
end
$$;

comment on function everwatch_private.predict_point(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules)
  is 'Says what the points before let one expect: predicted, residual and scale.';

revoke execute
  on function
    everwatch_private.season_slots(double precision),
    everwatch_private.observe_point(everwatch_private.detector, timestamptz, double precision, everwatch_private.detector_rules),
    everwatch_private.predict_point(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules)
  from public;

-- schemas/anomalies/report_anomalies.sql

-- What is unusual, as insights.
create function everwatch_private.report_anomalies(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform everwatch_private.report_insights(
    'anomaly',
    array(
      select row(
        w.org_id,
        'warning',
        case when w.resource_id = w.org_id then 'org' when w.source = 'delivery' then 'webhook' else 'rule' end,
        w.resource_id::text,
        everwatch_private.series_name(w),
        w.metric,
        everwatch_private.describe_anomaly(w.metric, w.said, w.missing),
        to_jsonb(w.said) - 'status' - 'unusual'
      )::everwatch_private.finding
      from everwatch_private.unusual_series(report_anomalies.at, everwatch_private.orgs_asked(null)) as w
    ),
    report_anomalies.at
  );
end
$$;

comment on function everwatch_private.report_anomalies(timestamptz)
  is 'States what is unusual of the watched series as insights; the schedule calls it each minute.';

revoke execute on function everwatch_private.report_anomalies(timestamptz) from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-report-anomalies', '* * * * *', 'select everwatch_private.report_anomalies()');

-- schemas/anomalies/score_points.sql

-- The detector reads each point of a series once: its state and the point go in, its state and a score
-- come out.
create function everwatch_private.score_points(
  detector everwatch_private.detector,
  times timestamptz[],
  points double precision[]
)
  returns everwatch_private.scored_points
  language plpgsql immutable set search_path = ''
  as $$
declare
  rules constant everwatch_private.detector_rules := everwatch_private.detector_rules();
  d everwatch_private.detector := coalesce(detector, everwatch_private.new_detector());
  -- Apart from the rest while points are scored, so that they are changed in place.
  weights double precision[] := d.weights;
  factors double precision[] := d.factors;
  slots integer[];
  p everwatch_private.detector_point;
  step everwatch_private.detector_step;
  scored everwatch_private.scored_points;
  scores everwatch_private.series_score[] := array[]::everwatch_private.series_score[];
begin
  perform everwatch_private.check_series_points(to_timestamp((detector).at), times, points);
  d.weights := null;
  d.factors := null;
  for i in 1 .. coalesce(cardinality(points), 0) loop
    step := everwatch_private.observe_point(d, times[i], points[i], rules);
    p := step.p;
    slots := everwatch_private.season_slots(p.at);
    p.weights := array[null, weights[slots[2]], weights[slots[3]]];
    p.factors := array[1, factors[slots[2]], factors[slots[3]]];
    p := everwatch_private.predict_point(step.d, p, rules);
    step := everwatch_private.judge_point(step.d, p, rules);
    p := step.p;
    step := everwatch_private.say_point(step.d, times[i], p, rules);
    scores := scores || step.score;
    step := everwatch_private.learn_level(step.d, p, rules);
    d := step.d;
    if not step.moved then
      step := everwatch_private.learn_models(d, p, rules);
      d := step.d;
      p := step.p;
      for k in 2 .. 3 loop
        weights[slots[k]] := p.weights[k];
        factors[slots[k]] := p.factors[k];
      end loop;
    end if;
  end loop;
  d.weights := weights;
  d.factors := factors;
  scored.detector := d;
  scored.scores := scores;
  return scored;
end
$$;

comment on function everwatch_private.score_points(everwatch_private.detector, timestamptz[], double precision[])
  is 'Scores the next points of a series from the state of its detector (null for a new series), and returns the state after them. Raises 22023 for points that are no series or go back before the last ones.';

revoke execute
  on function everwatch_private.score_points(everwatch_private.detector, timestamptz[], double precision[])
  from public;

-- schemas/anomalies/score_series.sql

create function everwatch_private.score_series(points jsonb)
  returns table(at timestamptz, value double precision, expected double precision, lower double precision, upper double precision, score double precision, status text)
  language plpgsql stable set search_path = ''
  as $$
declare
  series record;
begin
  series := everwatch_private.parse_series(points);
  return query
  select s.at, s.value, s.expected, s.lower, s.upper, s.score, s.status
  from unnest((everwatch_private.score_points(null, series.times, series.numbers)).scores) as s;
end
$$;

comment on function everwatch_private.score_series(jsonb)
  is 'Scores one series, [[at, value], ...] in order of time: for each point what the ones before it let one expect, and how unusual it is (0 to 1). Raises 22023 for what is no series, and says what was expected.';

revoke execute on function everwatch_private.score_series(jsonb) from public;

-- schemas/anomalies/score_watched_series.sql

-- Scoring what is new, after each refresh. An hour is read once, some minutes after its end: rows that
-- come later count in the rollups, and not in the model.
create function everwatch_private.score_some_series(until timestamptz, series_ids bigint[])
  returns integer
  language plpgsql set search_path = '' set jit = off
  as $$
declare
  points integer;
begin
  with new as (
    select v.series_id,
      array_agg(v.at order by v.at) as times,
      array_agg(v.value order by v.at) as values
    from everwatch_private.series_values(series_ids, until) as v
    group by v.series_id
  ),
  scored as materialized (
    select w.id, w.org_id, s.detector, s.scores
    from everwatch_private.watched_series as w
    left join new as n on n.series_id = w.id
    cross join lateral everwatch_private.score_points(
      w.detector, coalesce(n.times, '{}'), coalesce(n.values, '{}')
    ) as s
    where w.id = any (series_ids)
  ),
  kept as (
    insert into everwatch_private.series_scores (org_id, series_id, at, value, expected, lower, upper, score, unusual)
    select s.org_id, s.id, p.at, p.value, p.expected, p.lower, p.upper, p.score, p.unusual
    from scored as s
    cross join lateral unnest(s.scores) as p
    where p.status = 'scored'
  ),
  changed as (
    update everwatch_private.watched_series as w
    set detector = s.detector,
      scored_until = score_some_series.until,
      unusual = coalesce((s.scores[cardinality(s.scores)]).unusual, w.unusual),
      missing = (s.detector).missing,
      said = coalesce(
        (
          select p
          from unnest(s.scores) as p
          where p.score >= 0.5
          order by p.at desc
          limit 1
        ),
        w.said
      )
    from scored as s
    where w.id = s.id
    returning cardinality(s.scores) as points
  )
  select coalesce(sum(c.points), 0)::integer into points from changed as c;
  return points;
end
$$;

comment on function everwatch_private.score_some_series(timestamptz, bigint[])
  is 'Scores the hours of these series that are not scored yet; returns how many points that were.';

create function everwatch_private.score_watched_series(at timestamptz default clock_timestamp())
  returns jsonb
  language plpgsql set search_path = ''
  as $$
declare
  -- How many series at a time, and for how many seconds: the next run goes on.
  batch constant integer := 500;
  longest constant double precision := 20;
  started constant timestamptz := clock_timestamp();
  until timestamptz;
  ids bigint[];
  series integer := 0;
  points integer := 0;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.score_watched_series', 0)) then
    return jsonb_build_object('status', 'skipped');
  end if;

  select date_bin('1 hour', least(s.at, score_watched_series.at) - interval '2 minutes', 'epoch')
  into until
  from everwatch_private.rollup_state as s
  where isfinite(s.at);
  if exists (select from everwatch_private.watched_series as w where w.scored_until = until)
    and not exists (select from everwatch_private.watched_series as w where w.scored_until < until) then
    return jsonb_build_object('status', 'scored', 'until', until, 'series', 0, 'points', 0);
  end if;
  if until is not null then
    perform everwatch_private.watch_series(until);
  end if;

  loop
    -- Those that are nearly up to date first: a long history waits its turn.
    ids := array(
      select w.id
      from everwatch_private.watched_series as w
      where w.scored_until < until
      order by w.scored_until desc, w.id
      limit batch
    );
    exit when ids = '{}' or extract(epoch from clock_timestamp() - started) > longest;
    points := points + everwatch_private.score_some_series(until, ids);
    series := series + cardinality(ids);
  end loop;
  return jsonb_build_object('status', 'scored', 'until', until, 'series', series, 'points', points);
end
$$;

comment on function everwatch_private.score_watched_series(timestamptz)
  is 'Scores each watched series up to the last whole hour of the last refresh, from the state that it kept: one transaction, and where there is much to do the next run goes on. Only one runs at a time: a second returns at once as skipped. Returns status, until, and how many series and points that were.';

revoke execute
  on function
    everwatch_private.score_some_series(timestamptz, bigint[]),
    everwatch_private.score_watched_series(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-score-series', '*/5 * * * *', 'select everwatch_private.score_watched_series()');

-- schemas/anomalies/series_points.sql

-- What a series must be like to be scored.
create function everwatch_private.check_series_points(
  after timestamptz,
  times timestamptz[],
  points double precision[]
)
  returns void
  language plpgsql immutable set search_path = ''
  as $$
declare
  largest constant double precision := 1e15;
  previous timestamptz := coalesce(after, '-infinity');
  wrong text;
begin
  if coalesce(cardinality(times), 0) <> coalesce(cardinality(points), 0) then
    raise exception 'A series needs as many values as times: there are % and %.',
      coalesce(cardinality(points), 0), coalesce(cardinality(times), 0)
      using errcode = '22023';
  end if;
  for i in 1 .. coalesce(cardinality(times), 0) loop
    wrong := case
      when times[i] is null or not isfinite(times[i]) then 'its time is not one'
      when times[i] < previous then format('its time, %s, is before %s', times[i], previous)
      when points[i] is null then 'its value is null'
      when abs(points[i]) <= largest then null
      else format('its value is %s', points[i])
    end;
    if wrong is not null then
      raise exception 'Point % of the series cannot be scored: %. Times must not go back, and values must be numbers of up to %.', i, wrong, largest
        using errcode = '22023';
    end if;
    previous := times[i];
  end loop;
end
$$;

comment on function everwatch_private.check_series_points(timestamptz, timestamptz[], double precision[])
  is 'Refuses (22023) points that are no series, or do not go on after a time: times do not go back (they may repeat: sources do), and values are finite numbers of up to 1e15. Says which point, and what is wrong with it.';

create function everwatch_private.parse_series(
  points jsonb,
  out times timestamptz[],
  out numbers double precision[]
)
  language plpgsql stable set search_path = ''
  as $$
declare
  point jsonb;
  place bigint;
begin
  if jsonb_typeof(points) is distinct from 'array' then
    raise exception 'A series must be an array of [at, value], for example [["2026-01-05T00:00:00Z", 12]].'
      using errcode = '22023';
  end if;
  times := '{}';
  numbers := '{}';
  for point, place in
    select e.element, e.place from jsonb_array_elements(points) with ordinality as e (element, place)
  loop
    if jsonb_typeof(point) <> 'array' or jsonb_typeof(point -> 0) is distinct from 'string'
      or jsonb_typeof(point -> 1) is distinct from 'number' or jsonb_array_length(point) <> 2 then
      raise exception 'Point % of the series must be [at, value], a time and a number.', place
        using errcode = '22023';
    end if;
    begin
      times := times || (point ->> 0)::timestamptz;
      numbers := numbers || (point ->> 1)::double precision;
    exception
      when data_exception then
        raise exception 'Point % of the series must be [at, value], a time and a number.', place
          using errcode = '22023';
    end;
  end loop;
end
$$;

comment on function everwatch_private.parse_series(jsonb)
  is 'The times and the values of [[at, value], ...]. Refuses (22023) what is none, and says which point.';

revoke execute
  on function
    everwatch_private.check_series_points(timestamptz, timestamptz[], double precision[]),
    everwatch_private.parse_series(jsonb)
  from public;

-- schemas/anomalies/series_surprise.sql

-- How unusual a deviation is, and how large one usually is: the two things that a detector learns of
-- the noise of a series.
create function everwatch_private.series_surprise(
  tail everwatch_private.series_tail,
  deviation double precision,
  threshold double precision,
  rate double precision,
  cap double precision,
  once boolean
)
  returns everwatch_private.judged_tail
  language plpgsql immutable set search_path = ''
  as $$
declare
  judged everwatch_private.judged_tail;
  -- How many excesses the mean remembers.
  memory constant double precision := 60;
  size constant double precision := abs(deviation);
  goes_on constant boolean := tail.last * deviation > 0 and abs(tail.last) > threshold;
begin
  -- Beyond the threshold excesses are exponential: P(size > x) = share * exp(-(x - threshold) / excess).
  judged.surprise := case
    when size > threshold then ((size - threshold) / tail.excess - ln(tail.share)) / ln(10::double precision)
    else 0
  end;
  tail.share := greatest(tail.share + rate * ((size > threshold)::integer - tail.share), 0.005);
  if size > threshold and not (once and goes_on) then
    tail.excesses := tail.excesses + 1;
    tail.excess := greatest(
      tail.excess + greatest(1 / (tail.excesses + 5), 1 / memory)
        * (least(size - threshold, cap * tail.excess) - tail.excess),
      0.25
    );
  end if;
  tail.last := deviation;
  judged.tail := tail;
  return judged;
end
$$;

comment on function everwatch_private.series_surprise(everwatch_private.series_tail, double precision, double precision, double precision, double precision, boolean)
  is 'How unlikely so large a deviation is, as a negative power of ten (3 is one in a thousand), by the deviations so far beyond the threshold, of which this one then is one (peaks over threshold, Pickands 1975, with the exponential tail). An excess counts as `cap` times the mean at most, and of several in a row only the first if `once`.';

create function everwatch_private.usual_deviation(
  moments everwatch_private.series_moments,
  predicted double precision,
  average double precision
)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  variance constant double precision := moments.square - moments.size * moments.size;
  slope double precision := 0;
  least_deviation double precision;
begin
  if moments.square <= 0 then
    return average;
  end if;
  if variance > 1e-9 * moments.square then
    slope := greatest((moments.product - moments.size * moments.deviation) / variance, 0);
  end if;
  least_deviation := greatest(moments.deviation - slope * moments.size, 0.2 * moments.deviation);
  slope := greatest((moments.deviation - least_deviation) / greatest(moments.size, 1e-9), 0);
  return least(greatest(least_deviation + slope * abs(predicted), 0.3 * average), 3 * average);
end
$$;

comment on function everwatch_private.usual_deviation(everwatch_private.series_moments, double precision, double precision)
  is 'The mean deviation to expect where so much is predicted: a line fitted to deviations so far (never falling, never through less than a fifth of their mean), between 0.3 and 3 times the average one.';

revoke execute
  on function
    everwatch_private.series_surprise(everwatch_private.series_tail, double precision, double precision, double precision, double precision, boolean),
    everwatch_private.usual_deviation(everwatch_private.series_moments, double precision, double precision)
  from public;

-- schemas/anomalies/series_values.sql

-- What there is of watched series to score. It is long because it is one statement: with the hours in a
-- function of their own, a week of 3,000 series took nearly twice as long.
create function everwatch_private.series_values(
  series_ids bigint[],
  until timestamptz,
  since timestamptz default null
)
  returns table(series_id bigint, at timestamptz, value double precision)
  language plpgsql stable set search_path = '' set jit = off
  as $$
declare
  -- Of fewer finished rows a ratio or a percentile says nothing.
  sample constant bigint := 20;
begin
  return query
  with series as materialized (
    select w.id, w.org_id, w.source, w.resource_id, m.measure, m.unit,
      coalesce(series_values.since, w.scored_until) as since
    from everwatch_private.watched_series as w
    join everwatch_private.series as m on m.name = w.metric
    where w.id = any (series_ids)
  ),
  resource as materialized (
    select s.org_id, s.source, s.resource_id, min(s.since) as since,
      bool_or(s.measure = 'p95_ms') as percentiles
    from series as s
    group by s.org_id, s.source, s.resource_id
  ),
  part as materialized (
    select g.org_id, g.resource_id, g.percentiles, r.source, r.starts_at, r.pending, r.succeeded, r.failed, r.timed,
      r.duration_sum, r.affected, r.bins
    from resource as g
    cross join lateral everwatch_private.series_members(g.org_id, g.source, g.resource_id) as member
    cross join lateral (
      select x.*
      from everwatch_private.rollups as x
      where x.source = g.source
        and x.resource_id = member
        and x.starts_at >= g.since
        and x.starts_at < series_values.until
      offset 0
    ) as r
  ),
  hour as (
    select p.org_id, p.source, p.resource_id, p.starts_at,
      sum(p.pending) as pending,
      sum(p.succeeded) as succeeded,
      sum(p.failed) as failed,
      sum(p.succeeded + p.failed) as finished,
      sum(p.timed)::bigint as timed,
      sum(p.duration_sum) as duration_sum,
      sum(p.affected) as affected
    from part as p
    group by p.org_id, p.source, p.resource_id, p.starts_at
  ),
  durations as (
    select p.org_id, p.source, p.resource_id, p.starts_at, array_agg(element) as bins
    from part as p
    cross join lateral unnest(p.bins) as element
    where p.percentiles
    group by p.org_id, p.source, p.resource_id, p.starts_at
  )
  select s.id, h.at, v.value
  from series as s
  cross join lateral generate_series(
    s.since, series_values.until - interval '1 hour', interval '1 hour'
  ) as h (at)
  left join hour as k
    on k.org_id = s.org_id and k.source = s.source and k.resource_id = s.resource_id and k.starts_at = h.at
  left join durations as d
    on s.measure = 'p95_ms'
    and d.org_id = s.org_id and d.source = s.source and d.resource_id = s.resource_id and d.starts_at = h.at
  -- Of hours in which nothing happened a count is zero, and nothing else is known.
  cross join lateral (
    select case
      when k.starts_at is null then case when s.unit = 'count' then '0' end
      when s.unit = 'percent' and k.finished < sample then null
      when s.unit = 'milliseconds' and k.timed < sample then null
      else everwatch_private.activity_measures(
        k.pending, k.succeeded, k.failed, k.timed, k.duration_sum, k.affected,
        case when s.measure = 'p95_ms'
          then (everwatch_private.add_durations(null, null, null, d.bins, k.timed)).p95_ms
        end
      ) ->> s.measure
    end::double precision as value
  ) as v
  where v.value is not null;
end
$$;

comment on function everwatch_private.series_values(bigint[], timestamptz, timestamptz)
  is 'The hours of watched series that are not scored yet, or all from `since` on: from the rollups, so as of the last refresh. Counts are 0 in hours without any; ratios and percentiles are only of 20 finished rows or more.';

revoke execute
  on function everwatch_private.series_values(bigint[], timestamptz, timestamptz)
  from public;

-- schemas/anomalies/watch_series.sql

-- Which series are watched: it follows what there is, and how busy that is.
create function everwatch_private.series_members(
  org_id uuid,
  source everwatch_private.source,
  resource_id uuid
)
  returns setof uuid
  language sql stable set search_path = ''
  as $$
  select w.id
  from everwatch.webhooks as w
  where series_members.source = 'delivery'
    and w.org_id = series_members.org_id
    and series_members.resource_id in (w.id, w.org_id)
  union all
  select series_members.resource_id
  where series_members.source <> 'delivery'
$$;

comment on function everwatch_private.series_members(uuid, everwatch_private.source, uuid)
  is 'Whose rollups a series is made of: of an org''s deliveries those of all its webhooks.';

create function everwatch_private.watch_series(until timestamptz)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  -- About six an hour: what happens more rarely is seen in its org's series.
  busy constant bigint := 1000;
  kept_since constant timestamptz := until - everwatch_private.kept_for('series_scores');
begin
  delete from everwatch_private.series_scores as s
  using everwatch_private.watched_series as w
  where s.series_id = w.id and s.at < kept_since;

  delete from everwatch_private.watched_series as w
  where w.resource_id <> w.org_id
    and not exists (
      select from everwatch_private.resources as r where r.source = w.source and r.id = w.resource_id
    );

  insert into everwatch_private.watched_series (org_id, source, resource_id, metric, started_at, scored_until)
  select w.org_id, w.source, w.resource_id, m.name, f.first, f.first
  from (
    select r.org_id, r.source, r.org_id as resource_id
    from everwatch_private.totals as t
    join everwatch_private.resources as r on r.source = t.source and r.id = t.resource_id
    where t.source in ('delivery', 'request') and t.week_rows > 0
    group by r.org_id, r.source
    union all
    select r.org_id, r.source, r.id
    from everwatch_private.totals as t
    join everwatch_private.resources as r on r.source = t.source and r.id = t.resource_id
    where t.source in ('delivery', 'execution') and t.week_rows >= busy
  ) as w
  join everwatch_private.series as m on m.subject = w.source and m.anomaly is not null
  cross join lateral (
    select min(h.starts_at) as first
    from everwatch_private.series_members(w.org_id, w.source, w.resource_id) as member
    cross join lateral (
      select r.starts_at
      from everwatch_private.rollups as r
      where r.source = w.source
        and r.resource_id = member
        and r.starts_at >= kept_since
        and (w.source = 'request' or r.starts_at >= (select s.daily_before from everwatch_private.rollup_state as s))
      order by r.starts_at
      limit 1
    ) as h
  ) as f
  where f.first < until
    and not exists (
      select
      from everwatch_private.watched_series as k
      where k.org_id = w.org_id and k.resource_id = w.resource_id and k.metric = m.name
    );
end
$$;

comment on function everwatch_private.watch_series(timestamptz)
  is 'Watches what has become busy, from its first hour that is rolled up by the hour on, forgets what was deleted, and scores that are older than retentions says.';

revoke execute
  on function
    everwatch_private.watch_series(timestamptz),
    everwatch_private.series_members(uuid, everwatch_private.source, uuid)
  from public;

-- schemas/deploys/tables/contrasts.sql

-- What is counted and measured around a deploy, and handed from one step of the comparison to the next.
create type everwatch_private.contrast as (
  resource_type text,
  resource_id text,
  day integer,
  back integer,
  rows_before bigint,
  rows_after bigint,
  failed_before bigint,
  failed_after bigint,
  p50_before double precision,
  p50_after double precision,
  p95_before double precision,
  p95_after double precision,
  longer double precision,
  longer_tail double precision
);

comment on type everwatch_private.contrast
  is 'Two hours beside what came after them: see everwatch_private.contrast_windows().';

create type everwatch_private.deploy_difference as (
  resource_type text,
  resource_id text,
  statistic text,
  back integer,
  is_deploy boolean,
  rows_before bigint,
  rows_after bigint,
  unit double precision,
  after double precision,
  difference double precision,
  least double precision,
  fisher_p double precision
);

comment on type everwatch_private.deploy_difference
  is 'One statistic of one contrast: see everwatch_private.deploy_differences().';

-- schemas/deploys/tables/deploys.sql

-- When a version of something began to serve. What an org's traffic was like before and after is compared
-- then: see judge_deploys().
create table everwatch.deploys (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  service text not null check (length(service) between 1 and 100),
  version text not null check (length(version) between 1 and 200),
  deployed_at timestamptz not null default now() check (isfinite(deployed_at)),
  looked_minutes integer not null default 0,
  next_look_at timestamptz,
  unique (org_id, service, version, deployed_at)
);

-- The few that are still being judged.
create index deploys_to_look_at_idx
  on everwatch.deploys (next_look_at)
  where next_look_at is not null;

comment on table everwatch.deploys is 'Deploys, one row each, as they were tracked.';
comment on column everwatch.deploys.service is 'What was deployed, for example api.';
comment on column everwatch.deploys.version is 'A release, or a commit.';
comment on column everwatch.deploys.deployed_at is 'Since when it serves.';
comment on column everwatch.deploys.looked_minutes
  is 'How many minutes after it the last comparison reached; 0 before the first.';
comment on column everwatch.deploys.next_look_at
  is 'When it is compared next; null once the verdict is final.';

alter table everwatch.deploys enable row level security;

grant select on everwatch.deploys to authenticated;
grant select, insert, update, delete on everwatch.deploys to service_role;

create policy "members read their orgs' deploys"
  on everwatch.deploys
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

comment on constraint deploys_service_check on everwatch.deploys
  is 'service must be text of 1 to 100 characters';
comment on constraint deploys_version_check on everwatch.deploys
  is 'version must be text of 1 to 200 characters';

create type everwatch_private.deploy_events as (id uuid, org_id uuid, service text, version text, at timestamptz);

comment on type everwatch_private.deploy_events is 'A deploy as it is tracked.';

select
  everwatch_private.make_judge('deploy', 'everwatch_private.deploy_events', 'at', tables => '{everwatch.deploys}');

create function everwatch_private.store_deploys(
  rows everwatch_private.deploy_events[],
  with_repeats boolean
)
  returns everwatch_private.rejection[]
  language plpgsql set search_path = ''
  as $$
declare
  rejected constant everwatch_private.rejection[] := everwatch_private.judge_deploy_events(rows);
begin
  if rejected <> '{}' then
    rows := everwatch_private.set_aside(rows, array(select j.place from unnest(rejected) as j));
  end if;
  if with_repeats then
    rows := everwatch_private.set_aside(rows, everwatch_private.repeats(array(select d.id from unnest(rows) as d)));
  end if;
  insert into everwatch.deploys (id, org_id, service, version, deployed_at, next_look_at)
  select coalesce(d.id, gen_random_uuid()), d.org_id, d.service, d.version, at.time, at.time
  from unnest(rows) as d
  cross join lateral (select coalesce(d.at, now())) as at (time)
  where d.org_id is not null
  -- In one order for all, so that batches with the same deploys cannot deadlock.
  order by d.org_id, d.service, d.version, at.time
  on conflict do nothing;
  return rejected;
end
$$;

comment on function everwatch_private.store_deploys(everwatch_private.deploy_events[], boolean)
  is 'Stores deploys and returns those that cannot be. One of the same service and version at the same time is known.';

revoke execute
  on function everwatch_private.store_deploys(everwatch_private.deploy_events[], boolean)
  from public;

-- schemas/tracking/door/track_events.sql

-- The one door for events, from wherever they come: those that `track` was sent, and rows of the owner's
-- tables. All of it is in one transaction, and what it must have alone it takes in one order: first the
-- ids, then the rows type by type, so that batches that overlap cannot deadlock.
create function everwatch_private.store_rows(
  deliveries everwatch.webhook_deliveries[] default null,
  executions everwatch.rule_executions[] default null,
  requests everwatch.api_audit_logs[] default null,
  rate_limits everwatch.api_rate_limits[] default null,
  metrics everwatch_private.metric_events[] default null,
  deploys everwatch_private.deploy_events[] default null
)
  returns everwatch_private.rejection[]
  language plpgsql set search_path = ''
  as $$
declare
  rejected everwatch_private.rejection[] := array[]::everwatch_private.rejection[];
  ids uuid[] := array[]::uuid[];
  with_repeats boolean;
begin
  -- Type by type: most batches are of one, and are often one event.
  if deliveries is not null then
    ids := ids || array(select r.id from unnest(deliveries) as r where r.id is not null);
  end if;
  if executions is not null then
    ids := ids || array(select r.id from unnest(executions) as r where r.id is not null);
  end if;
  if requests is not null then
    ids := ids || array(select r.id from unnest(requests) as r where r.id is not null);
  end if;
  if metrics is not null then
    ids := ids || array(select r.id from unnest(metrics) as r where r.id is not null);
  end if;
  if deploys is not null then
    ids := ids || array(select r.id from unnest(deploys) as r where r.id is not null);
  end if;
  with_repeats := everwatch_private.claim_ids(ids) < cardinality(ids);

  if deliveries is not null then
    rejected := rejected || everwatch_private.store_webhook_deliveries(deliveries, ids, with_repeats);
  end if;
  if executions is not null then
    rejected := rejected || everwatch_private.store_rule_executions(executions, ids, with_repeats);
  end if;
  if requests is not null then
    rejected := rejected || everwatch_private.store_api_requests(requests, ids, with_repeats);
  end if;
  if rate_limits is not null then
    rejected := rejected || everwatch_private.store_rate_limits(rate_limits);
  end if;
  if metrics is not null then
    rejected := rejected || everwatch_private.store_metrics(metrics, with_repeats);
  end if;
  if deploys is not null then
    rejected := rejected || everwatch_private.store_deploys(deploys, with_repeats);
  end if;
  perform everwatch_private.watch_scheduler();
  return rejected;
end
$$;

comment on function everwatch_private.store_rows(everwatch.webhook_deliveries[], everwatch.rule_executions[], everwatch.api_audit_logs[], everwatch.api_rate_limits[], everwatch_private.metric_events[], everwatch_private.deploy_events[])
  is 'Stores rows of events, in one transaction, and returns those that cannot be stored, which leave the others as they are. What is null in a row is filled in, where it can be: an id, a time, the org of a webhook or a rule.';

-- The shape of the JSON was judged before, by the function `track`. Who calls this directly with JSON
-- that makes no rows is told what could not be read, and nothing of the batch is stored.
create function everwatch.track_events(events jsonb)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
declare
  typed record;
  rejected everwatch_private.rejection[];
begin
  if jsonb_typeof(events) is distinct from 'array' or jsonb_array_length(events) > 1000 then
    raise exception 'a batch is an array of at most 1000 events'
      using errcode = 'PT400', detail = 'invalid_batch', hint = 'events';
  end if;

  begin
    select
      array_agg(jsonb_populate_record(null::everwatch.webhook_deliveries, e)) filter (where type = 'webhook_delivery') as deliveries,
      array_agg(jsonb_populate_record(null::everwatch.rule_executions, e)) filter (where type = 'rule_execution') as executions,
      array_agg(jsonb_populate_record(null::everwatch.api_audit_logs, e)) filter (where type = 'api_request') as requests,
      array_agg(jsonb_populate_record(null::everwatch.api_rate_limits, e)) filter (where type = 'rate_limit') as rate_limits,
      array_agg(jsonb_populate_record(null::everwatch_private.metric_events, e)) filter (where type = 'metric') as metrics,
      array_agg(jsonb_populate_record(null::everwatch_private.deploy_events, e)) filter (where type = 'deploy') as deploys
    into strict typed
    from (select value as e, value ->> 'type' as type from jsonb_array_elements(events)) as given;
  exception
    when data_exception then
      raise exception 'an event has not the shape of its type: %', sqlerrm
        using errcode = 'PT400', detail = 'invalid_event', hint = 'events';
  end;
  if jsonb_array_length(events) > coalesce(cardinality(typed.deliveries), 0)
    + coalesce(cardinality(typed.executions), 0) + coalesce(cardinality(typed.requests), 0)
    + coalesce(cardinality(typed.rate_limits), 0) + coalesce(cardinality(typed.metrics), 0)
    + coalesce(cardinality(typed.deploys), 0)
  then
    raise exception 'an event has no type that there is'
      using errcode = 'PT400', detail = 'unknown_type', hint = 'type';
  end if;

  rejected := everwatch_private.store_rows(
    typed.deliveries, typed.executions, typed.requests, typed.rate_limits, typed.metrics, typed.deploys
  );
  return jsonb_build_object(
    'accepted', jsonb_array_length(events) - cardinality(rejected),
    'rejected', everwatch_private.place_rejections(events, rejected)
  );
end
$$;

comment on function everwatch.track_events(jsonb)
  is 'Stores a batch of up to 1000 events in one transaction and returns {accepted, rejected: [{index, code, field, message}]}; an event that is rejected leaves the others as they are. Raises PT400 when what it is given is no batch of events.';

-- An event may carry its index in a longer batch.
create function everwatch_private.place_rejections(
  events jsonb,
  rejected everwatch_private.rejection[]
)
  returns jsonb
  language plpgsql immutable set search_path = ''
  as $$
begin
  if rejected = '{}' then
    return jsonb_build_array();
  end if;
  return (
    select jsonb_agg(jsonb_build_object(
      'index', event.index, 'code', r.code, 'field', r.field, 'message', r.message
    ) order by event.n)
    from unnest(rejected) as r
    join (
      select n, body ->> 'type' as type, coalesce(body -> 'index', to_jsonb(n - 1)) as index,
        row_number() over (partition by body ->> 'type' order by n) as place
      from jsonb_array_elements(events) with ordinality as _ (body, n)
    ) as event using (type, place)
  );
end
$$;

comment on function everwatch_private.place_rejections(jsonb, everwatch_private.rejection[])
  is 'Rejections with the index, in the batch, of the event that each is about.';

revoke execute
  on function
    everwatch_private.store_rows(everwatch.webhook_deliveries[], everwatch.rule_executions[], everwatch.api_audit_logs[], everwatch.api_rate_limits[], everwatch_private.metric_events[], everwatch_private.deploy_events[]),
    everwatch_private.place_rejections(jsonb, everwatch_private.rejection[]),
    everwatch.track_events(jsonb)
  from public;

-- schemas/deploys/compare_deploy.sql

-- What changed with a deploy: a latency and a share of failures of each thing.
create type everwatch_private.comparison as (
  resource_type text,
  resource_id text,
  metric text,
  measure text,
  before double precision,
  after double precision,
  change double precision,
  change_low double precision,
  change_high double precision,
  p_value double precision,
  rows_before bigint,
  rows_after bigint
);

comment on type everwatch_private.comparison
  is 'What was measured of one thing: see the columns of deploy_comparisons. p_value is null where there was not enough data.';

create function everwatch_private.compare_deploy(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns setof everwatch_private.comparison
  language sql stable set search_path = ''
  as $$
  with difference as materialized (
    select *
    from everwatch_private.deploy_effects(
      compare_deploy.org_id, compare_deploy.deployed_at, compare_deploy.length
    )
  ),
  -- Of the two tests of a latency the surer.
  latency as (
    select distinct on (resource_type, resource_id) resource_type, resource_id, excess, p_value
    from difference
    where statistic in ('longer', 'longer_tail')
    order by resource_type, resource_id, p_value, statistic
  ),
  -- The percentile that moved: the 95th, if it went where the test says.
  percentile as (
    select distinct on (d.resource_type, d.resource_id) d.*,
      case when l.p_value is not null then least(1, 2 * l.p_value) end as latency_p
    from difference as d
    join latency as l using (resource_type, resource_id)
    where d.statistic in ('p50', 'p95')
    order by d.resource_type, d.resource_id,
      abs(d.excess) >= ln(1.05::double precision) and sign(d.excess) = sign(l.excess) desc,
      d.statistic desc
  )
  select resource_type, resource_id, 'latency', case when excess is not null then statistic || '_ms' end,
    after / exp(excess), after, exp(excess) - 1, exp(excess - margin) - 1, exp(excess + margin) - 1,
    latency_p, rows_before, rows_after
  from percentile
  union all
  select resource_type, resource_id, 'error_rate', case when excess is not null then 'error_rate' end,
    case when excess is not null then greatest(0, after - excess) end, after, excess, excess - margin,
    excess + margin, p_value, rows_before, rows_after
  from difference
  where statistic = 'failed'
$$;

comment on function everwatch_private.compare_deploy(uuid, timestamptz, interval)
  is 'What changed with a deploy, by what came in the time of `length` (up to an hour) after it: the latency and the share of failures of each route, webhook and rule, uncorrected for their number.';

revoke execute
  on function everwatch_private.compare_deploy(uuid, timestamptz, interval)
  from public;

-- schemas/deploys/contrast_windows.sql

-- How durations and failures differ from what was two hours before, at a deploy and at moments without one.
create function everwatch_private.bins_beside(org_id uuid, deployed_at timestamptz, length interval)
  returns table(resource_type text, resource_id text, day integer, back integer, bin integer, before double precision, after double precision, rows_before numeric, rows_after numeric, failed_before numeric, failed_after numeric)
  language sql stable set search_path = ''
  as $$
  with traffic as materialized (
    select *
    from everwatch_private.traffic_around_deploy(
      bins_beside.org_id, bins_beside.deployed_at, bins_beside.length
    )
  ),
  side as (
    select t.resource_type, t.resource_id, t.day, -t.hour - h.hours as back, t.bin,
      t.count as before, 0 as after, t.failed as failed_before, 0 as failed_after
    from traffic as t
    cross join (values (1), (2)) as h (hours)
    where -t.hour - h.hours between 0 and 5
    union all
    select resource_type, resource_id, day, -hour, bin, 0, count, 0, failed
    from traffic
    where is_early and hour > -6
  )
  select resource_type, resource_id, day, back, bin,
    coalesce(sum(before) filter (where bin is not null), 0)::float8,
    coalesce(sum(after) filter (where bin is not null), 0)::float8,
    sum(before), sum(after), sum(failed_before), sum(failed_after)
  from side
  group by resource_type, resource_id, day, back, bin
$$;

comment on function everwatch_private.bins_beside(uuid, timestamptz, interval)
  is 'Rows of the two hours before a deploy and of the time of `length` after it, by duration, and as much of moments so many days and hours before (day, back): before and after count those whose duration is known.';

create function everwatch_private.contrast_windows(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns setof everwatch_private.contrast
  language sql stable set search_path = ''
  as $$
  with ranked as (
    select b.*,
      sum(before) over up_to as before_up_to, sum(after) over up_to as after_up_to,
      nullif(sum(before) over whole, 0) as all_before, nullif(sum(after) over whole, 0) as all_after
    from everwatch_private.bins_beside(
      contrast_windows.org_id, contrast_windows.deployed_at, contrast_windows.length
    ) as b
    window whole as (partition by resource_type, resource_id, day, back),
      up_to as (partition by resource_type, resource_id, day, back order by bin)
  ),
  contrast as (
    select resource_type, resource_id, day, back, sum(rows_before)::bigint as rows_before,
      sum(rows_after)::bigint as rows_after, sum(failed_before)::bigint as failed_before,
      sum(failed_after)::bigint as failed_after,
      min(bin) filter (where before_up_to >= 0.5 * all_before) as p50_before,
      min(bin) filter (where after_up_to >= 0.5 * all_after) as p50_after,
      min(bin) filter (where before_up_to >= 0.95 * all_before) as p95_before,
      min(bin) filter (where after_up_to >= 0.95 * all_after) as p95_after,
      sum(after / all_after * (before_up_to - before / 2) / all_before) - 0.5 as longer,
      -- Of the bin in which a percentile lies, the part above it.
      sum(after / all_after * (
        least(1, greatest(0, before_up_to - 0.9 * all_before) / greatest(before, 1e-9))
          + least(1, greatest(0, before_up_to - 0.95 * all_before) / greatest(before, 1e-9))
      )) - 0.15 as above
    from ranked
    group by resource_type, resource_id, day, back
    having sum(rows_before) > 0 and sum(rows_after) > 0
  )
  select resource_type, resource_id, day, back, rows_before, rows_after, failed_before, failed_after,
    everwatch_private.bin_duration(p50_before), everwatch_private.bin_duration(p50_after),
    everwatch_private.bin_duration(p95_before), everwatch_private.bin_duration(p95_after),
    longer,
    -- Of a row that is above q of the others with the place u among them, the covariance of both over
    -- the variance of u is 6 q (1 - q); here of 0.9 and 0.95.
    above - 0.825 * longer
  from contrast
$$;

comment on function everwatch_private.contrast_windows(uuid, timestamptz, interval)
  is 'Each two hours beside the time of `length` after them, of the deploy (day 0, back 0) and of moments so many days and hours before: milliseconds at percentiles; how much more often than half the time a later row takes longer; and how many more than 10 and 5% take longer than the 90th and the 95th percentile before, less what goes with the former. Of rows whose duration is known; null where of either side there is none.';

revoke execute
  on function
    everwatch_private.bins_beside(uuid, timestamptz, interval),
    everwatch_private.contrast_windows(uuid, timestamptz, interval)
  from public;

-- schemas/deploys/deploy_comparisons.sql

-- What deploys changed: for each thing that was compared, what it was, what it is, and the verdict.
create table everwatch_private.deploy_comparisons (
  deploy_id uuid not null references everwatch.deploys (id) on delete cascade,
  org_id uuid not null,
  resource_type text not null check (resource_type in ('route', 'webhook', 'rule')),
  resource_id text not null,
  resource_name text not null,
  metric text not null check (metric in ('latency', 'error_rate')),
  verdict text not null check (verdict in ('better', 'worse', 'no difference', 'not enough data')),
  measure text check (measure in ('p95_ms', 'p50_ms', 'error_rate')),
  before double precision,
  after double precision,
  change double precision,
  change_low double precision,
  change_high double precision,
  p_value double precision,
  q_value double precision,
  rows_before bigint not null,
  rows_after bigint not null,
  primary key (deploy_id, resource_type, resource_id, metric)
);

comment on table everwatch_private.deploy_comparisons
  is 'What deploys changed, as of the last look at each: see compare_deploy(). Members read it through v_deploy_comparisons.';
comment on column everwatch_private.deploy_comparisons.resource_type
  is 'route: a method and a path of the API; webhook or rule.';
comment on column everwatch_private.deploy_comparisons.measure
  is 'What the numbers are of: milliseconds of the 95th or, where only the bulk moved, of the 50th percentile; or the share of rows that failed. Null where nothing was tested.';
comment on column everwatch_private.deploy_comparisons.before
  is 'What it would be without the deploy: the two hours before, moved as they move by then on other days.';
comment on column everwatch_private.deploy_comparisons.change
  is 'Of a latency after / before - 1, of a share after - before.';
comment on column everwatch_private.deploy_comparisons.change_low
  is 'With change_high: the 90% interval of the change.';
comment on column everwatch_private.deploy_comparisons.p_value
  is 'How likely a difference as large as this is, up or down, without any change.';
comment on column everwatch_private.deploy_comparisons.q_value
  is 'p_value, corrected for the number of comparisons of the deploy.';
comment on column everwatch_private.deploy_comparisons.rows_before
  is 'Finished rows in the two hours before.';

alter table everwatch_private.deploy_comparisons enable row level security;

grant select on everwatch_private.deploy_comparisons to authenticated, service_role;

create policy "members read what their orgs' deploys changed"
  on everwatch_private.deploy_comparisons
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create view everwatch.v_deploy_comparisons
with
  (security_invoker = on) as
select
  *
from
  everwatch_private.deploy_comparisons;

comment on view everwatch.v_deploy_comparisons
  is 'What deploys of the orgs that the caller may read changed: see everwatch_private.deploy_comparisons.';

create view everwatch.v_deploys
with
  (security_invoker = on) as
select
  d.id,
  d.org_id,
  d.service,
  d.version,
  d.deployed_at,
  case
    when d.looked_minutes = 0
    and d.next_look_at is not null then null
    when c.worse > 0 then 'worse'
    when c.better > 0 then 'better'
    when c.same > 0 then 'no difference'
    else 'not enough data'
  end as verdict,
  d.next_look_at is null as is_final,
  c.worse,
  c.better,
  c.same
from
  everwatch.deploys as d
  cross join lateral (
    select
      count(*) filter (where k.verdict = 'worse')::integer as worse,
      count(*) filter (where k.verdict = 'better')::integer as better,
      count(*) filter (where k.verdict = 'no difference')::integer as same
    from
      everwatch_private.deploy_comparisons as k
    where
      k.deploy_id = d.id
  ) as c;

comment on view everwatch.v_deploys
  is 'Deploys of the orgs that the caller may read, each with its verdict (null before the first), whether that is final, and how many comparisons say so.';

grant select on everwatch.v_deploy_comparisons, everwatch.v_deploys to authenticated, service_role;

-- schemas/deploys/deploy_differences.sql

-- What is measured of a deploy, and of the moments without one that it is held against.
create function everwatch_private.comparable_windows(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns setof everwatch_private.contrast
  language sql stable set search_path = ''
  as $$
  select c.*
  from everwatch_private.contrast_windows(
    comparable_windows.org_id, comparable_windows.deployed_at, comparable_windows.length
  ) as c
  where c.day = 0 and c.back = 0
    or c.rows_before >= 20 and c.rows_after >= 20
      -- What a deploy changed is no measure of what an ordinary day does.
      and not exists (
        select
        from everwatch_private.deploy_comparisons as k
        join everwatch.deploys as d on d.id = k.deploy_id
        cross join lateral (
          select comparable_windows.deployed_at - make_interval(hours => 24 * c.day + c.back)
        ) as moment (at)
        where k.org_id = comparable_windows.org_id
          and k.resource_type = c.resource_type
          and k.resource_id = c.resource_id
          and k.verdict in ('better', 'worse')
          and d.deployed_at > moment.at - interval '2 hours'
          and d.deployed_at < moment.at + comparable_windows.length
      )
$$;

comment on function everwatch_private.comparable_windows(uuid, timestamptz, interval)
  is 'Of contrast_windows() that of the deploy, and those of moments with enough rows that no deploy changed.';

create function everwatch_private.deploy_differences(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns setof everwatch_private.deploy_difference
  language sql stable set search_path = ''
  as $$
  with contrast as materialized (
    select c.*, c.day = 0 and c.back = 0 as is_deploy,
      1.0::double precision / c.rows_before + 1.0::double precision / c.rows_after as unit
    from everwatch_private.comparable_windows(
      deploy_differences.org_id, deploy_differences.deployed_at, deploy_differences.length
    ) as c
  ),
  share as (
    select resource_type, resource_id,
      (sum(failed_before) + sum(failed_after)) / (sum(rows_before) + sum(rows_after))::double precision as failed,
      -- Two hours each that have no row in common.
      sum(failed_before) filter (where back in (0, 2, 4))::bigint as failed_before,
      sum(rows_before) filter (where back in (0, 2, 4))::bigint as rows_before
    from contrast
    group by resource_type, resource_id
  )
  select c.resource_type, c.resource_id, m.statistic, c.back, c.is_deploy, c.rows_before, c.rows_after,
    c.unit, m.after, m.difference, m.least,
    case when c.is_deploy and m.statistic = 'failed' then
      everwatch_private.fisher_p(c.failed_after, c.rows_after, s.failed_before, s.rows_before)
    end
  from contrast as c
  join share as s using (resource_type, resource_id)
  cross join lateral (
    values
      ('longer', null, c.longer, 1.0 / 12),
      -- 0.09 + 0.0475 + 2 * 0.045 of both shares, less 0.825 ^ 2 / 12.
      ('longer_tail', null, c.longer_tail, 0.1707),
      ('p50', c.p50_after, ln(greatest(c.p50_after, 0.5) / greatest(c.p50_before, 0.5)), 0),
      ('p95', c.p95_after, ln(greatest(c.p95_after, 0.5) / greatest(c.p95_before, 0.5)), 0),
      (
        'failed',
        c.failed_after::double precision / c.rows_after,
        c.failed_after::double precision / c.rows_after - c.failed_before::double precision / c.rows_before,
        s.failed * (1 - s.failed)
      )
  ) as m (statistic, after, difference, least)
$$;

comment on function everwatch_private.deploy_differences(uuid, timestamptz, interval)
  is 'Five statistics of each of comparable_windows(): how much what came after differs, the least variance of that per unit (1 / rows before + 1 / rows after), and of the failures of a deploy how likely they are by Fisher''s exact test.';

revoke execute
  on function
    everwatch_private.comparable_windows(uuid, timestamptz, interval),
    everwatch_private.deploy_differences(uuid, timestamptz, interval)
  from public;

-- schemas/deploys/deploy_effects.sql

-- Whether traffic differs since a deploy. What came after is compared with the two hours before: how often one
-- of the rows after takes longer than one before (Mann and Whitney), how much longer the tail became
-- than the whole, and what share failed. Then the same is done at moments without the deploy: at
-- that time on each of seven days before, and up to five hours earlier on each day. How the first of these
-- differ is what the time of day does, and is taken off; how much they all vary says how large a
-- difference must be: traffic that is slow in bursts varies more than a sample of independent rows
-- would, which is the least that is assumed. See docs/regressions.md.
create function everwatch_private.deploy_effects(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns table(resource_type text, resource_id text, statistic text, after double precision, excess double precision, margin double precision, p_value double precision, rows_before bigint, rows_after bigint)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
declare
  differences constant everwatch_private.deploy_difference[] := array(
    select d
    from everwatch_private.deploy_differences(
      deploy_effects.org_id, deploy_effects.deployed_at, deploy_effects.length
    ) as d
  );
begin
  return query
  with tested as (
    select d.resource_type, d.resource_id, d.statistic, e.excess,
      case when e.error > 0 then everwatch_private.student_p(e.excess / e.error, u.freedom) else 1 end as p_value,
      -- Bins are known within 1%.
      everwatch_private.student_t90(u.freedom)
        * case when d.statistic in ('p50', 'p95') then greatest(e.error, 0.01) else e.error end as margin
    from unnest(differences) as d
    join everwatch_private.usual_differences(differences) as u using (resource_type, resource_id, statistic)
    cross join lateral (
      select d.difference - u.mean as excess, sqrt(u.variance * (d.unit + u.unit)) as error
    ) as e
    where d.is_deploy
  )
  select d.resource_type, d.resource_id, d.statistic, d.after, t.excess, t.margin,
    case
      when d.rows_before < 100 or d.rows_after < 100 then null
      -- The first knows how failures vary, the second how few they are.
      when d.statistic = 'failed' and t.p_value is not null then greatest(t.p_value, d.fisher_p)
      else t.p_value
    end,
    d.rows_before, d.rows_after
  from unnest(differences) as d
  left join tested as t using (resource_type, resource_id, statistic)
  where d.is_deploy;
end
$$;

comment on function everwatch_private.deploy_effects(uuid, timestamptz, interval)
  is 'How the rows of the time of `length` (up to an hour) after a deploy differ from those of the two hours before, beyond what they usually do by then. Of each route, webhook and rule, five statistics: longer and longer_tail, of contrast_windows(); p50 and p95, logarithms of milliseconds; failed, a share. after: the milliseconds or the share since the deploy; margin: of the 90% interval. Null where fewer than three days are known; p_value also with fewer than 100 rows.';

revoke execute
  on function everwatch_private.deploy_effects(uuid, timestamptz, interval)
  from public;

-- schemas/deploys/judge_deploys.sql

-- Verdicts about deploys: at 5, 20 and 60 minutes after each, or when the next deploy of the service cuts
-- that short. Each look may be wrong: of deploys that change nothing, in half of 2, 4 and 4% something is
-- called worse, which are 5 in a hundred.
create function everwatch_private.judge_deploy(deploy everwatch.deploys, at timestamptz)
  returns void
  language plpgsql set search_path = '' set jit = off
  as $$
declare
  looks constant integer[] := array[5, 20, 60];
  -- Rows come a little later than they happened.
  grace constant interval := interval '30 seconds';
  superseded_at constant timestamptz := (
    select min(d.deployed_at)
    from everwatch.deploys as d
    where d.org_id = deploy.org_id and d.service = deploy.service
      and d.deployed_at > deploy.deployed_at and d.deployed_at <= judge_deploy.at
  );
  minutes constant integer := (
    select max(m) from unnest(looks) as m
    where deploy.deployed_at + make_interval(mins => m) + grace <= judge_deploy.at
  );
  level constant double precision := case minutes when 5 then 0.02 else 0.04 end;
  length constant interval := least(make_interval(mins => minutes), superseded_at - deploy.deployed_at);
  next_look integer;
begin
  if minutes > deploy.looked_minutes and length >= interval '1 minute' then
    delete from everwatch_private.deploy_comparisons as k where k.deploy_id = deploy.id;
    insert into everwatch_private.deploy_comparisons
    select deploy.id, deploy.org_id, c.resource_type, c.resource_id,
      coalesce(w.url, r.name, c.resource_id), c.metric,
      case
        when c.q_value is null then 'not enough data'
        when c.q_value > level or abs(c.change) < c.least then 'no difference'
        when c.change > 0 then 'worse'
        else 'better'
      end,
      c.measure, c.before, c.after, c.change, c.change_low, c.change_high, c.p_value, c.q_value,
      c.rows_before, c.rows_after
    from (
      -- As Benjamini and Hochberg (1995) do.
      select x.*,
        min(x.p_value * x.comparisons / x.place) over (order by x.place desc) as q_value,
        case x.metric when 'latency' then 0.05 else 0.005 end as least
      from (
        select k.*, count(k.p_value) over () as comparisons,
          case when k.p_value is not null then row_number() over (order by k.p_value) end as place
        from everwatch_private.compare_deploy(deploy.org_id, deploy.deployed_at, length) as k
      ) as x
    ) as c
    left join everwatch.webhooks as w on c.resource_type = 'webhook' and w.id::text = c.resource_id
    left join everwatch.automation_rules as r on c.resource_type = 'rule' and r.id::text = c.resource_id;
  end if;

  select min(m) into next_look from unnest(looks) as m where m > coalesce(minutes, 0);
  update everwatch.deploys as d
  set looked_minutes = greatest(d.looked_minutes, minutes),
    next_look_at = case
      when length < make_interval(mins => minutes) then null
      else deploy.deployed_at + make_interval(mins => next_look) + grace
    end
  where d.id = deploy.id;
end
$$;

comment on function everwatch_private.judge_deploy(everwatch.deploys, timestamptz)
  is 'Compares what came before and after a deploy, as far as the looks go that are due as of `at`, and says when the next one is.';

create function everwatch_private.judge_deploys(at timestamptz default now())
  returns integer
  language plpgsql set search_path = '' set lock_timeout = '5s'
  as $$
declare
  started constant timestamptz := clock_timestamp();
  deploy everwatch.deploys;
  judged integer := 0;
begin
  -- A run that takes longer than a minute must not meet the next one.
  if not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.judge_deploys', 0)) then
    return 0;
  end if;
  loop
    select d.* into deploy
    from everwatch.deploys as d
    where d.next_look_at <= judge_deploys.at
    order by d.next_look_at
    limit 1
    for update skip locked;
    exit when not found or clock_timestamp() > started + interval '30 seconds';
    -- One that cannot be judged keeps no other from it: it is tried again, for a day.
    begin
      perform everwatch_private.judge_deploy(deploy, judge_deploys.at);
      judged := judged + 1;
    exception
      when others or query_canceled then
        raise warning 'deploy % cannot be judged: %: %', deploy.id, sqlstate, sqlerrm;
        update everwatch.deploys as d
        set next_look_at = case
          when judge_deploys.at < d.deployed_at + interval '1 day' then judge_deploys.at + interval '5 minutes'
        end
        where d.id = deploy.id;
    end;
  end loop;

  if judged > 0 or exists (
    select from everwatch_private.insights as i where i.kind = 'regression' and i.ended_at is null
  ) then
    perform everwatch_private.report_insights('regression', everwatch_private.regressions(judge_deploys.at), judge_deploys.at);
  end if;
  return judged;
end
$$;

comment on function everwatch_private.judge_deploys(timestamptz)
  is 'Judges the deploys whose next look is due as of `at`, states as insights what became worse, and returns how many it judged. Only one runs at a time. Where nothing is due it reads one index and no more.';

revoke execute
  on function
    everwatch_private.judge_deploy(everwatch.deploys, timestamptz),
    everwatch_private.judge_deploys(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-judge-deploys', '* * * * *', 'select everwatch_private.judge_deploys()');

-- schemas/deploys/significance.sql

-- How likely a difference is by chance. Numbers of formulas are those of Abramowitz and Stegun, Handbook
-- of Mathematical Functions (1964).
create function everwatch_private.student_p(t double precision, freedom integer)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  angle constant double precision := atan(abs(t) / sqrt(freedom::double precision));
  square constant double precision := cos(angle) ^ 2;
  term double precision := case when freedom % 2 = 1 then cos(angle) else 1 end;
  total double precision := 0;
  k integer := case when freedom % 2 = 1 then 3 else 2 end;
begin
  -- 26.7.3 and 26.7.4: a sum of (freedom - 1) / 2 terms, or of freedom / 2.
  if freedom > 1 then
    total := term;
    while k <= freedom - 2 loop
      term := term * square * (k - 1) / k;
      total := total + term;
      k := k + 2;
    end loop;
  end if;
  return greatest(0, 1 - case
    when freedom % 2 = 1 then (angle + sin(angle) * total) * 2 / pi()
    else sin(angle) * total
  end);
end
$$;

comment on function everwatch_private.student_p(double precision, integer)
  is 'How likely Student''s t is to be as far from 0 as this, on either side.';

create function everwatch_private.student_t90(freedom integer)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  z constant double precision := 1.6448536269514722;
begin
  -- 26.7.5, within 0.2% from 4 degrees of freedom on.
  return z
    + (z ^ 3 + z) / 4 / freedom
    + (5 * z ^ 5 + 16 * z ^ 3 + 3 * z) / 96 / freedom ^ 2
    + (3 * z ^ 7 + 19 * z ^ 5 + 17 * z ^ 3 - 15 * z) / 384 / freedom ^ 3;
end
$$;

comment on function everwatch_private.student_t90(integer)
  is 'How far from 0, on either side, Student''s t is in 10% of cases.';

create function everwatch_private.ln_factorial(n bigint)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  x constant double precision := n + 8;
  less double precision := 0;
begin
  -- Stirling's formula (6.1.41) of n + 7, and down from there: nine digits are right for any n.
  for k in 1..7 loop
    less := less + ln((n + k)::double precision);
  end loop;
  return (x - 0.5) * ln(x) - x + ln(2 * pi()) / 2 + 1 / (12 * x) - 1 / (360 * x ^ 3) + 1 / (1260 * x ^ 5)
    - less;
end
$$;

comment on function everwatch_private.ln_factorial(bigint) is 'The natural logarithm of n!.';

create function everwatch_private.fisher_p(
  hits bigint,
  rows bigint,
  other_hits bigint,
  other_rows bigint
)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  all_hits constant bigint := hits + other_hits;
  misses constant bigint := rows + other_rows - all_hits;
  -- Which of the two tails the hits are in.
  step constant integer := case when hits * other_rows >= other_hits * rows then 1 else -1 end;
  first constant double precision := exp(
    everwatch_private.ln_factorial(all_hits) + everwatch_private.ln_factorial(misses)
      + everwatch_private.ln_factorial(rows) + everwatch_private.ln_factorial(other_rows)
      - everwatch_private.ln_factorial(rows + other_rows)
      - everwatch_private.ln_factorial(hits) - everwatch_private.ln_factorial(other_hits)
      - everwatch_private.ln_factorial(rows - hits) - everwatch_private.ln_factorial(other_rows - other_hits)
  );
  term double precision := first;
  total double precision := first;
  k bigint := hits;
begin
  -- Each further one is the one before it times a ratio, until they add nothing.
  while term > total * 1e-12 loop
    term := term * case step
      when 1 then (all_hits - k)::double precision * (rows - k) / (k + 1) / (misses - rows + k + 1)
      else k::double precision * (misses - rows + k) / (all_hits - k + 1) / (rows - k + 1)
    end;
    total := total + term;
    k := k + step;
  end loop;
  return least(1, 2 * total);
end
$$;

comment on function everwatch_private.fisher_p(bigint, bigint, bigint, bigint)
  is 'How likely hits are to be spread so unevenly over some rows and others (Fisher''s exact test), twice the smaller tail.';

revoke execute
  on function
    everwatch_private.student_p(double precision, integer),
    everwatch_private.student_t90(integer),
    everwatch_private.ln_factorial(bigint),
    everwatch_private.fisher_p(bigint, bigint, bigint, bigint)
  from public;

-- schemas/deploys/traffic_around_deploy.sql

-- What an org's traffic was like around a deploy, and around the same time on the days before. It is
-- counted from raw rows: rollups hold no routes, and no part of an hour. Of each day the seven hours before
-- and as much time after as has passed since the deploy are read, and no more, whatever the history.
create view everwatch_private.timed_rows
with
  (security_invoker = on) as
select
  org_id,
  'route' as resource_type,
  method || ' ' || path as resource_id,
  created_at as happened_at,
  duration_ms,
  status_code >= 400 as has_failed,
  true as is_finished
from
  everwatch.api_audit_logs
union all
select
  org_id,
  'webhook',
  webhook_id::text,
  sent_at,
  duration_ms,
  status = 'failed',
  status <> 'pending'
from
  everwatch.webhook_deliveries
union all
select
  org_id,
  'rule',
  rule_id::text,
  executed_at,
  duration_ms,
  status = 'failed',
  true
from
  everwatch.rule_executions;

comment on view everwatch_private.timed_rows
  is 'Raw rows by what a deploy may change. A duration that is not known is null.';

create function everwatch_private.busiest_after(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns table(resource_type text, resource_id text)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select r.resource_type, r.resource_id
  from everwatch_private.timed_rows as r
  where r.org_id = busiest_after.org_id
    and r.happened_at >= busiest_after.deployed_at
    and r.happened_at < busiest_after.deployed_at + busiest_after.length
    and r.is_finished
  group by r.resource_type, r.resource_id
  order by count(*) desc, r.resource_type, r.resource_id
  -- A path that carries ids makes each request a route of its own.
  limit 100;
end
$$;

comment on function everwatch_private.busiest_after(uuid, timestamptz, interval)
  is 'The 100 routes, webhooks and rules with the most finished rows in the time of `length` after a deploy.';

create function everwatch_private.traffic_around_deploy(
  org_id uuid,
  deployed_at timestamptz,
  length interval
)
  returns table(resource_type text, resource_id text, day integer, hour integer, is_early boolean, bin integer, count bigint, failed bigint)
  language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan set work_mem = '32MB' set max_parallel_workers_per_gather = 0
  as $$
#variable_conflict use_column
declare
  types text[];
  ids text[];
  early constant double precision := date_part('epoch', traffic_around_deploy.length) / 3600;
  at timestamptz;
begin
  select array_agg(b.resource_type), array_agg(b.resource_id) into types, ids
  from everwatch_private.busiest_after(
    traffic_around_deploy.org_id, traffic_around_deploy.deployed_at, traffic_around_deploy.length
  ) as b;

  -- Day by day: of times that it knows Postgres knows how many rows there are.
  for ago in 0..7 loop
    at := traffic_around_deploy.deployed_at - make_interval(hours => 24 * ago);
    return query
    with counted as materialized (
      select n.number, floor(since.hours)::integer as hour,
        since.hours - floor(since.hours) < early as is_early,
        r.duration_ms,
        count(*) as count, count(*) filter (where r.has_failed) as failed
      from everwatch_private.timed_rows as r
      join unnest(types, ids) with ordinality as n (resource_type, resource_id, number)
        using (resource_type, resource_id)
      -- Not extract(), whose numeric takes longer than all else here.
      cross join lateral (select date_part('epoch', r.happened_at - at) / 3600 as hours) as since
      where r.org_id = traffic_around_deploy.org_id
        and r.happened_at >= at - interval '7 hours'
        and r.happened_at < at + traffic_around_deploy.length
        and r.is_finished
      group by 1, 2, 3, 4
    ),
    -- As many as there are different durations, however many rows.
    duration as (
      select d.duration_ms, d.bin
      from (select array_agg(distinct duration_ms) as known from counted where duration_ms is not null) as _
      cross join lateral unnest(known, everwatch_private.bins_of(known::double precision[])) as d (duration_ms, bin)
    )
    select types[c.number], ids[c.number], ago, c.hour, c.is_early, d.bin, sum(c.count)::bigint, sum(c.failed)::bigint
    from counted as c
    left join duration as d using (duration_ms)
    group by c.number, c.hour, c.is_early, d.bin;
  end loop;
end
$$;

comment on function everwatch_private.traffic_around_deploy(uuid, timestamptz, interval)
  is 'Finished rows of the 100 routes, webhooks and rules that were busiest in the time (up to an hour) after a deploy: of that day and the seven before, by hour from the deploy''s time of day on (-7 to 0), by whether they are in the first `length` of that hour, and by duration, in the bins of rollups, or null where it is not known.';

revoke execute
  on function
    everwatch_private.busiest_after(uuid, timestamptz, interval),
    everwatch_private.traffic_around_deploy(uuid, timestamptz, interval)
  from public;

-- schemas/deploys/usual_differences.sql

-- What the time of day does to the statistics of a deploy, and how much they vary without one.
create function everwatch_private.usual_differences(
  differences everwatch_private.deploy_difference[]
)
  returns table(resource_type text, resource_id text, statistic text, mean double precision, unit double precision, variance double precision, freedom integer)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  -- What each hour does, and how much that varies from day to day.
  with usual as (
    select resource_type, resource_id, statistic, back, max(least) as least, max(mean) as mean,
      avg(unit) as unit, count(*) as moments,
      sum((difference - mean) ^ 2 / unit) / nullif(count(*) - 1, 0) as variance
    from (
      select d.*,
        avg(difference) over (partition by resource_type, resource_id, statistic, back) as mean
      from unnest(differences) as d
      where not is_deploy
    ) as d
    group by resource_type, resource_id, statistic, back
  ),
  variation as (
    select resource_type, resource_id, statistic, max(least) as least,
      sum((moments - 1) * variance) / sum(moments - 1) as mean,
      percentile_disc(0.5) within group (order by variance) as typical,
      max(variance) filter (where back = 0) as own,
      max(moments - 1) filter (where back = 0) as own_freedom,
      -- Beside the deploy's hour, the same rows are before one moment, and after another: neighbours say
      -- less than twice as much.
      (sum((moments - 1) * case back when 0 then 3 else 2 end) / 3)::integer as freedom
    from usual
    where moments > 1
    group by resource_type, resource_id, statistic
  )
  select u.resource_type, u.resource_id, u.statistic, u.mean, u.unit / u.moments,
    greatest(v.least, case
      -- Hours are not alike: some have a job at midnight, or the shops open. So what the deploy's own
      -- hour does is drawn to what a usual hour does, which no unusual one changes.
      when v.statistic in ('longer', 'longer_tail') then
        (v.own_freedom * v.own + (v.freedom - v.own_freedom) * v.typical) / v.freedom
      else v.mean
    end),
    v.freedom
  from usual as u
  join variation as v using (resource_type, resource_id, statistic)
  where u.back = 0 and u.moments >= 3 and v.freedom >= 4;
end
$$;

comment on function everwatch_private.usual_differences(everwatch_private.deploy_difference[])
  is 'What each statistic usually does in the deploy''s hour, by the moments without a deploy: the mean, the unit of its variance, the variance of one moment per unit and the degrees of freedom. None where fewer than three days are known.';

revoke execute
  on function everwatch_private.usual_differences(everwatch_private.deploy_difference[])
  from public;

-- schemas/deploys/regressions/regression_conditions.sql

-- What became worse with a deploy, as alerts: the open insights that say so, unless somebody has answered
-- that it was expected. Whatever ends an insight resolves its alert: the next deploy of the service, a
-- day, or that the org has turned this kind off.

create function everwatch_private.regression_size(metric text, detail jsonb)
  returns numeric
  language sql immutable set search_path = ''
  as $$
  select round(
    (detail ->> 'change')::numeric / case metric when 'latency' then 0.05 else 0.005 end, 1
  )
$$;

comment on function everwatch_private.regression_size(text, jsonb)
  is 'How bad a regression is, in the unit of its policy: 1 is the least that is called worse.';

create function everwatch_private.regression_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = ''
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  return query
  select distinct on (i.org_id, i.resource_type, i.resource_id)
    i.org_id,
    p.type,
    case when s.size >= p.critical then 'critical' else 'warning' end,
    i.resource_type,
    i.resource_id,
    i.resource_name,
    i.sentence,
    s.size,
    case when s.size >= p.critical then p.critical else p.warning end
  from everwatch_private.insights as i
  join everwatch.v_alert_policies as p on p.org_id = i.org_id and p.type = 'regression'
  cross join lateral everwatch_private.regression_size(i.metric, i.detail) as s (size)
  where i.kind = 'regression'
    and i.org_id = any (orgs)
    -- None is open for longer.
    and i.first_stated_at > regression_conditions.at - interval '25 hours'
    and i.first_stated_at <= regression_conditions.at
    and (i.ended_at is null or i.ended_at > regression_conditions.at)
    and i.expected_at is null
    and p.enabled
    and (i.detail ->> 'rows_after')::bigint >= p.minimum_sample
    and s.size >= least(p.warning, p.critical)
  order by i.org_id, i.resource_type, i.resource_id, s.size desc;
end
$$;

comment on function everwatch_private.regression_conditions(timestamptz, uuid)
  is 'Routes, webhooks and rules that became worse with a deploy, each with the worse of its latency and its failures: of one org or of all.';

create function everwatch_private.regression_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  with regression as (
    select i.resource_type, i.resource_id, i.resource_name, i.first_stated_at as began,
      coalesce(least(i.ended_at, i.expected_at), 'infinity') as ended,
      everwatch_private.regression_size(i.metric, i.detail) as size
    from everwatch_private.insights as i
    where i.kind = 'regression'
      and i.org_id = policy.org_id
      and i.first_stated_at < until
      and (i.detail ->> 'rows_after')::bigint >= policy.minimum_sample
  )
  select r.resource_type, r.resource_id, max(r.resource_name), m.at,
    case
      when max(o.size) >= policy.critical then 'critical'
      when max(o.size) >= policy.warning then 'warning'
    end,
    coalesce(max(o.size), 0) < least(policy.warning, policy.critical)
  from regression as r
  cross join lateral (values (r.began), (r.ended)) as m (at)
  left join regression as o
    on o.resource_type = r.resource_type and o.resource_id = r.resource_id
    and o.began <= m.at and o.ended > m.at
  where m.at < until
  group by r.resource_type, r.resource_id, m.at
$$;

comment on function everwatch_private.regression_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'What had become worse with deploys of an org, and when.';

revoke execute
  on function
    everwatch_private.regression_size(text, jsonb),
    everwatch_private.regression_conditions(timestamptz, uuid),
    everwatch_private.regression_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  from public;

-- schemas/deploys/regressions/regressions.sql

-- What is worse since a deploy, in one sentence each.
create function everwatch_private.signed(number double precision)
  returns text
  language sql immutable set search_path = ''
  as $$
  select case when round(number::numeric, 1) > 0 then '+' else '' end
    || case when abs(number) < 10 then trim_scale(round(number::numeric, 1)) else round(number::numeric) end
$$;

comment on function everwatch_private.signed(double precision)
  is 'A number as one says it: with its sign, and a digit after the point if it is below 10.';

create function everwatch_private.describe_comparison(
  deploy everwatch.deploys,
  comparison everwatch_private.deploy_comparisons
)
  returns text
  language sql immutable set search_path = ''
  as $$
  select format(
    case comparison.measure
      when 'error_rate' then '%s of %s: failures of %s went from %s to %s%% (%s points, 90%% interval %s to %s)'
      else '%s of %s: %s of %s went from %s to %s ms (%s%%, 90%% interval %s to %s%%)'
    end,
    variadic array[deploy.version, deploy.service]
      || case comparison.measure when 'p95_ms' then '{p95}' when 'p50_ms' then '{median}' else '{}' end::text[]
      || concat(
        case comparison.resource_type when 'webhook' then 'webhook ' when 'rule' then 'rule ' end,
        comparison.resource_name
      )
      || case comparison.measure
        when 'error_rate' then array[
          trim_scale(round(100 * comparison.before::numeric, 1))::text,
          trim_scale(round(100 * comparison.after::numeric, 1))::text
        ]
        else array[round(comparison.before)::text, round(comparison.after)::text]
      end
      || array[
        everwatch_private.signed(100 * comparison.change),
        everwatch_private.signed(100 * comparison.change_low),
        everwatch_private.signed(100 * comparison.change_high)
      ]
  )
$$;

comment on function everwatch_private.describe_comparison(everwatch.deploys, everwatch_private.deploy_comparisons)
  is 'A comparison that was tested, in one sentence.';

create function everwatch_private.regressions(at timestamptz)
  returns everwatch_private.finding[]
  language sql stable set search_path = ''
  as $$
  select coalesce(array_agg(s.statement), '{}')
  from (
    select distinct on (k.org_id, k.resource_type, k.resource_id, k.metric)
      row(
        k.org_id,
        case when k.change >= case k.metric when 'latency' then 1 else 0.1 end then 'critical' else 'warning' end,
        k.resource_type, k.resource_id, k.resource_name,
        k.metric,
        everwatch_private.describe_comparison(d, k),
        to_jsonb(k) - '{org_id,resource_type,resource_id,resource_name,metric}'::text[]
          || jsonb_build_object('service', d.service, 'version', d.version, 'deployed_at', d.deployed_at)
      )::everwatch_private.finding as statement
    from everwatch.deploys as d
    join everwatch_private.deploy_comparisons as k on k.deploy_id = d.id and k.verdict = 'worse'
    where d.deployed_at > regressions.at - interval '1 day'
      and d.deployed_at <= regressions.at
      -- With the next deploy it is what was before.
      and not exists (
        select
        from everwatch.deploys as n
        where n.org_id = d.org_id and n.service = d.service
          and n.deployed_at > d.deployed_at and n.deployed_at <= regressions.at
      )
    order by k.org_id, k.resource_type, k.resource_id, k.metric, d.deployed_at desc
  ) as s
$$;

comment on function everwatch_private.regressions(timestamptz)
  is 'What became worse with a deploy within the day before `at`, if it is the latest of its service.';

revoke execute
  on function
    everwatch_private.signed(double precision),
    everwatch_private.describe_comparison(everwatch.deploys, everwatch_private.deploy_comparisons),
    everwatch_private.regressions(timestamptz)
  from public;

-- schemas/predictions/burn_conditions.sql

-- Error budgets that burn too fast. Two windows must burn, a long one, so that it matters, and a short
-- one, so that it is over when it is over: the pairs and the rates are those of Google's SRE workbook
-- (https://sre.google/workbook/alerting-on-slos/).
create type everwatch_private.burn_severity as (severity text, threshold numeric, span text, rate numeric);

comment on type everwatch_private.burn_severity
  is 'How bad it is that an error budget burns; null where it does not, or not too fast.';

create function everwatch_private.burn_severity(
  policy everwatch.v_alert_policies,
  total bigint[],
  rates numeric[]
)
  returns everwatch_private.burn_severity
  language plpgsql immutable set search_path = ''
  as $$
begin
  return (
    -- The workbook's 14.4 is 2.4 times its 6: 2% of the budget in an hour, or 5% in six.
    select row(w.severity, w.threshold, w.span, rates[w.long])::everwatch_private.burn_severity
    from (
      values
        ('critical', 2.4 * policy.critical, 'an hour', 3, 1),
        ('critical', policy.critical, '6 hours', 4, 2),
        ('warning', policy.warning, '3 days', 5, 4)
    ) as w (severity, threshold, span, long, short)
    where total[w.long] >= policy.minimum_sample
      and rates[w.long] > w.threshold
      and rates[w.short] > w.threshold
    order by w.severity, w.threshold desc
    limit 1
  );
end
$$;

comment on function everwatch_private.burn_severity(everwatch.v_alert_policies, bigint[], numeric[])
  is 'How bad it is, by a policy, that an error budget burns at these rates over 5 minutes, 30 minutes, 1 hour, 6 hours and 3 days.';

create function everwatch_private.error_budget_burn_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select b.org_id, p.type, (s.burn).severity, 'objective', b.metric,
    format('%s%% of %s succeed', trim_scale(100 * b.target), b.metric),
    format(
      'Failed %s use up the error budget %s times as fast as its 30 days allow, over %s',
      b.metric, trim_scale(round((s.burn).rate, 2)), (s.burn).span
    ),
    round((s.burn).rate, 2),
    (s.burn).threshold
  from everwatch_private.burn_rates(error_budget_burn_conditions.at, error_budget_burn_conditions.org_id) as b
  join everwatch.v_alert_policies as p on p.org_id = b.org_id and p.type = 'error_budget_burn'
  cross join lateral (select everwatch_private.burn_severity(p, b.total, b.rates) as burn) as s
  where p.enabled and (s.burn).severity is not null;
end
$$;

comment on function everwatch_private.error_budget_burn_conditions(timestamptz, uuid)
  is 'Objectives whose error budget burns, by the multi-window rates of the SRE workbook: of one org or of all.';

revoke execute
  on function
    everwatch_private.burn_severity(everwatch.v_alert_policies, bigint[], numeric[]),
    everwatch_private.error_budget_burn_conditions(timestamptz, uuid)
  from public;

-- schemas/predictions/burn_history.sql

-- How error budgets burned, minute by minute, as the evaluation would have seen it.
create function everwatch_private.outcome_course(org_id uuid, since timestamptz, until timestamptz)
  returns table(metric text, target numeric, at timestamptz, total numeric, failed numeric)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  -- A minute's rows are those up to its end, as an evaluation then counts them; and all up to then.
  with counted as (
    select o.metric, o.target,
      date_bin('1 minute', a.happened_at - interval '1 microsecond', 'epoch') + interval '1 minute' as minute,
      sum(a.succeeded + a.failed) as total,
      sum(a.failed) as failed
    from everwatch_private.objectives as o
    join everwatch_private.raw_activity as a on a.org_id = o.org_id
      and a.source = case o.metric when 'deliveries' then 'delivery'::everwatch_private.source else 'request' end
    where o.org_id = outcome_course.org_id and a.happened_at > outcome_course.since and a.happened_at <= outcome_course.until
    group by 1, 2, 3
  )
  select o.metric, o.target, m.at,
    sum(coalesce(c.total, 0)) over up_to_then as total,
    sum(coalesce(c.failed, 0)) over up_to_then as failed
  from everwatch_private.objectives as o
  cross join generate_series(outcome_course.since, outcome_course.until, interval '1 minute') as m (at)
  left join counted as c on c.metric = o.metric and c.minute = m.at
  where o.org_id = outcome_course.org_id
  window up_to_then as (partition by o.metric order by m.at);
end
$$;

comment on function everwatch_private.outcome_course(uuid, timestamptz, timestamptz)
  is 'What each objective of an org counts, minute by minute: how many were finished from `since` to then, and how many of them failed.';

create function everwatch_private.error_budget_burn_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language plpgsql stable set search_path = ''
  as $$
declare
  first constant timestamptz := date_bin('1 minute', since, 'epoch') - interval '73 hours';
begin
  return query
  with course as (
    select * from everwatch_private.outcome_course(policy.org_id, first, until)
  ),
  burn as (
    select c.metric, c.target, c.at,
      array_agg(c.total - b.total order by s.n) as total,
      array_agg((c.failed - b.failed) / nullif((c.total - b.total) * (1 - c.target), 0) order by s.n) as rates
    from course as c
    cross join (
      values (1, interval '5 minutes'), (2, '30 minutes'), (3, '1 hour'), (4, '6 hours'), (5, '3 days')
    ) as s (n, span)
    join course as b
      on b.metric = c.metric
      and b.at = case
        when s.span <= interval '1 hour' then c.at - s.span
        else date_bin('1 hour', c.at - s.span, 'epoch')
      end
    where c.at >= since
    group by c.metric, c.target, c.at
  ),
  judged as (
    select b.metric, b.target, b.at, everwatch_private.burn_severity(policy, b.total::bigint[], b.rates) as severity
    from burn as b
  )
  select
    'objective',
    j.metric,
    format('%s%% of %s succeed', trim_scale(100 * j.target), j.metric),
    j.at,
    (j.severity).severity,
    (j.severity).severity is null
  from judged as j
  order by j.metric, j.at;
end
$$;

comment on function everwatch_private.error_budget_burn_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'How the error budgets of an org''s objectives burned, as of each minute, by the objectives of now.';

revoke execute
  on function
    everwatch_private.outcome_course(uuid, timestamptz, timestamptz),
    everwatch_private.error_budget_burn_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  from public;

-- schemas/predictions/burn_rates.sql

-- How fast an error budget burns: 1 uses it up in just its 30 days.
-- outcomes() is one function: with its hours read by another each call took a sixth longer.
create function everwatch_private.outcomes(
  metric text,
  org_id uuid,
  at timestamptz,
  spans interval[],
  out total bigint[],
  out failed bigint[],
  out failed_by_hour bigint[]
)
  language plpgsql stable security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
#variable_conflict use_column
declare
  kind constant everwatch_private.source := case outcomes.metric
    when 'deliveries' then 'delivery'::everwatch_private.source
    else 'request'::everwatch_private.source
  end;
  since constant timestamptz := date_bin(
    '1 hour', outcomes.at - (select max(s) from unnest(spans) as s), 'epoch'
  );
begin
  if not everwatch_private.may_read(outcomes.org_id) then
    return;
  end if;
  with hours as materialized (
    select h.starts_at, h.succeeded, h.failed
    from everwatch_private.resources as r
    cross join lateral (
      select k.starts_at, k.succeeded, k.failed
      from everwatch_private.rollups as k
      where k.source = r.source and k.resource_id = r.id
        and k.starts_at >= since and k.starts_at <= outcomes.at
      union all
      select c.starts_at, c.succeeded, c.failed
      from everwatch_private.changes as c
      where c.source = r.source and c.resource_id = r.id
        and c.starts_at >= since and c.starts_at <= outcomes.at
    ) as h
    where r.source = kind and r.org_id = outcomes.org_id
  ),
  rows as materialized (
    select a.happened_at, a.succeeded, a.failed
    from everwatch_private.raw_activity as a
    where a.source = kind and a.org_id = outcomes.org_id
      and a.happened_at > outcomes.at - interval '1 hour' and a.happened_at <= outcomes.at
  )
  select array_agg(c.total order by s.n), array_agg(c.failed order by s.n), array(
      select coalesce(sum(h.failed), 0)::bigint
      from generate_series(1, 6) as n
      left join hours as h
        on h.starts_at = date_bin('1 hour', outcomes.at, 'epoch') - interval '1 hour' * n
      group by n
      order by n
    )
  into total, failed, failed_by_hour
  from unnest(spans) with ordinality as s (span, n)
  cross join lateral (
    select coalesce(sum(p.succeeded + p.failed), 0)::bigint as total, coalesce(sum(p.failed), 0)::bigint as failed
    from (
      select r.succeeded, r.failed
      from rows as r
      where s.span <= interval '1 hour' and r.happened_at > outcomes.at - s.span
      union all
      select h.succeeded, h.failed
      from hours as h
      where s.span > interval '1 hour' and h.starts_at >= date_bin('1 hour', outcomes.at - s.span, 'epoch')
    ) as p
  ) as c;
end
$$;

comment on function everwatch_private.outcomes(text, uuid, timestamptz, interval[])
  is 'How many of an org''s deliveries or requests were finished, and how many of them failed, in each of some spans before `at`, for those who may read the org; and how many failed in each of the last six whole hours, where a span is as long. A span of more than an hour has all of the hour in which it begins.';

create type everwatch_private.burn as (
  org_id uuid,
  metric text,
  target numeric,
  total bigint[],
  failed bigint[],
  failed_by_hour bigint[],
  rates numeric[]
);

comment on type everwatch_private.burn
  is 'How fast an error budget burns: see everwatch_private.burn_rates().';

create function everwatch_private.burn_rates(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.burn
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(burn_rates.org_id);
  spans constant interval[] := array['5 minutes', '30 minutes', '1 hour', '6 hours', '3 days']::interval[];
begin
  return query
  select o.org_id, o.metric, o.target, c.total, c.failed, c.failed_by_hour, (
      select array_agg(f.failed / nullif(f.total * (1 - o.target), 0) order by f.n)
      from unnest(c.total, c.failed) with ordinality as f (total, failed, n)
    )
  from everwatch_private.objectives as o
  cross join lateral everwatch_private.outcomes(o.metric, o.org_id, burn_rates.at, spans) as c
  where o.org_id = any (orgs);
end
$$;

comment on function everwatch_private.burn_rates(timestamptz, uuid)
  is 'How fast the error budget of each objective burns over 5 minutes, 30 minutes, 1 hour, 6 hours and 3 days, and the counts behind that; null without traffic. Of one org or of all that the caller may read.';

revoke execute
  on function
    everwatch_private.outcomes(text, uuid, timestamptz, interval[]),
    everwatch_private.burn_rates(timestamptz, uuid)
  from public;

-- schemas/predictions/capacity.sql

-- What fills up: the disk, and the outbox of notifications. Both are looked at by the clock, and when they
-- pass a limit that the operator sets is predicted from how they grew.
create table everwatch_private.capacity_limits (
  what text primary key check (what in ('disk_bytes', 'outbox_waiting')),
  limit_value numeric not null check (limit_value > 0 and limit_value < 1e15),
  warn_within interval not null check (warn_within between interval '1 minute' and interval '400 days')
);

comment on table everwatch_private.capacity_limits
  is 'What the operator sets: see docs/predictions.md. Without a row nothing is predicted.';
comment on column everwatch_private.capacity_limits.what
  is 'disk_bytes: the size of the database. outbox_waiting: notifications that are queued.';
comment on column everwatch_private.capacity_limits.limit_value
  is 'What is not to be passed: bytes, or notifications.';
comment on column everwatch_private.capacity_limits.warn_within
  is 'A prediction is stated when the limit is expected to be passed sooner than this.';

insert into
  everwatch_private.capacity_limits
values
  ('disk_bytes', 8e9, '30 days'),
  ('outbox_waiting', 10000, '1 hour');

create table everwatch_private.capacity_samples (
  what text not null references everwatch_private.capacity_limits (what) on delete cascade,
  at timestamptz not null,
  value double precision not null,
  primary key (what, at)
);

comment on table everwatch_private.capacity_samples
  is 'How full each was: the disk by the day, and the outbox by five minutes.';

create function everwatch_private.sample_capacity(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  insert into everwatch_private.capacity_samples (what, at, value)
  select l.what, s.at, case l.what
    when 'disk_bytes' then pg_database_size(current_database())
    else (select count(*) from everwatch_private.notifications as n where n.status = 'queued')
  end
  from everwatch_private.capacity_limits as l
  cross join lateral (
    select date_bin(
      case l.what when 'disk_bytes' then interval '1 day' else interval '5 minutes' end,
      sample_capacity.at, 'epoch'
    )
  ) as s (at)
  -- Looked at only when it is to be kept: the size of the database takes a look at each of its files.
  where not exists (
    select from everwatch_private.capacity_samples as known where known.what = l.what and known.at = s.at
  )
  on conflict do nothing;

  delete from everwatch_private.capacity_samples as s
  where s.at < sample_capacity.at
    - everwatch_private.kept_for(case s.what when 'disk_bytes' then 'disk_samples' else 'outbox_samples' end);
end
$$;

comment on function everwatch_private.sample_capacity(timestamptz)
  is 'Looks how full the disk and the outbox are, if that is not known for this day and these five minutes.';

create function everwatch_private.capacity_forecast(at timestamptz default now())
  returns table(what text, value double precision, limit_value numeric, samples bigint, exhausted_at timestamptz, earliest timestamptz, latest timestamptz)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select l.what, g.value, l.limit_value, g.samples,
    capacity_forecast.at + make_interval(secs => t.expected),
    capacity_forecast.at + make_interval(secs => t.earliest),
    capacity_forecast.at + make_interval(secs => t.latest)
  from everwatch_private.capacity_limits as l
  cross join lateral (
    select count(*) as samples, (array_agg(s.value order by s.at desc))[1] as value,
      sum(s.grown) / nullif(sum(s.seconds), 0) as drift,
      sum(s.seconds) filter (where s.grown is not null) as observed,
      bool_or(s.grown < 0) as wavers,
      -- Of each step the part that the drift does not explain; and for few steps more, as Student's t.
      sum((s.grown - s.drift * s.seconds) ^ 2 / nullif(s.seconds, 0)) / nullif(count(s.grown) - 1, 0)
        * (1 + 1.4 / nullif(count(s.grown) - 1, 0)) as variance
    from (
      select s.*, sum(s.grown) over () / nullif(sum(s.seconds) over (), 0) as drift
      from (
        select s.at, s.value,
          s.value - lag(s.value) over previous as grown,
          extract(epoch from s.at - lag(s.at) over previous)::float8 as seconds
        from everwatch_private.capacity_samples as s
        where s.what = l.what
          and s.at <= capacity_forecast.at
          -- Long enough for a week's course to be in it several times; a backlog is of this hour.
          and s.at > capacity_forecast.at
            - case l.what when 'disk_bytes' then interval '29 days' else interval '65 minutes' end
        window previous as (order by s.at)
      ) as s
    ) as s
  ) as g
  left join lateral everwatch_private.time_to_reach(
    l.limit_value::float8 - g.value, g.drift, g.variance, g.observed, g.wavers
  ) as t
    -- A week of days, or half an hour of minutes; fewer say nothing.
    on g.samples >= 7
  order by l.what;
end
$$;

comment on function everwatch_private.capacity_forecast(timestamptz)
  is 'When the disk and the outbox will pass their limits, with the bounds of an 80% interval, if they go on to grow as they have: the disk in four weeks, the outbox in an hour. Null with fewer than 7 samples, and where nothing grows.';

revoke execute
  on function
    everwatch_private.sample_capacity(timestamptz),
    everwatch_private.capacity_forecast(timestamptz)
  from public;

create function everwatch_private.partitions_end()
  returns table(source everwatch_private.source, ends_at timestamptz)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select r.source, max((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz)
  from everwatch_private.raw_tables as r
  join pg_catalog.pg_inherits as i on i.inhparent = format('everwatch.%I', r.name)::regclass
  join pg_catalog.pg_class as c on c.oid = i.inhrelid
  group by r.source;
end
$$;

comment on function everwatch_private.partitions_end()
  is 'Until when each raw table has partitions; rows of later times wait in its default partition.';

revoke execute on function everwatch_private.partitions_end() from public;

-- schemas/predictions/error_budgets.sql

-- What is left of error budgets, and until when.
create type everwatch_private.error_budget as (
  org_id uuid,
  metric text,
  target numeric,
  total bigint,
  failed bigint,
  budget_left numeric,
  rates numeric[],
  exhausted_at timestamptz,
  earliest timestamptz,
  latest timestamptz
);

comment on type everwatch_private.error_budget
  is 'What is left of an error budget: see everwatch_private.error_budgets().';

create function everwatch_private.error_budgets(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.error_budget
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select b.org_id, b.metric, b.target, c.total[1], c.failed[1],
    round(1 - c.failed[1] / nullif((1 - b.target) * c.total[1], 0), 4),
    array(select round(r.rate, 2) from unnest(b.rates) with ordinality as r (rate, n) order by r.n),
    error_budgets.at + make_interval(secs => t.expected),
    error_budgets.at + make_interval(secs => t.earliest),
    error_budgets.at + make_interval(secs => t.latest)
  from everwatch_private.burn_rates(error_budgets.at, error_budgets.org_id) as b
  cross join lateral everwatch_private.outcomes(b.metric, b.org_id, error_budgets.at, '{30 days}') as c
  -- As the last 6 hours went on, while the hours of a month ago, taken for the mean of those between,
  -- leave the window.
  left join lateral (
    select
      (b.failed[4] - (1 - b.target) * b.total[4])::float8 / 21600 as coming,
      (c.failed[1] - b.failed[4] - (1 - b.target) * (c.total[1] - b.total[4]))::float8 / 2570400 as leaving
  ) as overspent
    on true
  left join lateral everwatch_private.time_to_reach(
    ((1 - b.target) * c.total[1] - c.failed[1])::float8,
    overspent.coming - overspent.leaving,
    everwatch_private.overdispersion(b.failed_by_hour) * b.failed[4] / 21600,
    21600
  ) as t
    on b.failed[4] >= 5;
end
$$;

comment on function everwatch_private.error_budgets(timestamptz, uuid)
  is 'Each objective with its last 30 days, what is left of its error budget (1: all, 0: none, below: overspent), how fast that burns (as burn_rates), and when it will be used up with the bounds of an 80% interval, if it goes on as in the last 6 hours: of one org or of all that the caller may read.';

create view everwatch.v_error_budgets
with
  (security_invoker = on) as
select
  org_id,
  metric,
  target,
  total,
  failed,
  budget_left,
  rates[1] as burn_rate_5m,
  rates[2] as burn_rate_30m,
  rates[3] as burn_rate_1h,
  rates[4] as burn_rate_6h,
  rates[5] as burn_rate_3d,
  exhausted_at,
  earliest,
  latest
from
  everwatch_private.error_budgets(now());

comment on view everwatch.v_error_budgets
  is 'The objectives of the orgs that the caller may read, and what is left of their error budgets: see everwatch_private.error_budgets().';
comment on column everwatch.v_error_budgets.total is 'Finished in the last 30 days.';
comment on column everwatch.v_error_budgets.budget_left
  is 'What is left of the failures that the objective allows: 1 all of them, 0 none, below 0 overspent.';
comment on column everwatch.v_error_budgets.burn_rate_1h
  is '1 uses up the budget in its 30 days; null without traffic.';

revoke execute on function everwatch_private.error_budgets(timestamptz, uuid) from public;
grant select on everwatch.v_error_budgets to authenticated, service_role;

-- schemas/predictions/objectives.sql

-- What an org promises: how much of what it does succeeds, over 30 days. The rest is its error budget.
create table everwatch_private.objectives (
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  metric text not null check (metric in ('deliveries', 'requests')),
  target numeric not null check (target between 0.5 and 0.99999),
  primary key (org_id, metric)
);

comment on table everwatch_private.objectives
  is 'The objectives of orgs: without a row for a metric there is none.';
comment on column everwatch_private.objectives.metric
  is 'deliveries of its webhooks, or requests to its API.';
comment on column everwatch_private.objectives.target
  is 'Which share of them is to succeed over 30 days, for example 0.99.';

alter table everwatch_private.objectives enable row level security;

grant select, insert, update, delete on everwatch_private.objectives to authenticated, service_role;

create policy "members read their orgs' objectives"
  on everwatch_private.objectives
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "owners and admins set objectives"
  on everwatch_private.objectives
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create policy "owners and admins change objectives"
  on everwatch_private.objectives
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create policy "owners and admins drop objectives"
  on everwatch_private.objectives
  for delete
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create function everwatch.set_objective(metric text, target numeric, org_id uuid default null)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  org constant uuid := everwatch_private.metrics_org(set_objective.org_id);
begin
  if metric is null or metric not in ('deliveries', 'requests') then
    raise exception 'metric must be one of deliveries, requests.'
      using errcode = 'PT400', detail = 'invalid_metric', hint = 'metric';
  elsif target not between 0.5 and 0.99999 then
    raise exception 'target must be from 0.5 to 0.99999, or null for no objective.'
      using errcode = 'PT400', detail = 'invalid_target', hint = 'target';
  elsif not everwatch_private.reads_every_org() and org not in (select everwatch_private.my_org_ids(array['owner', 'admin'])) then
    raise exception 'Only owners and admins set objectives.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'org_id';
  end if;
  if target is null then
    delete from everwatch_private.objectives as o where o.org_id = org and o.metric = set_objective.metric;
  else
    insert into everwatch_private.objectives as o (org_id, metric, target)
    values (org, set_objective.metric, set_objective.target)
    on conflict on constraint objectives_pkey do update set target = excluded.target;
  end if;
end
$$;

comment on function everwatch.set_objective(text, numeric, uuid)
  is 'Sets which share (0.5 to 0.99999) of an org''s deliveries or requests is to succeed over 30 days; null takes the objective away. Raises PT400, PT401, PT403 or PT404.';

revoke execute on function everwatch.set_objective(text, numeric, uuid) from public;

-- schemas/predictions/prediction.sql

-- How a prediction is said.
create function everwatch_private.span_in_words(span interval)
  returns text
  language plpgsql immutable strict set search_path = ''
  as $$
declare
  seconds constant numeric := extract(epoch from span);
begin
  return case
    when seconds < 120 then format('%s seconds', greatest(round(seconds), 0))
    when seconds < 7200 then format('%s minutes', round(seconds / 60))
    when seconds < 172800 then format('%s hours', round(seconds / 3600))
    else format('%s days', round(seconds / 86400))
  end;
end
$$;

comment on function everwatch_private.span_in_words(interval)
  is 'A length of time for people, in the largest unit that says it with two digits or so.';

create function everwatch_private.prediction(
  at timestamptz,
  org_id uuid,
  severity text,
  resource_type text,
  resource_id text,
  resource_name text,
  metric text,
  says text,
  expected timestamptz,
  earliest timestamptz,
  latest timestamptz
)
  returns everwatch_private.finding
  language plpgsql immutable set search_path = ''
  as $$
begin
  return row(
    org_id, severity, resource_type, resource_id, resource_name, metric,
    format(
      '%s in about %s (with 8 chances in 10 in %s%s)',
      says,
      everwatch_private.span_in_words(expected - prediction.at),
      everwatch_private.span_in_words(earliest - prediction.at),
      coalesce(' to ' || everwatch_private.span_in_words(latest - prediction.at), ' or more')
    ),
    jsonb_build_object('expected_at', expected, 'earliest_at', earliest, 'latest_at', latest)
  )::everwatch_private.finding;
end
$$;

comment on function everwatch_private.prediction(timestamptz, uuid, text, text, text, text, text, text, timestamptz, timestamptz, timestamptz)
  is 'A statement that something will be reached: `says` goes on with when that is.';

revoke execute
  on function
    everwatch_private.span_in_words(interval),
    everwatch_private.prediction(timestamptz, uuid, text, text, text, text, text, text, timestamptz, timestamptz, timestamptz)
  from public;

-- schemas/predictions/predictions.sql

-- What is expected to run out: one function for each thing that can.
create function everwatch_private.rate_limit_predictions(at timestamptz)
  returns setof everwatch_private.finding
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select p.*
  from everwatch_private.rate_limit_forecast(rate_limit_predictions.at) as f
  cross join lateral everwatch_private.prediction(
    rate_limit_predictions.at, f.org_id, 'warning', 'rate_limit', f.key_type || ':' || f.identifier, f.identifier,
    'exhaustion',
    format('Rate limit of %s %s (%s of %s used) will be used up', f.key_type, f.identifier, f.request_count, f.limit_max),
    f.exhausted_at, f.earliest, f.latest
  ) as p
  where f.exhausted_at > rate_limit_predictions.at and f.exhausted_at < f.window_end;
end
$$;

comment on function everwatch_private.rate_limit_predictions(timestamptz)
  is 'Rate limits that are expected to be used up before their windows end.';

create function everwatch_private.error_budget_predictions(at timestamptz)
  returns setof everwatch_private.finding
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select p.*
  from everwatch_private.error_budgets(error_budget_predictions.at) as b
  cross join lateral everwatch_private.prediction(
    error_budget_predictions.at, b.org_id, 'warning', 'objective', b.metric,
    format('%s%% of %s succeed', trim_scale(100 * b.target), b.metric),
    'error_budget',
    format('The error budget of "%s%% of %s succeed" (%s%% left) will be used up',
      trim_scale(100 * b.target), b.metric, round(100 * b.budget_left)),
    b.exhausted_at, b.earliest, b.latest
  ) as p
  where b.exhausted_at > error_budget_predictions.at and b.exhausted_at < error_budget_predictions.at + interval '3 days';
end
$$;

comment on function everwatch_private.error_budget_predictions(timestamptz)
  is 'Error budgets that are expected to be used up within three days.';

create function everwatch_private.capacity_predictions(at timestamptz)
  returns setof everwatch_private.finding
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select p.*
  from everwatch_private.capacity_forecast(capacity_predictions.at) as c
  join everwatch_private.capacity_limits as l on l.what = c.what
  cross join lateral (
    select 'Disk', format('The database (%s)', pg_size_pretty(c.value::bigint)),
      'pass the limit of ' || pg_size_pretty(c.limit_value::bigint),
      'has passed the limit of ' || pg_size_pretty(c.limit_value::bigint)
    where c.what = 'disk_bytes'
    union all
    select 'Outbox', format('The notifications that wait (%s)', c.value),
      format('be more than %s', c.limit_value), format('are more than %s', c.limit_value)
    where c.what = 'outbox_waiting'
  ) as words (name, what, will, has)
  cross join lateral (
    select p.*
    from everwatch_private.prediction(
      capacity_predictions.at, null,
      case when c.earliest < capacity_predictions.at + l.warn_within / 4 then 'critical' else 'warning' end,
      'capacity', c.what, words.name, 'exhaustion', format('%s will %s', words.what, words.will),
      c.exhausted_at, c.earliest, c.latest
    ) as p
    where c.value < c.limit_value
      and c.exhausted_at > capacity_predictions.at
      and c.exhausted_at < capacity_predictions.at + l.warn_within
    union all
    select null, 'critical', 'capacity', c.what, words.name, 'exhaustion',
      format('%s %s', words.what, words.has),
      jsonb_build_object('value', c.value, 'limit', c.limit_value)
    where c.value >= c.limit_value
  ) as p;
end
$$;

comment on function everwatch_private.capacity_predictions(timestamptz)
  is 'The disk and the outbox, where they have passed their limits or are expected to within the times that the operator sets.';

create function everwatch_private.partition_predictions(at timestamptz)
  returns setof everwatch_private.finding
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  -- They are made two months ahead: with less than one, nobody makes them.
  return query
  select p.*
  from everwatch_private.partitions_end() as e
  join everwatch_private.raw_tables as t on t.source = e.source
  cross join lateral everwatch_private.prediction(
    partition_predictions.at, null, 'warning', 'table', t.name, t.name, 'partitions',
    format('Table %s, for which no partitions are made ahead any more, will have none for new rows', t.name),
    e.ends_at, e.ends_at, e.ends_at
  ) as p
  where e.ends_at > partition_predictions.at and e.ends_at < partition_predictions.at + interval '1 month';
end
$$;

comment on function everwatch_private.partition_predictions(timestamptz)
  is 'Raw tables that nobody makes partitions for any more.';

revoke execute
  on function
    everwatch_private.rate_limit_predictions(timestamptz),
    everwatch_private.error_budget_predictions(timestamptz),
    everwatch_private.capacity_predictions(timestamptz),
    everwatch_private.partition_predictions(timestamptz)
  from public;

-- schemas/predictions/rate_limit_forecast.sql

-- When each rate limit will be used up, if its window goes on as it began.
create function everwatch_private.overdispersion(counts bigint[])
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
begin
  return (
    -- As Student's t allows for few counts (differences of neighbours tell two thirds of what as many
    -- numbers would). Of fewer than four nobody knows: then twice the deviation of chance.
    select case
      when count(d.step) < 3 then 4
      else greatest(1, avg(d.step ^ 2) / 2 / nullif(avg(d.count), 0) * (1 + 2.1 / count(d.step)))
    end::double precision
    from (
      select c.count, c.count - lag(c.count) over (order by c.n) as step
      from unnest(counts) with ordinality as c (count, n)
    ) as d
  );
end
$$;

comment on function everwatch_private.overdispersion(bigint[])
  is 'How many times as much as by chance (1) counts of equal spans vary, by how much each differs from the one before it: so what grows or shrinks slowly does not count.';

create type everwatch_private.forecast as (
  org_id uuid,
  key_type text,
  identifier text,
  window_start timestamptz,
  window_end timestamptz,
  request_count integer,
  limit_max integer,
  exhausted_at timestamptz,
  earliest timestamptz,
  latest timestamptz
);

comment on type everwatch_private.forecast
  is 'When an open window of a rate limit will be used up, and the bounds of an 80% interval.';

create function everwatch_private.rate_limit_forecast(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.forecast
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
#variable_conflict use_column
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(rate_limit_forecast.org_id);
begin
  return query
  select l.org_id, l.key_type, l.identifier, l.window_start, l.window_end, l.request_count, l.limit_max,
    rate_limit_forecast.at + make_interval(secs => t.expected),
    rate_limit_forecast.at + make_interval(secs => t.earliest),
    rate_limit_forecast.at + make_interval(secs => t.latest)
  from everwatch.api_rate_limits as l
  cross join lateral (
    select extract(epoch from rate_limit_forecast.at - l.window_start)::float8 as elapsed
  ) as e
  -- Requests come in bursts: how much more than by chance, the key's earlier windows tell.
  cross join lateral (
    select everwatch_private.overdispersion(array(
      select p.request_count::bigint
      from everwatch.api_rate_limits as p
      where p.org_id = l.org_id
        and p.key_type = l.key_type
        and p.identifier = l.identifier
        and p.window_start < l.window_start
        and p.window_seconds = l.window_seconds
      order by p.window_start desc
      limit 20
    )) as overdispersion
  ) as d
  cross join lateral everwatch_private.time_to_reach(
    l.limit_max - l.request_count,
    l.request_count / e.elapsed,
    d.overdispersion * l.request_count / e.elapsed,
    e.elapsed
  ) as t
  where l.org_id = any (orgs)
    and l.window_end > rate_limit_forecast.at
    and l.window_start < rate_limit_forecast.at
    -- Fewer say nothing.
    and l.request_count >= 10;
end
$$;

comment on function everwatch_private.rate_limit_forecast(timestamptz, uuid)
  is 'When the rate limits in their open windows will be used up, with the bounds of an 80% interval, if requests go on to come as they have in the window: of one org or of all that the caller may read. Windows with fewer than 10 requests are left out.';

revoke execute
  on function
    everwatch_private.overdispersion(bigint[]),
    everwatch_private.rate_limit_forecast(timestamptz, uuid)
  from public;

create view everwatch.v_rate_limit_forecast
with
  (security_invoker = on) as
select
  org_id,
  key_type,
  identifier,
  window_start,
  window_end,
  request_count,
  limit_max,
  exhausted_at,
  earliest,
  latest
from
  everwatch_private.rate_limit_forecast(now());

comment on view everwatch.v_rate_limit_forecast
  is 'When each rate limit will be used up, if its open window goes on as it began.';
comment on column everwatch.v_rate_limit_forecast.exhausted_at
  is 'When it is expected to be used up; after window_end where the window ends first.';
comment on column everwatch.v_rate_limit_forecast.earliest
  is 'With 8 chances in 10 it is between earliest and latest.';
comment on column everwatch.v_rate_limit_forecast.latest
  is 'As earliest; null where that cannot be said.';

grant select on everwatch.v_rate_limit_forecast to authenticated, service_role;

-- schemas/predictions/report_predictions.sql

-- What is about to run out, as insights: each minute all of it.
create function everwatch_private.predictions(at timestamptz default now())
  returns setof everwatch_private.finding
  language plpgsql stable set search_path = ''
  as $$
begin
  return query select p.* from everwatch_private.rate_limit_predictions(predictions.at) as p;
  return query select p.* from everwatch_private.error_budget_predictions(predictions.at) as p;
  return query select p.* from everwatch_private.capacity_predictions(predictions.at) as p;
  return query select p.* from everwatch_private.partition_predictions(predictions.at) as p;
end
$$;

comment on function everwatch_private.predictions(timestamptz)
  is 'What is expected to run out: rate limits within their windows, error budgets within three days, the disk and the outbox within the times that the operator sets, and partitions.';

create function everwatch_private.report_predictions(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform everwatch_private.sample_capacity(report_predictions.at);
  perform everwatch_private.report_insights(
    'prediction', array(select p from everwatch_private.predictions(report_predictions.at) as p), report_predictions.at
  );
end
$$;

comment on function everwatch_private.report_predictions(timestamptz)
  is 'States what is expected to run out as insights; the schedule calls it each minute.';

revoke execute
  on function
    everwatch_private.predictions(timestamptz),
    everwatch_private.report_predictions(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-report-predictions', '* * * * *', 'select everwatch_private.report_predictions()');

-- schemas/predictions/time_to_reach.sql

-- When something that grows reaches a limit, with how sure that is. What grows is taken for a random walk
-- with drift: after h seconds it is drift * h further, give or take sqrt(variance * (h + h^2 / observed)),
-- where the second part is that the drift itself is only known from what was observed. The limit lies
-- 1.2816 such deviations (8 of 10 times within them) ahead of or behind the expected course where
--   (distance - drift * h)^2 = 1.2816^2 * variance * (h + h^2 / observed),
-- a quadratic equation in h. (So Fieller's interval for a ratio:
-- https://doi.org/10.1111/j.2517-6161.1954.tb00159.x.)
--
-- What also goes back is there now and then before it stays there: twice as often, says the reflection
-- principle, so that its earlier bound is where 1 in 20, and not 1 in 10, is ahead: 1.6449 deviations.
create function everwatch_private.course_bounds(
  distance double precision,
  drift double precision,
  variance double precision,
  observed double precision,
  deviations double precision,
  out sooner double precision,
  out later double precision
)
  language plpgsql immutable set search_path = ''
  as $$
declare
  spread constant double precision := deviations ^ 2 * variance;
  a constant double precision := drift ^ 2 - spread / observed;
  b constant double precision := 2 * distance * drift + spread;
  root constant double precision := sqrt(greatest(b ^ 2 - 4 * a * distance ^ 2, 0));
begin
  sooner := 2 * distance ^ 2 / (b + root);
  -- Where it may as well not grow at all, nobody knows by when it is there.
  if a > 0 then
    later := (b + root) / (2 * a);
  end if;
end
$$;

comment on function everwatch_private.course_bounds(double precision, double precision, double precision, double precision, double precision)
  is 'When a random walk with drift is `distance` further if it is so many deviations ahead of, or behind, its expected course.';

create function everwatch_private.time_to_reach(
  distance double precision,
  drift double precision,
  variance double precision,
  observed double precision,
  wavers boolean default false,
  out expected double precision,
  out earliest double precision,
  out latest double precision
)
  language plpgsql immutable set search_path = ''
  as $$
begin
  if distance <= 0 then
    expected := 0;
    earliest := 0;
    latest := 0;
    return;
  -- (What is no number is greater than any.)
  elsif (
    greatest(distance, drift, variance) < 'infinity' and drift > 0 and observed > 0 and variance >= 0
  ) is not true then
    return;
  end if;
  expected := distance / drift;
  earliest := (everwatch_private.course_bounds(distance, drift, variance, observed, case when wavers then 1.6449 else 1.2816 end)).sooner;
  latest := (everwatch_private.course_bounds(distance, drift, variance, observed, 1.2816)).later;
end
$$;

comment on function everwatch_private.time_to_reach(double precision, double precision, double precision, double precision, boolean)
  is 'Seconds until something that grows by `drift` a second, with a variance of `variance` a second, both seen for `observed` seconds, is `distance` further: expected, and the bounds of an 80% interval. `wavers` says that it may go back, too. Null where it does not grow; latest is null where it may never be there.';

revoke execute
  on function
    everwatch_private.course_bounds(double precision, double precision, double precision, double precision, double precision),
    everwatch_private.time_to_reach(double precision, double precision, double precision, double precision, boolean)
  from public;

-- schemas/costs/tables/prices.sql

-- What Supabase charges, as the operator says it does. The defaults are the Pro plan's public prices as of
-- 5 September 2026. Prices, plans and discounts change: compare them with a bill of your own before you
-- rely on any amount of money, and set `as_of` when you have.
create table everwatch_private.prices (
  item text primary key check (item in ('disk', 'egress', 'function_calls')),
  unit text not null,
  price numeric not null check (price >= 0 and price < 'infinity'),
  included numeric not null default 0 check (included >= 0 and included < 'infinity'),
  currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
  as_of date not null check (isfinite(as_of)),
  source text not null check (source ~* '^https?://\S+$'),
  constraint prices_are_by_known_units check (
    unit = case item
      when 'disk' then 'GB-month'
      when 'egress' then 'GB'
      when 'function_calls' then 'million'
    end
  )
);

insert into
  everwatch_private.prices(item, unit, price, included, as_of, source)
values
  ('disk', 'GB-month', 0.125, 8, '2026-09-05', 'https://supabase.com/pricing'),
  ('egress', 'GB', 0.09, 250, '2026-09-05', 'https://supabase.com/pricing'),
  ('function_calls', 'million', 2, 2, '2026-09-05', 'https://supabase.com/pricing');

comment on table everwatch_private.prices
  is 'What a unit of each item costs beyond what the plan includes. The operator keeps it true: see docs/costs.md. An item without a row has no known price.';
comment on column everwatch_private.prices.item
  is 'disk: all that the database holds; egress: bytes out; function_calls: calls of edge functions.';
comment on column everwatch_private.prices.unit
  is 'GB-month, GB or million: a GB is 10^9 bytes, a month a twelfth of a year.';
comment on column everwatch_private.prices.price is 'Of one unit, in the currency.';
comment on column everwatch_private.prices.included
  is 'Units a month that the plan includes, for the whole project.';
comment on column everwatch_private.prices.currency
  is 'As ISO 4217 has it; one for all items, as they are added up.';
comment on column everwatch_private.prices.as_of is 'The day on which somebody last looked it up.';
comment on column everwatch_private.prices.source is 'Where.';

grant select on everwatch_private.prices to service_role;

create function everwatch_private.check_currency()
  returns trigger
  language plpgsql set search_path = ''
  as $$
begin
  if (select count(distinct p.currency) from everwatch_private.prices as p) > 1 then
    raise exception 'all prices must be in one currency: change them in one statement'
      using errcode = 'check_violation', column = 'currency';
  end if;
  return null;
end
$$;

comment on function everwatch_private.check_currency()
  is 'Refuses (23514) prices in several currencies, which nobody could add up.';

revoke execute on function everwatch_private.check_currency() from public;

create trigger check_currency
  after insert or update on everwatch_private.prices
  for each statement
  execute function everwatch_private.check_currency();

-- schemas/costs/tables/saving.sql

-- What could be saved: each finder says what is so and how many bytes it is about.
create type everwatch_private.saving as (
  org_id uuid,
  metric text,
  resource_type text,
  resource_id text,
  resource_name text,
  bytes bigint,
  sentence text,
  detail jsonb
);

comment on type everwatch_private.saving
  is 'Something to save, as an insight says it: the operator''s where org_id is null. The sentence has no full stop yet.';

-- schemas/costs/tables/storage.sql

-- What orgs hold of the project's tables, as of the last measurement.
create table everwatch_private.storage (
  org_id uuid not null,
  resource_type text not null check (resource_type in ('org', 'webhook', 'rule', 'route')),
  resource_id text not null,
  raw_rows bigint not null check (raw_rows >= 0),
  bytes bigint not null,
  primary key (org_id, resource_type, resource_id)
);

comment on table everwatch_private.storage
  is 'The bytes of the project''s tables, their indexes and their TOAST tables, by what they are about. With cost_state.rest_bytes it is all of them, to the byte.';
comment on column everwatch_private.storage.org_id
  is 'Without a foreign key: an org that is deleted is in it until the next measurement.';
comment on column everwatch_private.storage.resource_type
  is 'webhook, rule or route (a method and a path of the API); org: what is an org''s and of none of these.';
comment on column everwatch_private.storage.raw_rows
  is 'Rows of webhook_deliveries, rule_executions or api_audit_logs.';

-- Routes are in no rollup, nor are bytes out. Each day that has ended is counted once, so that what this
-- costs follows what is new. A request that comes in later, with a time of a day before, is its org's and
-- of no route; what it or such a delivery sent is not counted.
create table everwatch_private.route_days (
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  route text not null,
  day date not null,
  requests bigint not null,
  duration_sum bigint not null,
  bytes_out bigint,
  primary key (org_id, route, day)
);

comment on table everwatch_private.route_days
  is 'Requests by route (method and path) and day in UTC: the 100 busiest routes of each org and day.';
comment on column everwatch_private.route_days.route
  is 'Empty: all that are rarer, which are the org''s.';
comment on column everwatch_private.route_days.duration_sum is 'Milliseconds.';
comment on column everwatch_private.route_days.bytes_out
  is 'Of those requests that said it; null when none did.';

create table everwatch_private.webhook_days (
  org_id uuid not null,
  webhook_id uuid not null,
  day date not null,
  bytes_out bigint not null,
  primary key (org_id, webhook_id, day),
  foreign key (org_id, webhook_id) references everwatch.webhooks (org_id, id) on delete cascade
);

comment on table everwatch_private.webhook_days
  is 'Bytes out by webhook and day in UTC, where a delivery said it.';
comment on column everwatch_private.webhook_days.bytes_out
  is 'Of those deliveries that said it and had finished.';

create table everwatch_private.cost_state (
  singleton boolean primary key default true check (singleton),
  measured_at timestamptz,
  days_before date,
  rest_bytes bigint,
  database_bytes bigint,
  function_calls bigint,
  bytes_out bigint
);

insert into
  everwatch_private.cost_state
default values;

comment on table everwatch_private.cost_state
  is 'What the whole project uses, as of the last measurement, one row: all null before the first.';
comment on column everwatch_private.cost_state.days_before
  is 'Until when days are counted by route and webhook.';
comment on column everwatch_private.cost_state.rest_bytes
  is 'Of the project''s tables: what is nobody''s, or not known whose.';
comment on column everwatch_private.cost_state.database_bytes
  is 'Of the whole database, also of what is not the project''s.';
comment on column everwatch_private.cost_state.function_calls
  is 'In 30 days, those that are recorded: requests that the orgs'' API served, and what the database asked of edge functions. Calls of `track` and `monitoring` are not.';
comment on column everwatch_private.cost_state.bytes_out
  is 'Of the last 30 days that have ended, what is recorded: bodies of answers and of deliveries; null when nothing is.';

create view everwatch_private.relation_sizes
with
  (security_invoker = on) as
select
  c.oid as relation,
  n.nspname as schema_name,
  c.relname as name,
  greatest(c.reltuples, 0)::bigint as estimated_rows,
  pg_total_relation_size(c.oid) as bytes,
  pg_indexes_size(c.oid) as index_bytes
from
  pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where
  c.relkind = 'r'
  and n.nspname in ('everwatch', 'everwatch_private');

comment on view everwatch_private.relation_sizes
  is 'Everwatch''s tables and partitions, with their sizes in bytes.';

-- schemas/costs/count_days.sql

-- Counting requests by route, and bytes out by route and webhook, each day once.
create function everwatch_private.count_routes(since date, until date)
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan set jit = off
  as $$
begin
  insert into everwatch_private.route_days (org_id, route, day, requests, duration_sum, bytes_out)
  select o.id, r.route, d.day::date, r.requests, r.duration_sum, r.bytes_out
  from generate_series(since::timestamp, until - interval '1 day', interval '1 day') as d (day)
  cross join everwatch.orgs as o
  -- Org by org, as the index on time begins with it.
  cross join lateral (
    select case when place <= 100 then one.route else '' end as route, sum(one.requests) as requests,
      sum(one.duration_sum) as duration_sum, sum(one.bytes_out) as bytes_out
    from (
      -- As much of a path as an index takes.
      select concat(l.method, ' ', left(l.path, 500)) as route, count(*) as requests,
        coalesce(sum(l.duration_ms), 0) as duration_sum, sum(l.bytes_out) as bytes_out,
        row_number() over (order by count(*) desc, concat(l.method, ' ', left(l.path, 500))) as place
      from everwatch.api_audit_logs as l
      where l.org_id = o.id
        and l.created_at >= d.day at time zone 'UTC'
        and l.created_at < (d.day + interval '1 day') at time zone 'UTC'
      group by 1
    ) as one
    group by 1
  ) as r
  on conflict do nothing;
end
$$;

comment on function everwatch_private.count_routes(date, date)
  is 'Counts the requests of each day of a span by route: the 100 busiest of each org and day by themselves, the rest together.';

-- A pending delivery may yet be stored again, with the time at which it finished.
create function everwatch_private.count_webhooks(since date, until date)
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan set jit = off
  as $$
begin
  insert into everwatch_private.webhook_days (org_id, webhook_id, day, bytes_out)
  select o.id, w.webhook_id, d.day::date, w.bytes_out
  from generate_series(since::timestamp, until - interval '1 day', interval '1 day') as d (day)
  cross join everwatch.orgs as o
  cross join lateral (
    select v.webhook_id, sum(v.bytes_out) as bytes_out
    from everwatch.webhook_deliveries as v
    where v.org_id = o.id
      and v.sent_at >= d.day at time zone 'UTC'
      and v.sent_at < (d.day + interval '1 day') at time zone 'UTC'
      and v.status <> 'pending' and v.bytes_out is not null
    group by v.webhook_id
  ) as w
  on conflict do nothing;
end
$$;

comment on function everwatch_private.count_webhooks(date, date)
  is 'Adds up what the deliveries of each day of a span sent, by webhook: those that finished and said it.';

create function everwatch_private.count_days(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  today constant date := (at at time zone 'UTC')::date;
  -- At the first time no more than a month of what was there before.
  since constant date := (
    select greatest(s.days_before, today - 30) from everwatch_private.cost_state as s
  );
  -- Of a month whose raw rows went nothing holds anything.
  kept_since constant timestamp := (
    select today - s.raw_retention - interval '31 days' from everwatch_private.rollup_settings as s
  );
begin
  perform everwatch_private.count_routes(since, today);
  perform everwatch_private.count_webhooks(since, today);
  delete from everwatch_private.route_days as r where r.day < kept_since;
  delete from everwatch_private.webhook_days as w where w.day < kept_since;

  update everwatch_private.cost_state as s
  set days_before = greatest(s.days_before, today)
  where s.singleton;
end
$$;

comment on function everwatch_private.count_days(timestamptz)
  is 'Counts each day that has ended and is not counted yet, or the last 30 at the first time; deletes days that are past the retention.';

revoke execute
  on function
    everwatch_private.count_routes(date, date),
    everwatch_private.count_webhooks(date, date),
    everwatch_private.count_days(timestamptz)
  from public;

-- schemas/costs/measure_costs.sql

-- What all this holds and uses, once a day.
create function everwatch_private.measure_storage()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  delete from everwatch_private.storage where true;

  insert into everwatch_private.storage (org_id, resource_type, resource_id, raw_rows, bytes)
  with part as (
    select r.source, r.resource_id, r.raw_rows, r.bytes, r.source = 'request' as is_raw_request
    from everwatch_private.raw_bytes() as r
    union all
    select b.source, b.resource_id, 0, b.bytes, false
    from everwatch_private.rollup_bytes() as b
  ),
  -- What is an org's requests' is its routes', as far as these are counted.
  counted as (
    select p.resource_id as org_id, d.route, p.raw_rows, p.bytes,
      d.requests / greatest(p.raw_rows, sum(d.requests) over (partition by p.resource_id)) as share
    from part as p
    join (
      select r.org_id, r.route, sum(r.requests) as requests
      from everwatch_private.route_days as r
      join everwatch_private.raw_tables as t on t.source = 'request'
      where r.route <> '' and r.day >= (t.complete_since at time zone 'UTC')::date
      group by r.org_id, r.route
    ) as d on d.org_id = p.resource_id
    where p.is_raw_request
  ),
  held as (
    select r.org_id, case p.source when 'delivery' then 'webhook' when 'execution' then 'rule' else 'org' end as resource_type,
      p.resource_id::text, p.raw_rows, p.bytes
    from part as p
    join everwatch_private.resources as r on r.source = p.source and r.id = p.resource_id
    union all
    select c.org_id, 'route', c.route, floor(c.raw_rows * c.share)::bigint, floor(c.bytes * c.share)::bigint
    from counted as c
    union all
    select c.org_id, 'org', c.org_id::text, -floor(c.raw_rows * c.share)::bigint, -floor(c.bytes * c.share)::bigint
    from counted as c
    union all
    select o.org_id, 'org', o.org_id::text, 0, o.bytes
    from everwatch_private.other_bytes() as o
    join everwatch.orgs as known on known.id = o.org_id
  )
  select h.org_id, h.resource_type, h.resource_id, sum(h.raw_rows)::bigint, sum(h.bytes)::bigint
  from held as h
  group by h.org_id, h.resource_type, h.resource_id;

  update everwatch_private.cost_state as c
  set rest_bytes = coalesce((select sum(z.bytes)::bigint from everwatch_private.relation_sizes as z), 0)
    - coalesce((select sum(s.bytes)::bigint from everwatch_private.storage as s), 0)
  where c.singleton;
end
$$;

comment on function everwatch_private.measure_storage()
  is 'Measures all that the project''s tables hold, and writes down whose it is.';

create function everwatch_private.recorded_calls(since timestamptz, until timestamptz)
  returns bigint
  language plpgsql stable set search_path = ''
  as $$
begin
  return coalesce((
      select sum(r.succeeded + r.failed)
      from everwatch_private.rollups as r
      where r.source = 'request' and r.starts_at >= since and r.starts_at < until
    ), 0) + (
      select count(*) from everwatch_private.function_calls as c where c.called_at >= since and c.called_at < until
    );
end
$$;

comment on function everwatch_private.recorded_calls(timestamptz, timestamptz)
  is 'Calls of edge functions that are recorded: see cost_state.function_calls.';

create function everwatch_private.recorded_bytes(since date, until date)
  returns bigint
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select sum(d.bytes_out)
    from (
      select r.bytes_out from everwatch_private.route_days as r where r.day >= since and r.day < until
      union all
      select w.bytes_out from everwatch_private.webhook_days as w where w.day >= since and w.day < until
    ) as d
  );
end
$$;

comment on function everwatch_private.recorded_bytes(date, date)
  is 'Bytes out that are recorded: see cost_state.bytes_out.';

create function everwatch_private.measure_costs(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  today constant date := (at at time zone 'UTC')::date;
begin
  perform everwatch_private.count_days(at);
  perform everwatch_private.measure_storage();
  update everwatch_private.cost_state as s
  set measured_at = measure_costs.at,
    database_bytes = pg_database_size(current_database()),
    function_calls = everwatch_private.recorded_calls(measure_costs.at - interval '30 days', measure_costs.at),
    bytes_out = everwatch_private.recorded_bytes(today - 30, today)
  where s.singleton;
end
$$;

comment on function everwatch_private.measure_costs(timestamptz)
  is 'Measures what everyone uses, as of now.';

revoke execute
  on function
    everwatch_private.measure_storage(),
    everwatch_private.recorded_calls(timestamptz, timestamptz),
    everwatch_private.recorded_bytes(date, date),
    everwatch_private.measure_costs(timestamptz)
  from public;

-- schemas/costs/monitoring_costs.sql

-- The read path of GET /functions/v1/monitoring/costs: everything in one round trip.
create function everwatch_private.costs_measured_at()
  returns timestamptz
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return (select s.measured_at from everwatch_private.cost_state as s);
end
$$;

comment on function everwatch_private.costs_measured_at()
  is 'When it was last measured what everyone holds; null before the first time.';

create function everwatch.monitoring_costs(
  range_start timestamptz,
  range_end timestamptz,
  org_id uuid default null,
  page_limit integer default 100,
  after text default null
)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
declare
  org constant uuid := everwatch_private.metrics_org(monitoring_costs.org_id);
begin
  if page_limit is null or page_limit not between 1 and 500 then
    raise exception 'page_limit must be from 1 to 500.'
      using errcode = 'PT400', detail = 'invalid_limit', hint = 'page_limit';
  end if;
  return (
    with cost as materialized (
      select array[lpad(coalesce(c.bytes_at_rest, 0)::text, 20, '0'), md5(c.resource_type || c.resource_id)] as key, c
      from everwatch_private.org_costs(org, range_start, range_end) as c
    ),
    found as (
      select x.*
      from cost as x
      where after is null or x.key < everwatch_private.decode_cursor(after, 'resources')
      order by x.key desc
      limit page_limit + 1
    ),
    total as (
      -- Null only when it is known of none.
      select sum((x.c).events) as events, sum((x.c).raw_rows) as raw_rows, sum((x.c).bytes_at_rest) as bytes_at_rest,
        sum((x.c).function_calls) as function_calls, sum((x.c).function_ms) as function_ms,
        sum((x.c).bytes_out) as bytes_out, sum((x.c).disk_cost) as disk_cost, sum((x.c).function_cost) as function_cost,
        sum((x.c).egress_cost) as egress_cost
      from cost as x
    )
    select jsonb_build_object(
      'org_id', org,
      'timestamp', now(),
      'from', range_start,
      'to', range_end,
      'measured_at', everwatch_private.costs_measured_at(),
      'currency', (select min((x.c).currency) from cost as x),
      'total', (select to_jsonb(t) from total as t)
    ) || everwatch_private.page(
      'resources',
      (
        select jsonb_agg(jsonb_build_object('key', f.key, 'item', to_jsonb(f.c) - 'currency') order by f.key desc)
        from found as f
      ),
      page_limit
    )
  );
end
$$;

comment on function everwatch.monitoring_costs(timestamptz, timestamptz, uuid, integer, text)
  is 'What an org used and what it costs, in all and by webhook, rule and route, those that hold most first: see everwatch_private.org_costs. A total is of what is known. A page holds page_limit of them (1 to 500); `next` is the cursor of the one after it. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke execute
  on function
    everwatch_private.costs_measured_at(),
    everwatch.monitoring_costs(timestamptz, timestamptz, uuid, integer, text)
  from public;

-- schemas/costs/org_costs.sql

-- What each resource of an org used in a span of time, and its share of the bill. What nothing records is
-- null: neither guessed nor zero.
create function everwatch_private.used_units(item text)
  returns numeric
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select case used_units.item
      when 'disk' then s.database_bytes / 1e9
      when 'function_calls' then s.function_calls / 1e6
      when 'egress' then s.bytes_out / 1e9
    end
    from everwatch_private.cost_state as s
  );
end
$$;

comment on function everwatch_private.used_units(text)
  is 'How much of an item the whole project uses in a month, in the unit of its price; null when that is not known. Of egress it is what is recorded.';

create function everwatch_private.share_of_bill(item text, units numeric)
  returns numeric
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select p.price * share_of_bill.units * case
      when u.used > p.included then 1 - p.included / u.used
      when u.used is not null then 0
    end
    from everwatch_private.prices as p
    cross join everwatch_private.used_units(p.item) as u (used)
    where p.item = share_of_bill.item
  );
end
$$;

comment on function everwatch_private.share_of_bill(text, numeric)
  is 'What so many units cost, when everyone bears the same share of what the plan does not include; null when the price or the use of all is not known.';

create function everwatch_private.org_costs(org_id uuid, since timestamptz, until timestamptz)
  returns table(resource_type text, resource_id text, resource_name text, raw_rows bigint, bytes_at_rest bigint, events bigint, function_calls bigint, function_ms bigint, bytes_out bigint, disk_cost numeric, function_cost numeric, egress_cost numeric, currency text)
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  if not everwatch_private.may_read(org_costs.org_id) then
    return;
  elsif since is null or until is null or not isfinite(since) or not isfinite(until) or since >= until then
    raise exception 'since must be before until.' using errcode = 'PT400', detail = 'invalid_range', hint = 'since';
  end if;
  return query
  with held as (
    select s.resource_type, s.resource_id, s.raw_rows, s.bytes
    from everwatch_private.storage as s
    where s.org_id = org_costs.org_id
  )
  select key.of_type, key.of_id, coalesce(w.url, a.name, o.name, key.of_id),
    h.raw_rows, h.bytes, coalesce(u.events, 0)::bigint,
    -- Known to be none where nothing was done, and not known of webhooks and rules.
    case when key.is_function then coalesce(u.function_calls, 0) end::bigint,
    coalesce(u.function_ms, 0)::bigint, u.bytes_out::bigint,
    round(price.of_gigabyte * h.bytes / 1e9, 6),
    case when key.is_function then round(price.of_million * coalesce(u.function_calls, 0) / 1e6, 6) end,
    round(price.of_gigabyte_out * u.bytes_out / 1e9, 6),
    price.currency
  from (
    select
      -- A month is a twelfth of a year.
      everwatch_private.share_of_bill('disk', extract(epoch from until - since)::numeric / (365.25 * 7200)) as of_gigabyte,
      everwatch_private.share_of_bill('function_calls', 1) as of_million,
      everwatch_private.share_of_bill('egress', 1) as of_gigabyte_out,
      (select min(p.currency) from everwatch_private.prices as p) as currency
  ) as price
  cross join (held as h full join everwatch_private.org_usage(org_costs.org_id, since, until) as u
    on u.resource_type = h.resource_type and u.resource_id = h.resource_id)
  cross join lateral (
    select coalesce(h.resource_type, u.resource_type), coalesce(h.resource_id, u.resource_id),
      coalesce(h.resource_type, u.resource_type) in ('org', 'route')
  ) as key (of_type, of_id, is_function)
  left join everwatch.webhooks as w
    on w.org_id = org_costs.org_id and key.of_type = 'webhook' and w.id::text = key.of_id
  left join everwatch.automation_rules as a
    on a.org_id = org_costs.org_id and key.of_type = 'rule' and a.id::text = key.of_id
  left join everwatch.orgs as o on o.id = org_costs.org_id and key.of_type = 'org';
end
$$;

comment on function everwatch_private.org_costs(uuid, timestamptz, timestamptz)
  is 'What each webhook, rule and route of an org, and the org beside these, holds (rows and bytes at rest, as last measured), did in whole hours of a span (events, calls of functions and their milliseconds), sent in whole days of it (bytes out), and costs; nothing for those who may not read the org. Null is not known. Raises PT400.';

revoke execute
  on function
    everwatch_private.used_units(text),
    everwatch_private.share_of_bill(text, numeric),
    everwatch_private.org_costs(uuid, timestamptz, timestamptz)
  from public;

-- schemas/costs/org_usage.sql

-- What each resource of an org did in a span of time. Days count that are in the span as a whole.
create function everwatch_private.route_usage(org_id uuid, since timestamptz, until timestamptz)
  returns table(route text, requests numeric, ms numeric, bytes_out numeric)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select d.route, sum(d.requests), sum(d.duration_sum), sum(d.bytes_out)
  from everwatch_private.route_days as d
  where d.org_id = route_usage.org_id
    and d.day >= since at time zone 'UTC'
    and d.day + 1 <= until at time zone 'UTC'
  group by d.route;
end
$$;

comment on function everwatch_private.route_usage(uuid, timestamptz, timestamptz)
  is 'Requests of an org by route in whole days of a span (UTC), for how long in milliseconds, and the bytes sent where that is recorded; the route of those of none is empty.';

create function everwatch_private.org_usage(org_id uuid, since timestamptz, until timestamptz)
  returns table(resource_type text, resource_id text, events numeric, function_calls numeric, function_ms numeric, bytes_out numeric)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  with resource as (
    select r.source, r.id
    from everwatch_private.resources as r
    where r.org_id = org_usage.org_id
  ),
  activity as (
    select r.source, r.id, sum(u.pending + u.succeeded + u.failed) as events, sum(u.duration_sum) as ms
    from resource as r
    join everwatch_private.rollups as u on u.source = r.source and u.resource_id = r.id
    where u.starts_at >= since and u.starts_at < until
    group by r.source, r.id
  ),
  route as (
    select * from everwatch_private.route_usage(org_usage.org_id, since, until)
  ),
  webhook as (
    select d.webhook_id, sum(d.bytes_out) as bytes_out
    from everwatch_private.webhook_days as d
    where d.org_id = org_usage.org_id
      and d.day >= since at time zone 'UTC'
      and d.day + 1 <= until at time zone 'UTC'
    group by d.webhook_id
  ),
  metric as (
    select sum(m.count) as events
    from everwatch.metric_rollups as m
    where m.org_id = org_usage.org_id and m.hour >= since and m.hour < until
  )
  select case a.source when 'delivery' then 'webhook' else 'rule' end, a.id::text, a.events, null::numeric, a.ms, w.bytes_out
  from activity as a
  left join webhook as w on a.source = 'delivery' and w.webhook_id = a.id
  where a.source <> 'request'
  union all
  select 'route', r.route, r.requests, r.requests, r.ms, r.bytes_out
  from route as r
  where r.route <> ''
  union all
  -- Requests of no route: rare ones, and those of today.
  select 'org', org_usage.org_id::text, of_none.requests + coalesce(m.events, 0), of_none.requests, of_none.ms,
    (select r.bytes_out from route as r where r.route = '')
  from metric as m
  cross join lateral (
    select greatest(0, coalesce(sum(a.events), 0) - coalesce((select sum(r.requests) from route as r where r.route <> ''), 0)) as requests,
      greatest(0, coalesce(sum(a.ms), 0) - coalesce((select sum(r.ms) from route as r where r.route <> ''), 0)) as ms
    from activity as a
    where a.source = 'request'
  ) as of_none;
end
$$;

comment on function everwatch_private.org_usage(uuid, timestamptz, timestamptz)
  is 'What an org''s resources did in whole hours of a span (UTC): events that were tracked; calls of functions, one a request, and null for webhooks and rules, of which nothing says where they run; for how long, in milliseconds; and the bytes that they sent in its whole days, where that is recorded.';

revoke execute
  on function
    everwatch_private.route_usage(uuid, timestamptz, timestamptz),
    everwatch_private.org_usage(uuid, timestamptz, timestamptz)
  from public;

-- schemas/costs/report_savings.sql

-- Once a day: what everyone uses, and the three largest savings of the operator and of each org.
create function everwatch_private.report_savings(
  at timestamptz default now(),
  least_bytes bigint default 1000000
)
  returns integer
  language plpgsql set search_path = ''
  as $$
declare
  currency constant text := (select min(p.currency) from everwatch_private.prices as p);
  statements everwatch_private.finding[];
begin
  -- A second run at the same time has nothing to add.
  if not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.report_savings', 0)) then
    return null;
  end if;
  perform everwatch_private.measure_costs(at);

  with found as (
    select * from everwatch_private.retention_savings(at)
    union all
    select * from everwatch_private.pending_savings(at)
    union all
    select * from everwatch_private.index_savings(at)
    union all
    select * from everwatch_private.fruitless_savings(at)
  ),
  ranked as (
    select f.*, m.money,
      row_number() over (partition by f.org_id order by f.bytes desc, f.metric, f.resource_id) as place
    from found as f
    cross join lateral everwatch_private.saved_money('disk', f.bytes / 1e9) as m (money)
    where f.bytes >= least_bytes
      -- Who answered that it was expected is not told again, until that is taken back.
      and not exists (
        select
        from everwatch_private.insights as i
        where i.kind = 'cost' and i.expected_at is not null
          and i.fingerprint = everwatch_private.fingerprint(f.org_id, 'cost.' || f.metric, f.resource_type, f.resource_id)
      )
  )
  select array_agg(
    row(
      r.org_id, 'info', r.resource_type, r.resource_id, r.resource_name, r.metric,
      r.sentence || case
        when r.money is null then '.'
        when r.money = 0 then '; the plan includes that much.'
        else format('; that is %s %s a month.', currency, to_char(r.money, 'FM999,999,990.00'))
      end,
      r.detail || jsonb_build_object('bytes', r.bytes, 'money_per_month', round(r.money, 6), 'currency', currency)
    )::everwatch_private.finding
  )
  into statements
  from ranked as r
  where r.place <= 3;

  perform everwatch_private.report_insights('cost', coalesce(statements, '{}'), at);
  return coalesce(cardinality(statements), 0);
end
$$;

comment on function everwatch_private.report_savings(timestamptz, bigint)
  is 'Measures what everyone uses and states the three largest savings of the operator and of each org, of least_bytes or more, as insights of the kind cost; those that are no longer true end. Returns how many they are; null when another run is at it.';

revoke execute on function everwatch_private.report_savings(timestamptz, bigint) from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-report-savings', '57 3 * * *', 'select everwatch_private.report_savings()');

-- schemas/costs/savings.sql

create function everwatch_private.bytes_in_words(bytes numeric)
  returns text
  language sql immutable set search_path = ''
  as $$
  select case
    when bytes >= 1e9 then to_char(bytes / 1e9, 'FM999,990.0') || ' GB'
    when bytes >= 1e6 then to_char(bytes / 1e6, 'FM990.0') || ' MB'
    else to_char(bytes / 1e3, 'FM990.0') || ' kB'
  end
$$;

comment on function everwatch_private.bytes_in_words(numeric)
  is 'A number of bytes with its unit: 1 GB is 10^9 of them.';

create function everwatch_private.saved_money(item text, units numeric)
  returns numeric
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select p.price * (greatest(0, u.used - p.included) - greatest(0, u.used - saved_money.units - p.included))
    from everwatch_private.prices as p
    cross join everwatch_private.used_units(p.item) as u (used)
    where p.item = saved_money.item
  );
end
$$;

comment on function everwatch_private.saved_money(text, numeric)
  is 'By how much a month''s bill falls with so many units less: not at all below what the plan includes. Null when the price or the use is not known.';

create function everwatch_private.retention_savings(at timestamptz)
  returns setof everwatch_private.saving
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  with old as (
    select count(*) as partitions, sum(pg_total_relation_size(p.oid))::bigint as bytes
    from everwatch_private.raw_tables as r
    join pg_catalog.pg_inherits as i on i.inhparent = format('everwatch.%I', r.name)::regclass
    join pg_catalog.pg_class as p on p.oid = i.inhrelid
    where substring(pg_get_expr(p.relpartbound, p.oid) from 'TO [(]''(.*)''[)]')::timestamptz
        <= retention_savings.at - interval '30 days'
      -- Months without a row hold next to nothing.
      and pg_relation_size(p.oid) > 0
  )
  select null::uuid, 'raw_retention', 'setting', 'raw_retention', 'raw_retention', o.bytes,
    format('Raw rows are kept for %s days; 30 days would free %s (%s partitions)',
      extract(day from s.raw_retention), everwatch_private.bytes_in_words(o.bytes), o.partitions),
    jsonb_build_object('days', extract(day from s.raw_retention), 'partitions', o.partitions)
  from everwatch_private.rollup_settings as s
  cross join old as o
  where s.raw_retention > interval '30 days' and o.bytes > 0;
end
$$;

comment on function everwatch_private.retention_savings(timestamptz)
  is 'What a retention of 30 days would free: the partitions whose rows are all older.';

create function everwatch_private.pending_savings(at timestamptz)
  returns setof everwatch_private.saving
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  with waiting as (
    select sum(r.pending) as pending
    from everwatch_private.rollups as r
    join everwatch_private.raw_tables as t on t.source = r.source
    where r.source = 'delivery' and r.starts_at >= t.complete_since
      and r.starts_at < pending_savings.at - interval '30 days'
  ),
  kept as (
    select sum(pg_total_relation_size(i.inhrelid)) as bytes
    from pg_catalog.pg_inherits as i
    where i.inhparent = 'everwatch.webhook_deliveries'::regclass
  ),
  share as (
    select w.pending, w.pending / sum(s.raw_rows) as ratio
    from waiting as w
    join everwatch_private.storage as s on s.resource_type = 'webhook'
    group by w.pending
    having w.pending > 0 and sum(s.raw_rows) >= w.pending
  )
  select null::uuid, 'pending_rows', 'table', 'webhook_deliveries', 'webhook_deliveries', b.bytes,
    format('Pending deliveries older than 30 days hold %s%% of webhook_deliveries: %s rows, about %s',
      round(100 * s.ratio), to_char(s.pending, 'FM999,999,999,999'), everwatch_private.bytes_in_words(b.bytes)),
    jsonb_build_object('rows', s.pending, 'share', round(s.ratio, 4))
  from share as s
  cross join kept as k
  cross join lateral (select floor(k.bytes * s.ratio)::bigint) as b (bytes);
end
$$;

comment on function everwatch_private.pending_savings(timestamptz)
  is 'What deliveries hold that never finished: their share of the table by number.';

revoke execute
  on function
    everwatch_private.bytes_in_words(numeric),
    everwatch_private.saved_money(text, numeric),
    everwatch_private.retention_savings(timestamptz),
    everwatch_private.pending_savings(timestamptz)
  from public;

-- schemas/costs/stored_bytes.sql

-- Whose the bytes of each table are. Nothing reads raw rows: how many of them are whose, the rollups know
-- for each month; how wide they are, and how other tables' rows are spread over orgs, the planner's
-- statistics. What neither knows stays with nobody, so that all of it together is all there is.
create function everwatch_private.row_widths(
  relation oid,
  out row_bytes numeric,
  out error_bytes numeric
)
  language plpgsql stable set search_path = ''
  as $$
begin
  select
    -- The header and its pointer, and all columns.
    coalesce(28 + sum(s.avg_width * (1 - s.null_frac)) filter (where s.attname <> 'error'), 1),
    coalesce(sum(s.avg_width * (1 - s.null_frac)) filter (where s.attname = 'error'), 0)
  into row_bytes, error_bytes
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_stats as s on s.schemaname = n.nspname and s.tablename = c.relname
  where c.oid = row_widths.relation;
end
$$;

comment on function everwatch_private.row_widths(oid)
  is 'The mean width of a table''s rows without their column `error`, and of that column, in bytes, as last analysed; 1 and 0 before, so that all rows weigh the same.';

create function everwatch_private.raw_bytes()
  returns table(source everwatch_private.source, resource_id uuid, raw_rows bigint, bytes bigint)
  language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
begin
  return query
  with partition as materialized (
    select r.source, r.complete_since, z.relation, z.bytes, z.index_bytes, w.row_bytes, w.error_bytes,
      -- Null for the default partition.
      substring(pg_get_expr(p.relpartbound, p.oid) from 'FROM [(]''(.*)''[)] TO')::timestamptz as month
    from everwatch_private.raw_tables as r
    join pg_catalog.pg_inherits as i on i.inhparent = format('everwatch.%I', r.name)::regclass
    join pg_catalog.pg_class as p on p.oid = i.inhrelid
    join everwatch_private.relation_sizes as z on z.relation = p.oid
    cross join lateral everwatch_private.row_widths(p.oid) as w
  ),
  kept as (
    select u.source, u.resource_id, coalesce(m.relation, d.relation) as relation,
      sum(u.pending + u.succeeded + u.failed) as row_count, sum(u.failed) as failed
    from everwatch_private.rollups as u
    join partition as d on d.source = u.source and d.month is null
    left join partition as m on m.source = u.source and m.month = date_trunc('month', u.starts_at, 'UTC')
    where m.relation is not null or u.starts_at >= d.complete_since
    group by 1, 2, 3
    having sum(u.pending + u.succeeded + u.failed) > 0
  ),
  -- Only what failed has an error.
  weighed as (
    select k.*, p.bytes, p.index_bytes,
      k.row_count * p.row_bytes + coalesce(
        greatest(k.failed, 0) * p.error_bytes * sum(k.row_count) over w / nullif(sum(greatest(k.failed, 0)) over w, 0),
        0
      ) as weight
    from kept as k
    join partition as p on p.relation = k.relation
    window w as (partition by k.relation)
  ),
  shared as (
    select s.source, s.resource_id, s.row_count,
      (s.bytes - s.index_bytes) * s.weight / sum(s.weight) over w
        + s.index_bytes * s.row_count / sum(s.row_count) over w as share
    from weighed as s
    window w as (partition by s.relation)
  )
  select s.source, s.resource_id, sum(s.row_count)::bigint, floor(sum(s.share))::bigint
  from shared as s
  group by s.source, s.resource_id;
end
$$;

comment on function everwatch_private.raw_bytes()
  is 'How many raw rows each webhook, rule and org''s API has, as of the last refresh, and its share of their partitions'' bytes: of the tables by the width of its rows, of the indexes by their number.';

create function everwatch_private.rollup_bytes()
  returns table(source everwatch_private.source, resource_id uuid, bytes bigint)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  with kept as (
    select 'rollups' as name, r.source, r.resource_id,
      sum(
        120 + coalesce(pg_column_size(r.bins), 0) + coalesce(pg_column_size(r.by_resource_type), 0)
          + coalesce(pg_column_size(r.by_error_code), 0)
      ) as weight
    from everwatch_private.rollups as r
    group by r.source, r.resource_id
    union all
    select 'totals', t.source, t.resource_id, 200 + pg_column_size(t.histogram)
    from everwatch_private.totals as t
  ),
  shared as (
    select k.source, k.resource_id, z.bytes * k.weight / sum(k.weight) over (partition by k.name) as share
    from kept as k
    join everwatch_private.relation_sizes as z on z.schema_name = 'everwatch_private' and z.name = k.name
  )
  select s.source, s.resource_id, floor(sum(s.share))::bigint
  from shared as s
  group by s.source, s.resource_id;
end
$$;

comment on function everwatch_private.rollup_bytes()
  is 'The share of each webhook, rule and org''s API in the bytes of rollups and totals, by the width of its rows.';

create function everwatch_private.other_bytes()
  returns table(org_id uuid, bytes bigint)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select m.org_id, floor(sum(z.bytes * m.share::numeric))::bigint
  from everwatch_private.relation_sizes as z
  join pg_catalog.pg_stats as s
    on s.schemaname = z.schema_name and s.tablename = z.name and s.attname = 'org_id'
  cross join lateral unnest(s.most_common_vals::text::uuid[], s.most_common_freqs) as m (org_id, share)
  where not exists (
    select
    from pg_catalog.pg_inherits as i
    join everwatch_private.raw_tables as r on i.inhparent = format('everwatch.%I', r.name)::regclass
    where i.inhrelid = z.relation
  )
  group by m.org_id;
end
$$;

comment on function everwatch_private.other_bytes()
  is 'The share in all other tables of those orgs that have most of their rows (as last analysed, a hundred at most of each table).';

revoke execute
  on function
    everwatch_private.row_widths(oid),
    everwatch_private.raw_bytes(),
    everwatch_private.rollup_bytes(),
    everwatch_private.other_bytes()
  from public;

-- schemas/costs/unused_savings.sql

-- More to save: what nobody reads, and what brings nothing about.
create function everwatch_private.index_savings(at timestamptz)
  returns setof everwatch_private.saving
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  with counted_since as (
    -- Without a time of their own the statistics are no older than the server's start, as a crash loses them.
    select coalesce(d.stats_reset, greatest(pg_postmaster_start_time(), s.installed_at)) as at
    from pg_catalog.pg_stat_database as d
    cross join everwatch_private.settings as s
    where d.datname = current_database()
  ),
  unread as (
    -- Of a partitioned table's index those of all partitions.
    select coalesce(p.inhparent, u.indexrelid)::regclass::text as name, sum(pg_relation_size(u.indexrelid))::bigint as bytes
    from pg_catalog.pg_stat_user_indexes as u
    join pg_catalog.pg_index as x on x.indexrelid = u.indexrelid
    left join pg_catalog.pg_inherits as p on p.inhrelid = u.indexrelid
    where u.schemaname in ('everwatch', 'everwatch_private')
    group by 1
    having sum(u.idx_scan) = 0 and not bool_or(x.indisunique or x.indisexclusion)
  )
  select null::uuid, 'unread_index', 'index', n.name, n.name, n.bytes,
    format('The index %s holds %s, and nothing has read it for %s days', n.name, everwatch_private.bytes_in_words(n.bytes), d.days),
    jsonb_build_object('days', d.days)
  from unread as n
  cross join counted_since as c
  cross join lateral (select floor(extract(epoch from index_savings.at - c.at) / 86400)) as d (days)
  -- What is read once a month looks unread for most of it.
  where d.days >= 30;
end
$$;

comment on function everwatch_private.index_savings(timestamptz)
  is 'Indexes that serve queries alone and none since the statistics were reset, if that is 30 days ago.';

create function everwatch_private.fruitless_savings(at timestamptz)
  returns setof everwatch_private.saving
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  with recent as (
    select c.org_id, c.source, c.id, r.succeeded, r.failed, coalesce(r.affected, 0) as affected,
      r.succeeded + r.failed as done, sum(r.succeeded + r.failed) over (partition by c.org_id, c.source) as done_by_all
    from (
      select u.source, u.resource_id, sum(u.succeeded) as succeeded, sum(u.failed) as failed, sum(u.affected) as affected
      from everwatch_private.rollups as u
      where u.source in ('delivery', 'execution')
        and u.starts_at >= fruitless_savings.at - interval '30 days' and u.starts_at < fruitless_savings.at
      group by u.source, u.resource_id
    ) as r
    join everwatch_private.resources as c on c.source = r.source and c.id = r.resource_id
  ),
  found as (
    select r.*, s.resource_type, s.resource_id, coalesce(w.url, a.name) as name,
      floor(s.bytes * least(1, r.done / nullif(s.raw_rows, 0)))::bigint as bytes,
      round(100 * r.done / r.done_by_all) as percent
    from recent as r
    join everwatch_private.storage as s
      on s.resource_id = r.id::text and s.org_id = r.org_id and s.resource_type in ('webhook', 'rule')
    left join everwatch.webhooks as w on r.source = 'delivery' and w.id = r.id and w.enabled
    left join everwatch.automation_rules as a on r.source = 'execution' and a.id = r.id and a.enabled
    -- Enough of them that it is no accident.
    where r.done >= 100 and r.affected = 0 and (r.source = 'execution' or r.succeeded = 0)
  )
  select f.org_id,
    case f.source when 'delivery' then 'failed_deliveries' else 'idle_executions' end,
    f.resource_type, f.resource_id, f.name, f.bytes,
    case f.source
      when 'delivery' then format('%s took %s%% of all deliveries of the last 30 days and failed all %s; they hold about %s',
        f.name, f.percent, to_char(f.done, 'FM999,999,999,999'), everwatch_private.bytes_in_words(f.bytes))
      else format('%s took %s%% of all executions of the last 30 days and acted on no contact in %s; they hold about %s',
        f.name, f.percent, to_char(f.done, 'FM999,999,999,999'), everwatch_private.bytes_in_words(f.bytes))
    end,
    jsonb_build_object('rows', f.done, 'share', round(f.done / f.done_by_all, 4))
  from found as f
  where f.name is not null and f.bytes > 0;
end
$$;

comment on function everwatch_private.fruitless_savings(timestamptz)
  is 'Webhooks, still enabled, whose deliveries of 30 days all failed, and rules whose executions acted on no contact: a hundred or more of them.';

revoke execute
  on function
    everwatch_private.index_savings(timestamptz),
    everwatch_private.fruitless_savings(timestamptz)
  from public;

-- schemas/prometheus/duration_buckets.sql

-- Durations as Prometheus counts them: how many were no longer than each of a few bounds. Its counters
-- may not fall, so that of an org still counts what its webhooks and rules did before they were deleted.
create function everwatch_private.duration_bounds_ms()
  returns integer[]
  language sql immutable set search_path = ''
  as $$
  select '{5,10,25,50,100,250,500,1000,2500,5000,10000,30000}'::integer[]
$$;

comment on function everwatch_private.duration_bounds_ms()
  is 'The bounds of the buckets in which Prometheus counts durations, in milliseconds; what is longer than all of them has a last bucket.';

-- A function of its own, so that it is computed once and not for each histogram.
create function everwatch_private.duration_bound_bins()
  returns integer[]
  language plpgsql immutable set search_path = ''
  as $$
begin
  return everwatch_private.bins_of(everwatch_private.duration_bounds_ms()::double precision[]);
end
$$;

comment on function everwatch_private.duration_bound_bins()
  is 'The bin of a histogram in which each of duration_bounds_ms() lies.';

create function everwatch_private.bucket_durations(histogram bigint[])
  returns bigint[]
  language plpgsql immutable set search_path = ''
  as $$
declare
  bounds constant integer[] := everwatch_private.duration_bound_bins();
  buckets bigint[] := array_fill(0::bigint, array[cardinality(bounds) + 1]);
  bin integer := array_lower(histogram, 1);
  bucket integer := 1;
  counted bigint;
begin
  foreach counted in array coalesce(histogram, '{}') loop
    while bin > bounds[bucket] loop
      bucket := bucket + 1;
    end loop;
    if counted <> 0 then
      buckets[bucket] := buckets[bucket] + counted;
    end if;
    bin := bin + 1;
  end loop;
  for n in 2..cardinality(buckets) loop
    buckets[n] := buckets[n] + buckets[n - 1];
  end loop;
  return buckets;
end
$$;

comment on function everwatch_private.bucket_durations(bigint[])
  is 'How many durations of an unpacked histogram (see add_durations) are no longer than each of duration_bounds_ms(), and in the last place all. One that is longer than a bound by less than 2%, in the same bin, counts as no longer.';

revoke execute
  on function
    everwatch_private.duration_bounds_ms(),
    everwatch_private.duration_bound_bins(),
    everwatch_private.bucket_durations(bigint[])
  from public;

create table everwatch_private.deleted_durations (
  id bigint generated always as identity,
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  source everwatch_private.source not null references everwatch_private.raw_tables (source),
  bins bigint[],
  duration_sum bigint not null,
  primary key (org_id, id)
);

comment on table everwatch_private.deleted_durations
  is 'What webhooks and rules that were deleted had done until the last refresh before.';
comment on column everwatch_private.deleted_durations.bins
  is 'A histogram of the durations of timed rows: see count_values().';
comment on column everwatch_private.deleted_durations.duration_sum is 'Milliseconds.';

create function everwatch_private.keep_deleted_durations()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  insert into everwatch_private.deleted_durations (org_id, source, bins, duration_sum)
  select d.org_id, t.source, everwatch_private.pack_durations(t.histogram), t.duration_sum
  from deleted as d
  join everwatch_private.totals as t
    on t.source = tg_argv[0]::everwatch_private.source and t.resource_id = d.id
  -- Not when the org goes, too.
  where exists (select from everwatch.orgs as o where o.id = d.org_id);
  return null;
end
$$;

comment on function everwatch_private.keep_deleted_durations()
  is 'Keeps the durations of webhooks or rules (the argument is their source) that a statement deletes.';

revoke execute on function everwatch_private.keep_deleted_durations() from public;

create trigger keep_durations
  after delete on everwatch.webhooks
  referencing old table as deleted
  for each statement
  execute function everwatch_private.keep_deleted_durations('delivery');

create trigger keep_durations
  after delete on everwatch.automation_rules
  referencing old table as deleted
  for each statement
  execute function everwatch_private.keep_deleted_durations('execution');

create function everwatch_private.merge_deleted_durations()
  returns void
  language sql set search_path = ''
  as $$
  with part as (
    delete from everwatch_private.deleted_durations as d
    where exists (
      select
      from everwatch_private.deleted_durations as o
      where o.org_id = d.org_id and o.source = d.source and o.id <> d.id
    )
    returning d.*
  )
  insert into everwatch_private.deleted_durations (org_id, source, bins, duration_sum)
  select p.org_id, p.source,
    everwatch_private.sum_bins(array(
      select unnest(o.bins) from part as o where o.org_id = p.org_id and o.source = p.source
    )),
    sum(p.duration_sum)::bigint
  from part as p
  group by p.org_id, p.source
$$;

comment on function everwatch_private.merge_deleted_durations()
  is 'Makes one row of an org''s many deleted webhooks, and one of its rules: deletes do not, so that none waits for another.';

revoke execute on function everwatch_private.merge_deleted_durations() from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  (
    'everwatch-merge-deleted-durations',
    '37 0 * * *',
    'select everwatch_private.merge_deleted_durations()'
  );

-- schemas/prometheus/monitoring_prometheus.sql

-- The read path of GET /functions/v1/monitoring/prometheus: everything in one round trip.
create function everwatch_private.prometheus(org_id uuid)
  returns jsonb
  language plpgsql stable security definer set search_path = '' set jit = off
  as $$
declare
  operator constant boolean := everwatch_private.reads_every_org();
  org_ids uuid[];
begin
  if operator and prometheus.org_id is null then
    org_ids := array(select o.id from everwatch.orgs as o);
  else
    -- Whoever may not read the org is refused here.
    org_ids := array[everwatch_private.metrics_org(prometheus.org_id)];
  end if;
  return (
    select jsonb_build_object(
      'bounds_ms', to_jsonb(everwatch_private.duration_bounds_ms()),
      'orgs', (select coalesce(jsonb_agg(o), '[]') from everwatch_private.prometheus_orgs(org_ids) as o),
      'durations', (select coalesce(jsonb_agg(d), '[]') from everwatch_private.prometheus_durations(org_ids) as d),
      'webhooks', (select coalesce(jsonb_agg(w), '[]') from everwatch_private.prometheus_webhooks(org_ids) as w),
      'rules', (select coalesce(jsonb_agg(r), '[]') from everwatch_private.prometheus_rules(org_ids) as r),
      'rate_limits', (select coalesce(jsonb_agg(l), '[]') from everwatch_private.prometheus_rate_limits(org_ids) as l),
      'alerts', (
        select coalesce(jsonb_agg(a), '[]')
        from everwatch_private.prometheus_alerts(org_ids, operator and prometheus.org_id is null) as a
      ),
      'insights', (
        select coalesce(jsonb_agg(i), '[]')
        from everwatch_private.prometheus_insights(org_ids, operator and prometheus.org_id is null) as i
      ),
      'notifications', (
        select coalesce(jsonb_agg(n), '[]')
        from everwatch_private.prometheus_notifications(org_ids, operator and prometheus.org_id is null) as n
      ),
      'costs', everwatch_private.prometheus_costs(org_ids, operator),
      'refresh', jsonb_build_object(
        'every_seconds', extract(epoch from h.every)::integer,
        'refreshed_at', h.refreshed_at,
        'failures', h.failures,
        'duration_ms', (select r.duration_ms from everwatch_private.refresh_runs as r where r.id = h.last_run),
        -- It counts rows of all orgs.
        'backlog', case when operator then (select count(*) from everwatch_private.changes) end
      ),
      'history_complete', not exists (select from everwatch_private.backfills as b where b.finished_at is null),
      'jobs', s.status -> 'jobs',
      'http_requests_waiting', s.status -> 'http_requests_waiting',
      'pg_net_is_up', everwatch_private.pg_net_is_up()
    )
    from everwatch_private.refresh_health() as h
    cross join everwatch_private.system_status() as s (status)
  );
end
$$;

comment on function everwatch_private.prometheus(uuid)
  is 'What everwatch.monitoring_prometheus answers; reads totals as their owner, of orgs that the caller may read.';

create function everwatch.monitoring_prometheus(org_id uuid default null)
  returns jsonb
  language sql stable set search_path = ''
  as $$
  select everwatch_private.prometheus(monitoring_prometheus.org_id)
$$;

comment on function everwatch.monitoring_prometheus(uuid)
  is 'What GET monitoring/prometheus shows: lifetime counts as of the last refresh, and the state of now, of one org, or of all for who reads every org. Costs what there are of webhooks, rules and orgs. Raises PT400, PT401, PT403 or PT404 as monitoring_metrics does.';

revoke execute
  on function everwatch_private.prometheus(uuid), everwatch.monitoring_prometheus(uuid)
  from public;

-- schemas/prometheus/prometheus_costs.sql

-- What Prometheus is told of costs: a few numbers of each org, as of the last measurement.
create function everwatch_private.prometheus_disk(org_ids uuid[])
  returns table(org_id uuid, bytes jsonb, monthly_cost numeric)
  language plpgsql stable set search_path = ''
  as $$
declare
  of_gigabyte constant numeric := everwatch_private.share_of_bill('disk', 1);
begin
  return query
  select t.org_id, jsonb_object_agg(t.resource_type, t.bytes), round(of_gigabyte * sum(t.bytes) / 1e9, 6)
  from (
    select s.org_id, s.resource_type, sum(s.bytes) as bytes
    from unnest(org_ids) as o (org_id)
    join everwatch_private.storage as s on s.org_id = o.org_id
    group by s.org_id, s.resource_type
  ) as t
  group by t.org_id
  order by t.org_id;
end
$$;

comment on function everwatch_private.prometheus_disk(uuid[])
  is 'What those of some orgs that hold something hold, in bytes by type of resource, and what the disk for it costs a month: null when the price is not known. Reads a row for each webhook, rule and busy route.';

create function everwatch_private.prometheus_costs(org_ids uuid[], operator boolean)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select jsonb_build_object(
      'measured_at', s.measured_at,
      -- Of all orgs together.
      'database_bytes', case when operator then s.database_bytes end,
      'currency', (select min(p.currency) from everwatch_private.prices as p),
      'disk', (select coalesce(jsonb_agg(d), '[]') from everwatch_private.prometheus_disk(org_ids) as d)
    )
    from everwatch_private.cost_state as s
  );
end
$$;

comment on function everwatch_private.prometheus_costs(uuid[], boolean)
  is 'What some orgs hold and what that costs, as of when, and to who reads every org also how large the database was.';

revoke execute
  on function
    everwatch_private.prometheus_disk(uuid[]),
    everwatch_private.prometheus_costs(uuid[], boolean)
  from public;

-- schemas/prometheus/prometheus_insights.sql

-- What Prometheus is told of insights.
create function everwatch_private.prometheus_insights(org_ids uuid[], operator boolean)
  returns table(org_id uuid, kind text, state text, insights bigint)
  language sql stable set search_path = ''
  as $$
  select i.org_id, i.kind, s.state, count(*)
  from everwatch_private.insights as i
  cross join lateral (
    select case
      when i.expected_at is not null then 'expected'
      when i.acknowledged_at is not null then 'acknowledged'
      else 'open'
    end
  ) as s (state)
  where i.ended_at is null
    and (i.org_id = any (org_ids) or (operator and i.org_id is null))
  group by i.org_id, i.kind, s.state
  order by i.org_id, i.kind, s.state
$$;

comment on function everwatch_private.prometheus_insights(uuid[], boolean)
  is 'How many insights of some orgs, and of the operator if that is who asks, are stated now: those that somebody has answered as expected or acknowledged, and those that are open.';

revoke execute on function everwatch_private.prometheus_insights(uuid[], boolean) from public;

-- schemas/prometheus/prometheus_notifications.sql

-- What Prometheus is told of the outbox: what ended, from counts, and what waits, from the few rows that
-- do, so that it costs as much as there are channels, whatever their history.
create function everwatch_private.prometheus_notifications(org_ids uuid[], operator boolean)
  returns table(org_id uuid, channel_kind text, delivered bigint, dead bigint, dropped bigint, waiting bigint, oldest_waiting_at timestamptz, oldest_due_at timestamptz)
  language sql stable set search_path = ''
  as $$
  with mine as (
    select c.org_id, c.kind, c.id
    from everwatch_private.channels as c
    where c.org_id = any (org_ids) or (operator and c.org_id is null)
  ),
  part as (
    -- A kind of channel that an org has counts, even when nothing was ever sent to it.
    select m.org_id, m.kind, null as outcome, 0 as ended, 0 as waits,
      null::timestamptz as queued_at, null::timestamptz as due_at
    from mine as m
    union all
    select n.org_id, n.channel_kind, n.outcome, n.counted, 0, null, null
    from everwatch_private.notification_counts as n
    where n.org_id = any (org_ids) or (operator and n.org_id is null)
    union all
    select m.org_id, m.kind, null, 0, 1, n.queued_at, null
    from everwatch_private.notifications as n
    join mine as m on m.id = n.channel_id
    where n.status in ('queued', 'sending') and n.event_id is not null
    union all
    select m.org_id, m.kind, null, 0, 0, null, n.due_at
    from everwatch_private.overdue_notifications(now()) as n
    join mine as m on m.id = n.channel_id
    where n.event_id is not null
  )
  select p.org_id, p.kind,
    (coalesce(sum(p.ended) filter (where p.outcome = 'delivered'), 0))::bigint,
    (coalesce(sum(p.ended) filter (where p.outcome = 'dead'), 0))::bigint,
    (coalesce(sum(p.ended) filter (where p.outcome = 'dropped'), 0))::bigint,
    sum(p.waits)::bigint, min(p.queued_at), min(p.due_at)
  from part as p
  group by p.org_id, p.kind
  order by p.org_id, p.kind
$$;

comment on function everwatch_private.prometheus_notifications(uuid[], boolean)
  is 'The outbox of some orgs, and of the operator if that is who asks, by kind of channel: how many notifications ever ended and how, how many wait, when the oldest of these was queued, and since when the oldest that nothing holds back is due. Tests of channels do not count.';

revoke execute on function everwatch_private.prometheus_notifications(uuid[], boolean) from public;

-- schemas/prometheus/prometheus_orgs.sql

-- What Prometheus is told of each org: how long things take in it, its API, its rate limits, its alerts.
create function everwatch_private.prometheus_durations(org_ids uuid[])
  returns table(org_id uuid, source everwatch_private.source, sum_ms bigint, buckets bigint[])
  language sql stable set search_path = ''
  as $$
  with part as materialized (
    select r.org_id, r.source, t.duration_sum, everwatch_private.bucket_durations(t.histogram) as buckets
    from everwatch_private.resources as r
    join everwatch_private.totals as t on t.source = r.source and t.resource_id = r.id
    where r.org_id = any (org_ids)
    union all
    select d.org_id, d.source, d.duration_sum, everwatch_private.bucket_durations(h.histogram)
    from everwatch_private.deleted_durations as d
    cross join lateral everwatch_private.add_durations(null, null, null, d.bins, null) as h
    where d.org_id = any (org_ids)
    union all
    -- Orgs in which nothing ever happened have buckets, too: all of them empty.
    select o.org_id, s.source, 0, everwatch_private.bucket_durations(null)
    from unnest(org_ids) as o (org_id)
    cross join everwatch_private.raw_tables as s
  )
  select b.org_id, b.source, max(b.duration_sum), array_agg(b.counted order by b.n)
  from (
    -- Each part has each bucket once: the sum is the same in all.
    select p.org_id, p.source, u.n, sum(u.counted)::bigint as counted,
      sum(p.duration_sum)::bigint as duration_sum
    from part as p
    cross join unnest(p.buckets) with ordinality as u (counted, n)
    group by p.org_id, p.source, u.n
  ) as b
  group by b.org_id, b.source
  order by b.org_id, b.source
$$;

comment on function everwatch_private.prometheus_durations(uuid[])
  is 'All durations of deliveries, executions and requests in some orgs: their sum in milliseconds, and buckets as bucket_durations() has them.';

create function everwatch_private.prometheus_orgs(org_ids uuid[])
  returns table(org_id uuid, name text, succeeded_requests bigint, failed_requests bigint)
  language sql stable set search_path = ''
  as $$
  select o.id, o.name, coalesce(t.succeeded, 0), coalesce(t.failed, 0)
  from everwatch.orgs as o
  left join everwatch_private.totals as t on t.source = 'request' and t.resource_id = o.id
  where o.id = any (org_ids)
  order by o.id
$$;

comment on function everwatch_private.prometheus_orgs(uuid[])
  is 'Some orgs with the lifetime counts of the requests to their API.';

create function everwatch_private.prometheus_rate_limits(org_ids uuid[])
  returns table(org_id uuid, key_type text, utilization_ratio double precision)
  language sql stable set search_path = ''
  as $$
  select o.org_id, l.key_type, max(l.request_count::double precision / l.limit_max)
  from unnest(org_ids) as o (org_id)
  cross join lateral (
    select r.*
    from everwatch.api_rate_limits as r
    where r.org_id = o.org_id and r.window_end > now()
    offset 0
  ) as l
  group by o.org_id, l.key_type
  order by o.org_id, l.key_type
$$;

comment on function everwatch_private.prometheus_rate_limits(uuid[])
  is 'How full the fullest open window is, of each type of key that has one: 1 is full.';

create function everwatch_private.prometheus_alerts(org_ids uuid[], operator boolean)
  returns table(org_id uuid, type text, severity text, state text, alerts bigint)
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select a.org_id, a.type, a.severity, a.state, count(*)
  from everwatch_private.alerts as a
  where a.state <> 'resolved'
    and (a.org_id = any (org_ids) or (operator and a.org_id is null))
  group by a.org_id, a.type, a.severity, a.state
  order by a.org_id, a.type, a.severity, a.state;
end
$$;

comment on function everwatch_private.prometheus_alerts(uuid[], boolean)
  is 'How many alerts of some orgs, and of the operator if that is who asks, are open.';

revoke execute
  on function
    everwatch_private.prometheus_durations(uuid[]),
    everwatch_private.prometheus_orgs(uuid[]),
    everwatch_private.prometheus_rate_limits(uuid[]),
    everwatch_private.prometheus_alerts(uuid[], boolean)
  from public;

-- schemas/prometheus/prometheus_resources.sql

-- What Prometheus is told of each webhook and of each rule: from their own rows and what the
-- refresh keeps of them, so that it costs as much as there are of them, whatever their history. As of the last refresh.
create function everwatch_private.prometheus_webhooks(org_ids uuid[])
  returns table(org_id uuid, webhook_id uuid, host text, enabled boolean, created_at timestamptz, consecutive_failures integer, last_success_at timestamptz, health text, numbers jsonb)
  language sql stable set search_path = ''
  as $$
  select w.org_id, w.id,
    -- Nothing else of an address: the rest may hold a secret.
    substring(w.url from '(?i)^https?://(?:[^/?#\\]*@)?(\[[^\]/?#\\]*\]|[^:/?#\\]*)'),
    w.enabled, w.created_at, w.consecutive_failures, p.last_success_at, h.status,
    case when p.webhook_id is not null then everwatch_private.webhook_samples(p) end
  from everwatch.webhooks as w
  join everwatch_private.webhook_levels as level on level.org_id = w.org_id
  left join everwatch.mv_webhook_performance as p on p.webhook_id = w.id
  cross join lateral everwatch_private.webhook_health(
    w.enabled, w.consecutive_failures, level.warning, level.critical,
    p.last_success_at, w.last_failure_at, w.created_at,
    level.most_days
  ) as h
  where w.org_id = any (org_ids)
  order by w.org_id, w.id
$$;

comment on function everwatch_private.prometheus_webhooks(uuid[])
  is 'The webhooks of some orgs with their numbers, which are null before their first refresh.';

create function everwatch_private.prometheus_rules(org_ids uuid[])
  returns table(org_id uuid, rule_id uuid, name text, type text, enabled boolean, succeeded bigint, failed bigint, affected_contacts bigint, last_success_at timestamptz)
  language sql stable set search_path = ''
  as $$
  select r.org_id, r.id, r.name, r.type, r.enabled,
    coalesce(t.succeeded, 0), coalesce(t.failed, 0), coalesce(t.affected, 0), t.last_success_at
  from everwatch.automation_rules as r
  left join everwatch_private.totals as t on t.source = 'execution' and t.resource_id = r.id
  where r.org_id = any (org_ids)
  order by r.org_id, r.id
$$;

comment on function everwatch_private.prometheus_rules(uuid[])
  is 'The rules of some orgs with their lifetime counts.';

revoke execute
  on function
    everwatch_private.prometheus_webhooks(uuid[]),
    everwatch_private.prometheus_rules(uuid[])
  from public;

-- schemas/prometheus/webhook_samples.sql

-- Made of supabase/functions/_shared/catalog by `npm run check -- --fix generated`.
create function everwatch_private.webhook_samples(performance everwatch.mv_webhook_performance)
  returns jsonb
  language sql immutable set search_path = ''
  as $$
  select jsonb_build_object(
    'successful_deliveries', performance.successful_deliveries,
    'failed_deliveries', performance.failed_deliveries,
    'pending_deliveries', performance.pending_deliveries
  )
$$;

comment on function everwatch_private.webhook_samples(everwatch.mv_webhook_performance)
  is 'The numbers of a webhook that Prometheus is told, by the column.';

revoke execute
  on function everwatch_private.webhook_samples(everwatch.mv_webhook_performance)
  from public;

-- schemas/aliases/alias_holder.sql

-- Whose a name in public is. An alias is ours as long as it says so in its comment and is nothing but an
-- alias: `create or replace` keeps the comment of what it replaces.
create function everwatch_private.alias_comment(name text)
  returns text
  language sql immutable set search_path = ''
  as $$
  select format('Alias of everwatch.%s, for queries that name no schema. Made by Everwatch.', name)
$$;

comment on function everwatch_private.alias_comment(text)
  is 'What the comment of an alias says, by which it is known as ours.';

create function everwatch_private.is_alias_view(view oid, name text)
  returns boolean
  language sql stable set search_path = ''
  as $$
  -- Columns alone, perhaps by a name that they had before: no expression, and no condition.
  select regexp_replace(pg_get_viewdef(view), '\s+', ' ', 'g')
    ~ format('^ ?SELECT (([\w"]+\.)?[\w"]+( AS [\w"]+)?(, | (?=FROM)))+FROM everwatch\.%s;$', name)
$$;

comment on function everwatch_private.is_alias_view(oid, text)
  is 'Whether a view shows what has this name in everwatch, and does nothing else.';

create function everwatch_private.holder_of_alias(name text)
  returns text
  language sql stable set search_path = ''
  as $$
  select case
    when bool_or(taken.is_alias and taken.comment = everwatch_private.alias_comment(name)) then 'everwatch'
    when count(*) > 0 then 'project'
  end
  from (
    select
      obj_description(c.oid, 'pg_class'),
      case when c.relkind = 'v' then everwatch_private.is_alias_view(c.oid, c.relname) end
    from pg_catalog.pg_class as c
    where c.relnamespace = to_regnamespace('public') and c.relname = holder_of_alias.name
    union all
    select
      obj_description(p.oid, 'pg_proc'),
      p.pronargs = 0 and btrim(p.prosrc) = format('select everwatch.%I()', p.proname)
    from pg_catalog.pg_proc as p
    where p.pronamespace = to_regnamespace('public') and p.proname = holder_of_alias.name
    union all
    select null, false
    from pg_catalog.pg_type as t
    where t.typnamespace = to_regnamespace('public') and t.typname = holder_of_alias.name
      and t.typrelid = 0
  ) as taken (comment, is_alias)
$$;

comment on function everwatch_private.holder_of_alias(text)
  is 'Whose the table, view, function or type of this name in public is: everwatch, project, or null where there is none.';

create function everwatch_private.is_public_empty()
  returns boolean
  language sql stable set search_path = ''
  as $$
  select not exists (
    select
    from pg_catalog.pg_depend as thing
    where thing.refclassid = 'pg_namespace'::regclass
      and thing.refobjid = to_regnamespace('public')
      and thing.deptype = 'n'
      and thing.classid <> 'pg_extension'::regclass
      and not exists (
        select
        from pg_catalog.pg_depend as part
        where part.classid = thing.classid and part.objid = thing.objid and part.deptype = 'e'
      )
  )
$$;

comment on function everwatch_private.is_public_empty()
  is 'Whether public holds nothing but what extensions brought: the schema of a fresh project.';

revoke execute
  on function
    everwatch_private.alias_comment(text),
    everwatch_private.is_alias_view(oid, text),
    everwatch_private.holder_of_alias(text),
    everwatch_private.is_public_empty()
  from public;

-- schemas/aliases/alias_names.sql

-- The names in `public` that queries may use without our schema: each an alias of what has that name in
-- `everwatch`. This is the one place where `public` is spoken of; nothing of ours rests on an alias.
create table everwatch_private.aliases (name text primary key, kind text not null check (kind in ('view', 'function')));

comment on table everwatch_private.aliases
  is 'The names in public that are aliases of the same names in everwatch.';
comment on column everwatch_private.aliases.kind
  is 'What it is in public: a view that reads as its caller, or a function.';

insert into
  everwatch_private.aliases(name, kind)
values
  ('mv_webhook_performance', 'view'),
  ('mv_rule_performance', 'view'),
  ('v_api_usage_metrics', 'view'),
  ('v_rate_limit_utilization', 'view'),
  ('v_webhook_health', 'view'),
  ('v_alert_conditions', 'view'),
  ('webhook_deliveries', 'view'),
  ('refresh_monitoring_views', 'function');

-- schemas/aliases/apply_aliases.sql

-- Aliases follow what is stored: whether they are wanted, and what `everwatch` has. A name that somebody
-- else took is left alone.
create function everwatch.apply_aliases()
  returns table(name text, outcome text)
  language plpgsql set search_path = ''
  as $$
declare
  alias record;
  wanted boolean;
begin
  update everwatch_private.settings as s
  set aliases = everwatch_private.is_public_empty()
  where s.aliases is null;
  select s.aliases into strict wanted from everwatch_private.settings as s;

  for alias in
    select a.name, a.kind, everwatch_private.holder_of_alias(a.name) as holder
    from everwatch_private.aliases as a
    order by a.name
  loop
    name := alias.name;
    if alias.holder = 'project' then
      outcome := 'taken';
      return next;
    elsif wanted then
      outcome := everwatch_private.make_alias(alias.name, alias.kind);
      return next;
    elsif alias.holder = 'everwatch' then
      perform everwatch_private.drop_alias(alias.name, alias.kind);
      outcome := 'withdrawn';
      return next;
    end if;
  end loop;
end
$$;

comment on function everwatch.apply_aliases()
  is 'Makes the aliases in public, or withdraws them, as settings.aliases says; each release ends with it. Where that is null it becomes whether public is empty. Returns each alias as made; kept, with its earlier columns, since something of the project''s reads it; withdrawn; or taken: a name that the project uses itself, and keeps.';

create function everwatch_private.missing_aliases()
  returns table(part text, detail text, remedy text)
  language sql stable set search_path = ''
  as $$
  select 'alias', format('public.%s is not there', a.name), 'select everwatch.repair()'
  from everwatch_private.aliases as a
  cross join everwatch_private.settings as s
  where s.aliases and everwatch_private.holder_of_alias(a.name) is null
  order by a.name
$$;

comment on function everwatch_private.missing_aliases()
  is 'Aliases that are wanted and whose names nobody has.';

revoke execute
  on function everwatch.apply_aliases(), everwatch_private.missing_aliases()
  from public;

-- schemas/aliases/make_alias.sql

-- Making one alias, and dropping one. Both act as their caller, so that they give nobody a right.
create function everwatch_private.drop_alias(name text, kind text)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  readers text;
begin
  execute format(
    case kind when 'function' then 'drop function public.%I()' else 'drop view public.%I' end, name
  );
exception
  -- Postgres advises to drop what depends on it, which is not ours.
  when dependent_objects_still_exist then
    get stacked diagnostics readers = pg_exception_detail;
    raise exception 'public.% is still in use.', name using
      errcode = '2BP01',
      detail = readers,
      hint = format('Let what uses it use everwatch.%s instead, or drop it; then try again.', name);
end
$$;

comment on function everwatch_private.drop_alias(text, text)
  is 'Drops an alias. Raises 2BP01 while something of the project''s uses it, and says what.';

create function everwatch_private.make_alias(name text, kind text)
  returns text
  language plpgsql set search_path = ''
  as $$
declare
  create_view constant text := format(
    'view public.%1$I with (security_invoker = on) as select * from everwatch.%1$I', name
  );
  outcome text := 'made';
begin
  if kind = 'function' then
    execute format(
      'create or replace function public.%1$I() returns jsonb language sql set search_path = ''''
        as $alias$ select everwatch.%1$I() $alias$;
      revoke all on function public.%1$I() from public, anon, authenticated;
      grant execute on function public.%1$I() to service_role;
      comment on function public.%1$I() is %2$L;',
      name, everwatch_private.alias_comment(name)
    );
    return outcome;
  end if;

  begin
    execute 'create or replace ' || create_view;
  exception
    -- Its columns are others now.
    when invalid_table_definition then
      begin
        perform everwatch_private.drop_alias(name, kind);
        execute 'create ' || create_view;
      exception
        when dependent_objects_still_exist then outcome := 'kept';
      end;
  end;
  execute format(
    'revoke all on public.%1$I from public, anon, authenticated, service_role;
    grant select on public.%1$I to authenticated, service_role;
    comment on view public.%1$I is %2$L;',
    name, everwatch_private.alias_comment(name)
  );
  return outcome;
end
$$;

comment on function everwatch_private.make_alias(text, text)
  is 'Makes an alias in public, or renews it. Returns made; or kept, when something of the project''s reads it as it was before everwatch changed.';

revoke execute
  on function everwatch_private.drop_alias(text, text), everwatch_private.make_alias(text, text)
  from public;

-- schemas/aliases/request_aliases.sql

-- For the owner of a project that has tables of its own: the aliases are made on request, and go again.
create function everwatch.make_aliases()
  returns table(name text, outcome text)
  language plpgsql set search_path = ''
  as $$
begin
  update everwatch_private.settings as s set aliases = true where s.singleton;
  return query select * from everwatch.apply_aliases();
end
$$;

comment on function everwatch.make_aliases()
  is 'Makes the aliases in public whose names are free, now and with each release; returns what apply_aliases() does.';

create function everwatch.withdraw_aliases()
  returns table(name text, outcome text)
  language plpgsql set search_path = ''
  as $$
begin
  update everwatch_private.settings as s set aliases = false where s.singleton;
  return query select * from everwatch.apply_aliases();
end
$$;

comment on function everwatch.withdraw_aliases()
  is 'Drops the aliases in public, and makes none any more; returns what apply_aliases() does. Raises 2BP01 while something of the project''s uses one, and says what.';

revoke execute on function everwatch.make_aliases(), everwatch.withdraw_aliases() from public;

-- schemas/repair/missing_parts.sql

-- What a database lacks that was restored from a dump, or in which somebody has tidied up.
create function everwatch_private.missing_refresh()
  returns table(part text, detail text, remedy text)
  language sql stable set search_path = ''
  as $$
  select 'refresh', 'the views were never refreshed', 'select everwatch.refresh_monitoring_views()'
  where everwatch_private.refreshed_at() is null
$$;

comment on function everwatch_private.missing_refresh()
  is 'Whether the views still wait for their first refresh.';

create function everwatch_private.missing_parts()
  returns table(part text, detail text, remedy text)
  language plpgsql security definer set search_path = ''
  as $$
begin
  -- From the ground up: what stands first may be why something after it is missing.
  return query select * from everwatch_private.missing_release();
  return query select * from everwatch_private.missing_extensions();
  return query select * from everwatch_private.missing_jobs();
  return query select * from everwatch_private.missing_secrets();
  return query select * from everwatch_private.missing_sending();
  return query select * from everwatch_private.missing_partitions();
  return query select * from everwatch_private.missing_aliases();
  return query select * from everwatch_private.missing_refresh();
end
$$;

comment on function everwatch_private.missing_parts()
  is 'What everwatch.missing_parts calls; reads jobs and secrets as their owner.';

create function everwatch.missing_parts()
  returns table(part text, detail text, remedy text)
  language sql set search_path = ''
  as $$
  select * from everwatch_private.missing_parts()
$$;

comment on function everwatch.missing_parts()
  is 'What is missing for all to work, each part with what is wrong and what to do: release, extension, job, secret, functions_url, worker, partition, alias, refresh. No row: nothing is missing.';

create function everwatch.repair()
  returns table(part text, detail text, remedy text)
  language plpgsql set search_path = ''
  as $$
begin
  perform everwatch_private.create_extensions();
  perform everwatch_private.make_request_key();
  perform everwatch_private.schedule_jobs();
  perform everwatch_private.make_partitions();
  perform everwatch.apply_aliases();
  return query select * from everwatch_private.missing_parts();
end
$$;

comment on function everwatch.repair()
  is 'Makes again what a restore loses, or somebody removed: extensions, the key that signs requests, jobs, partitions, aliases and their privileges. Running it twice does no harm. For the owner of the database. Returns what it could not mend, as missing_parts() does.';

revoke execute
  on function
    everwatch_private.missing_refresh(),
    everwatch_private.missing_parts(),
    everwatch.missing_parts(),
    everwatch.repair()
  from public;

-- schemas/repair/missing_secrets.sql

-- Secrets are in the Vault, which a dump leaves out.
create function everwatch_private.missing_secrets()
  returns table(part text, detail text, remedy text)
  language plpgsql stable set search_path = ''
  as $$
begin
  if to_regclass('vault.secrets') is null then
    return;
  end if;
  return query
  select 'secret', 'the key that signs requests to the edge functions is gone', 'select everwatch.repair()'
  where not exists (select from vault.secrets as s where s.name = 'everwatch_request_key')
  union all
  (
    select 'secret', format('the secret of the %s channel %s is gone', c.kind, quote_literal(c.name)),
      format('select everwatch.rotate_channel_secret(%L, secret => …)', c.id)
    from everwatch_private.channels as c
    where not exists (select from vault.secrets as s where s.id = c.secret_id)
    order by c.name, c.id
  );
end
$$;

comment on function everwatch_private.missing_secrets()
  is 'Secrets of ours, and of channels, that the Vault does not have.';

revoke execute on function everwatch_private.missing_secrets() from public;

-- schemas/repair/missing_sending.sql

-- What sending needs: to know where the edge functions are, and a worker of pg_net.
create function everwatch_private.missing_sending()
  returns table(part text, detail text, remedy text)
  language plpgsql set search_path = ''
  as $$
begin
  return query
  select 'functions_url', 'it is not said where the edge functions are, so nothing is sent',
    'update everwatch_private.settings set functions_url = ''https://<project>.supabase.co/functions/v1'' where singleton'
  where not exists (select from everwatch_private.settings as s where s.functions_url is not null);

  if to_regnamespace('net') is not null and not everwatch_private.pg_net_is_up() then
    return query select 'worker', 'pg_net has no worker, so nothing is sent', 'select net.worker_restart()';
  end if;
end
$$;

comment on function everwatch_private.missing_sending()
  is 'What keeps the database from calling the edge functions.';

revoke execute on function everwatch_private.missing_sending() from public;

-- schemas/access.sql

-- Who may run what: every grant on a function, with its reason. A function that is not here is run by the
-- owner alone, as each is followed by its own `revoke execute … from public`, or by functions that run as
-- their owner. What may be read and written stands beside each table, with its policies. `anon` may do
-- nothing.

-- Policies ask who calls. The answers are about the caller alone.
grant execute
  on function everwatch_private.my_org_ids(text[]), everwatch_private.reads_every_org()
  to authenticated, service_role;

-- Whoever signs up makes an org of their own; everwatch_private.create_org() adds its owner.
grant execute
  on function everwatch.create_org(text), everwatch_private.create_org(text)
  to authenticated;

-- These compute from their arguments alone.
grant execute
  on function
    everwatch_private.activity_measures(numeric, numeric, numeric, numeric, numeric, numeric, numeric),
    everwatch_private.add_durations(bigint[], integer, bigint, bigint[], bigint),
    everwatch_private.bin_duration(integer),
    everwatch_private.bin_growth(),
    everwatch_private.bin_value(integer),
    everwatch_private.burn_severity(everwatch.v_alert_policies, bigint[], numeric[]),
    everwatch_private.check_insight_kind(text),
    everwatch_private.check_matchers(jsonb),
    everwatch_private.count_values(double precision[], bigint[]),
    everwatch_private.course_bounds(double precision, double precision, double precision, double precision, double precision),
    everwatch_private.decode_cursor(text, text),
    everwatch_private.describe_amount(text, double precision),
    everwatch_private.describe_anomaly(text, everwatch_private.series_score, double precision),
    everwatch_private.encode_cursor(text, jsonb),
    everwatch_private.fingerprint(uuid, text, text, text),
    everwatch_private.is_threshold(numeric),
    everwatch_private.next_state(text, timestamptz, boolean, boolean, interval, interval, timestamptz),
    everwatch_private.overdispersion(bigint[]),
    everwatch_private.page(text, jsonb, integer),
    everwatch_private.parse_metric_resource(text),
    everwatch_private.quantile_of_bins(bigint[], double precision),
    everwatch_private.regression_size(text, jsonb),
    everwatch_private.sum_bins(bigint[]),
    everwatch_private.time_to_reach(double precision, double precision, double precision, double precision, boolean),
    everwatch_private.unpack_bins(bigint[]),
    everwatch_private.webhook_health(boolean, integer, numeric, numeric, timestamptz, timestamptz, timestamptz, numeric)
  to authenticated, service_role;

-- How the system itself is, and lists: the answers are the same for everyone.
grant execute
  on function
    everwatch.monitoring_system(),
    everwatch_private.costs_measured_at(),
    everwatch_private.insight_kinds(),
    everwatch_private.refreshed_at(),
    everwatch_private.system_metrics(),
    everwatch_private.system_status()
  to authenticated, service_role;

-- The read path of metrics. metrics_org checks membership, webhook_performance and rule_performance do so
-- again before they read as their owner; the others read as the caller.
grant execute
  on function
    everwatch.monitoring_metrics(uuid, text, integer, text),
    everwatch_private.alert_metrics(uuid, integer, text),
    everwatch_private.api_metrics(uuid, integer, text),
    everwatch_private.api_page(uuid, integer, text),
    everwatch_private.metrics_org(uuid),
    everwatch_private.rate_limit_metrics(uuid, integer, text),
    everwatch_private.request_summary(uuid, timestamptz),
    everwatch_private.rule_metrics(uuid, integer, text),
    everwatch_private.webhook_metrics(uuid, integer, text),
    everwatch_private.webhook_summary(uuid)
  to authenticated, service_role;

-- The read path over time. activity_series reads rollups as their owner and checks membership itself;
-- the others read as the caller.
grant execute
  on function
    everwatch.monitoring_timeseries(text[], timestamptz, timestamptz, integer, uuid, text),
    everwatch_private.activity_series(everwatch_private.source, uuid, uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean),
    everwatch_private.check_series_resource(uuid, text[], text),
    everwatch_private.custom_series(uuid, text, timestamptz, timestamptz, timestamptz, interval),
    everwatch_private.expected_series(uuid, text, text, timestamptz, timestamptz, integer),
    everwatch_private.measured_activity(text, uuid, text, timestamptz, timestamptz, timestamptz, interval, boolean),
    everwatch_private.rate_limit_series(uuid, text, timestamptz, timestamptz, timestamptz, interval)
  to authenticated, service_role;

-- The read path of scrapes. It reads totals as their owner, and checks membership itself.
grant execute
  on function everwatch.monitoring_prometheus(uuid), everwatch_private.prometheus(uuid)
  to authenticated, service_role;

-- The read path of costs. It reads rollups and sizes as their owner, and checks membership itself.
grant execute
  on function
    everwatch.monitoring_costs(timestamptz, timestamptz, uuid, integer, text),
    everwatch_private.org_costs(uuid, timestamptz, timestamptz)
  to authenticated, service_role;

-- What v_alert_conditions shows, read as the caller.
grant execute
  on function
    everwatch_private.alert_conditions(timestamptz, uuid),
    everwatch_private.anomaly_conditions(timestamptz, uuid),
    everwatch_private.api_error_rate_conditions(timestamptz, uuid),
    everwatch_private.api_failures(timestamptz, uuid[]),
    everwatch_private.conditions_of(text, timestamptz, uuid),
    everwatch_private.error_budget_burn_conditions(timestamptz, uuid),
    everwatch_private.orgs_asked(uuid),
    everwatch_private.rate_limit_conditions(timestamptz, uuid),
    everwatch_private.regression_conditions(timestamptz, uuid),
    everwatch_private.rule_not_triggering_conditions(timestamptz, uuid),
    everwatch_private.series_name(everwatch_private.watched_series),
    everwatch_private.unusual_series(timestamptz, uuid[]),
    everwatch_private.webhook_failure_conditions(timestamptz, uuid),
    everwatch_private.webhook_failures(uuid[]),
    everwatch_private.webhook_inactive_conditions(timestamptz, uuid)
  to authenticated, service_role;

-- What a policy would have done: backtest_policy checks membership, and all of it reads as the caller.
grant execute
  on function
    everwatch.backtest_policy(text, jsonb, timestamptz, timestamptz, uuid),
    everwatch_private.anomaly_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.api_error_rate_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.error_budget_burn_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.failures_in_a_row(everwatch.webhooks, timestamptz),
    everwatch_private.outcome_course(uuid, timestamptz, timestamptz),
    everwatch_private.rate_limit_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.regression_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.replay(everwatch_private.condition_step[], interval, interval, timestamptz),
    everwatch_private.rule_not_triggering_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.steps_until(everwatch_private.condition_step[], timestamptz),
    everwatch_private.webhook_failure_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.webhook_inactive_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  to authenticated, service_role;

-- Evaluates one org now, as the owner, once evaluate_org has checked membership.
grant execute
  on function everwatch.check_alerts(uuid), everwatch_private.evaluate_org(uuid)
  to authenticated, service_role;

-- All members but viewers answer alerts: row level security decides.
grant execute
  on function
    everwatch.acknowledge_alert(uuid, timestamptz),
    everwatch.end_silence(uuid),
    everwatch.silence_alerts(jsonb, timestamptz, text, uuid),
    everwatch.unacknowledge_alert(uuid),
    everwatch_private.set_acknowledgement(uuid, uuid, timestamptz, timestamptz)
  to authenticated, service_role;

-- Owners and admins set policies and objectives: row level security decides.
grant execute
  on function
    everwatch.set_alert_policy(text, jsonb, uuid),
    everwatch.set_objective(text, numeric, uuid),
    everwatch_private.changed_policy(everwatch.v_alert_policies, jsonb),
    everwatch_private.policy_of(uuid, text)
  to authenticated, service_role;

-- What v_error_budgets and v_rate_limit_forecast show. outcomes reads rollups as their owner and checks
-- membership itself; the others read as the caller.
grant execute
  on function
    everwatch_private.burn_rates(timestamptz, uuid),
    everwatch_private.error_budgets(timestamptz, uuid),
    everwatch_private.outcomes(text, uuid, timestamptz, interval[]),
    everwatch_private.rate_limit_forecast(timestamptz, uuid)
  to authenticated, service_role;

-- Members read insights and answer them, owners and admins switch kinds. expect_anomaly changes a model
-- as its owner and checks the role itself.
grant execute
  on function
    everwatch.acknowledge_insight(uuid, boolean),
    everwatch.expect_insight(uuid, boolean),
    everwatch.monitoring_insights(uuid, text, text, integer, text),
    everwatch.set_insight_kind(text, boolean, uuid),
    everwatch_private.check_answered(uuid, boolean),
    everwatch_private.expect_anomaly(uuid, uuid, text),
    everwatch_private.insights_org(uuid)
  to authenticated, service_role;

-- Owners and admins manage channels. The functions outside `everwatch` check the role themselves, since
-- they reach the Vault.
grant execute
  on function
    everwatch.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric),
    everwatch.delete_channel(uuid),
    everwatch.queue_test(uuid),
    everwatch.resend_notification(bigint),
    everwatch.rotate_channel_secret(uuid, text, numeric),
    everwatch.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric),
    everwatch_private.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric),
    everwatch_private.delete_channel(uuid),
    everwatch_private.queue_test(uuid),
    everwatch_private.resend_notification(bigint),
    everwatch_private.rotate_channel_secret(uuid, text, numeric),
    everwatch_private.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)
  to authenticated, service_role;

-- What the edge function track calls; all that it calls itself runs as its owner. And a check of a table
-- that the secret key may write.
grant execute
  on function everwatch.track_events(jsonb), everwatch_private.is_labels(jsonb)
  to service_role;

-- What the edge function notify calls. The functions in `everwatch_private` run as their owner, since they
-- reach the outbox and the Vault; accept_* check the signature.
grant execute
  on function
    everwatch.accept_heartbeat_call(text, bigint, text, text),
    everwatch.accept_notification_call(text, bigint, text, text),
    everwatch.claim_notification(bigint, timestamptz),
    everwatch.finish_notification(bigint, integer, jsonb, timestamptz),
    everwatch_private.accept_call(text, bigint, text, text),
    everwatch_private.accept_heartbeat(text, bigint, text, text),
    everwatch_private.claim_notification(bigint, timestamptz),
    everwatch_private.finish_notification(bigint, integer, jsonb, timestamptz)
  to service_role;

-- The secret key may refresh, too.
grant execute
  on function everwatch.refresh_monitoring_views(), everwatch_private.refresh_views(timestamptz)
  to service_role;

-- What is missing is told to the operator: it names the channels of every org.
grant execute
  on function everwatch.missing_parts(), everwatch_private.missing_parts()
  to service_role;

-- What v_alert_conditions shows of the platform: it belongs to no org, and the secret key alone sees it.
grant execute
  on function
    everwatch_private.calls_failing_conditions(timestamptz, uuid),
    everwatch_private.cron_job_failing_conditions(timestamptz, uuid),
    everwatch_private.cron_job_late_conditions(timestamptz, uuid),
    everwatch_private.cron_stopped_conditions(timestamptz, uuid),
    everwatch_private.evaluation_failed_conditions(timestamptz, uuid),
    everwatch_private.notifications_dead_conditions(timestamptz, uuid),
    everwatch_private.notifications_late_conditions(timestamptz, uuid),
    everwatch_private.pg_net_backlog_conditions(timestamptz, uuid),
    everwatch_private.pg_net_down_conditions(timestamptz, uuid),
    everwatch_private.refresh_failing_conditions(timestamptz, uuid),
    everwatch_private.refresh_late_conditions(timestamptz, uuid),
    everwatch_private.slow_query_conditions(timestamptz, uuid)
  to service_role;

-- schemas/start/first_run.sql

-- What runs once, when all is there: partitions for what comes in, and numbers, so that from the first
-- moment on there is an answer to when they were refreshed.
select everwatch_private.make_partitions();

select everwatch_private.age_rollups();

select everwatch.refresh_monitoring_views();

reset check_function_bodies;

insert into
  everwatch.versions(version, checksum)
values
  ('0.2.0', '2efe4a9035719ef47c124951eec1e4ac7ad4ae34238072a30a831204afdebe93');

select everwatch.apply_aliases();
