-- What is over is kept for looking back, not for ever.
create function monitoring.trim_alerts() returns void language plpgsql set search_path = '' as $$
begin
  delete from monitoring.alerts where resolved_at < now() - interval '1 year';
  delete from monitoring.silences where ends_at < now() - interval '1 year';
  delete from monitoring.insights where ended_at < now() - interval '1 year';
  delete from monitoring.evaluation_runs where at < now() - interval '7 days';
  delete from monitoring.evaluation_errors where at < now() - interval '7 days';
end
$$;

comment on function monitoring.trim_alerts()
  is 'Deletes alerts that were resolved, silences and insights that ended more than a year ago, and what the evaluation recorded of itself more than 7 days ago.';

revoke all on function monitoring.trim_alerts() from public, anon, authenticated, service_role;
