-- Durations are counted in bins, each 2% wider than the one before, so that any quantile is known
-- within 1% and bins of different hours add up: as DDSketch does (Masson, Rim and Lee, 2019). Bin 0
-- is of 0 ms; the bin of d > 0 ms is 1 + ceil(ln d / ln 1.02), at most 1087. That expression is
-- written out wherever rows are counted: a function would cost more than all the rest.
--
-- Hours hold few durations, so what is kept of them is short: an array of integers, each of them
-- count * 2048 + bin. Several may be of one bin, and counts may be negative; what counts is the sum.
create function everwatch_private.bin_duration(bin integer)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  least_ms constant double precision := floor(1.02::double precision ^ (bin - 2)) + 1;
  most_ms constant double precision := floor(1.02::double precision ^ (bin - 1));
begin
  -- The value that is as far from both, relative to each.
  return case when bin > 0 then 2 * least_ms * most_ms / (least_ms + most_ms) when bin <= 0 then 0 end;
end
$$;

comment on function everwatch_private.bin_duration(integer)
  is 'What stands for the durations in a bin, in milliseconds: no more than 1% from any whole number in it.';

create function everwatch_private.add_durations(
  inout histogram bigint[],
  inout p95_bin integer,
  inout p95_above bigint,
  bins bigint[],
  total bigint,
  out p95_ms numeric
)
  language plpgsql immutable set search_path = ''
  as $$
declare
  place constant double precision := 0.95 * (total - 1);
  -- How many durations are no shorter than the one at that place.
  at_least constant bigint := total - floor(place)::bigint;
  next_bin integer;
  low double precision;
  element bigint;
begin
  histogram := coalesce(histogram, '{}');
  foreach element in array coalesce(bins, '{}') loop
    histogram[element & 2047] := coalesce(histogram[element & 2047], 0) + (element >> 11);
    if element & 2047 > p95_bin then
      p95_above := p95_above + (element >> 11);
    end if;
  end loop;
  if total is null or total < 1 then
    p95_bin := null;
    p95_above := null;
    return;
  end if;

  -- The place moves little between two calls, so the search begins where it was; first at the top.
  p95_bin := coalesce(p95_bin, array_upper(histogram, 1));
  p95_above := coalesce(p95_above, 0);
  while p95_above >= at_least and p95_bin < 2047 loop
    p95_bin := p95_bin + 1;
    p95_above := p95_above - coalesce(histogram[p95_bin], 0);
  end loop;
  while p95_above + coalesce(histogram[p95_bin], 0) < at_least and p95_bin > 0 loop
    p95_above := p95_above + coalesce(histogram[p95_bin], 0);
    p95_bin := p95_bin - 1;
  end loop;

  -- Between two places it is interpolated, as percentile_cont does.
  next_bin := p95_bin;
  if p95_above = at_least - 1 and place > floor(place) then
    loop
      next_bin := next_bin + 1;
      exit when histogram[next_bin] > 0 or next_bin = 2047;
    end loop;
  end if;
  low := everwatch_private.bin_duration(p95_bin);
  if next_bin > p95_bin then
    low := low + (place - floor(place)) * (everwatch_private.bin_duration(next_bin) - low);
  end if;
  p95_ms := round(low::numeric, 1);
end
$$;

comment on function everwatch_private.add_durations(bigint[], integer, bigint, bigint[], bigint)
  is 'Adds durations, as count * 2048 + bin, to a histogram (counts by bin, null for one of nothing) that then holds `total`, and finds its 95th percentile in milliseconds, within 1%: the bin of the one at its place, and how many durations are in bins above that, are where the next search begins.';

revoke execute
  on function
    everwatch_private.bin_duration(integer),
    everwatch_private.add_durations(bigint[], integer, bigint, bigint[], bigint)
  from public;
