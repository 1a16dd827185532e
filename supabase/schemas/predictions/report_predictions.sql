-- What is about to run out, as insights: each minute all of it.
create function everwatch_private.predictions(at timestamptz default now())
  returns setof everwatch_private.finding
  language plpgsql stable set search_path = ''
  as $$
begin
  return query select p.* from everwatch_private.rate_limit_predictions(predictions.at) as p;
  return query select p.* from everwatch_private.error_budget_predictions(predictions.at) as p;
  return query select p.* from everwatch_private.capacity_predictions(predictions.at) as p;
  return query select p.* from everwatch_private.partition_predictions(predictions.at) as p;
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
    everwatch_private.predictions(timestamptz),
    everwatch_private.report_predictions(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-report-predictions', '* * * * *', 'select everwatch_private.report_predictions()');
