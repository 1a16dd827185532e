-- What is unusual, as insights.
create function everwatch_private.report_anomalies(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform everwatch_private.report_insights(
    'anomaly',
    array(
      select row(
        w.org_id,
        'warning',
        case when w.resource_id = w.org_id then 'org' when w.source = 'delivery' then 'webhook' else 'rule' end,
        w.resource_id::text,
        everwatch_private.series_name(w),
        w.metric,
        everwatch_private.describe_anomaly(w.metric, w.said, w.missing),
        to_jsonb(w.said) - 'status' - 'unusual'
      )::everwatch_private.finding
      from everwatch_private.unusual_series(report_anomalies.at, everwatch_private.orgs_asked(null)) as w
    ),
    report_anomalies.at
  );
end
$$;

comment on function everwatch_private.report_anomalies(timestamptz)
  is 'States what is unusual of the watched series as insights; the schedule calls it each minute.';

revoke execute on function everwatch_private.report_anomalies(timestamptz) from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-report-anomalies', '* * * * *', 'select everwatch_private.report_anomalies()');
