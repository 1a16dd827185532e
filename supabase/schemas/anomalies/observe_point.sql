-- A point comes in: what it says of the series' times, and what the points before it let one expect.
create function everwatch_private.observe_point(
  d everwatch_private.detector,
  at timestamptz,
  value double precision,
  rules everwatch_private.detector_rules
)
  returns everwatch_private.detector_step
  language plpgsql immutable set search_path = ''
  as $$
declare
  p everwatch_private.detector_point;
  observed everwatch_private.detector_step;
  step double precision;
begin
  p.at := extract(epoch from at);
  p.value := value;
  p.root := (sign(value) * sqrt(abs(value)) + rules.tiny) - rules.tiny;
  if d.points = 0 then
    d.levels := array[p.root, p.root, p.root];
    d.coarse_share := 1;
    d.lowest := value;
  else
    step := p.at - d.at;
    d.coarse_share := (
      d.coarse_share
      + greatest(1 / d.points, 0.02) * ((step >= rules.coarse_step)::integer - d.coarse_share)
      + rules.tiny
    ) - rules.tiny;
    d.step := case
      when d.points < 9 then (d.step * d.points + step) / (d.points + 1)
      else d.step + (least(step, 4 * d.step) - d.step) / 50
    end;
    d.lowest := least(d.lowest, value);
  end if;
  d.points := d.points + 1;
  d.at := p.at;
  p.portion := least(1, d.step / 3600);
  d.hours := d.hours + p.portion;
  p.coarse := d.coarse_share > 0.5;
  p.weekly := p.coarse and d.hours >= rules.weekly_from;
  p.known := d.points > rules.learning;
  p.rate := greatest(1 / rules.memory, 1 / d.points);
  observed.d := d;
  observed.p := p;
  return observed;
end
$$;

comment on function everwatch_private.observe_point(everwatch_private.detector, timestamptz, double precision, everwatch_private.detector_rules)
  is 'Takes a point in: counts it, and says what kind of series it is a part of.';

create function everwatch_private.season_slots(at double precision)
  returns integer[]
  language plpgsql immutable set search_path = ''
  as $$
declare
  -- Weeks begin on a Monday; the first day of 1970 was a Thursday.
  hour constant integer := mod(floor(at / 3600)::bigint + 72, 168)::integer;
begin
  return array[0, 1 + mod(hour, 24), 25 + hour];
end
$$;

comment on function everwatch_private.season_slots(double precision)
  is 'Where a detector keeps what it knows of an hour: of the day, and of the week; the first model has none.';

create function everwatch_private.predict_point(
  d everwatch_private.detector,
  p everwatch_private.detector_point,
  rules everwatch_private.detector_rules
)
  returns everwatch_private.detector_point
  language plpgsql immutable set search_path = ''
  as $$
begin
  -- A level, times the factor of the hour of the day or of the week. The season that has predicted
  -- clearly better than the simpler ones is used.
  p.model := 1;
  for k in 2 .. 3 loop
    if p.weights[k] >= 2 and d.deviations[k] > 0
      and d.deviations[k] < (case when p.coarse then 0.9 else 0.7 end) * d.deviations[p.model] then
      p.model := k;
    end if;
  end loop;
  p.predicted := (d.levels[p.model] * p.factors[p.model] + rules.tiny) - rules.tiny;
  p.residual := p.root - p.predicted;
  p.scale := greatest(d.deviations[p.model], 0.02 * abs(d.levels[p.model]), 1e-9);
  if p.weekly then
    p.scale := greatest(
      everwatch_private.usual_deviation(d.moments, p.predicted, p.scale), 0.02 * abs(p.predicted), 1e-9
    );
  end if;
  return p;
end
$$;

comment on function everwatch_private.predict_point(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules)
  is 'Says what the points before let one expect: predicted, residual and scale.';

revoke execute
  on function
    everwatch_private.season_slots(double precision),
    everwatch_private.observe_point(everwatch_private.detector, timestamptz, double precision, everwatch_private.detector_rules),
    everwatch_private.predict_point(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules)
  from public;
