-- The detector. Its state is 404 numbers: 20 of its own (see where they are read), then the weight
-- behind a factor and the factor for each of 24 hours of a day and each of 168 hours of a week.
create function monitoring.score_points(
  inout state double precision[],
  times timestamptz[],
  points double precision[],
  out scores monitoring.series_score[]
)
  language plpgsql immutable set search_path = ''
  as $$
declare
  -- How many points are learned from before one is scored.
  learning constant double precision := 40;
  -- How many points the scale and the share of unusual residuals remember; how many the level does.
  memory constant double precision := 576;
  level_memory constant double precision := 50;
  -- How many unusual residuals the mean excess remembers.
  excess_memory constant double precision := 60;
  -- Beyond how many mean deviations a residual is in the tail, and where one stops counting as more.
  tail constant double precision := 2.5;
  clip constant double precision := 4;
  -- After how many residuals on one side a level is new.
  run_length constant double precision := 12;
  -- The tail probability, as a negative power of ten, that scores a half.
  half constant double precision := 3.2;
  n double precision; previous double precision; step double precision;
  level double precision[]; deviation double precision[];
  share double precision; excess double precision; excesses double precision;
  held_at double precision; held double precision;
  run double precision; run_sum double precision; run_weight double precision;
  i integer; k integer; best integer; slot integer[]; factor double precision[];
  epoch double precision; y double precision; predicted double precision; residual double precision;
  scale double precision; z double precision; surprise double precision; said double precision;
  limit_ double precision; clipped double precision; rate double precision; portion double precision;
  weight double precision; moved boolean; known boolean; reach double precision;
