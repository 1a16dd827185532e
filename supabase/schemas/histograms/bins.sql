-- Values are counted in bins, each 2% wider than the one before, so that any quantile is known within 1%
-- and counts of different hours add up: as DDSketch does (Masson, Rim and Lee, 2019). The bin of a value is
-- ceil(ln(value) / ln(1.02)), so 1 is in bin 0; the lowest bin, -32768, is of 0, of what is below it, and of
-- what is too small to tell from it. count_values() places values in bins, as does the library
-- (track/bins.ts); a test compares the two.
create function everwatch_private.bin_growth()
  returns double precision
  language sql immutable set search_path = ''
  as $$
  select 1.02::double precision
$$;

comment on function everwatch_private.bin_growth()
  is 'How many times as high as its lower end the upper end of a bin is.';

create function everwatch_private.bin_value(bin integer)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  growth constant double precision := everwatch_private.bin_growth();
begin
  -- As far from both ends, relative to each.
  return case when bin > -32768 then 2 * growth ^ bin / (1 + growth) when bin = -32768 then 0 end;
end
$$;

comment on function everwatch_private.bin_value(integer)
  is 'What stands for the values in a bin: no more than 1% from any of them.';

create function everwatch_private.bin_duration(bin integer)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  growth constant double precision := everwatch_private.bin_growth();
  least_ms constant double precision := floor(growth ^ (bin - 1)) + 1;
  most_ms constant double precision := floor(growth ^ bin);
begin
  return case when bin >= 0 then 2 * least_ms * most_ms / (least_ms + most_ms) when bin < 0 then 0 end;
end
$$;

comment on function everwatch_private.bin_duration(integer)
  is 'What stands for the durations in a bin, in milliseconds. They are whole numbers, so it is as far from the least and the most of those; of the bins below that of 1 only 0 is one.';

revoke execute
  on function
    everwatch_private.bin_growth(),
    everwatch_private.bin_value(integer),
    everwatch_private.bin_duration(integer)
  from public;
