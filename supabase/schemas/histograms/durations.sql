-- The durations of all time of a resource, and their percentile at each refresh. This histogram alone is
-- unpacked, with the bin as the index, so that adding to it costs what is added; index -1 is of 0 ms.
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
  bin integer;
begin
  histogram := coalesce(histogram, '{}');
  foreach element in array coalesce(bins, '{}') loop
    bin := greatest((element & 65535) - 32768, -1);
    histogram[bin] := coalesce(histogram[bin], 0) + (element >> 16);
    if bin > p95_bin then
      p95_above := p95_above + (element >> 16);
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
  while p95_above + coalesce(histogram[p95_bin], 0) < at_least and p95_bin > -1 loop
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
  is 'Adds a histogram of durations to an unpacked one (counts with the bin as the index, null for one of nothing) that then holds `total`, and finds its 95th percentile in milliseconds, within 1%: the bin of the one at its place, and how many durations are in bins above that, are where the next search begins.';

create function everwatch_private.pack_durations(histogram bigint[])
  returns bigint[]
  language plpgsql immutable set search_path = ''
  as $$
begin
  return array(
    select count * 65536 + case when bin < 0 then 0 else bin + 32768 end
    from (
      select u.count, array_lower(histogram, 1) - 1 + u.place as bin
      from unnest(histogram) with ordinality as u (count, place)
    ) as counted
    where count <> 0
  );
end
$$;

comment on function everwatch_private.pack_durations(bigint[])
  is 'A histogram as it is stored elsewhere (see count_values) of an unpacked one.';

revoke execute
  on function
    everwatch_private.add_durations(bigint[], integer, bigint, bigint[], bigint),
    everwatch_private.pack_durations(bigint[])
  from public;