begin
  if state is null then
    state := array_fill(0::double precision, array[212])
      || array_fill(1::double precision, array[192]);
    state[10] := 0.05; state[11] := 0.7; state[13] := '-1e18';
  end if;
  n := state[1]; previous := state[2]; step := state[3];
  level := state[4:6]; deviation := state[7:9];
  share := state[10]; excess := state[11]; excesses := state[12];
  held_at := state[13]; held := state[14];
  run := state[15]; run_sum := state[16]; run_weight := state[17];
  scores := '{}';
  for i in 1 .. coalesce(cardinality(points), 0) loop
    y := monitoring.series_root(points[i]);
    epoch := extract(epoch from times[i]);
    if n > 0 then
      step := case
        when n < 10 then (step * (n - 1) + epoch - previous) / n
        else step + (least(epoch - previous, 4 * step) - step) / 50
      end;
    else
      level := array[y, y, y];
    end if;
    previous := epoch; n := n + 1;
    -- Weights are at 21 to 212, factors 192 further on: first hours of a day, then hours of a week,
    -- which begins on a Monday.
    slot := array[
      0,
      21 + mod(floor(epoch / 3600)::bigint, 24)::integer,
      45 + mod(floor(epoch / 3600)::bigint + 72, 168)::integer
    ];
    factor := array[1, state[192 + slot[2]], state[192 + slot[3]]];
    -- The season that has predicted best so far is used, where it is clearly better than none.
    best := 1;
    if state[slot[2]] >= 2 and deviation[2] < 0.7 * deviation[best] then best := 2; end if;
    if state[slot[3]] >= 2 and deviation[3] < 0.7 * deviation[best] then best := 3; end if;
    predicted := level[best] * factor[best];
    residual := y - predicted;
    scale := greatest(deviation[best], 0.02 * abs(level[best]), 1e-9);
    z := residual / scale;
    known := n > learning;
    rate := greatest(1 / memory, 1 / n);
    if known then
      -- Excesses over the tail's threshold are exponential: P(|z| > x) = share * exp(-(x - tail) / excess).
      surprise := case
        when abs(z) > tail then ((abs(z) - tail) / excess - ln(share)) / ln(10::double precision)
        else 0
      end;
      reach := scale * (tail + excess * greatest(ln(share) + half * ln(10::double precision), 0));
      -- What has been said is not said again within a day, unless it is much more.
      said := surprise;
      if surprise > 0 and (epoch - held_at > 86400 or surprise > held * 1.4) then
        held_at := epoch; held := surprise;
      elsif epoch - held_at <= 86400 then
        said := 0;
      end if;
      scores := scores || row(
        times[i], points[i],
        monitoring.series_square(predicted),
        monitoring.series_square(predicted - reach),
        monitoring.series_square(predicted + reach),
        said / (said + half), 'scored'
      )::monitoring.series_score;
      share := greatest(share + rate * ((abs(z) > tail)::integer - share), 0.005);
      if abs(z) > tail then
        excesses := excesses + 1;
        excess := greatest(
          excess + greatest(1 / (excesses + 5), 1 / excess_memory)
            * (least(abs(z) - tail, 5 * excess) - excess),
          0.25
        );
      end if;
    else
      scores := scores || row(
        times[i], points[i], null, null, null, null, 'not enough history'
      )::monitoring.series_score;
    end if;
    if known and abs(z) > 1.5 then
      if run * z < 0 then run := 0; run_sum := 0; run_weight := 0; end if;
      run := run + sign(z);
      run_sum := run_sum + residual * factor[best];
      run_weight := run_weight + factor[best] * factor[best];
    else
      run := 0; run_sum := 0; run_weight := 0;
    end if;
    moved := abs(run) >= run_length;
    if moved then
      for k in 1 .. 3 loop
        level[k] := level[k] + run_sum / greatest(run_weight, 1e-9);
      end loop;
      run := 0; run_sum := 0; run_weight := 0;
      continue;
    end if;
    for k in 1 .. 3 loop
      residual := y - level[k] * factor[k];
      if known then
        limit_ := clip * greatest(deviation[k], 1e-9);
        clipped := greatest(-limit_, least(limit_, residual));
      else
        clipped := residual;
      end if;
      deviation[k] := deviation[k] + rate * (abs(clipped) - deviation[k]);
      if k > 1 then
        portion := least(1, step / 3600);
        weight := state[slot[k]] + portion;
        state[slot[k]] := weight;
        state[192 + slot[k]] := factor[k]
          + greatest(1 / (1 + weight), case k when 2 then 0.05 else 0.15 end) * portion * clipped
          * level[k] / (level[k] * level[k] + deviation[k] * deviation[k] + 1e-12);
      end if;
      level[k] := level[k] + greatest(1 / level_memory, 1 / n) * clipped * least(factor[k], 2);
    end loop;
  end loop;
  state[1] := n; state[2] := previous; state[3] := step;
  state[4:6] := level; state[7:9] := deviation;
  state[10] := share; state[11] := excess; state[12] := excesses;
  state[13] := held_at; state[14] := held;
  state[15] := run; state[16] := run_sum; state[17] := run_weight;
end
$$;

comment on function monitoring.score_points(double precision[], timestamptz[], double precision[])
  is 'Scores the next points of a series from the detector''s state (null for a new series), and returns the state after them.';

create function monitoring.score_series(points jsonb)
  returns table(at timestamptz, value double precision, expected double precision, lower double precision, upper double precision, score double precision, status text)
  language plpgsql stable set search_path = ''
  as $$
declare
  times timestamptz[];
  numbers double precision[];
begin
  times := array(
    select (p.point ->> 0)::timestamptz
    from jsonb_array_elements(points) with ordinality as p(point, place)
    order by p.place
  );
  numbers := array(
    select (p.point ->> 1)::double precision
    from jsonb_array_elements(points) with ordinality as p(point, place)
    order by p.place
  );
  return query
  select s.at, s.value, s.expected, s.lower, s.upper, s.score, s.status
  from unnest((monitoring.score_points(null, times, numbers)).scores) as s;
end
$$;

comment on function monitoring.score_series(jsonb)
  is 'Scores one series, [[at, value], ...] in order of time: for each point what the ones before it let one expect, and how unusual it is (0 to 1).';

revoke all
  on function monitoring.score_points(double precision[], timestamptz[], double precision[]), monitoring.score_series(jsonb)
  from public, anon, authenticated, service_role;
grant execute on function monitoring.score_series(jsonb) to service_role;
