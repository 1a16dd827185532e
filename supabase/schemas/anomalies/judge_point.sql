-- How unusual a point is: by itself, as one of several in a row, or as a silence.
create function everwatch_private.judge_point(
  d everwatch_private.detector,
  p everwatch_private.detector_point,
  rules everwatch_private.detector_rules
)
  returns everwatch_private.detector_step
  language plpgsql immutable set search_path = ''
  as $$
declare
  z constant double precision := p.residual / p.scale;
  threshold constant double precision := case when p.weekly then 3 else 2.5 end;
  judged everwatch_private.judged_tail;
  step everwatch_private.detector_step;
  silence double precision;
begin
  p.surprise := 0;
  step.d := d;
  step.p := p;
  if not p.known then
    return step;
  end if;
  p.reach := p.scale * (
    threshold
    + (d.tail).excess * greatest(ln((d.tail).share) + rules.half * ln(10::double precision), 0)
  );
  -- One point that is far off,
  judged := everwatch_private.series_surprise(d.tail, z, threshold, p.rate, 5, false);
  d.tail := judged.tail;
  p.surprise := judged.surprise;
  -- some in a row that are rather far off,
  if p.weekly and d.hours >= rules.runs_from then
    d.late := (d.late + (greatest(least(z, 7), -7) - d.late) / 2.2 + rules.tiny) - rules.tiny;
    judged := everwatch_private.series_surprise(
      d.late_tail, d.late / greatest(d.usual_late, 0.1), 2.75, p.rate, 3, true
    );
    d.late_tail := judged.tail;
    p.surprise := greatest(p.surprise, judged.surprise);
    d.usual_late := (
      d.usual_late + p.rate * (least(abs(d.late), 3 * d.usual_late) - d.usual_late) + rules.tiny
    ) - rules.tiny;
  end if;
  -- or zeros where counts were expected: what is expected of the time between two counts is 1 in any
  -- Poisson process, and exponential.
  if p.value = 0 then
    d.missing := d.missing + greatest(p.predicted, 0) ^ 2;
    silence := d.missing / d.usual_missing / ln(10::double precision);
    if silence > 1.3 then p.surprise := greatest(p.surprise, silence); end if;
  elsif d.missing > 0 then
    d.gaps := d.gaps + 1;
    d.usual_missing := greatest(
      d.usual_missing
        + greatest(1 / d.gaps, 1.0 / 30) * (least(d.missing, 5 * d.usual_missing) - d.usual_missing),
      1
    );
    d.missing := 0;
  end if;
  step.d := d;
  step.p := p;
  return step;
end
$$;

comment on function everwatch_private.judge_point(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules)
  is 'Says how unlikely a point is, and how far from the prediction is usual; learns how large deviations are.';

create function everwatch_private.say_point(
  d everwatch_private.detector,
  at timestamptz,
  p everwatch_private.detector_point,
  rules everwatch_private.detector_rules
)
  returns everwatch_private.detector_step
  language plpgsql immutable set search_path = ''
  as $$
declare
  step everwatch_private.detector_step;
  said double precision := p.surprise;
  bottom double precision;
begin
  -- What has been said is said again after a quiet day, or when it is much more.
  if p.surprise > (case when p.weekly then rules.half else 0 end)
    and (p.at - d.said_at > 86400 or p.surprise > d.said * (case when p.weekly then 3 else 1.4 end)) then
    d.said_at := p.at;
    d.said := p.surprise;
  elsif p.at - d.said_at <= 86400 then
    said := 0;
    if p.weekly and p.surprise >= 2 then d.said_at := p.at; end if;
  end if;
  step.d := d;
  step.p := p;
  if not p.known then
    step.score := row(at, p.value, null, null, null, null, null, 'not enough history')::everwatch_private.series_score;
    return step;
  end if;
  bottom := case when d.lowest >= 0 then 0 else '-Infinity'::double precision end;
  step.score := row(
    at, p.value,
    greatest(sign(p.predicted) * p.predicted * p.predicted, bottom),
    greatest(sign(p.predicted - p.reach) * (p.predicted - p.reach) ^ 2, bottom),
    greatest(sign(p.predicted + p.reach) * (p.predicted + p.reach) ^ 2, bottom),
    -- However large, it stays below 1: from 1e16 on the quotient would be rounded to that.
    least(said, 1e12) / (least(said, 1e12) + rules.half),
    d.said_at = p.at and (p.weekly or said >= rules.half), 'scored'
  )::everwatch_private.series_score;
  return step;
end
$$;

comment on function everwatch_private.say_point(everwatch_private.detector, timestamptz, everwatch_private.detector_point, everwatch_private.detector_rules)
  is 'What is said of a point, its score among it; what was said within the day is not said again.';

revoke execute
  on function
    everwatch_private.judge_point(everwatch_private.detector, everwatch_private.detector_point, everwatch_private.detector_rules),
    everwatch_private.say_point(everwatch_private.detector, timestamptz, everwatch_private.detector_point, everwatch_private.detector_rules)
  from public;
