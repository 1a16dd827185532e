-- What was sent, by id, so that a batch that is sent twice counts once; and what it amounts to by hour,
-- counted in the same transaction.
create table monitoring.metric_points (
  id uuid primary key,
  series_id uuid not null,
  at timestamptz not null,
  value double precision not null,
  count integer not null check (count > 0),
  received_at timestamptz not null default now()
);

comment on table monitoring.metric_points
  is 'Values of metrics as they were sent, of the last days.';
comment on column monitoring.metric_points.count
  is 'How many of a histogram''s values it stands for.';

revoke all on monitoring.metric_points from public, anon, authenticated, service_role;
grant select, insert, delete on monitoring.metric_points to service_role;

create table public.metric_rollups (
  org_id uuid not null,
  series_id uuid not null,
  hour timestamptz not null,
  count bigint not null,
  sum double precision not null,
  min double precision not null,
  max double precision not null,
  last double precision not null,
  last_at timestamptz not null,
  bins jsonb,
  primary key (org_id, series_id, hour),
  foreign key (org_id, series_id) references public.metric_series (org_id, id) on delete cascade
);

comment on table public.metric_rollups is 'Values of metrics, added up by the hour (UTC).';
comment on column public.metric_rollups.sum
  is 'What a counter grew by; of a gauge or a histogram, for its mean.';
comment on column public.metric_rollups.last is 'The latest value, by its own time.';
comment on column public.metric_rollups.bins
  is 'Counts of a histogram''s values by bin, which is ceil(ln(value) / ln(1.02)), so that a quantile is known within 1% (as DDSketch does; Masson, Rim and Lee, 2019); "zero" counts those that are not above 0.';

alter table public.metric_rollups enable row level security;

revoke all on public.metric_rollups from public, anon, authenticated, service_role;
grant select on public.metric_rollups to authenticated;
grant select, insert, update, delete on public.metric_rollups to service_role;

create policy "members read their orgs' metrics"
  on public.metric_rollups
  for select
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids())));
