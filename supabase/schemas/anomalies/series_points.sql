-- What a series must be like to be scored.
create function everwatch_private.check_series_points(
  after timestamptz,
  times timestamptz[],
  points double precision[]
)
  returns void
  language plpgsql immutable set search_path = ''
  as $$
declare
  largest constant double precision := 1e15;
  previous timestamptz := coalesce(after, '-infinity');
  wrong text;
begin
  if coalesce(cardinality(times), 0) <> coalesce(cardinality(points), 0) then
    raise exception 'A series needs as many values as times: there are % and %.',
      coalesce(cardinality(points), 0), coalesce(cardinality(times), 0)
      using errcode = '22023';
  end if;
  for i in 1 .. coalesce(cardinality(times), 0) loop
    wrong := case
      when times[i] is null or not isfinite(times[i]) then 'its time is not one'
      when times[i] < previous then format('its time, %s, is before %s', times[i], previous)
      when points[i] is null then 'its value is null'
      when abs(points[i]) <= largest then null
      else format('its value is %s', points[i])
    end;
    if wrong is not null then
      raise exception 'Point % of the series cannot be scored: %. Times must not go back, and values must be numbers of up to %.', i, wrong, largest
        using errcode = '22023';
    end if;
    previous := times[i];
  end loop;
end
$$;

comment on function everwatch_private.check_series_points(timestamptz, timestamptz[], double precision[])
  is 'Refuses (22023) points that are no series, or do not go on after a time: times do not go back (they may repeat: sources do), and values are finite numbers of up to 1e15. Says which point, and what is wrong with it.';

create function everwatch_private.parse_series(
  points jsonb,
  out times timestamptz[],
  out numbers double precision[]
)
  language plpgsql stable set search_path = ''
  as $$
declare
  point jsonb;
  place bigint;
begin
  if jsonb_typeof(points) is distinct from 'array' then
    raise exception 'A series must be an array of [at, value], for example [["2026-01-05T00:00:00Z", 12]].'
      using errcode = '22023';
  end if;
  times := '{}';
  numbers := '{}';
  for point, place in
    select e.element, e.place from jsonb_array_elements(points) with ordinality as e (element, place)
  loop
    if jsonb_typeof(point) <> 'array' or jsonb_typeof(point -> 0) is distinct from 'string'
      or jsonb_typeof(point -> 1) is distinct from 'number' or jsonb_array_length(point) <> 2 then
      raise exception 'Point % of the series must be [at, value], a time and a number.', place
        using errcode = '22023';
    end if;
    begin
      times := times || (point ->> 0)::timestamptz;
      numbers := numbers || (point ->> 1)::double precision;
    exception
      when data_exception then
        raise exception 'Point % of the series must be [at, value], a time and a number.', place
          using errcode = '22023';
    end;
  end loop;
end
$$;

comment on function everwatch_private.parse_series(jsonb)
  is 'The times and the values of [[at, value], ...]. Refuses (22023) what is none, and says which point.';

revoke execute
  on function
    everwatch_private.check_series_points(timestamptz, timestamptz[], double precision[]),
    everwatch_private.parse_series(jsonb)
  from public;
