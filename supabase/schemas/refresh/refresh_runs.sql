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
