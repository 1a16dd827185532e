-- How fresh the materialized views are, and what each refresh of them took.
create table monitoring.refresh_runs (
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

comment on table monitoring.refresh_runs
  is 'Each refresh of the materialized views; kept for 7 days, the last success for ever.';
comment on column monitoring.refresh_runs.duration_ms is 'Milliseconds, for all views together.';
comment on column monitoring.refresh_runs.lag_ms
  is 'Milliseconds since the last successful run began: how far the views were behind. Null for the first.';
comment on column monitoring.refresh_runs.folded_rows
  is 'Raw rows, new, changed or removed, that were added to the rollups; null when it failed.';
comment on column monitoring.refresh_runs.backlog
  is 'Changes that were waiting for the next run when this one ended.';
comment on column monitoring.refresh_runs.view_rows
  is 'Rows of each view after the refresh, by the view''s name; null when it failed.';
comment on column monitoring.refresh_runs.error
  is 'Why it failed, with the SQLSTATE; the views kept the rows they had.';
comment on column monitoring.refresh_runs.started_by is 'The database role that asked for it.';

revoke all on monitoring.refresh_runs from public, anon, authenticated, service_role;
grant select on monitoring.refresh_runs to service_role;

create function monitoring.refreshed_at()
  returns timestamptz
  language sql stable security definer set search_path = ''
  as $$
  select r.started_at
  from monitoring.refresh_runs as r
  where r.error is null
  order by r.id desc
  limit 1
$$;

comment on function monitoring.refreshed_at()
  is 'Everything that was committed before this moment is in the materialized views: when their last successful refresh began.';

revoke all on function monitoring.refreshed_at() from public, anon, authenticated, service_role;
grant execute on function monitoring.refreshed_at() to authenticated, service_role;
