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
