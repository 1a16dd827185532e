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
