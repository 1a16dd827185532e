-- The detector. All its thresholds and memories are here; what they were chosen by is in
-- docs/foresight.md. Numbers that are compared are signed square
-- roots, which make the noise of counts about equal at every level (Anscombe 1948).
create function everwatch_private.score_points(
  inout state double precision[],
  times timestamptz[],
  points double precision[],
  out scores everwatch_private.series_score[]
)
  language plpgsql immutable set search_path = ''
  as $$
declare
  -- How many points are learned from before one is scored; how many the noise remembers.
  learning constant double precision := 40;
  memory constant double precision := 576;
  -- From how many seconds between points on a series is coarse: it has few points a day, and its weeks
  -- are learned. What fine series have in points, a run of them says too.
  coarse_gap constant double precision := 1200;
  two_weeks constant double precision := 336;
  three_weeks constant double precision := 504;
  -- A residual counts as this many deviations at most, so that no outlier moves the model far.
  clip constant double precision := 4;
  -- The factor of the only hour of a week in which anything is. A level near zero would make it more, and
  -- the level that comes next anything.
  utmost constant double precision := 168;
  -- What decays is exactly zero in the end: Postgres raises an error where a product underflows.
  tiny constant double precision := 1e-30;
  -- The surprise that scores a half: once in 10^3.2 points.
  half constant double precision := 3.2;
  n double precision; step double precision; portion double precision; rate double precision;
  coarse boolean; weekly boolean; known boolean; moved boolean;
  level double precision[]; deviation double precision[]; level_memory double precision[];
  tail double precision[]; late_tail double precision[]; moments double precision[];
  k integer; best integer; slot integer[]; factor double precision[];
  epoch double precision; y double precision; predicted double precision; residual double precision;
  scale double precision; z double precision; clipped double precision; weight double precision;
  surprise double precision; said double precision;
  reach double precision; bottom double precision;
