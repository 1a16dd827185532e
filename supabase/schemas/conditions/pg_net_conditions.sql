-- The platform watches itself, once it has been told where its functions are: before that it does
-- nothing that could fail. First, whether pg_net sends.
create function everwatch_private.is_set_up(at timestamptz)
  returns boolean
  language sql stable security definer set search_path = ''
  as $$
  select s.functions_url is not null and s.installed_at <= is_set_up.at from everwatch_private.settings as s
$$;

comment on function everwatch_private.is_set_up(timestamptz)
  is 'Whether there was anything to watch at this time: settings.functions_url is set, and all this was installed by then.';

create function everwatch_private.pg_net_down_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql volatile security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when p.critical is null then 'warning' else 'critical' end,
    'extension',
    'pg_net',
    'pg_net',
    'pg_net has no worker: nothing is sent. Restart it with select net.worker_restart()',
    1::numeric,
    1::numeric
  from everwatch_private.alert_policies as p
  where p.type = 'pg_net_down'
    and p.enabled
    and pg_net_down_conditions.org_id is null
    and everwatch_private.reads_every_org()
    and everwatch_private.is_set_up(pg_net_down_conditions.at)
    and not everwatch_private.pg_net_is_up();
end
$$;

comment on function everwatch_private.pg_net_down_conditions(timestamptz, uuid)
  is 'Whether pg_net has no worker, as of now; nothing for callers who do not read every org.';

create function everwatch_private.pg_net_backlog_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when q.requests > p.critical then 'critical' else 'warning' end,
    'extension',
    'pg_net',
    'pg_net',
    format('%s requests wait in the queue of pg_net', q.requests),
    q.requests::numeric,
    case when q.requests > p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join (select count(*) as requests from net.http_request_queue) as q
  where p.type = 'pg_net_backlog'
    and p.enabled
    and q.requests > least(p.warning, p.critical)
    and pg_net_backlog_conditions.org_id is null
    and everwatch_private.reads_every_org()
    and everwatch_private.is_set_up(pg_net_backlog_conditions.at);
end
$$;

comment on function everwatch_private.pg_net_backlog_conditions(timestamptz, uuid)
  is 'Whether the queue of pg_net is long, as of now; nothing for callers who do not read every org.';

create function everwatch_private.calls_failing_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when c.failed >= p.critical then 'critical' else 'warning' end,
    'function',
    c.path,
    c.path,
    format('%s of %s calls of the edge function %s failed: %s', c.failed, c.total, c.path, c.latest),
    c.failed::numeric,
    case when c.failed >= p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join lateral (
    select f.path, count(*) as total, count(*) filter (where w.reason is not null) as failed,
      (array_agg(w.reason order by f.id desc) filter (where w.reason is not null))[1] as latest
    from everwatch_private.function_calls as f
    cross join lateral (
      select case
        when f.status_code between 200 and 299 then null
        when f.outcome = 'answered' then 'status ' || f.status_code
        when f.outcome = 'lost' then 'it was lost'
        else f.error
      end
    ) as w (reason)
    where f.outcome <> 'pending'
      and f.called_at > calls_failing_conditions.at - interval '15 minutes'
      and f.called_at <= calls_failing_conditions.at
    group by f.path
  ) as c
  where p.type = 'calls_failing'
    and p.enabled
    and c.failed >= least(p.warning, p.critical)
    and calls_failing_conditions.org_id is null
    and everwatch_private.reads_every_org();
end
$$;

comment on function everwatch_private.calls_failing_conditions(timestamptz, uuid)
  is 'Edge functions that the database called in the last 15 minutes and that did not answer with 2xx; nothing for callers who do not read every org.';

revoke execute
  on function
    everwatch_private.is_set_up(timestamptz),
    everwatch_private.pg_net_down_conditions(timestamptz, uuid),
    everwatch_private.pg_net_backlog_conditions(timestamptz, uuid),
    everwatch_private.calls_failing_conditions(timestamptz, uuid)
  from public;
