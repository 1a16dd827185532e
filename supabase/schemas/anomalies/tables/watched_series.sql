-- What is unusual in one series of numbers. A detector reads each point once: its state and the point
-- go in, its state and a score come out. docs/foresight.md says which method, and why.
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

create function everwatch_private.new_series_state()
  returns double precision[]
  language sql immutable set search_path = ''
  as $$
  select array_fill(0::double precision, array[14])
    -- Surprise of single points and of runs: share, excess, how many, the last one.
    || array[0.05, 0.7, 0, 0, 0.05, 0.7, 0, 0]::double precision[]
    -- The mean of late deviations, and how large it usually is; moments of the noise.
    || array[0, 0.5, 0, 0, 0, 0]::double precision[]
    -- What the zeros amount to now, and usually do; when something was said, and how much.
    || array[0, 1, 1, '-1e18', 0]::double precision[]
    -- A run on one side of the level.
    || array[0, 0, 0]::double precision[]
    || array_fill(0::double precision, array[192])
    || array_fill(1::double precision, array[192])
$$;

comment on function everwatch_private.new_series_state()
  is 'The state of a detector that has seen nothing: 36 numbers of its own (count, last time, step, share of long steps, hours seen, lowest value, three levels, their deviations, how often two of these were seen, and those named here), then the weight behind a factor, and the factor, for each of the 24 hours of a day and the 168 of a week.';

revoke execute on function everwatch_private.new_series_state() from public;

-- The series that matter, each with the state of its detector: of an org its deliveries, how many of
-- them failed, their p95, its API's requests and errors; and of busy webhooks and rules.
create table everwatch_private.watched_series (
  id bigint generated always as identity primary key,
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  source everwatch_private.source not null references everwatch_private.raw_tables (source),
  resource_id uuid not null,
  metric text not null,
  started_at timestamptz not null,
  scored_until timestamptz not null,
  state double precision[],
  said everwatch_private.series_score,
  unusual boolean not null default false,
  missing double precision not null default 0,
  expected_until timestamptz,
  constraint watched_series_key unique (org_id, resource_id, metric)
);

-- It is rewritten as a whole with each point, and read only then: neither compressed nor kept apart.
alter table everwatch_private.watched_series alter column state set storage plain;

comment on table everwatch_private.watched_series
  is 'Hourly series that are scored, and where each detector stands.';
comment on column everwatch_private.watched_series.resource_id
  is 'The webhook or the rule; the org itself for all of its own.';
comment on column everwatch_private.watched_series.metric
  is 'deliveries, delivery_failure_rate_pct, delivery_p95_ms, executions, execution_failure_rate_pct, api_requests or failed_api_requests.';
comment on column everwatch_private.watched_series.started_at
  is 'The first hour that it was scored of.';
comment on column everwatch_private.watched_series.scored_until
  is 'Hours before this one have been scored, and are not read again.';
comment on column everwatch_private.watched_series.state
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

comment on table everwatch_private.series_scores
  is 'Hours of watched series, as they were scored; kept for 35 days.';
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
