-- The series that matter, each with the state of its detector: of an org its deliveries, how many of
-- them failed, their p95, its API's requests and errors; and of busy webhooks and rules.
create table monitoring.watched_series (
  id bigint generated always as identity primary key,
  org_id uuid not null references public.orgs (id) on delete cascade,
  source monitoring.source not null,
  resource_id uuid not null,
  metric text not null,
  started_at timestamptz not null,
  scored_until timestamptz not null,
  state double precision[],
  said monitoring.series_score,
  unusual boolean not null default false,
  missing double precision not null default 0,
  expected_until timestamptz,
  constraint watched_series_key unique (org_id, resource_id, metric)
);

-- It is rewritten as a whole with each point, and read only then: neither compressed nor kept apart.
alter table monitoring.watched_series alter column state set storage plain;

comment on table monitoring.watched_series
  is 'Hourly series that are scored, and where each detector stands.';
comment on column monitoring.watched_series.resource_id
  is 'The webhook or the rule; the org itself for all of its own.';
comment on column monitoring.watched_series.metric
  is 'deliveries, delivery_failure_rate_pct, delivery_p95_ms, executions, execution_failure_rate_pct, api_requests or failed_api_requests.';
comment on column monitoring.watched_series.started_at is 'The first hour that it was scored of.';
comment on column monitoring.watched_series.scored_until
  is 'Hours before this one have been scored, and are not read again.';
comment on column monitoring.watched_series.state
  is 'What score_points keeps; null before the first point.';
comment on column monitoring.watched_series.said
  is 'The last point that was scored a half or more; null when there was none.';
comment on column monitoring.watched_series.unusual
  is 'Whether the last hour was unusual, said again or not.';
comment on column monitoring.watched_series.expected_until
  is 'The last hour of which somebody said that it was expected.';
comment on column monitoring.watched_series.missing
  is 'How many were expected since the last one; for counts.';

create table monitoring.series_scores (
  org_id uuid not null,
  series_id bigint not null references monitoring.watched_series (id) on delete cascade,
  at timestamptz not null,
  value double precision not null,
  expected double precision not null,
  lower double precision not null,
  upper double precision not null,
  score double precision not null,
  unusual boolean not null,
  primary key (series_id, at)
);

comment on table monitoring.series_scores
  is 'Hours of watched series, as they were scored; kept for 35 days.';
comment on column monitoring.series_scores.at is 'The start of the hour.';

alter table monitoring.watched_series enable row level security;
alter table monitoring.series_scores enable row level security;

revoke all
  on monitoring.watched_series, monitoring.series_scores
  from public, anon, authenticated, service_role;
grant select on monitoring.watched_series, monitoring.series_scores to authenticated, service_role;

create policy "members read their orgs' series"
  on monitoring.watched_series
  for select
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids())));

create policy "members read the scores of their orgs' series"
  on monitoring.series_scores
  for select
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids())));
