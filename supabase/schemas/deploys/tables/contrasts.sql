-- What is counted and measured around a deploy, and handed from one step of the comparison to the next.
create type everwatch_private.contrast as (
  resource_type text,
  resource_id text,
  day integer,
  back integer,
  rows_before bigint,
  rows_after bigint,
  failed_before bigint,
  failed_after bigint,
  p50_before double precision,
  p50_after double precision,
  p95_before double precision,
  p95_after double precision,
  longer double precision,
  longer_tail double precision
);

comment on type everwatch_private.contrast
  is 'Two hours beside what came after them: see everwatch_private.contrast_windows().';

create type everwatch_private.deploy_difference as (
  resource_type text,
  resource_id text,
  statistic text,
  back integer,
  is_deploy boolean,
  rows_before bigint,
  rows_after bigint,
  unit double precision,
  after double precision,
  difference double precision,
  least double precision,
  fisher_p double precision
);

comment on type everwatch_private.deploy_difference
  is 'One statistic of one contrast: see everwatch_private.deploy_differences().';