begin
  perform everwatch_private.check_series_points(to_timestamp(state[2]), times, points);
  state := coalesce(state, everwatch_private.new_series_state());
  n := state[1]; level := state[7:9]; deviation := state[10:12];
  tail := state[15:18]; late_tail := state[19:22]; moments := state[25:28];
  scores := '{}';
  for i in 1 .. coalesce(cardinality(points), 0) loop
    y := (sign(points[i]) * sqrt(abs(points[i])) + tiny) - tiny;
    epoch := extract(epoch from times[i]);
    if n = 0 then
      level := array[y, y, y]; state[4] := 1; state[6] := points[i];
    else
      step := epoch - state[2];
      state[4] := (state[4] + greatest(1 / n, 0.02) * ((step >= coarse_gap)::integer - state[4]) + tiny) - tiny;
      state[3] := case
        when n < 9 then (state[3] * n + step) / (n + 1)
        else state[3] + (least(step, 4 * state[3]) - state[3]) / 50
      end;
      state[6] := least(state[6], points[i]);
    end if;
    n := n + 1; state[2] := epoch;
    portion := least(1, state[3] / 3600);
    state[5] := state[5] + portion;
    coarse := state[4] > 0.5;
    weekly := coarse and state[5] >= two_weeks;
    known := n > learning;
    rate := greatest(1 / memory, 1 / n);

    -- What to expect: a level, times the factor of the hour of the day or of the week. Weights are at 37
    -- to 228, factors 192 further on; weeks begin on a Monday. The season that has predicted clearly
    -- better than the simpler ones is used.
    k := mod(floor(epoch / 3600)::bigint + 72, 168)::integer;
    slot := array[0, 37 + mod(k, 24), 61 + k];
    factor := array[1, state[192 + slot[2]], state[192 + slot[3]]];
    best := 1;
    for k in 2 .. 3 loop
      if state[slot[k]] >= 2 and deviation[k] > 0
        and deviation[k] < (case when coarse then 0.9 else 0.7 end) * deviation[best] then
        best := k;
      end if;
    end loop;
    predicted := (level[best] * factor[best] + tiny) - tiny;
    residual := y - predicted;
    scale := greatest(deviation[best], 0.02 * abs(level[best]), 1e-9);
    if weekly then
      scale := greatest(everwatch_private.series_noise(moments, predicted, scale), 0.02 * abs(predicted), 1e-9);
    end if;
    z := residual / scale;

    surprise := 0;
    if known then
      reach := scale * (
        case when weekly then 3 else 2.5 end
        + tail[2] * greatest(ln(tail[1]) + half * ln(10::double precision), 0)
      );
      -- One point that is far off,
      tail := everwatch_private.series_surprise(tail, z, case when weekly then 3 else 2.5 end, rate, 5, false);
      surprise := tail[5];
      -- some in a row that are rather far off,
      if weekly and state[5] >= three_weeks then
        state[23] := (state[23] + (greatest(least(z, 7), -7) - state[23]) / 2.2 + tiny) - tiny;
        late_tail := everwatch_private.series_surprise(
          late_tail, state[23] / greatest(state[24], 0.1), 2.75, rate, 3, true
        );
        surprise := greatest(surprise, late_tail[5]);
        state[24] := (state[24] + rate * (least(abs(state[23]), 3 * state[24]) - state[24]) + tiny) - tiny;
      end if;
      -- or zeros where counts were expected: what is expected of the time between two counts is 1 in
      -- any Poisson process, and exponential.
      if points[i] = 0 then
        state[29] := state[29] + greatest(predicted, 0) ^ 2;
        said := state[29] / state[30] / ln(10::double precision);
        if said > 1.3 then surprise := greatest(surprise, said); end if;
      elsif state[29] > 0 then
        state[31] := state[31] + 1;
        state[30] := greatest(
          state[30] + greatest(1 / state[31], 1.0 / 30) * (least(state[29], 5 * state[30]) - state[30]),
          1
        );
        state[29] := 0;
      end if;
    end if;

    -- What has been said is said again after a quiet day, or when it is much more.
    said := surprise;
    if surprise > (case when weekly then half else 0 end)
      and (epoch - state[32] > 86400 or surprise > state[33] * (case when weekly then 3 else 1.4 end)) then
      state[32] := epoch; state[33] := surprise;
    elsif epoch - state[32] <= 86400 then
      said := 0;
      if weekly and surprise >= 2 then state[32] := epoch; end if;
    end if;
    bottom := case when state[6] >= 0 then 0 else '-Infinity'::double precision end;
    scores := scores || case
      when known then row(
        times[i], points[i],
        greatest(sign(predicted) * predicted * predicted, bottom),
        greatest(sign(predicted - reach) * (predicted - reach) ^ 2, bottom),
        greatest(sign(predicted + reach) * (predicted + reach) ^ 2, bottom),
        -- However large, it stays below 1: from 1e16 on the quotient would be rounded to that.
        least(said, 1e12) / (least(said, 1e12) + half),
        state[32] = epoch and (weekly or said >= half), 'scored'
      )::everwatch_private.series_score
      else row(times[i], points[i], null, null, null, null, null, 'not enough history')::everwatch_private.series_score
    end;

    -- A level is new after a run on one side: an hour of 5 minutes each, a day where hours are coarse.
    if known and abs(z) > 1.5 then
      if state[34] * z < 0 then state[34:36] := array[0, 0, 0]; end if;
      state[34] := state[34] + sign(z);
      state[35] := state[35] + residual * factor[best];
      state[36] := state[36] + factor[best] * factor[best];
    else
      state[34:36] := array[0, 0, 0];
    end if;
    moved := abs(state[34]) >= (case when weekly then 24 / portion else 12 end);
    if moved then
      for k in 1 .. case when weekly or not coarse then 3 else 2 end loop
        level[k] := level[k] + state[35] / greatest(state[36], 1e-9);
      end loop;
      state[34:36] := array[0, 0, 0]; state[23] := 0;
      continue;
    end if;

    clipped := case when known then least(abs(residual), clip * scale) else abs(residual) end;
    moments := array[
      (moments[1] + rate * (abs(predicted) - moments[1]) + tiny) - tiny,
      (moments[2] + rate * (predicted * predicted - moments[2]) + tiny) - tiny,
      (moments[3] + rate * (clipped - moments[3]) + tiny) - tiny,
      (moments[4] + rate * (clipped * abs(predicted) - moments[4]) + tiny) - tiny
    ];
    level_memory := case when coarse then array[80, 50, 200] else array[80, 80, 80] end;
    for k in 1 .. 3 loop
      clipped := y - level[k] * factor[k];
      if known and (k = 1 or not coarse or state[11 + k] > 0) then
        weight := clip * greatest(deviation[k], 1e-9);
        clipped := greatest(-weight, least(weight, clipped));
      end if;
      -- Where weeks are learned, what a season predicts counts once its hours have been seen.
      if k = 1 or not coarse then
        weight := n;
      elsif state[slot[k]] >= k - 1 then
        weight := state[11 + k] + 1;
        if weight = 1 then deviation[k] := deviation[k - 1]; weight := 13; end if;
      else
        weight := null;
      end if;
      if weight is not null then
        if k > 1 then state[11 + k] := weight; end if;
        deviation[k] := (deviation[k] + greatest(1 / memory, 1 / weight) * (abs(clipped) - deviation[k]) + tiny) - tiny;
      end if;
      if k > 1 then
        weight := state[slot[k]] + portion;
        state[slot[k]] := weight;
        state[192 + slot[k]] := greatest(-utmost, least(utmost, factor[k]
          + greatest(1 / (1 + weight), case k when 2 then 0.05 else 0.15 end) * portion * clipped
          * level[k] / (level[k] * level[k] + deviation[k] * deviation[k] + 1e-12)));
      end if;
      level[k] := (level[k] + greatest(1 / level_memory[k], 1 / n) * clipped * least(factor[k], 2) + tiny) - tiny;
    end loop;
  end loop;
  state[1] := n; state[7:9] := level; state[10:12] := deviation;
  state[15:18] := tail[1:4]; state[19:22] := late_tail[1:4]; state[25:28] := moments;
end
$$;

comment on function everwatch_private.score_points(double precision[], timestamptz[], double precision[])
  is 'Scores the next points of a series from the detector''s state (null for a new series), and returns the state after them. Raises 22023 for points that are no series or go back before the last ones.';

revoke execute
  on function everwatch_private.score_points(double precision[], timestamptz[], double precision[])
  from public;
