-- What is unusual in one series of numbers. A detector reads each point once: its state and the point
-- go in, its state and a score come out. docs/foresight.md says which method, and why.
create type monitoring.series_score as (
  at timestamptz,
  value double precision,
  expected double precision,
  lower double precision,
  upper double precision,
  score double precision,
  unusual boolean,
  status text
);

comment on type monitoring.series_score
  is 'One point of a series, and what the points before it let one expect: score is 0 (usual) to 1; unusual is true from the hour in which that is said, for as long as it goes on; status is scored, or not enough history, and then all but at and value are null.';

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

-- Postgres raises an error where a product is too small for a number, and what decays gets there.
create function monitoring.series_flush(value double precision)
  returns double precision
  language sql immutable set search_path = ''
  as $$
  select case when abs(value) < 1e-30 then 0 else value end
$$;

comment on function monitoring.series_flush(double precision)
  is 'A number, or zero where it is so near to it that products of it would underflow.';

create function monitoring.new_series_state()
  returns double precision[]
  language sql immutable set search_path = ''
  as $$
  select array_fill(0::double precision, array[14])
    -- Surprise of single points and of runs: share, excess, how many, the last one.
    || array[0.05, 0.7, 0, 0, 0.05, 0.7, 0, 0]::double precision[]
    -- The mean of late deviations, and how large it usually is; moments of the noise.
    || array[0, 0.5, 0, 0, 0, 0]::double precision[]
    -- What the zeros amount to now, and usually do; when something was said, and how much.
    || array[0, 1, 1, '-1e18', 0]::double precision[]
    -- A run on one side of the level.
    || array[0, 0, 0]::double precision[]
    || array_fill(0::double precision, array[192])
    || array_fill(1::double precision, array[192])
$$;

comment on function monitoring.new_series_state()
  is 'The state of a detector that has seen nothing: 36 numbers of its own (score_points names them), then the weight behind a factor, and the factor, for each of the 24 hours of a day and the 168 of a week.';

revoke all
  on function monitoring.series_root(double precision), monitoring.series_square(double precision), monitoring.series_flush(double precision), monitoring.new_series_state()
  from public, anon, authenticated, service_role;
