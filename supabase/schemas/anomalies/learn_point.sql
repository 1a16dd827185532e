-- What a point teaches: a new level after a run on one side, or else a little of everything.
create function everwatch_private.learn_level(
  d everwatch_private.detector,
  p everwatch_private.detector_point,
  rules everwatch_private.detector_rules
)
  returns everwatch_private.detector_step
  language plpgsql immutable set search_path = ''
  as $$
declare
  z constant double precision := p.residual / p.scale;
  factor constant double precision := p.factors[p.model];
  size constant double precision := abs(p.predicted);
  m everwatch_private.series_moments := d.moments;
  step everwatch_private.detector_step;
  deviation double precision;
begin
  step.p := p;
  -- A level is new after a run on one side: an hour of 5 minutes each, a day where hours are coarse.
  if not p.known or abs(z) <= 1.5 or d.run * z < 0 then
    d.run := 0; d.run_residual := 0; d.run_weight := 0;
  end if;
  if p.known and abs(z) > 1.5 then
    d.run := d.run + sign(z);
    d.run_residual := d.run_residual + p.residual * factor;
    d.run_weight := d.run_weight + factor * factor;
  end if;
  step.moved := abs(d.run) >= (case when p.weekly then 24 / p.portion else 12 end);
  if step.moved then
    for k in 1 .. case when p.weekly or not p.coarse then 3 else 2 end loop
      d.levels[k] := d.levels[k] + d.run_residual / greatest(d.run_weight, 1e-9);
    end loop;
    d.run := 0; d.run_residual := 0; d.run_weight := 0; d.late := 0;
    step.d := d;
    return step;
  end if;

  deviation := case when p.known then least(abs(p.residual), rules.clip * p.scale) else abs(p.residual) end;
  m.size := (m.size + p.rate * (size - m.size) + rules.tiny) - rules.tiny;
  m.square := (m.square + p.rate * (p.predicted * p.predicted - m.square) + rules.tiny) - rules.tiny;
  m.deviation := (m.deviation + p.rate * (deviation - m.deviation) + rules.tiny) - rules.tiny;
  m.product := (m.product + p.rate * (deviation * size - m.product) + rules.tiny) - rules.tiny;
  d.moments := m;
  step.d := d;
  return step;
end
$$;

comment on function everwatch_private.learn_level(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules)
  is 'Moves the level after a run on one side of it, and says that it did; else learns how large deviations are at which level.';

create function everwatch_private.learn_models(
  d everwatch_private.detector,
  p everwatch_private.detector_point,
  rules everwatch_private.detector_rules
)
  returns everwatch_private.detector_step
  language plpgsql immutable set search_path = ''
  as $$
declare
  step everwatch_private.detector_step;
  memories constant double precision[] := case when p.coarse then array[80, 50, 200] else array[80, 80, 80] end;
  factor double precision;
  clipped double precision;
  weight double precision;
  bound double precision;
begin
  for k in 1 .. 3 loop
    factor := p.factors[k];
    clipped := p.root - d.levels[k] * factor;
    if p.known and (k = 1 or not p.coarse or d.predicted[k] > 0) then
      bound := rules.clip * greatest(d.deviations[k], 1e-9);
      clipped := greatest(-bound, least(bound, clipped));
    end if;
    -- Where weeks are learned, what a season predicts counts once its hours have been seen.
    if k = 1 or not p.coarse then
      weight := d.points;
    elsif p.weights[k] >= k - 1 then
      weight := d.predicted[k] + 1;
      if weight = 1 then d.deviations[k] := d.deviations[k - 1]; weight := 13; end if;
    else
      weight := null;
    end if;
    if weight is not null then
      if k > 1 then d.predicted[k] := weight; end if;
      d.deviations[k] := (
        d.deviations[k]
        + greatest(1 / rules.memory, 1 / weight) * (abs(clipped) - d.deviations[k])
        + rules.tiny
      ) - rules.tiny;
    end if;
    if k > 1 then
      weight := p.weights[k] + p.portion;
      p.weights[k] := weight;
      p.factors[k] := greatest(-rules.largest_factor, least(rules.largest_factor, factor
        + greatest(1 / (1 + weight), case k when 2 then 0.05 else 0.15 end) * p.portion * clipped
        * d.levels[k] / (d.levels[k] * d.levels[k] + d.deviations[k] * d.deviations[k] + 1e-12)));
    end if;
    d.levels[k] := (
      d.levels[k]
      + greatest(1 / memories[k], 1 / d.points) * clipped * least(factor, 2)
      + rules.tiny
    ) - rules.tiny;
  end loop;
  step.d := d;
  step.p := p;
  return step;
end
$$;

comment on function everwatch_private.learn_models(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules)
  is 'Moves the level, the deviation and the factor of each model a little towards a point.';

revoke execute
  on function
    everwatch_private.learn_level(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules),
    everwatch_private.learn_models(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules)
  from public;
