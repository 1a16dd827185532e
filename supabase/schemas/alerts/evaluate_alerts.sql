-- Judging everything, every minute: one type of alert after the other, each for all orgs at once, so
-- that the cost follows what is unhealthy.
create table everwatch_private.evaluation_runs (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  duration_ms integer not null,
  events integer not null,
  failed_types text[] not null
);

comment on table everwatch_private.evaluation_runs
  is 'Each evaluation of all orgs that was not skipped.';
comment on column everwatch_private.evaluation_runs.at is 'As of when it judged.';
comment on column everwatch_private.evaluation_runs.events
  is 'How many rows it added to alert_events.';
comment on column everwatch_private.evaluation_runs.failed_types
  is 'The types that could not be judged: see evaluation_errors.';

create function everwatch_private.evaluate_alerts(
  at timestamptz default now(),
  org_id uuid default null
)
  returns jsonb
  language plpgsql set search_path = '' set lock_timeout = '5s'
  as $$
declare
  started constant timestamptz := clock_timestamp();
  of_type text;
  prepare text;
  written integer;
  events integer := 0;
  failed_types text[] := array[]::text[];
  duration_ms integer;
begin
  -- A run that takes longer than a minute must not meet the next one.
  if evaluate_alerts.org_id is null
    and not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.evaluate_alerts', 0)) then
    return jsonb_build_object('status', 'skipped');
  end if;

  for of_type, prepare in
    select p.type, p.prepare
    from everwatch_private.alert_policies as p
    where p.scope = 'org' or evaluate_alerts.org_id is null
    order by p.judge_order, p.type
  loop
    written := everwatch_private.evaluate_type(of_type, prepare, evaluate_alerts.at, evaluate_alerts.org_id);
    if written is null then
      failed_types := failed_types || of_type;
    else
      events := events + written;
    end if;
  end loop;

  duration_ms := extract(epoch from clock_timestamp() - started) * 1000;
  if evaluate_alerts.org_id is null then
    insert into everwatch_private.evaluation_runs (at, duration_ms, events, failed_types)
    values (evaluate_alerts.at, duration_ms, events, failed_types);
  end if;
  return jsonb_build_object(
    'status', case when failed_types = '{}' then 'evaluated' else 'failed' end,
    'evaluated_at', evaluate_alerts.at,
    'duration_ms', duration_ms,
    'events', events,
    'failed_types', failed_types
  );
end
$$;

comment on function everwatch_private.evaluate_alerts(timestamptz, uuid)
  is 'Brings all alerts, or those of one org, in line with what is true as of `at`. Only one evaluation of all runs at a time: a second returns at once as skipped. Never raises: what could not be judged is in failed_types and in evaluation_errors.';

revoke execute on function everwatch_private.evaluate_alerts(timestamptz, uuid) from public;

create function everwatch_private.evaluate_org(org_id uuid)
  returns void
  language plpgsql security definer set search_path = ''
  as $$
begin
  if everwatch_private.may_read(evaluate_org.org_id) then
    perform everwatch_private.evaluate_alerts(now(), evaluate_org.org_id);
  end if;
end
$$;

comment on function everwatch_private.evaluate_org(uuid)
  is 'Evaluates the alerts of one org now, for those who may read that org; does nothing for others.';

create function everwatch.check_alerts(org_id uuid default null)
  returns jsonb
  language plpgsql set search_path = ''
  as $$
declare
  org constant uuid := everwatch_private.metrics_org(check_alerts.org_id);
begin
  perform everwatch_private.evaluate_org(org);
  return everwatch_private.alert_metrics(org, 500, null)
    || jsonb_build_object('org_id', org, 'evaluated_at', now());
end
$$;

comment on function everwatch.check_alerts(uuid)
  is 'Evaluates the alerts of an org now, and returns the conditions that are true, critical ones first: total, critical, warning, alerts (the first 500) and evaluated_at. `next` continues the list in monitoring_metrics, of type alerts. Raises PT400, PT401, PT403 or PT404.';

revoke execute
  on function everwatch_private.evaluate_org(uuid), everwatch.check_alerts(uuid)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-evaluate-alerts', '* * * * *', 'select everwatch_private.evaluate_alerts()');
