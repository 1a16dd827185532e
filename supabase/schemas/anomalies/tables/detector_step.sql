-- What a step of the detector hands to the next.
create type everwatch_private.detector_step as (
  d everwatch_private.detector,
  p everwatch_private.detector_point,
  score everwatch_private.series_score,
  moved boolean
);

comment on type everwatch_private.detector_step
  is 'The detector after a step, the point that it is about, what is said of it, and whether the level moved; each step sets what it knows.';

create type everwatch_private.scored_points as (detector everwatch_private.detector, scores everwatch_private.series_score[]);

comment on type everwatch_private.scored_points
  is 'The scores of some points of a series, and its detector after them.';
