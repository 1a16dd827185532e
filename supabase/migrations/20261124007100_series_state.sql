-- What is unusual in one series of numbers. A detector reads each point once: its state and the point
-- go in, its state and a score come out. docs/foresight.md says which method, and why.
create type monitoring.series_score as (
  at timestamptz,
  value double precision,
  expected double precision,
  lower double precision,
  upper double precision,
  score double precision,
  status text
);

comment on type monitoring.series_score
  is 'One point of a series, and what the points before it let one expect: score is 0 (usual) to 1; status is scored, or not enough history, and then all but at and value are null.';

create function monitoring.series_root(value double precision)
  returns double precision
  language sql immutable set search_path = ''
  as $$
  select sign(value) * sqrt(abs(value))
$$;

comment on function monitoring.series_root(double precision)
  is 'The signed square root: it makes the noise of counts about equal at every level (Anscombe 1948).';

create function monitoring.series_square(value double precision)
  returns double precision
  language sql immutable set search_path = ''
  as $$
  select sign(value) * value * value
$$;

comment on function monitoring.series_square(double precision) is 'The inverse of series_root.';

revoke all
  on function monitoring.series_root(double precision), monitoring.series_square(double precision)
  from public, anon, authenticated, service_role;
