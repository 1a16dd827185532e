-- The read path of GET /functions/v1/monitoring/prometheus: everything in one round trip.
create function everwatch_private.prometheus(org_id uuid)
  returns jsonb
  language plpgsql stable security definer set search_path = '' set jit = off
  as $$
declare
  operator constant boolean := everwatch_private.reads_every_org();
  org_ids uuid[];
begin
  if operator and prometheus.org_id is null then
    org_ids := array(select o.id from everwatch.orgs as o);
  else
    -- Whoever may not read the org is refused here.
    org_ids := array[everwatch_private.metrics_org(prometheus.org_id)];
  end if;
  return (
    select jsonb_build_object(
      'bounds_ms', to_jsonb(everwatch_private.duration_bounds_ms()),
      'orgs', (select coalesce(jsonb_agg(o), '[]') from everwatch_private.prometheus_orgs(org_ids) as o),
      'durations', (select coalesce(jsonb_agg(d), '[]') from everwatch_private.prometheus_durations(org_ids) as d),
      'webhooks', (select coalesce(jsonb_agg(w), '[]') from everwatch_private.prometheus_webhooks(org_ids) as w),
      'rules', (select coalesce(jsonb_agg(r), '[]') from everwatch_private.prometheus_rules(org_ids) as r),
      'rate_limits', (select coalesce(jsonb_agg(l), '[]') from everwatch_private.prometheus_rate_limits(org_ids) as l),
      'alerts', (
        select coalesce(jsonb_agg(a), '[]')
        from everwatch_private.prometheus_alerts(org_ids, operator and prometheus.org_id is null) as a
      ),
      'insights', (
        select coalesce(jsonb_agg(i), '[]')
        from everwatch_private.prometheus_insights(org_ids, operator and prometheus.org_id is null) as i
      ),
      'notifications', (
        select coalesce(jsonb_agg(n), '[]')
        from everwatch_private.prometheus_notifications(org_ids, operator and prometheus.org_id is null) as n
      ),
      'costs', everwatch_private.prometheus_costs(org_ids, operator),
      'refresh', jsonb_build_object(
        'every_seconds', extract(epoch from h.every)::integer,
        'refreshed_at', h.refreshed_at,
        'failures', h.failures,
        'duration_ms', (select r.duration_ms from everwatch_private.refresh_runs as r where r.id = h.last_run),
        -- It counts rows of all orgs.
        'backlog', case when operator then (select count(*) from everwatch_private.changes) end
      ),
      'history_complete', not exists (select from everwatch_private.backfills as b where b.finished_at is null),
      'jobs', s.status -> 'jobs',
      'http_requests_waiting', s.status -> 'http_requests_waiting',
      'pg_net_is_up', everwatch_private.pg_net_is_up()
    )
    from everwatch_private.refresh_health() as h
    cross join everwatch_private.system_status() as s (status)
  );
end
$$;

comment on function everwatch_private.prometheus(uuid)
  is 'What everwatch.monitoring_prometheus answers; reads totals as their owner, of orgs that the caller may read.';

create function everwatch.monitoring_prometheus(org_id uuid default null)
  returns jsonb
  language sql stable set search_path = ''
  as $$
  select everwatch_private.prometheus(monitoring_prometheus.org_id)
$$;

comment on function everwatch.monitoring_prometheus(uuid)
  is 'What GET monitoring/prometheus shows: lifetime counts as of the last refresh, and the state of now, of one org, or of all for who reads every org. Costs what there are of webhooks, rules and orgs. Raises PT400, PT401, PT403 or PT404 as monitoring_metrics does.';

revoke execute
  on function everwatch_private.prometheus(uuid), everwatch.monitoring_prometheus(uuid)
  from public;
