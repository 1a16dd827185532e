-- What is unusual, as insights.
create function monitoring.state_anomalies(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform monitoring.state_insights(
    'anomaly',
    array(
      select row(
        w.org_id,
        'warning',
        case when w.resource_id = w.org_id then 'org' when w.source = 'delivery' then 'webhook' else 'rule' end,
        w.resource_id::text,
        monitoring.series_name(w),
        w.metric,
        monitoring.describe_anomaly(w.metric, w.said, w.missing),
        to_jsonb(w.said) - 'status' - 'unusual'
      )::monitoring.statement
      from monitoring.unusual_series(state_anomalies.at, monitoring.orgs_asked(null)) as w
    ),
    state_anomalies.at
  );
end
$$;

comment on function monitoring.state_anomalies(timestamptz)
  is 'States what is unusual of the watched series as insights; the schedule calls it each minute.';

revoke all
  on function monitoring.state_anomalies(timestamptz)
  from public, anon, authenticated, service_role;
