-- What is over is kept for looking back, not for ever.
create function everwatch_private.trim_alerts()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  delete from everwatch_private.alerts where resolved_at < now() - everwatch_private.kept_for('alerts');
  delete from everwatch_private.silences where ends_at < now() - everwatch_private.kept_for('silences');
  delete from everwatch_private.insights where ended_at < now() - everwatch_private.kept_for('insights');
  delete from everwatch.deploys where deployed_at < now() - everwatch_private.kept_for('deploys');
  delete from everwatch_private.evaluation_runs where at < now() - everwatch_private.kept_for('evaluation_runs');
  delete from everwatch_private.evaluation_errors where at < now() - everwatch_private.kept_for('evaluation_errors');
end
$$;

comment on function everwatch_private.trim_alerts()
  is 'Deletes alerts that were resolved, silences and insights that ended, deploys, and what the evaluation recorded of itself, once they are older than retentions says.';

revoke execute on function everwatch_private.trim_alerts() from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-trim-alerts', '27 3 * * *', 'select everwatch_private.trim_alerts()');
