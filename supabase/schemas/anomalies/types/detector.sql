-- What the detector keeps of a series between two points. docs/foresight.md says which method, and why.
create type everwatch_private.series_tail as (
  share double precision,
  excess double precision,
  excesses double precision,
  last double precision
);

comment on type everwatch_private.series_tail
  is 'What is known of large deviations: the share of points beyond a threshold, the mean excess, how many there were, and the last deviation.';

create type everwatch_private.judged_tail as (tail everwatch_private.series_tail, surprise double precision);

comment on type everwatch_private.judged_tail
  is 'How unlikely a deviation is, as a negative power of ten, and the tail with it.';

create type everwatch_private.series_moments as (
  size double precision,
  square double precision,
  deviation double precision,
  product double precision
);

comment on type everwatch_private.series_moments
  is 'Means over the points so far: of the size of the prediction, its square, the deviation, and the product of size and deviation.';

create type everwatch_private.detector as (
  points double precision,
  at double precision,
  step double precision,
  coarse_share double precision,
  hours double precision,
  lowest double precision,
  levels double precision[],
  deviations double precision[],
  predicted double precision[],
  tail everwatch_private.series_tail,
  late_tail everwatch_private.series_tail,
  late double precision,
  usual_late double precision,
  moments everwatch_private.series_moments,
  missing double precision,
  usual_missing double precision,
  gaps double precision,
  said_at double precision,
  said double precision,
  run double precision,
  run_residual double precision,
  run_weight double precision,
  weights double precision[],
  factors double precision[]
);

comment on type everwatch_private.detector
  is 'The state of a detector after some points. Times are seconds since 1970, values signed square roots. points: how many it saw; at, step: the last time, and the mean step; coarse_share: of steps that are long; hours: how many it saw; lowest: the least value, as it came; levels, deviations: of the three models (none, the hour of the day, the hour of the week); predicted: how often each model could predict; tail, late_tail: of single points and of runs; late, usual_late: the mean of the last deviations, and how large it usually is; missing, usual_missing, gaps: what zeros amount to now and usually, and how often there were some; said_at, said: when something was said last, and how much; run, run_residual, run_weight: points on one side of the level; weights, factors: of the 24 hours of a day and then the 168 of a week, how often each was seen and its factor.';

create function everwatch_private.new_detector()
  returns everwatch_private.detector
  language plpgsql immutable set search_path = ''
  as $$
declare
  d everwatch_private.detector;
begin
  d.points := 0; d.step := 0; d.coarse_share := 0; d.hours := 0; d.lowest := 0; d.at := 0;
  d.levels := '{0,0,0}'; d.deviations := '{0,0,0}'; d.predicted := '{0,0,0}';
  d.tail := row(0.05, 0.7, 0, 0)::everwatch_private.series_tail;
  d.late_tail := d.tail;
  d.late := 0; d.usual_late := 0.5;
  d.moments := row(0, 0, 0, 0)::everwatch_private.series_moments;
  d.missing := 0; d.usual_missing := 1; d.gaps := 1;
  d.said_at := '-1e18'; d.said := 0;
  d.run := 0; d.run_residual := 0; d.run_weight := 0;
  d.weights := array_fill(0::double precision, array[192]);
  d.factors := array_fill(1::double precision, array[192]);
  return d;
end
$$;

comment on function everwatch_private.new_detector() is 'A detector that has seen nothing.';

revoke execute on function everwatch_private.new_detector() from public;
