-- How unusual a deviation is, and how large one usually is: the two things that a detector learns of
-- the noise of a series.
create function everwatch_private.series_surprise(
  tail everwatch_private.series_tail,
  deviation double precision,
  threshold double precision,
  rate double precision,
  cap double precision,
  once boolean
)
  returns everwatch_private.judged_tail
  language plpgsql immutable set search_path = ''
  as $$
declare
  judged everwatch_private.judged_tail;
  -- How many excesses the mean remembers.
  memory constant double precision := 60;
  size constant double precision := abs(deviation);
  goes_on constant boolean := tail.last * deviation > 0 and abs(tail.last) > threshold;
begin
  -- Beyond the threshold excesses are exponential: P(size > x) = share * exp(-(x - threshold) / excess).
  judged.surprise := case
    when size > threshold then ((size - threshold) / tail.excess - ln(tail.share)) / ln(10::double precision)
    else 0
  end;
  tail.share := greatest(tail.share + rate * ((size > threshold)::integer - tail.share), 0.005);
  if size > threshold and not (once and goes_on) then
    tail.excesses := tail.excesses + 1;
    tail.excess := greatest(
      tail.excess + greatest(1 / (tail.excesses + 5), 1 / memory)
        * (least(size - threshold, cap * tail.excess) - tail.excess),
      0.25
    );
  end if;
  tail.last := deviation;
  judged.tail := tail;
  return judged;
end
$$;

comment on function everwatch_private.series_surprise(everwatch_private.series_tail, double precision, double precision, double precision, double precision, boolean)
  is 'How unlikely so large a deviation is, as a negative power of ten (3 is one in a thousand), by the deviations so far beyond the threshold, of which this one then is one (peaks over threshold, Pickands 1975, with the exponential tail). An excess counts as `cap` times the mean at most, and of several in a row only the first if `once`.';

create function everwatch_private.usual_deviation(
  moments everwatch_private.series_moments,
  predicted double precision,
  average double precision
)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  variance constant double precision := moments.square - moments.size * moments.size;
  slope double precision := 0;
  least_deviation double precision;
begin
  if moments.square <= 0 then
    return average;
  end if;
  if variance > 1e-9 * moments.square then
    slope := greatest((moments.product - moments.size * moments.deviation) / variance, 0);
  end if;
  least_deviation := greatest(moments.deviation - slope * moments.size, 0.2 * moments.deviation);
  slope := greatest((moments.deviation - least_deviation) / greatest(moments.size, 1e-9), 0);
  return least(greatest(least_deviation + slope * abs(predicted), 0.3 * average), 3 * average);
end
$$;

comment on function everwatch_private.usual_deviation(everwatch_private.series_moments, double precision, double precision)
  is 'The mean deviation to expect where so much is predicted: a line fitted to deviations so far (never falling, never through less than a fifth of their mean), between 0.3 and 3 times the average one.';

revoke execute
  on function
    everwatch_private.series_surprise(everwatch_private.series_tail, double precision, double precision, double precision, double precision, boolean),
    everwatch_private.usual_deviation(everwatch_private.series_moments, double precision, double precision)
  from public;
