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
  is 'The state of a detector that has seen nothing: 36 numbers of its own (count, last time, step, share of long steps, hours seen, lowest value, three levels, their deviations, how often two of these were seen, and those named here), then the weight behind a factor, and the factor, for each of the 24 hours of a day and the 168 of a week.';

revoke all on function monitoring.new_series_state() from public, anon, authenticated, service_role;
