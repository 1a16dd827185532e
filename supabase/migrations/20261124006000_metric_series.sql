-- Metrics of an org's own. Each set of labels of each metric is a series, and there is a limit on
-- their number: whoever puts an id into a label would otherwise fill the database.
create table public.metric_series (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.orgs (id) on delete cascade,
  name text not null check (name ~ '^[a-zA-Z_][a-zA-Z0-9_.:-]{0,199}$'),
  kind text not null check (kind in ('counter', 'gauge', 'histogram')),
  labels jsonb not null default '{}' check (monitoring.is_labels (labels)),
  created_at timestamptz not null default now(),
  unique (org_id, id)
);

-- Of the labels a digest: they may be longer than an index takes.
create unique index metric_series_key_idx
  on public.metric_series (org_id, name, kind, md5(labels::text));

comment on table public.metric_series
  is 'The series of the metrics that orgs send: one for each set of labels.';
comment on column public.metric_series.kind
  is 'A counter grows, a gauge is what it is, a histogram has many values.';
comment on column public.metric_series.labels is 'Texts by name, up to 10.';

alter table public.metric_series enable row level security;

revoke all on public.metric_series from public, anon, authenticated, service_role;
grant select on public.metric_series to authenticated;
grant select, insert, delete on public.metric_series to service_role;

create policy "members read their orgs' metrics"
  on public.metric_series
  for select
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids())));

create table monitoring.metric_settings (
  singleton boolean primary key default true check (singleton),
  series_per_org integer not null default 1000 check (series_per_org between 1 and 100000)
);

insert into
  monitoring.metric_settings
default values;

comment on table monitoring.metric_settings is 'What the operator sets about metrics, one row.';
comment on column monitoring.metric_settings.series_per_org
  is 'How many series an org may have. What would begin another is refused, with limit_exceeded.';

revoke all on monitoring.metric_settings from public, anon, authenticated, service_role;
grant select on monitoring.metric_settings to service_role;
