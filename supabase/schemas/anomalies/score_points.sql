-- The detector reads each point of a series once: its state and the point go in, its state and a score
-- come out.
create function everwatch_private.score_points(
  detector everwatch_private.detector,
  times timestamptz[],
  points double precision[]
)
  returns everwatch_private.scored_points
  language plpgsql immutable set search_path = ''
  as $$
declare
  rules constant everwatch_private.detector_rules := everwatch_private.detector_rules();
  d everwatch_private.detector := coalesce(detector, everwatch_private.new_detector());
  -- Apart from the rest while points are scored, so that they are changed in place.
  weights double precision[] := d.weights;
  factors double precision[] := d.factors;
  slots integer[];
  p everwatch_private.detector_point;
  step everwatch_private.detector_step;
  scored everwatch_private.scored_points;
  scores everwatch_private.series_score[] := array[]::everwatch_private.series_score[];
begin
  perform everwatch_private.check_series_points(to_timestamp((detector).at), times, points);
  d.weights := null;
  d.factors := null;
  for i in 1 .. coalesce(cardinality(points), 0) loop
    step := everwatch_private.observe_point(d, times[i], points[i], rules);
    p := step.p;
    slots := everwatch_private.season_slots(p.at);
    p.weights := array[null, weights[slots[2]], weights[slots[3]]];
    p.factors := array[1, factors[slots[2]], factors[slots[3]]];
    p := everwatch_private.predict_point(step.d, p, rules);
    step := everwatch_private.judge_point(step.d, p, rules);
    p := step.p;
    step := everwatch_private.say_point(step.d, times[i], p, rules);
    scores := scores || step.score;
    step := everwatch_private.learn_level(step.d, p, rules);
    d := step.d;
    if not step.moved then
      step := everwatch_private.learn_models(d, p, rules);
      d := step.d;
      p := step.p;
      for k in 2 .. 3 loop
        weights[slots[k]] := p.weights[k];
        factors[slots[k]] := p.factors[k];
      end loop;
    end if;
  end loop;
  d.weights := weights;
  d.factors := factors;
  scored.detector := d;
  scored.scores := scores;
  return scored;
end
$$;

comment on function everwatch_private.score_points(everwatch_private.detector, timestamptz[], double precision[])
  is 'Scores the next points of a series from the state of its detector (null for a new series), and returns the state after them. Raises 22023 for points that are no series or go back before the last ones.';

revoke execute
  on function everwatch_private.score_points(everwatch_private.detector, timestamptz[], double precision[])
  from public;
