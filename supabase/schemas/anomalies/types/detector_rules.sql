-- The numbers by which the detector goes; what they were chosen by is in docs/foresight.md.
create type everwatch_private.detector_rules as (
  learning double precision,
  memory double precision,
  coarse_step double precision,
  weekly_from double precision,
  runs_from double precision,
  clip double precision,
  largest_factor double precision,
  half double precision,
  tiny double precision
);

comment on type everwatch_private.detector_rules
  is 'learning: points that are learned from before one is scored. memory: points that the noise remembers. coarse_step: seconds between points from which on a series is coarse: it has few points a day, and its weeks are learned; what fine series have in points, a run of them says too. weekly_from, runs_from: hours after which weeks are learned, and runs are judged. clip: a residual counts as so many deviations at most, so that no outlier moves the model far. largest_factor: that of the only hour of a week in which anything is; a level near zero would make it more, and the level that comes next anything. half: the surprise that scores a half, once in 10^3.2 points. tiny: what decays is exactly zero below it, since Postgres raises an error where a product underflows.';

create function everwatch_private.detector_rules()
  returns everwatch_private.detector_rules
  language sql immutable set search_path = ''
  as $$
  select row(40, 576, 1200, 336, 504, 4, 168, 3.2, 1e-30)::everwatch_private.detector_rules
$$;

comment on function everwatch_private.detector_rules() is 'The numbers by which the detector goes.';

revoke execute on function everwatch_private.detector_rules() from public;

create type everwatch_private.detector_point as (
  at double precision,
  value double precision,
  root double precision,
  portion double precision,
  rate double precision,
  known boolean,
  coarse boolean,
  weekly boolean,
  model integer,
  weights double precision[],
  factors double precision[],
  predicted double precision,
  residual double precision,
  scale double precision,
  surprise double precision,
  reach double precision
);

comment on type everwatch_private.detector_point
  is 'What is known of a point while it is scored. root: the signed square root of the value, which makes the noise of counts about equal at every level (Anscombe 1948). portion: of an hour. rate: how much the noise learns from it. known: whether enough is known to score it. model: that predicts best (1 none, 2 the hour of the day, 3 the hour of the week); weights, factors: of each model at this hour. scale: the deviation to expect. surprise: how unlikely it is, as a negative power of ten. reach: how far from the prediction is usual.';
