-- How a prediction is said.
create function everwatch_private.span_in_words(span interval)
  returns text
  language plpgsql immutable strict set search_path = ''
  as $$
declare
  seconds constant numeric := extract(epoch from span);
begin
  return case
    when seconds < 120 then format('%s seconds', greatest(round(seconds), 0))
    when seconds < 7200 then format('%s minutes', round(seconds / 60))
    when seconds < 172800 then format('%s hours', round(seconds / 3600))
    else format('%s days', round(seconds / 86400))
  end;
end
$$;

comment on function everwatch_private.span_in_words(interval)
  is 'A length of time for people, in the largest unit that says it with two digits or so.';

create function everwatch_private.prediction(
  at timestamptz,
  org_id uuid,
  severity text,
  resource_type text,
  resource_id text,
  resource_name text,
  metric text,
  says text,
  expected timestamptz,
  earliest timestamptz,
  latest timestamptz
)
  returns everwatch_private.finding
  language plpgsql immutable set search_path = ''
  as $$
begin
  return row(
    org_id, severity, resource_type, resource_id, resource_name, metric,
    format(
      '%s in about %s (with 8 chances in 10 in %s%s)',
      says,
      everwatch_private.span_in_words(expected - prediction.at),
      everwatch_private.span_in_words(earliest - prediction.at),
      coalesce(' to ' || everwatch_private.span_in_words(latest - prediction.at), ' or more')
    ),
    jsonb_build_object('expected_at', expected, 'earliest_at', earliest, 'latest_at', latest)
  )::everwatch_private.finding;
end
$$;

comment on function everwatch_private.prediction(timestamptz, uuid, text, text, text, text, text, text, timestamptz, timestamptz, timestamptz)
  is 'A statement that something will be reached: `says` goes on with when that is.';

revoke execute
  on function
    everwatch_private.span_in_words(interval),
    everwatch_private.prediction(timestamptz, uuid, text, text, text, text, text, text, timestamptz, timestamptz, timestamptz)
  from public;
