-- What is unusual, in one sentence: what it is, and what it usually is.
create function everwatch_private.describe_amount(unit text, amount double precision)
  returns text
  language sql immutable set search_path = ''
  as $$
  select case
    when unit = 'percent' then round(amount::numeric, 1)::text
    else ltrim(to_char(round(amount::numeric), '999,999,999,999,999,999'))
  end
$$;

comment on function everwatch_private.describe_amount(text, double precision)
  is 'A value of a watched series for people, without its unit.';

create function everwatch_private.describe_anomaly(
  metric text,
  said everwatch_private.series_score,
  missing double precision
)
  returns text
  language plpgsql stable set search_path = ''
  as $$
declare
  series everwatch_private.series;
  lower text;
  upper text;
  expected text;
  what text;
  unit text;
begin
  select * into series from everwatch_private.series as s where s.name = metric;
  lower := everwatch_private.describe_amount(series.unit, said.lower);
  upper := everwatch_private.describe_amount(series.unit, said.upper);
  expected := everwatch_private.describe_amount(series.unit, said.expected);
  what := series.anomaly;
  unit := case series.unit when 'milliseconds' then ' ms' when 'percent' then '%' else '' end;
  -- A count of none may lie in the band, and what is unusual is how long that has been so.
  if said.value = 0 and missing >= 1 and series.unit = 'count' then
    return format(
      'No %s; about %s were expected since the last',
      replace(replace(what, '%s ', ''), ' in an hour', ''),
      everwatch_private.describe_amount(series.unit, missing)
    );
  end if;
  what := format(what, everwatch_private.describe_amount(series.unit, said.value));
  if said.value between said.lower and said.upper then
    return format(
      '%s, and has been %s than usual for some hours; at this hour it is usually about %s%s',
      what, case when said.value < said.expected then 'lower' else 'higher' end, expected, unit
    );
  end if;
  return format('%s; at this hour it is usually %s to %s%s', what, lower, upper, unit);
end
$$;

comment on function everwatch_private.describe_anomaly(text, everwatch_private.series_score, double precision)
  is 'What is unusual about a point of a watched series, for example: p95 is 840 ms; at this hour it is usually 120 to 210 ms. missing: how many were expected since the last one.';

revoke execute
  on function
    everwatch_private.describe_amount(text, double precision),
    everwatch_private.describe_anomaly(text, everwatch_private.series_score, double precision)
  from public;
