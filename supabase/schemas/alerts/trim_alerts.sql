-- What is over is kept for looking back, not for ever.
create function everwatch_private.trim_alerts()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  delete from everwatch_private.alerts where resolved_at < now() - interval '1 year';
  delete from everwatch_private.silences where ends_at < now() - interval '1 year';
  delete from everwatch_private.insights where ended_at < now() - interval '1 year';
  delete from everwatch.deploys where deployed_at < now() - interval '1 year';
  delete from everwatch_private.evaluation_runs where at < now() - interval '7 days';
  delete from everwatch_private.evaluation_errors where at < now() - interval '7 days';
end
$$;

comment on function everwatch_private.trim_alerts()
  is 'Deletes alerts that were resolved, silences and insights that ended, and deploys, more than a year ago, and what the evaluation recorded of itself more than 7 days ago.';

revoke execute on function everwatch_private.trim_alerts() from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-trim-alerts', '27 3 * * *', 'select everwatch_private.trim_alerts()');
