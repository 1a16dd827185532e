-- How a histogram is stored, wherever one is: an array with an element for each bin that has values, which
-- is count * 65536 + bin + 32768. Several may be of one bin, and counts may be negative, as of rows that
-- went away: what counts is the sum. So two histograms are added by putting one after the other.
--
-- Of many values at once, with the formula of bins in it: a call for each value would cost more than all
-- else that is done with it, and one more for all of them half as much again.
create function everwatch_private.count_values(measured double precision[], counts bigint[])
  returns bigint[]
  language plpgsql immutable set search_path = ''
  as $$
declare
  log_growth constant double precision := ln(everwatch_private.bin_growth());
begin
  return nullif(array(
    select count * 65536 + 32768 + case when value > 1e-280 then ceil(ln(value) / log_growth) else -32768 end::bigint
    from (select unnest(measured) as value, unnest(counts) as count) as counted
    where value is not null
  ), '{}');
end
$$;

comment on function everwatch_private.count_values(double precision[], bigint[])
  is 'A histogram of values, of each as many as counts says, in their order, leaving out those that are null; null when it has none.';

create function everwatch_private.bins_of(measured double precision[])
  returns integer[]
  language plpgsql immutable set search_path = ''
  as $$
begin
  return array(
    select (element & 65535)::integer - 32768
    from unnest(
      everwatch_private.count_values(measured, array_fill(1::bigint, array[coalesce(cardinality(measured), 0)]))
    ) as element
  );
end
$$;

comment on function everwatch_private.bins_of(double precision[])
  is 'The bin of each value, none of them null.';

create function everwatch_private.sum_bins(bins bigint[])
  returns bigint[]
  language plpgsql immutable set search_path = ''
  as $$
begin
  return nullif(array(
    select sum(element >> 16)::bigint * 65536 + (element & 65535)
    from unnest(bins) as element
    group by element & 65535
    having sum(element >> 16) <> 0
  ), '{}');
end
$$;

comment on function everwatch_private.sum_bins(bigint[])
  is 'A histogram with one element for each bin; null when it has no values.';

create function everwatch_private.negate_bins(bins bigint[])
  returns bigint[]
  language plpgsql immutable set search_path = ''
  as $$
begin
  return array(select 2 * (element & 65535) - element from unnest(bins) as element);
end
$$;

comment on function everwatch_private.negate_bins(bigint[])
  is 'What takes a histogram away from one that it is added to.';

create function everwatch_private.unpack_bins(bins bigint[])
  returns table(bin integer, count bigint)
  language plpgsql immutable set search_path = ''
  as $$
begin
  return query
  select (element & 65535)::integer - 32768, sum(element >> 16)::bigint
  from unnest(bins) as element
  group by 1;
end
$$;

comment on function everwatch_private.unpack_bins(bigint[])
  is 'How many values a histogram has in each of its bins.';

create function everwatch_private.quantile_of_bins(bins bigint[], quantile double precision)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
begin
  return (
    select everwatch_private.bin_value(min(r.bin))
    from (
      select u.bin, sum(u.count) over (order by u.bin) as up_to, sum(u.count) over () as total
      from everwatch_private.unpack_bins(bins) as u
    ) as r
    where r.up_to >= ceil(quantile * r.total)
  );
end
$$;

comment on function everwatch_private.quantile_of_bins(bigint[], double precision)
  is 'A quantile of the values of a histogram, within 1%; null of none.';

revoke execute
  on function
    everwatch_private.count_values(double precision[], bigint[]),
    everwatch_private.bins_of(double precision[]),
    everwatch_private.sum_bins(bigint[]),
    everwatch_private.negate_bins(bigint[]),
    everwatch_private.unpack_bins(bigint[]),
    everwatch_private.quantile_of_bins(bigint[], double precision)
  from public;
