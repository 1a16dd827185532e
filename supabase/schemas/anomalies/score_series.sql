create function everwatch_private.score_series(points jsonb)
  returns table(at timestamptz, value double precision, expected double precision, lower double precision, upper double precision, score double precision, status text)
  language plpgsql stable set search_path = ''
  as $$
declare
  series record;
begin
  series := everwatch_private.parse_series(points);
  return query
  select s.at, s.value, s.expected, s.lower, s.upper, s.score, s.status
  from unnest((everwatch_private.score_points(null, series.times, series.numbers)).scores) as s;
end
$$;

comment on function everwatch_private.score_series(jsonb)
  is 'Scores one series, [[at, value], ...] in order of time: for each point what the ones before it let one expect, and how unusual it is (0 to 1). Raises 22023 for what is no series, and says what was expected.';

revoke execute on function everwatch_private.score_series(jsonb) from public;
