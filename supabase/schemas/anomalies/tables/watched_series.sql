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
