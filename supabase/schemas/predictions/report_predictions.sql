-- What is about to run out, as insights: each minute all of it.
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

create function everwatch_private.predictions(at timestamptz default now())
  returns setof everwatch_private.finding
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select p.*
  from everwatch_private.rate_limit_forecast(predictions.at) as f
  cross join lateral everwatch_private.prediction(
    predictions.at, f.org_id, 'warning', 'rate_limit', f.key_type || ':' || f.identifier, f.identifier,
    'exhaustion',
    format('Rate limit of %s %s (%s of %s used) will be used up', f.key_type, f.identifier, f.request_count, f.limit_max),
    f.exhausted_at, f.earliest, f.latest
  ) as p
  where f.exhausted_at > predictions.at and f.exhausted_at < f.window_end;

  return query
  select p.*
  from everwatch_private.error_budgets(predictions.at) as b
  cross join lateral everwatch_private.prediction(
    predictions.at, b.org_id, 'warning', 'objective', b.metric,
    format('%s%% of %s succeed', trim_scale(100 * b.target), b.metric),
    'error_budget',
    format('The error budget of "%s%% of %s succeed" (%s%% left) will be used up',
      trim_scale(100 * b.target), b.metric, round(100 * b.budget_left)),
    b.exhausted_at, b.earliest, b.latest
  ) as p
  where b.exhausted_at > predictions.at and b.exhausted_at < predictions.at + interval '3 days';

  return query
  select p.*
  from everwatch_private.capacity_forecast(predictions.at) as c
  join everwatch_private.capacity_limits as l on l.what = c.what
  cross join lateral (
    select 'Disk', format('The database (%s)', pg_size_pretty(c.value::bigint)),
      'pass the limit of ' || pg_size_pretty(c.limit_value::bigint),
      'has passed the limit of ' || pg_size_pretty(c.limit_value::bigint)
    where c.what = 'disk_bytes'
    union all
    select 'Outbox', format('The notifications that wait (%s)', c.value),
      format('be more than %s', c.limit_value), format('are more than %s', c.limit_value)
    where c.what = 'outbox_waiting'
  ) as words (name, what, will, has)
  cross join lateral (
    select p.*
    from everwatch_private.prediction(
      predictions.at, null,
      case when c.earliest < predictions.at + l.warn_within / 4 then 'critical' else 'warning' end,
      'capacity', c.what, words.name, 'exhaustion', format('%s will %s', words.what, words.will),
      c.exhausted_at, c.earliest, c.latest
    ) as p
    where c.value < c.limit_value
      and c.exhausted_at > predictions.at
      and c.exhausted_at < predictions.at + l.warn_within
    union all
    select null, 'critical', 'capacity', c.what, words.name, 'exhaustion',
      format('%s %s', words.what, words.has),
      jsonb_build_object('value', c.value, 'limit', c.limit_value)
    where c.value >= c.limit_value
  ) as p;

  -- They are made two months ahead: with less than one, nobody makes them.
  return query
  select p.*
  from everwatch_private.partitions_end() as e
  join everwatch_private.raw_tables as t on t.source = e.source
  cross join lateral everwatch_private.prediction(
    predictions.at, null, 'warning', 'table', t.name, t.name, 'partitions',
    format('Table %s, for which no partitions are made ahead any more, will have none for new rows', t.name),
    e.ends_at, e.ends_at, e.ends_at
  ) as p
  where e.ends_at > predictions.at and e.ends_at < predictions.at + interval '1 month';
end
$$;

comment on function everwatch_private.predictions(timestamptz)
  is 'What is expected to run out: rate limits within their windows, error budgets within three days, the disk and the outbox within the times that the operator sets, and partitions.';

create function everwatch_private.report_predictions(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform everwatch_private.sample_capacity(report_predictions.at);
  perform everwatch_private.report_insights(
    'prediction', array(select p from everwatch_private.predictions(report_predictions.at) as p), report_predictions.at
  );
end
$$;

comment on function everwatch_private.report_predictions(timestamptz)
  is 'States what is expected to run out as insights; the schedule calls it each minute.';

revoke execute
  on function
    everwatch_private.span_in_words(interval),
    everwatch_private.prediction(timestamptz, uuid, text, text, text, text, text, text, timestamptz, timestamptz, timestamptz),
    everwatch_private.predictions(timestamptz),
    everwatch_private.report_predictions(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-report-predictions', '* * * * *', 'select everwatch_private.report_predictions()');
