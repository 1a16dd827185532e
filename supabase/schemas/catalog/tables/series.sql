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
