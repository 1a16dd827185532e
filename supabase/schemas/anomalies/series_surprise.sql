-- How unusual a deviation is, and how large one usually is: the two things that a detector learns of
-- the noise of a series.
create function everwatch_private.series_surprise(
  tail double precision[],
  deviation double precision,
  threshold double precision,
  rate double precision,
  cap double precision,
  once boolean
)
  returns double precision[]
  language plpgsql immutable set search_path = ''
  as $$
declare
  -- How many excesses the mean remembers.
  memory constant double precision := 60;
  size constant double precision := abs(deviation);
  goes_on constant boolean := tail[4] * deviation > 0 and abs(tail[4]) > threshold;
begin
  -- Beyond the threshold excesses are exponential: P(size > x) = share * exp(-(x - threshold) / excess).
  tail[5] := case
    when size > threshold then ((size - threshold) / tail[2] - ln(tail[1])) / ln(10::double precision)
    else 0
  end;
  tail[1] := greatest(tail[1] + rate * ((size > threshold)::integer - tail[1]), 0.005);
  if size > threshold and not (once and goes_on) then
    tail[3] := tail[3] + 1;
    tail[2] := greatest(
      tail[2] + greatest(1 / (tail[3] + 5), 1 / memory)
        * (least(size - threshold, cap * tail[2]) - tail[2]),
      0.25
    );
  end if;
  tail[4] := deviation;
  return tail;
end
$$;

comment on function everwatch_private.series_surprise(double precision[], double precision, double precision, double precision, double precision, boolean)
  is 'How unlikely so large a deviation is, as a negative power of ten (3 is one in a thousand), by the deviations so far beyond the threshold, of which this one then is one (peaks over threshold, Pickands 1975, with the exponential tail). An excess counts as `cap` times the mean at most, and of several in a row only the first if `once`. The tail is: the share that is beyond, the mean excess, how many there were, the last deviation; returned with the surprise as its fifth number.';

create function everwatch_private.series_noise(
  moments double precision[],
  predicted double precision,
  average double precision
)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  variance constant double precision := moments[2] - moments[1] * moments[1];
  slope double precision := 0;
  floor_ double precision;
begin
  if moments[2] <= 0 then
    return average;
  end if;
  if variance > 1e-9 * moments[2] then
    slope := greatest((moments[4] - moments[1] * moments[3]) / variance, 0);
  end if;
  floor_ := greatest(moments[3] - slope * moments[1], 0.2 * moments[3]);
  slope := greatest((moments[3] - floor_) / greatest(moments[1], 1e-9), 0);
  return least(greatest(floor_ + slope * abs(predicted), 0.3 * average), 3 * average);
end
$$;

comment on function everwatch_private.series_noise(double precision[], double precision, double precision)
  is 'The mean deviation to expect where so much is predicted: a line fitted to deviations so far (never falling, never through less than a fifth of their mean), between 0.3 and 3 times the average one. The moments are the means of: predictions, their squares, deviations, and products of both.';

revoke execute
  on function
    everwatch_private.series_surprise(double precision[], double precision, double precision, double precision, double precision, boolean),
    everwatch_private.series_noise(double precision[], double precision, double precision)
  from public;
