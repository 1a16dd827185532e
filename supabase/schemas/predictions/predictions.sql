-- What is expected to run out: one function for each thing that can.
create function everwatch_private.rate_limit_predictions(at timestamptz)
  returns setof everwatch_private.finding
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select p.*
  from everwatch_private.rate_limit_forecast(rate_limit_predictions.at) as f
  cross join lateral everwatch_private.prediction(
    rate_limit_predictions.at, f.org_id, 'warning', 'rate_limit', f.key_type || ':' || f.identifier, f.identifier,
    'exhaustion',
    format('Rate limit of %s %s (%s of %s used) will be used up', f.key_type, f.identifier, f.request_count, f.limit_max),
    f.exhausted_at, f.earliest, f.latest
  ) as p
  where f.exhausted_at > rate_limit_predictions.at and f.exhausted_at < f.window_end;
end
$$;

comment on function everwatch_private.rate_limit_predictions(timestamptz)
  is 'Rate limits that are expected to be used up before their windows end.';

create function everwatch_private.error_budget_predictions(at timestamptz)
  returns setof everwatch_private.finding
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select p.*
  from everwatch_private.error_budgets(error_budget_predictions.at) as b
  cross join lateral everwatch_private.prediction(
    error_budget_predictions.at, b.org_id, 'warning', 'objective', b.metric,
    format('%s%% of %s succeed', trim_scale(100 * b.target), b.metric),
    'error_budget',
    format('The error budget of "%s%% of %s succeed" (%s%% left) will be used up',
      trim_scale(100 * b.target), b.metric, round(100 * b.budget_left)),
    b.exhausted_at, b.earliest, b.latest
  ) as p
  where b.exhausted_at > error_budget_predictions.at and b.exhausted_at < error_budget_predictions.at + interval '3 days';
end
$$;

comment on function everwatch_private.error_budget_predictions(timestamptz)
  is 'Error budgets that are expected to be used up within three days.';

create function everwatch_private.capacity_predictions(at timestamptz)
  returns setof everwatch_private.finding
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select p.*
  from everwatch_private.capacity_forecast(capacity_predictions.at) as c
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
      capacity_predictions.at, null,
      case when c.earliest < capacity_predictions.at + l.warn_within / 4 then 'critical' else 'warning' end,
      'capacity', c.what, words.name, 'exhaustion', format('%s will %s', words.what, words.will),
      c.exhausted_at, c.earliest, c.latest
    ) as p
    where c.value < c.limit_value
      and c.exhausted_at > capacity_predictions.at
      and c.exhausted_at < capacity_predictions.at + l.warn_within
    union all
    select null, 'critical', 'capacity', c.what, words.name, 'exhaustion',
      format('%s %s', words.what, words.has),
      jsonb_build_object('value', c.value, 'limit', c.limit_value)
    where c.value >= c.limit_value
  ) as p;
end
$$;

comment on function everwatch_private.capacity_predictions(timestamptz)
  is 'The disk and the outbox, where they have passed their limits or are expected to within the times that the operator sets.';

create function everwatch_private.partition_predictions(at timestamptz)
  returns setof everwatch_private.finding
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  -- They are made two months ahead: with less than one, nobody makes them.
  return query
  select p.*
  from everwatch_private.partitions_end() as e
  join everwatch_private.raw_tables as t on t.source = e.source
  cross join lateral everwatch_private.prediction(
    partition_predictions.at, null, 'warning', 'table', t.name, t.name, 'partitions',
    format('Table %s, for which no partitions are made ahead any more, will have none for new rows', t.name),
    e.ends_at, e.ends_at, e.ends_at
  ) as p
  where e.ends_at > partition_predictions.at and e.ends_at < partition_predictions.at + interval '1 month';
end
$$;

comment on function everwatch_private.partition_predictions(timestamptz)
  is 'Raw tables that nobody makes partitions for any more.';

revoke execute
  on function
    everwatch_private.rate_limit_predictions(timestamptz),
    everwatch_private.error_budget_predictions(timestamptz),
    everwatch_private.capacity_predictions(timestamptz),
    everwatch_private.partition_predictions(timestamptz)
  from public;
